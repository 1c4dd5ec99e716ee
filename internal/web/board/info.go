package board

import (
	"time"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// The states of a run.
const (
	Planning    = "planning"
	Running     = "running"
	Paused      = "paused"
	Stopping    = "stopping"    // it waits for what is on the wire
	Writing     = "writing"     // all is asked, and the output is written
	Completed   = "completed"   // ended, whatever rows failed
	Interrupted = "interrupted" // stopped with rows pending
	Killed      = "killed"      // its process died
	Tried       = "tried"       // a few rows were tried, and the whole was never run
	Failed      = "failed"      // it ended with an error
)

// Info is how a run stands.
type Info struct {
	ID         string             `json:"id"`
	Name       string             `json:"name"` // of the input, below the folder
	Sandbox    bool               `json:"sandbox"`
	State      string             `json:"state"`
	Here       bool               `json:"here"` // it is of this process and can be steered
	Started    time.Time          `json:"started"`
	Ended      *time.Time         `json:"ended"`
	task.Tally                    // of the rows; nothing where it is not known
	Failed     int                `json:"failed"`
	Failures   map[task.Cause]int `json:"failures"` // by cause
	Columns    []string           `json:"columns"`  // the completion columns
	Output     string             `json:"output"`   // below the folder where it is there
	Error      *Problem           `json:"error"`
	Version    int64              `json:"version"`
	Live       *Live              `json:"live"`
}

// Problem is what went wrong, and what can be done about it.
type Problem struct {
	Error messages.Text `json:"error"`
	Hint  messages.Text `json:"hint"`
}

// Live is how a run that is under way stands. Times are in seconds.
type Live struct {
	task.Snapshot
	Max     int      `json:"most"`
	Held    float64  `json:"held"`
	Elapsed float64  `json:"elapsed"`
	Rate    float64  `json:"rate"` // results a second
	ETA     *float64 `json:"eta"`  // nil where it is not known
}

func live(s task.Snapshot, rate float64) *Live {
	s.Tally = nil // Info has it
	l := &Live{Snapshot: s, Max: s.Max, Held: s.Held.Seconds(), Elapsed: s.Elapsed.Seconds(), Rate: rate}
	if l.Rate > 0 && !s.Paused && !s.Down {
		eta := float64(max(s.Tasks-s.Done, 0)) / l.Rate
		l.ETA = &eta
	}
	return l
}

// count takes over how the rows stand.
func (i *Info) count(t *task.Tally) {
	i.Tally = t.Clone()
	i.Failed, i.Failures = t.FailedRows(), i.Tally.Failed
	i.Tally.Columns, i.Tally.Values = nil, nil
}

// alive reports whether a process works on the run.
func (i *Info) alive() bool {
	switch i.State {
	case Planning, Running, Paused, Stopping, Writing:
		return true
	}
	return false
}
