package rows

import (
	"strings"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/task"
)

// Row is a row of an input with what is known of it.
type Row struct {
	Index  int        `json:"index"` // position in the view, from 0
	Line   int        `json:"line"`  // in the input, or row of the sheet
	Sheet  string     `json:"sheet,omitempty"`
	Path   string     `json:"path,omitempty"` // of a document
	State  task.State `json:"-"`              // of the cell that has come least far
	Values []string   `json:"values"`         // parallel to View.Columns; of very long ones the beginning
	Cells  []Cell     `json:"cells"`          // one for each completion column
}

// Cell is one completion column of a row.
type Cell struct {
	Key    task.Key   `json:"-"` // of the request as the row makes it, zero where nothing is asked; an edit belongs to it
	Column string     `json:"column"`
	Prompt string     `json:"prompt,omitempty"` // of a very long one the beginning
	State  task.State `json:"state"`
	Cause  task.Cause `json:"cause,omitempty"`
	Answer
	Edited   time.Time `json:"edited,omitzero"`    // by hand; zero where it was not
	Original string    `json:"original,omitempty"` // what the model had said where it was edited
}

// Answer is what the service has answered.
type Answer struct {
	Completion   string         `json:"completion,omitempty"`
	Values       []Value        `json:"values,omitempty"` // of a schema, in its order
	Error        string         `json:"error,omitempty"`
	FinishReason string         `json:"finish_reason,omitempty"`
	Model        string         `json:"model,omitempty"`
	Attempts     int            `json:"attempts,omitempty"`
	RequestID    string         `json:"request_id,omitempty"`
	Usage        gigachat.Usage `json:"usage"`
	LatencyMS    int64          `json:"latency_ms,omitempty"`
	At           time.Time      `json:"at,omitzero"`
}

// Value is the value of a property.
type Value struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// newRow is a row as a scan keeps it. What a flat scan does not know is looked up later.
func newRow(columns *prompt.Columns, row *resolve.Row, deep bool) (Row, error) {
	v := Row{Index: row.Index, Line: row.Line, Sheet: row.Sheet, Path: row.Path, Values: make([]string, len(row.Values))}
	for i, value := range row.Values {
		v.Values[i] = strings.Clone(jobs.Beginning(value))
	}
	for i := range row.Cells {
		c, err := newCell(columns.List[i], row, &row.Cells[i], deep)
		if err != nil {
			return v, err
		}
		v.Cells = append(v.Cells, c)
	}
	return v, nil
}

func newCell(column *prompt.Renderer, row *resolve.Row, c *resolve.Cell, deep bool) (Cell, error) {
	v := Cell{Column: column.Spec.CompletionColumn}
	if c.Standing == resolve.Blank {
		v.State = task.Skipped
		return v, nil
	}
	if deep && c.Result != nil {
		v.take(c.Result)
		if column.Form != nil && len(c.Values) > 0 {
			for i, name := range column.Form.Names() {
				v.Values = append(v.Values, Value{Name: name, Value: c.Values[i]})
			}
		}
	}
	if deep && c.Edited != nil {
		v.Edited, v.Original = c.Edited.At, c.Edited.Own.Text(-1)
	}
	if c.Standing == resolve.Later || c.Result != nil && c.Result.Cause == task.CauseNeeds {
		return v, nil // there is no prompt without the completion that it names
	}
	q, err := column.Render(row.Row)
	if err == nil && !q.Skip {
		v.Prompt = jobs.Beginning(q.Text())
	}
	return v, err
}

// take fills in what a result says.
func (c *Cell) take(r *task.Result) {
	c.State, c.Cause = r.State, r.Cause
	c.Answer = Answer{
		Completion: r.Completion, Error: r.Error, FinishReason: r.FinishReason, Model: r.Model, Attempts: r.Attempts,
		RequestID: r.RequestID, Usage: r.Usage, LatencyMS: r.Latency.Milliseconds(), At: r.At,
	}
}

// edit puts an edited completion in the place of the model's.
func (c *Cell) edit(e *journal.Edit) {
	c.Original, c.Edited = c.Completion, e.At
	c.State, c.Completion, c.Cause, c.Error, c.Values = task.Completed, e.Text, "", "", nil
}
