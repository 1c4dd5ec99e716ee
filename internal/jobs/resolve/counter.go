package resolve

import (
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Counter counts resolved rows and the values of their cells. It is not safe for concurrent use.
type Counter struct {
	task.Tally
	began    int64
	counted  []spec.OutputColumn // the columns whose values are counted
	outcomes []task.Outcome      // of the row being counted
}

// NewCounter returns an empty counter. Results before the offset began of the journal belong to earlier runs.
func NewCounter(s *spec.Settings, began int64) *Counter {
	c := &Counter{began: began, counted: s.CountedColumns()}
	var columns, counted []string
	if s.Several() {
		columns = s.CompletionColumns()
	}
	for _, o := range c.counted {
		counted = append(counted, o.Name)
	}
	c.Tally = task.NewTally(columns, counted)
	return c
}

// Add counts a row.
func (c *Counter) Add(cells []Cell) {
	c.outcomes = c.outcomes[:0]
	for i := range cells {
		c.outcomes = append(c.outcomes, cells[i].Outcome(c.began))
	}
	c.Tally.Add(c.outcomes)
	for i, o := range c.counted {
		if cell := &cells[o.Column]; c.outcomes[o.Column].State == task.Completed {
			c.Values[i].Add(cell.Text(o.Value))
		}
	}
}

// Replace counts a row anew that was counted with the outcomes before. was returns the text of a completed cell then.
func (c *Counter) Replace(before []task.Outcome, was func(o spec.OutputColumn) string, cells []Cell) {
	c.outcomes = c.outcomes[:0]
	for i := range cells {
		c.outcomes = append(c.outcomes, cells[i].Outcome(c.began))
	}
	c.Tally.Replace(before, c.outcomes)
	for i, o := range c.counted {
		if before[o.Column].State == task.Completed {
			c.Values[i].Remove(was(o))
		}
		if c.outcomes[o.Column].State == task.Completed {
			c.Values[i].Add(cells[o.Column].Text(o.Value))
		}
	}
}

// Outcome returns the outcome of a cell for a tally. Results before the offset began of the journal belong to earlier runs.
func (c *Cell) Outcome(began int64) task.Outcome {
	switch {
	case c.Standing == Blank:
		return task.Outcome{State: task.Skipped}
	case c.Result == nil:
		return task.Outcome{State: task.Pending, Edited: c.Edited != nil, Outdated: c.Before != nil}
	}
	r, cause := c.Result, c.Result.Cause
	if r.State == task.Completed {
		cause = ""
	}
	return task.Outcome{
		State: r.State, Cause: cause, Truncated: r.State == task.Completed && r.Truncated(), Edited: c.Edited != nil,
		Earlier: c.Off < began && (c.Off >= 0 || r.State == task.Completed), // else it failed although nothing was asked
	}
}
