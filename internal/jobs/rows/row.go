package rows

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/task"
)

// Row is a row of an input with its completions.
type Row struct {
	Index  int        `json:"index"` // position in the view, from 0
	Line   int        `json:"line"`  // in the input, or the row of the sheet
	Sheet  string     `json:"sheet,omitempty"`
	Path   string     `json:"path,omitempty"` // of a document
	State  task.State `json:"-"`              // of the least advanced cell
	Values []string   `json:"values"`         // parallel to View.Columns; long ones are cut
	Cells  []Cell     `json:"cells"`          // one for each completion column
}

// Cell is one completion column of a row.
type Cell struct {
	Key    task.Key   `json:"-"` // of the first request of the cell, zero if there is none; edits refer to it
	Column string     `json:"column"`
	Prompt string     `json:"prompt,omitempty"` // a long one is cut
	State  task.State `json:"state"`
	Cause  task.Cause `json:"cause,omitempty"`
	Batch  bool       `json:"in_batch,omitempty"` // it is pending, and its request is in a batch at the service
	Answer
	Fields   []string  `json:"-"`                  // the texts of the values, which other columns see and queries compare
	Was      *Cell     `json:"-"`                  // the answer of Query.Was in its place; nil if it has none
	Edited   time.Time `json:"edited,omitzero"`    // when it was edited by hand; zero if it was not
	Original string    `json:"original,omitempty"` // the completion before the edit
	Before   *Answer   `json:"before,omitempty"`   // of a pending cell: its answer before one that it uses was edited; nil if it has none
}

// Answer is the service's answer for a cell.
type Answer struct {
	Completion   string         `json:"completion,omitempty"`
	Values       []Value        `json:"values,omitempty"` // of the properties of a schema, in its order
	Error        string         `json:"error,omitempty"`
	FinishReason string         `json:"finish_reason,omitempty"`
	Model        string         `json:"model,omitempty"`
	Attempts     int            `json:"attempts,omitempty"`
	RequestID    string         `json:"request_id,omitempty"`
	Usage        gigachat.Usage `json:"usage"`
	LatencyMS    int64          `json:"latency_ms,omitempty"`
	At           time.Time      `json:"at,omitzero"` // of the service's answer, although it was edited
}

// Value is the value of a property.
type Value struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// newRow returns a row as a scan stores it. With a flat scan (deep is false), results and edits are looked up later.
func newRow(columns *prompt.Columns, row *resolve.Row, deep bool) (Row, error) {
	v := Row{Index: row.Index, Line: row.Line, Sheet: row.Sheet, Path: row.Path, Values: make([]string, len(row.Values))}
	for i, value := range row.Values {
		v.Values[i] = task.Beginning(value)
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
		v.Values = valuesOf(column, c)
		for _, value := range v.Values {
			v.Fields = append(v.Fields, resolve.ValueText(value.Value))
		}
	}
	if deep && c.Before != nil {
		was := Cell{}
		was.take(c.Before.Result)
		was.Values = valuesOf(column, c.Before)
		v.Before = &was.Answer
	}
	if deep && c.Edited != nil {
		v.Edited, v.Original, v.At = c.Edited.At, c.Edited.Own.Text(-1), time.Time{}
		if own := c.Edited.Own.Result; own != nil {
			v.At = own.At
		}
	}
	if c.Standing == resolve.Later || c.Result != nil && c.Result.Cause == task.CauseNeeds {
		return v, nil // the prompt needs a completion that does not exist
	}
	q, err := column.Render(row.Row)
	if err == nil && !q.Skip {
		v.Prompt = task.Beginning(q.Text())
	}
	return v, err
}

// valuesOf returns the values of the properties of a cell.
func valuesOf(column *prompt.Renderer, c *resolve.Cell) (all []Value) {
	if column.Form == nil || len(c.Values) == 0 {
		return nil
	}
	for i, name := range column.Form.Names() {
		all = append(all, Value{Name: name, Value: c.Values[i]})
	}
	return all
}

// take sets the fields that come from a result.
func (c *Cell) take(r *task.Result) {
	c.State, c.Cause = r.State, r.Cause
	c.Answer = Answer{
		Completion: r.Completion, Error: r.Error, FinishReason: r.FinishReason, Model: r.Model, Attempts: r.Attempts,
		RequestID: r.RequestID, Usage: r.Usage, LatencyMS: r.Latency.Milliseconds(), At: r.At,
	}
}

// Version identifies the answer of the cell: it differs if the text does, or if there is no answer.
func (c *Cell) Version() string {
	if c.State != task.Completed {
		return "none"
	}
	sum := sha256.Sum256([]byte(c.Completion))
	return hex.EncodeToString(sum[:8])
}

// edit replaces the model's completion by an edited one.
func (c *Cell) edit(e *journal.Edit) {
	c.Original, c.Edited = c.Completion, e.At
	c.State, c.Completion, c.Cause, c.Error, c.Values, c.Fields = task.Completed, e.Text, "", "", nil, nil
}
