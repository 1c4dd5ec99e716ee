package resolve

import (
	"encoding/json"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/task"
)

// Standing is what is known of a cell before it is asked.
type Standing int

const (
	ToAsk     Standing = iota // jobs of it are to be asked
	Duplicate                 // an earlier row of the pass asks them
	Later                     // it waits for the answer of another column
	Waiting                   // failed, and asked again only on demand
	Answered
	Blank // there is nothing to ask
)

// Cell is how one completion column of one row stands.
type Cell struct {
	Standing
	Key    task.Key     // of the job that decides it, or of one that is missing; zero for a blank one
	Off    int64        // where the deciding result stands, -1 for nowhere
	Result *task.Result // what it came to; nil while something is missing, and where nobody needs it
	Values []any        // of the properties of the schema
	Tasks  []task.Task  // to be asked before more is known
	nth    uint32       // which of the rows that ask the same this is, where each gets an answer of its own
	spent  spent
	state  task.State // of the result at Off
	Long   int        // tokens of a prompt that is probably too long for the model, 0 for any other
	Split  bool       // it is asked in parts
	Plain  task.Key   // of the request as its row makes it, in a pass that identifies and where there are edits
	Edited *ByHand    // nil unless the answer was edited by hand
}

// spent is what the jobs of a cell took together.
type spent struct {
	usage    gigachat.Usage
	attempts int
	latency  time.Duration
}

// Text is the answer as other columns see it: the whole, or the property of that number.
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

// take adds what a result took.
func (s *spent) take(r *task.Result) {
	s.usage.PromptTokens += r.Usage.PromptTokens
	s.usage.CompletionTokens += r.Usage.CompletionTokens
	s.usage.TotalTokens += r.Usage.TotalTokens
	s.usage.CachedTokens += r.Usage.CachedTokens
	s.attempts += r.Attempts
	s.latency += r.Latency
}

// settle decides the cell by a result, of which it makes its own.
func (c *Cell) settle(r *task.Result) *task.Result {
	own := *r
	own.Usage, own.Attempts, own.Latency = c.spent.usage, c.spent.attempts, c.spent.latency
	c.Result, c.Tasks = &own, nil
	if c.Standing != Waiting {
		c.Standing = Answered
	}
	return c.Result
}

// fail decides that the cell has failed, whatever its jobs came to.
func (c *Cell) fail(cause task.Cause, text string) {
	r := c.Result
	if r == nil {
		r = &task.Result{Key: c.Key, At: time.Now()}
	}
	own := *r
	own.State, own.Cause, own.Error = task.Failed, cause, text
	c.Result, c.Standing, c.Values, c.Tasks = &own, Answered, nil, nil
}

// forget makes the cell pending.
func (c *Cell) forget() { c.Result, c.Off, c.Standing = nil, -1, ToAsk }

// Open reports whether more must be asked before the cell is decided.
func (c *Cell) Open() bool { return c.Standing < Waiting }

// Failed reports whether the cell is decided and has no answer.
func (c *Cell) Failed() bool { return c.Result != nil && c.Result.State != task.Completed }

// pend notes that a job of the cell is missing.
func (c *Cell) pend(s Standing) { c.Standing = min(c.Standing, s) }
