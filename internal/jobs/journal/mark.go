package journal

import (
	"time"

	"gigabatch/internal/jobs/task"
)

// Mark is how a run stood at a moment, as its journal tells those who watch. Runs that are over within a second leave none.
type Mark struct {
	Key       string    `json:"key"`
	State     string    `json:"state"`
	Sandbox   bool      `json:"sandbox,omitempty"`
	At        time.Time `json:"at"`
	ElapsedMS int64     `json:"elapsed_ms"` // since the run began to ask
	Rows      int       `json:"rows"`       // selected
	Before    int       `json:"before"`     // of them, with a result of an earlier run
	Skipped   int       `json:"skipped,omitempty"`
	task.Snapshot
}

// maxMarks is how many marks of a run are kept in memory.
const maxMarks = 600

// tally is how the rows stood. In a mark of an older release it is estimated from its tasks: rows may share one, and need several.
func (m *Mark) tally() *task.Tally {
	if m.Tally != nil {
		return m.Tally
	}
	t := task.NewTally(nil, nil)
	left := max(m.Rows, 0)
	take := func(n int) int {
		n = min(max(n, 0), left)
		left -= n
		return n
	}
	t.Rows, t.Skipped, t.Blocked = left, take(m.Skipped), take(m.Blocked)
	for cause, n := range m.Causes {
		if n = take(n); n > 0 {
			t.Failed[cause] = n
		}
	}
	t.Completed = take(m.Before + m.Done - m.Counts.Failed - m.Counts.Blocked)
	t.Pending = left
	return &t
}
