package board

import (
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// The states of a run.
const (
	Planning    = "planning"
	Connecting  = "connecting" // it waits for the service to answer for the first time; Error says why it does not
	Running     = string(task.RunRunning)
	Paused      = string(task.RunPaused)
	Stopping    = "stopping"                  // it waits for requests in flight
	Writing     = "writing"                   // all rows are asked, and the output is being written
	Completed   = string(task.RunCompleted)   // it ended; rows may have failed
	Waiting     = string(task.RunWaiting)     // it ended, and pending rows are in batches at the service
	Limited     = string(task.RunLimited)     // it ended at a budget or a time that the user set, and rows are pending
	Interrupted = string(task.RunInterrupted) // it was stopped, and rows are pending
	Killed      = string(task.RunKilled)      // its process was killed
	Tried       = string(task.RunTried)       // a few rows were tried, but the whole table was never run
	Failed      = string(task.RunFailed)      // it ended with an error
	Unreadable  = "unreadable"                // its journal cannot be read; Error says why
)

// Info is the state of a run.
type Info struct {
	ID      string `json:"id"`
	Name    string `json:"name"` // of the input, relative to the folder
	Sandbox bool   `json:"sandbox"`
	State   string `json:"state"`
	Here    bool   `json:"here"` // it is in this process and can be controlled
	Span
	Counts
	Columns []string `json:"columns"` // the completion columns
	Written
	Money
	Batches
	Error   *Problem `json:"error"`
	Version int64    `json:"version"`
	Live    *Live    `json:"live"`
}

// Span is when a run was in progress.
type Span struct {
	Started time.Time  `json:"started"`
	Ended   *time.Time `json:"ended"`
}

// Counts are the counts of the rows, zero if they are not known.
type Counts struct {
	task.Tally
	Failed   int                `json:"failed"`
	Failures map[task.Cause]int `json:"failures"` // by cause
}

// Batches are the asynchronous batches of a run.
type Batches struct {
	Open      []task.BatchState `json:"batches"`     // whose results are not all in the journal; those of earlier runs, too
	InBatches int               `json:"in_batches"`  // pending rows that wait for them, at most
	Asked     bool              `json:"by_batches"`  // the run asks in batches
	Did       *task.Batched     `json:"batches_did"` // what the last run did through batches; nil if nothing, or if it has not ended
	Notes     []messages.Text   `json:"notes"`       // what a run of this process has said on the way, the newest last
}

// Written is the output of a run.
type Written struct {
	Output    string `json:"output"`    // relative to the folder
	Unwritten int    `json:"unwritten"` // edits and undoings that the output lacks
	Late      int    `json:"late"`      // rows that were answered after the output was written
	Reread    bool   `json:"reread"`    // pending rows may have answers from when cells were read differently
}

// Problem is an error and what the user can do about it.
type Problem struct {
	Error messages.Text `json:"error"`
	Hint  messages.Text `json:"hint"`
	Cure  spec.Cure     `json:"cure,omitempty"`
}

// Live is the progress of a run. Times are in seconds.
type Live struct {
	task.Snapshot
	Max     int      `json:"most"`
	Held    float64  `json:"held"`
	Silent  float64  `json:"silent"` // without an answer although one is due; Trouble is the newest error
	Elapsed float64  `json:"elapsed"`
	Rate    float64  `json:"rate"`    // results a second
	ETA     *float64 `json:"eta"`     // nil if it is not known
	Steered bool     `json:"steered"` // the run of another process can be steered from here
}

func live(s task.Snapshot, rate float64) *Live {
	idle := len(s.Batches) > 0 && s.InFlight == 0 // answers come all at once, so a rate says nothing
	s.Tally, s.Batches = nil, nil                 // Info has them
	l := &Live{Snapshot: s, Max: s.Max, Held: s.Held.Seconds(), Silent: s.Silent.Seconds(), Elapsed: s.Elapsed.Seconds(), Rate: rate}
	if l.Rate > 0 && !idle && !s.Paused && !s.Down && s.Silent == 0 {
		eta := float64(max(s.Tasks-s.Done, 0)) / l.Rate
		l.ETA = &eta
	}
	return l
}

// count copies the counts of the rows.
func (i *Info) count(t *task.Tally) {
	i.Tally = t.Clone()
	i.Failed, i.Failures = t.FailedRows(), i.Tally.Failed
	i.Tally.Columns, i.Tally.Values = nil, nil
}

// batches fills in the open batches.
func (i *Info) batches(open []task.BatchState) {
	i.Open, i.InBatches = append([]task.BatchState{}, open...), 0
	for _, b := range open {
		i.InBatches += b.Lines
	}
	i.InBatches = min(i.InBatches, i.Pending)
}

// Alive reports whether a process is working on the run.
func (i *Info) Alive() bool {
	switch i.State {
	case Planning, Connecting, Running, Paused, Stopping, Writing:
		return true
	}
	return false
}
