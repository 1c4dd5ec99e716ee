package resolve

import (
	"encoding/json"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/task"
)

// Standing tells how far a cell is decided.
type Standing int

// The standings of a cell. Those before Waiting are open: more must be asked before the cell is decided.
const (
	ToAsk     Standing = iota // it has tasks that are to be asked
	Duplicate                 // an earlier row of the traversal has its tasks
	Later                     // it waits for the completion of another column
	Waiting                   // it failed, and is asked again only on demand
	Decided                   // it has a result
	Blank                     // there is nothing to ask
)

// Cell tells how one completion column of one row stands.
type Cell struct {
	Standing
	Key    task.Key     // of the task that decides it, or of one that is missing; zero for a blank cell
	Off    int64        // place of the deciding result in the journal, -1 for none
	Result *task.Result // what decides it; nil while something is missing, and if it was not read
	Values []any        // of the properties of the schema
	Tasks  []task.Task  // to be asked before more is known
	First  int          // of a Duplicate: the cell that has its task, numbered row by row over the selected rows of the traversal
	number int          // of this cell
	nth    uint32       // its place among the rows that ask the same, from 0, if each of these gets a completion of its own
	spent  spent
	state  task.State // of the result at Off
	Long   int        // estimated tokens of a prompt that is probably too long for the model, 0 for any other
	Split  bool       // it is asked in parts
	Plain  task.Key   // of the request as the row makes it; only with Options.Identify or Options.Edits
	Edited *ByHand    // nil unless the completion was edited by hand
}

// spent is what the tasks of a cell took together.
type spent struct {
	usage    gigachat.Usage
	attempts int
	latency  time.Duration
}

// Text is the completion, or the property of it with the number value, as other columns see it. It is "" unless the cell is completed.
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

// ValueText is the value of a property as text.
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

// ValueCell is the value of a property as a cell of a table.
func ValueCell(v any) any {
	if d, ok := v.(form.Day); ok {
		return table.Date(d)
	}
	return v
}

// Open reports whether more must be asked before the cell is decided.
func (c *Cell) Open() bool { return c.Standing < Waiting }

// Failed reports whether the cell is decided and has no completion.
func (c *Cell) Failed() bool { return c.Result != nil && c.Result.State != task.Completed }

// pend notes how a task of the cell stands. The cell stands as the least decided of its tasks.
func (c *Cell) pend(s Standing) { c.Standing = min(c.Standing, s) }

// settle decides the cell by a copy of a result, with what all tasks of the cell took. It returns the copy.
func (c *Cell) settle(result *task.Result) *task.Result {
	own := *result
	own.Usage, own.Attempts, own.Latency = c.spent.usage, c.spent.attempts, c.spent.latency
	c.Result, c.Tasks = &own, nil
	if c.Standing != Waiting {
		c.Standing = Decided
	}
	return c.Result
}

// fail decides that the cell has failed, whatever the results of its tasks are.
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
