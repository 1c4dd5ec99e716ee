package board

import (
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
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
	ID        string             `json:"id"`
	Name      string             `json:"name"` // of the input, below the folder
	Sandbox   bool               `json:"sandbox"`
	State     string             `json:"state"`
	Here      bool               `json:"here"` // it is of this process and can be steered
	Started   time.Time          `json:"started"`
	Ended     *time.Time         `json:"ended"`
	Rows      int                `json:"rows"` // 0 where that is not known
	Completed int                `json:"completed"`
	Failed    int                `json:"failed"`
	Blocked   int                `json:"blocked"`
	Skipped   int                `json:"skipped"`
	Pending   int                `json:"pending"`
	Edited    int                `json:"edited"`
	Failures  map[task.Cause]int `json:"failures"`
	Columns   []string           `json:"columns"` // the completion columns
	Output    string             `json:"output"`  // below the folder where it is there
	Error     *Problem           `json:"error"`
	Version   int64              `json:"version"`
	Live      *Live              `json:"live"`
}

// Problem is what went wrong, and what can be done about it.
type Problem struct {
	Error string `json:"error"`
	Hint  string `json:"hint"`
}

// Live is how a run that is under way stands. Times are in seconds.
type Live struct {
	task.Snapshot
	Most    int      `json:"most"`
	Held    float64  `json:"held"`
	Elapsed float64  `json:"elapsed"`
	Rate    float64  `json:"rate"` // results a second
	ETA     *float64 `json:"eta"`  // nil where it is not known
}

func live(s task.Snapshot, rate float64) *Live {
	l := &Live{Snapshot: s, Most: s.Max, Held: s.Held.Seconds(), Elapsed: s.Elapsed.Seconds(), Rate: rate}
	if l.Rate > 0 && !s.Paused && !s.Down {
		eta := float64(max(s.Tasks-s.Done, 0)) / l.Rate
		l.ETA = &eta
	}
	return l
}

// proceed fills in how many rows stand how as far as a run of this process has come.
func (i *Info) proceed(p *jobs.Plan, s task.Snapshot) {
	i.Rows, i.Skipped, i.Failed, i.Blocked = p.Rows, p.Skipped, p.Waiting+s.Failed, s.Blocked
	if s.Causes != nil {
		i.Failures = s.Causes
	}
	i.Completed = p.FromJournal - p.Waiting + (s.Done-s.Failed-s.Blocked)/max(p.Asks, 1)
	i.Completed = min(i.Completed, i.Rows-i.Skipped-i.Failed-i.Blocked)
	i.Pending = i.Rows - i.Completed - i.Failed - i.Blocked - i.Skipped
}

// count fills in how many rows stand how.
func (i *Info) count(c jobs.ViewCounts) {
	i.Rows, i.Edited, i.Failures = c.Rows, c.Edited, c.Failed
	i.Completed, i.Failed, i.Blocked, i.Skipped, i.Pending = c.Completed, c.FailedRows(), c.Blocked, c.Skipped, c.Pending
}

// estimate fills in how many rows stand how as far as the journal tells without a look at the rows.
func (i *Info) estimate(s *journal.Standing) {
	i.Rows = s.Rows
	if sum := s.Summary; sum != nil {
		i.Completed, i.Failed, i.Blocked, i.Skipped, i.Pending, i.Failures = sum.Completed, sum.FailedRows(), sum.Blocked, sum.Skipped, sum.Pending, sum.Failed
		return
	}
	i.Failed, i.Blocked = s.Counts[task.Failed], s.Counts[task.Blocked]
	i.Completed = s.Counts[task.Completed]
	if m := s.Mark; m != nil {
		i.Skipped, i.Failed, i.Blocked = m.Skipped, m.Failed, m.Blocked
		if m.Causes != nil {
			i.Failures = m.Causes
		}
		i.Completed = m.Before + m.Done - m.Failed - m.Blocked
	}
	if i.Rows > 0 {
		i.Completed = min(i.Completed, i.Rows)
		i.Pending = max(i.Rows-i.Completed-i.Failed-i.Blocked-i.Skipped, 0)
	}
}
