package rows

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// ViewRow is a row of an input with what is known of it.
type ViewRow struct {
	Index  int        `json:"index"` // position in the view, from 0
	Line   int        `json:"line"`  // in the input, or row of the sheet
	Sheet  string     `json:"sheet,omitempty"`
	Path   string     `json:"path,omitempty"` // of a document
	Values []string   `json:"values"`         // parallel to View.Columns; of very long ones the beginning
	Cells  []ViewCell `json:"cells"`          // one for each completion column
}

// ViewCell is one completion column of a row.
type ViewCell struct {
	Key          task.Key       `json:"-"` // of the request as the row makes it, zero where nothing is asked; an edit belongs to it
	Column       string         `json:"column"`
	Prompt       string         `json:"prompt,omitempty"` // of a very long one the beginning
	State        task.State     `json:"state"`
	Cause        task.Cause     `json:"cause,omitempty"`
	Completion   string         `json:"completion,omitempty"`
	Values       []ViewValue    `json:"values,omitempty"` // of a schema, in its order
	Error        string         `json:"error,omitempty"`
	FinishReason string         `json:"finish_reason,omitempty"`
	Model        string         `json:"model,omitempty"`
	Attempts     int            `json:"attempts,omitempty"`
	RequestID    string         `json:"request_id,omitempty"`
	Usage        gigachat.Usage `json:"usage"`
	LatencyMS    int64          `json:"latency_ms,omitempty"`
	At           time.Time      `json:"at,omitzero"`
	Edited       time.Time      `json:"edited,omitzero"`    // by hand; zero where it was not
	Original     string         `json:"original,omitempty"` // what the model had said where it was edited
}

// ViewValue is the value of a property.
type ViewValue struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// longestShown is how many bytes of a prompt or a cell of the input a view keeps.
const longestShown = 64 << 10

// shown is as much of a text as a view keeps.
func shown(s string) string {
	if len(s) <= longestShown {
		return s
	}
	end := longestShown
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + " …"
}

// take fills in what a result says.
func (c *ViewCell) take(r *task.Result) {
	if r == nil {
		c.State = task.Pending
		return
	}
	c.State, c.Cause, c.Error, c.FinishReason, c.Model = r.State, r.Cause, r.Error, r.FinishReason, r.Model
	c.Completion = r.Completion
	c.Attempts, c.RequestID, c.Usage, c.LatencyMS, c.At = r.Attempts, r.RequestID, r.Usage, r.Latency.Milliseconds(), r.At
}

// edit puts an edited answer in the place of the model's.
func (c *ViewCell) edit(e *journal.Edit) {
	c.Original, c.Edited = c.Completion, e.At
	c.State, c.Completion, c.Cause, c.Error, c.Values = task.Completed, e.Text, "", "", nil
}

// row is a row as a view keeps it. What a journal tells of a plain cell is left to be looked up.
func (k *prompt.Columns) viewRow(row table.Row, cells []cell, deep bool) (ViewRow, error) {
	v := ViewRow{Index: row.Index, Line: row.Line, Sheet: row.Sheet, Path: row.Path, Values: make([]string, len(row.Values))}
	for i, value := range row.Values {
		v.Values[i] = strings.Clone(shown(value))
	}
	for i := range cells {
		c, err := k.List[i].viewCell(row, &cells[i], deep)
		if err != nil {
			return v, err
		}
		v.Cells = append(v.Cells, c)
	}
	return v, nil
}

func (a *prompt.Renderer) viewCell(row table.Row, c *cell, deep bool) (ViewCell, error) {
	v := ViewCell{Column: a.Spec.CompletionColumn}
	if c.standing == blank {
		v.State = task.Skipped
		return v, nil
	}
	if deep {
		v.take(c.result)
		v.Values = a.viewValues(c)
		if c.edited != nil {
			v.Edited = c.edited.At
			v.Original = c.edited.own.text(-1)
		}
	}
	if c.standing == later || c.result != nil && c.result.Cause == task.CauseNeeds {
		return v, nil
	}
	prompt, err := a.shownPrompt(row)
	v.Prompt = shown(prompt)
	return v, err
}

func (a *prompt.Renderer) viewValues(c *cell) []ViewValue {
	if a.Form == nil || len(c.values) == 0 {
		return nil
	}
	var all []ViewValue
	for i, name := range a.Form.Names() {
		all = append(all, ViewValue{Name: name, Value: c.values[i]})
	}
	return all
}

// shownPrompt is the prompt of a row as a person reads it.
func (a *prompt.Renderer) shownPrompt(row table.Row) (string, error) {
	q, err := a.Render(row)
	if err != nil || q.Skip {
		return "", err
	}
	return q.Chat.Messages[len(q.Chat.Messages)-1].Content, nil
}

func (v *ViewRow) encode() ([]byte, error) { return json.Marshal(v) }
