package journal

import (
	"encoding/json"
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

// Mark appends a mark. The run itself has no use for it.
func (j *Journal) Mark(m *Mark) error {
	m.Key, m.State = noKey, kindMark
	return j.note(m, func(*history) {})
}

// addMark keeps the marks of the newest run. Of many, every second is left out again and again.
func (h *history) addMark(m *Mark) {
	if len(h.marks) == maxMarks {
		for i := range maxMarks / 2 {
			h.marks[i] = h.marks[2*i+1]
		}
		h.marks = h.marks[:maxMarks/2]
	}
	m.Elapsed = time.Duration(m.ElapsedMS) * time.Millisecond
	if n := len(h.marks); n > 0 {
		h.marks[n-1].Tally = nil // the newest is enough
	}
	h.marks = append(h.marks, *m)
}

func (h *history) takeMark(line []byte) error {
	var m Mark
	if err := json.Unmarshal(line, &m); err != nil {
		return err
	}
	h.addMark(&m)
	return nil
}

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
