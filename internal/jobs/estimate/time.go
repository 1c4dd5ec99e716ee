package estimate

import (
	"cmp"
	"time"

	"gigabatch/internal/jobs/task"
)

// Time is how long the requests will take.
type Time struct {
	Seconds float64    `json:"seconds,omitempty"` // 0 if it is unknown
	From    TimeSource `json:"seconds_from,omitempty"`
}

// TimeSource is from what the time is estimated.
type TimeSource string

// The sources of a time. It is unknown without any.
const (
	FromQuota TimeSource = "quota" // found so far, and limits of the user
	FromPace  TimeSource = "pace"  // of the last run
)

// Pace is what is known of the time that requests take.
type Pace struct {
	Quota   task.Belief
	Limits  task.Limits
	Latency time.Duration // of an answer; 0 if none is known
	Last    Last
}

// Last is the last run: zero if there was none.
type Last struct {
	Requests int64
	Elapsed  time.Duration
}

// minPace is the number of requests from which the pace of a run counts.
const minPace = 20

// Take sets the time that the requests will take.
func (e *Estimate) Take(p Pace) {
	if p.Limits.Via != task.ViaLive {
		return // nobody knows how long a batch takes
	}
	n := e.Requests.Likely / float64(max(1, p.Limits.Pack)) // a request for vectors has several texts
	streams := smaller(p.Quota.Streams, p.Limits.Concurrency)
	seconds := 0.0
	if streams > 0 {
		seconds = n * p.Latency.Seconds() / float64(streams)
	}
	if p.Quota.Starts > 0 {
		seconds = max(seconds, n*float64(p.Quota.Seconds)/float64(p.Quota.Starts))
	}
	if p.Limits.RPM > 0 {
		seconds = max(seconds, n*60/float64(p.Limits.RPM))
	}
	if p.Limits.TPM > 0 {
		seconds = max(seconds, (e.Prompt.Likely+e.Completion.Likely)*60/float64(p.Limits.TPM))
	}
	switch {
	case n == 0:
	case seconds > 0:
		e.Time = Time{seconds, FromQuota}
	case p.Last.Requests >= minPace:
		e.Time = Time{n * p.Last.Elapsed.Seconds() / float64(p.Last.Requests), FromPace}
	}
}

// smaller returns the smaller of two limits, of which 0 is none.
func smaller(a, b int) int {
	if a > 0 && b > 0 {
		return min(a, b)
	}
	return cmp.Or(a, b)
}
