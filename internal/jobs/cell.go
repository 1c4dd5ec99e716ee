package jobs

import (
	"encoding/json"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/task"
)

// standing is what is known of a cell before it is asked.
type standing int

const (
	toAsk     standing = iota // jobs of it are to be asked
	duplicate                 // an earlier row of the pass asks them
	later                     // it waits for the answer of another column
	waiting                   // failed, and asked again only on demand
	answered
	blank // there is nothing to ask
)

// cell is how one completion column of one row stands.
type cell struct {
	standing
	key    task.Key     // of the job that decides it, or of one that is missing; zero for a blank one
	off    int64        // where the deciding result stands, -1 for nowhere
	result *task.Result // what it came to; nil while something is missing, and where nobody needs it
	values []any        // of the properties of the schema
	jobs   []task.Task  // to be asked before more is known
	nth    uint32       // which of the rows that ask the same this is, where each gets an answer of its own
	spent  spent
	long   int      // tokens of a prompt that is probably too long for the model, 0 for any other
	split  bool     // it is asked in parts
	plain  task.Key // of the request as its row makes it, in a pass that identifies and where there are edits
	edited *edited  // nil unless the answer was edited by hand
}

// spent is what the jobs of a cell took together.
type spent struct {
	usage    gigachat.Usage
	attempts int
	latency  time.Duration
}

// text is the answer as other columns see it: the whole, or the property of that number.
func (c *cell) text(value int) string {
	switch {
	case c.result == nil || c.result.State != task.Completed:
		return ""
	case value < 0:
		return c.result.Completion
	case value < len(c.values):
		return valueText(c.values[value])
	}
	return ""
}

// valueText is the value of a property as text.
func valueText(v any) string {
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

// valueCell is the value of a property as a cell of a table.
func valueCell(v any) any {
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
func (c *cell) settle(r *task.Result) *task.Result {
	own := *r
	own.Usage, own.Attempts, own.Latency = c.spent.usage, c.spent.attempts, c.spent.latency
	c.result, c.jobs = &own, nil
	if c.standing != waiting {
		c.standing = answered
	}
	return c.result
}

// fail decides that the cell has failed, whatever its jobs came to.
func (c *cell) fail(cause task.Cause, text string) {
	r := c.result
	if r == nil {
		r = &task.Result{Key: c.key, At: time.Now()}
	}
	own := *r
	own.State, own.Cause, own.Error = task.Failed, cause, text
	c.result, c.standing, c.values, c.jobs = &own, answered, nil, nil
}

// open reports whether more must be asked before the cell is decided.
func (c *cell) open() bool { return c.standing < waiting }

// failed reports whether the cell is decided and has no answer.
func (c *cell) failed() bool { return c.result != nil && c.result.State != task.Completed }

// pend notes that a job of the cell is missing.
func (c *cell) pend(s standing) { c.standing = min(c.standing, s) }
