package resolve

import (
	"encoding/json"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// Standing says whether a cell is decided and, if not, what it waits for.
type Standing int

// The standings of a cell. A cell with a standing before Waiting is open: more must be asked to decide it.
const (
	ToAsk     Standing = iota // it has tasks to ask
	Duplicate                 // an earlier cell of the traversal has its tasks
	Later                     // it needs the completion of another column
	Waiting                   // it failed and is asked again only on request
	Decided                   // it has a result
	Blank                     // nothing to ask
)

// Cell is one completion column of one row.
type Cell struct {
	Standing
	Key    task.Key     // of the task that decides it, or of a missing task; zero for a blank cell
	Off    int64        // offset of the deciding result in the journal, -1 for none
	Result *task.Result // decides the cell; nil if something is missing or it was not read
	Values []any        // of the properties of the schema
	Asks
	First  int    // of a Duplicate: number of the cell with its task, counted row by row over the selected rows
	number int    // of this cell, counted like First
	nth    uint32 // its place among rows with the same request, from 0, if each gets its own completion
	spent  spent
	place  journal.Place // of the result at Off
	Length
	Plain task.Key // of the request as rendered from the row; only with Options.Identify or Options.Edits
	Hands
}

// Hands is what people have written in place of completions.
type Hands struct {
	Edited  *ByHand // nil unless edited by hand
	Written bool    // other columns use a text that the user wrote into the input in its place
	Before  *Cell   // of an open cell: its answer from before a completion that it uses was edited; nil for none. Only with Options.Past
}

// Length is what is known of the length of a prompt.
type Length struct {
	Long  int  // estimated tokens of a prompt that is too long for the model, else 0
	Split bool // it is asked in parts
}

// Asks is what is to be asked for a cell.
type Asks struct {
	Tasks []task.Task   // to ask next
	Links [][2]task.Key // tasks, each with one that follows it
}

// ByHand is the edit that decides a cell.
type ByHand struct {
	journal.Edit
	Own Cell // the cell without the edit
}

// spent is the total cost of the tasks of a cell.
type spent struct {
	usage    gigachat.Usage
	attempts int
	latency  time.Duration
	results  []int64
}

// Results returns the offsets in the journal of the results that were read for the cell, whatever came of them.
func (c *Cell) Results() []int64 { return c.spent.results }

// Text returns the completion, or its property with index value, as other columns see it. It returns "" unless the cell is completed.
func (c *Cell) Text(value int) string {
	switch {
	case c.Result == nil || c.Result.State != task.Completed:
		return ""
	case value < 0:
		return c.Result.Completion
	case value < len(c.Values):
		return ValueText(c.Values[value])
	}
	return ""
}

// ValueText returns the value of a property as text.
func ValueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case form.Day:
		return time.Time(v).Format(time.DateOnly)
	case time.Time:
		return v.Format(time.RFC3339)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// ValueCell returns the value of a property as a cell of a table.
func ValueCell(v any) any {
	if d, ok := v.(form.Day); ok {
		return table.Date(d)
	}
	return v
}

// Open reports whether more must be asked to decide the cell.
func (c *Cell) Open() bool { return c.Standing < Waiting }

// Failed reports whether the cell is decided and has no completion.
func (c *Cell) Failed() bool { return c.Result != nil && c.Result.State != task.Completed }

// pend records the standing of a task of the cell. The cell has the standing of its least decided task.
func (c *Cell) pend(s Standing) { c.Standing = min(c.Standing, s) }

// settle decides the cell by a copy of a result, with the cost of all tasks of the cell. It returns the copy.
func (c *Cell) settle(result *task.Result) *task.Result {
	own := *result
	own.Usage, own.Attempts, own.Latency = c.spent.usage, c.spent.attempts, c.spent.latency
	c.Result, c.Tasks = &own, nil
	if c.Standing != Waiting {
		c.Standing = Decided
	}
	return c.Result
}

// fail decides that the cell failed, whatever the results of its tasks are.
func (c *Cell) fail(cause task.Cause, text string) {
	own := task.Result{Key: c.Key, At: time.Now()}
	if c.Result != nil {
		own = *c.Result
	}
	own.State, own.Cause, own.Error = task.Failed, cause, text
	c.Result, c.Standing, c.Values, c.Tasks = &own, Decided, nil, nil
}

// forget makes the cell pending.
func (c *Cell) forget() { c.Result, c.Off, c.Standing = nil, -1, ToAsk }
