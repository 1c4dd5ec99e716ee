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

const (
	FirstMark = time.Second
	LastMark  = 5 * time.Second
	maxMarks  = 600
)

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
