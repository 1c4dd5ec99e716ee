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

const (
	FirstMark = time.Second
	LastMark  = 5 * time.Second
	maxMarks  = 600
)
