package task

import (
	"time"

	"gigabatch/internal/jobs/cost"
)

// Snapshot is the state of a run at one moment.
type Snapshot struct {
	Counts
	Load
	Tally   *Tally       `json:"tally,omitempty"`   // of the rows; nil if unknown
	Batches []BatchState `json:"batches,omitempty"` // that are open
	Sharers []Sharer     `json:"sharers,omitempty"` // other processes that use the same key
}

// Counts is the progress of the tasks of a run.
type Counts struct {
	Tasks   int           `json:"jobs"` // of this run
	Done    int           `json:"done"` // tasks with a result
	Failed  int           `json:"failed,omitempty"`
	Blocked int           `json:"blocked,omitempty"`
	Causes  map[Cause]int `json:"causes,omitempty"` // of the failures
}

// Load is the current and the total work of an executor in this run.
type Load struct {
	Requests    int64         `json:"requests"`
	Refused     int64         `json:"refused,omitempty"` // 429s
	Retries     int64         `json:"retries,omitempty"`
	Tokens      int64         `json:"tokens"`
	Spent       cost.Spent    `json:"spent,omitzero"` // an estimate
	InFlight    int           `json:"in_flight"`
	Concurrency int           `json:"concurrency"`    // current limit of requests in flight
	Max         int           `json:"most,omitempty"` // the limit set while it runs, 0 for the initial one
	Paused      bool          `json:"paused,omitempty"`
	Down        bool          `json:"down,omitempty"`
	Quota       Belief        `json:"quota,omitzero"`
	Silent      time.Duration `json:"-"`                 // time without a success while one is due
	Trouble     string        `json:"trouble,omitempty"` // the newest error in that time
	Held        time.Duration `json:"-"`                 // time until the next request, while the quota is used up
	Elapsed     time.Duration `json:"-"`                 // excluding pauses
}
