package limit

import (
	"fmt"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// outageRows is how many different rows must fail one after the other, with no success between, before the service counts as down.
const outageRows = 5

// Streak is a series of failures with no success between. Failures of a streak that turns out to be an outage are not the rows' fault
// and cost them no attempt.
type Streak struct {
	rows   map[task.Key]bool
	Outage atomic.Bool
}

// Health tells a row that fails from a service that is down. It knows no locks.
type Health struct {
	streak  *Streak
	Trouble time.Time // the first failure or refusal since the last success, zero if none
	last    error     // the newest one
	ProbeAt time.Time // in an outage: when the next lone request may start
	probes  int
	Probing bool
}

// OutageError says that the service was of no use for too long; the rows stay pending.
type OutageError struct {
	Since time.Time
	For   time.Duration
	Last  error
}

func (e *OutageError) Error() string {
	return fmt.Sprintf("no success for %s; the last answer was: %v", e.For.Round(time.Second), e.Last)
}

func (e *OutageError) Unwrap() error { return e.Last }

// Down reports whether the service counts as down.
func (h *Health) Down() bool { return h.streak != nil && h.streak.Outage.Load() }

// Failed takes in that a row failed for a passing cause, and returns the streak that the failure belongs to.
func (h *Health) Failed(k task.Key, now time.Time) *Streak {
	if h.streak == nil {
		h.streak = &Streak{rows: map[task.Key]bool{}}
	}
	s := h.streak
	if s.Outage.Load() {
		return s
	}
	s.rows[k] = true
	if len(s.rows) >= outageRows {
		s.Outage.Store(true)
		s.rows = nil
		h.probes = 0
		h.Later(now)
	}
	return s
}

// Probe reports whether the lone request of an outage may start; there is one at a time.
func (h *Health) Probe() bool {
	if h.Probing {
		return false
	}
	h.Probing = true
	return true
}

// Troubled takes in a failure or a refusal.
func (h *Health) Troubled(now time.Time, err error) {
	if h.Trouble.IsZero() {
		h.Trouble = now
	}
	h.last = err
}

// Succeeded takes in that the service answered a row.
func (h *Health) Succeeded() {
	h.streak, h.Trouble, h.last = nil, time.Time{}, nil
}

// Later puts the next lone request off: 1 s, 2 s, 4 s … 30 s.
func (h *Health) Later(now time.Time) {
	h.ProbeAt = now.Add(min(time.Second<<min(h.probes, 5), 30*time.Second))
	h.probes++
}

// Overdue returns the error that ends the run when there was trouble and no success for longer than most.
func (h *Health) Overdue(now time.Time, most time.Duration) error {
	if h.Trouble.IsZero() || now.Sub(h.Trouble) < most {
		return nil
	}
	return &OutageError{Since: h.Trouble, For: now.Sub(h.Trouble), Last: h.last}
}

// Passing reports whether an error of the API goes away by itself, so that the same request is worth another attempt.
func Passing(k gigachat.Kind) bool {
	switch k {
	case gigachat.KindServer, gigachat.KindNetwork, gigachat.KindTimeout, gigachat.KindBadBody:
		return true
	}
	return false
}
