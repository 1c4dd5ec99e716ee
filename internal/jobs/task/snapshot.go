package task

import "time"

// Snapshot tells how a run stands at one moment.
type Snapshot struct {
	Counts
	Load
	Tally *Tally `json:"tally,omitempty"` // of the rows; nil if it is not known
}

// Counts tell how far the tasks of a run have come.
type Counts struct {
	Tasks   int           `json:"jobs"` // to be asked in this run
	Done    int           `json:"done"` // of these, with a result
	Failed  int           `json:"failed,omitempty"`
	Blocked int           `json:"blocked,omitempty"`
	Causes  map[Cause]int `json:"causes,omitempty"` // of the failures
}

// Load tells what an executor does, and what it has done in this run.
type Load struct {
	Requests    int64         `json:"requests"`
	Refused     int64         `json:"refused,omitempty"` // 429s
	Retries     int64         `json:"retries,omitempty"`
	Tokens      int64         `json:"tokens"`
	InFlight    int           `json:"in_flight"`
	Concurrency int           `json:"concurrency"`    // how many requests may be in flight now
	Max         int           `json:"most,omitempty"` // the limit it was set to as it ran, 0 for the one it began with
	Paused      bool          `json:"paused,omitempty"`
	Down        bool          `json:"down,omitempty"`
	Held        time.Duration `json:"-"` // until the next start, because the service asked for it
	Elapsed     time.Duration `json:"-"` // without pauses
}
