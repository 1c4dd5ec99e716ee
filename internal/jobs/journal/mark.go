package journal

import (
	"time"

	"gigabatch/internal/jobs/task"
)

// Mark is the state of a run at one moment, recorded for those who watch the journal. Runs shorter than a second have none.
type Mark struct {
	Key       string    `json:"key"`
	State     string    `json:"state"`
	Sandbox   bool      `json:"sandbox,omitempty"`
	At        time.Time `json:"at"`
	ElapsedMS int64     `json:"elapsed_ms"` // since the first request
	Rows      int       `json:"rows"`       // selected
	Before    int       `json:"before"`     // rows with a result of an earlier run
	Skipped   int       `json:"skipped,omitempty"`
	task.Snapshot
}

// maxMarkBatches is the maximum number of batches in a mark. Those that are open are in the journal anyway, apart from their status.
const maxMarkBatches = 100

// maxMarks is the maximum number of marks of a run in memory.
const maxMarks = 600

// tally returns the tally of the rows. For a mark of an older release it is estimated from the tasks, although rows may share tasks or need
// several.
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
