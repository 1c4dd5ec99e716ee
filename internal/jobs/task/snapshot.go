package task

import "time"

// Snapshot is how a run stands at one moment.
type Snapshot struct {
	Counts
	Load
	Tally *Tally `json:"tally,omitempty"` // of the rows; nil where it is not known
}

// Counts are those of the tasks of a run.
type Counts struct {
	Tasks   int           `json:"jobs"` // to be asked in this run
	Done    int           `json:"done"` // of them, with a result
	Failed  int           `json:"failed,omitempty"`
	Blocked int           `json:"blocked,omitempty"`
	Causes  map[Cause]int `json:"causes,omitempty"` // of the failures
}

// Load is how an executor works.
type Load struct {
	Requests    int64         `json:"requests"`
	Refused     int64         `json:"refused,omitempty"` // 429s
	Retries     int64         `json:"retries,omitempty"`
	Tokens      int64         `json:"tokens"`
	InFlight    int           `json:"in_flight"`
	Concurrency int           `json:"concurrency"`    // how many requests may be in flight
	Max         int           `json:"most,omitempty"` // what it was steered to, 0 for what the run began with
	Paused      bool          `json:"paused,omitempty"`
	Down        bool          `json:"down,omitempty"`
	Held        time.Duration `json:"-"` // until the next start, as the service asked
	Elapsed     time.Duration `json:"-"` // without pauses
}
