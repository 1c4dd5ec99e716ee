package jobs

import (
	"fmt"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// outageRows is how many different rows must fail one after the other, with no success between, before the service counts as down.
const outageRows = 5

// streak is a series of failures with no success between. Failures of a streak that turns out to be an outage are not the rows' fault
// and cost them no attempt.
type streak struct {
	rows   map[task.Key]bool
	outage atomic.Bool
}

// health tells a row that fails from a service that is down. It knows no locks.
type health struct {
	streak  *streak
	trouble time.Time // the first failure or refusal since the last success, zero if none
	last    error     // the newest one
	probeAt time.Time // in an outage: when the next lone request may start
	probes  int
	probing bool
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

// down reports whether the service counts as down.
func (h *health) down() bool { return h.streak != nil && h.streak.outage.Load() }

// failed takes in that a row failed for a passing cause, and returns the streak that the failure belongs to.
func (h *health) failed(k task.Key, now time.Time) *streak {
	if h.streak == nil {
		h.streak = &streak{rows: map[task.Key]bool{}}
	}
	s := h.streak
	if s.outage.Load() {
		return s
	}
	s.rows[k] = true
	if len(s.rows) >= outageRows {
		s.outage.Store(true)
		s.rows = nil
		h.probes = 0
		h.later(now)
	}
	return s
}

// probe reports whether the lone request of an outage may start; there is one at a time.
func (h *health) probe() bool {
	if h.probing {
		return false
	}
	h.probing = true
	return true
}

// troubled takes in a failure or a refusal.
func (h *health) troubled(now time.Time, err error) {
	if h.trouble.IsZero() {
		h.trouble = now
	}
	h.last = err
}

// succeeded takes in that the service answered a row.
func (h *health) succeeded() {
	h.streak, h.trouble, h.last = nil, time.Time{}, nil
}

// later puts the next lone request off: 1 s, 2 s, 4 s … 30 s.
func (h *health) later(now time.Time) {
	h.probeAt = now.Add(min(time.Second<<min(h.probes, 5), 30*time.Second))
	h.probes++
}

// overdue returns the error that ends the run when there was trouble and no success for longer than most.
func (h *health) overdue(now time.Time, most time.Duration) error {
	if h.trouble.IsZero() || now.Sub(h.trouble) < most {
		return nil
	}
	return &OutageError{Since: h.trouble, For: now.Sub(h.trouble), Last: h.last}
}

// passing reports whether an error of the API goes away by itself, so that the same request is worth another attempt.
func passing(k gigachat.Kind) bool {
	switch k {
	case gigachat.KindServer, gigachat.KindNetwork, gigachat.KindTimeout, gigachat.KindBadBody:
		return true
	}
	return false
}
