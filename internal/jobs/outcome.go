package jobs

import (
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// newTally begins the count of the rows of an input.
func newTally(s *spec.Settings) task.Tally {
	var columns, counted []string
	if s.Several() {
		columns = s.CompletionColumns()
	}
	for _, c := range s.CountedColumns() {
		counted = append(counted, c.Name)
	}
	return task.NewTally(columns, counted)
}

// outcome is how a cell stands, as a tally counts it. Results before began are of earlier runs.
func (c *cell) outcome(began int64) task.Outcome {
	switch {
	case c.standing == blank:
		return task.Outcome{State: task.Skipped}
	case c.result == nil:
		return task.Outcome{State: task.Pending, Edited: c.edited != nil}
	}
	r := c.result
	return task.Outcome{State: r.State, Cause: r.Cause, Truncated: r.State == task.Completed && r.Truncated(), Edited: c.edited != nil, Earlier: c.off < began}
}

// count counts a row and the values of its cells.
func count(t *task.Tally, s *spec.Settings, cells []cell, began int64) {
	outcomes := make([]task.Outcome, 0, 4)
	for i := range cells {
		outcomes = append(outcomes, cells[i].outcome(began))
	}
	t.Add(outcomes)
}

// countValues counts the values of a row in the columns whose values are counted.
func countValues(t *task.Tally, counted []spec.OutputColumn, cells []cell) {
	for i, o := range counted {
		if c := &cells[o.Column]; c.standing != blank && c.result != nil && c.result.State == task.Completed {
			t.Values[i].Add(c.text(o.Value))
		}
	}
}
