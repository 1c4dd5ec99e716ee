package limit

import (
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// minOutageTasks is how many different tasks must fail in a row, without a success between them, before the service counts as down.
const minOutageTasks = 5

// Streak is a series of failures without a success between them. If a streak proves to be an outage, its failures are not the tasks' fault
// and cost them no attempt.
type Streak struct {
	tasks  map[task.Key]bool
	down   int         // how many failures in a row, up to the newest, were those of an unavailable service
	Outage atomic.Bool // safe for concurrent use
}

// Health distinguishes a failing task from a service that is down. It is not safe for concurrent use.
type Health struct {
	streak  *Streak
	Trouble time.Time // time of the first failure or refusal since the last success; zero if none
	last    error     // the newest failure or refusal
	ProbeAt time.Time // in an outage: when the next lone request may start
	probes  int       // of this outage
	Probing bool      // a lone request is in flight
	outages time.Duration
}

// OutageError means that no request succeeded for too long. The tasks stay pending.
type OutageError struct {
	Since time.Time // of the first failure
	For   time.Duration
	Last  error
}

func (e *OutageError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *OutageError) Message() messages.Text {
	return messages.Sprintf("no request succeeded for %v; last error: %v", e.For.Round(time.Second), e.Last)
}

func (e *OutageError) Unwrap() error { return e.Last }

// Down reports whether the service counts as down.
func (h *Health) Down() bool { return h.streak != nil && h.streak.Outage.Load() }

// Failed records that a task failed for a passing cause, and returns the streak that the failure belongs to.
func (h *Health) Failed(k task.Key, now time.Time, err error) *Streak {
	if h.streak == nil {
		h.streak = &Streak{tasks: map[task.Key]bool{}}
	}
	s := h.streak
	if s.Outage.Load() {
		return s
	}
	s.tasks[k] = true
	if s.down++; !unavailable(err) {
		s.down = 0
	}
	if len(s.tasks) >= minOutageTasks {
		h.fall(now)
	}
	return s
}

// fall turns the streak into an outage.
func (h *Health) fall(now time.Time) {
	h.streak.Outage.Store(true)
	h.streak.tasks = nil
	h.probes = 0
	h.Later(now)
}

// Gone reports whether the service is down although too few tasks are left to show it: every attempt of a task has failed since the last
// success of any, and the newest failures were those of an unavailable service. It then counts as down.
func (h *Health) Gone(attempts []*Streak, now time.Time) bool {
	if h.streak == nil || len(attempts) < 2 || !h.Down() && h.streak.down < 2 {
		return false
	}
	for _, s := range attempts {
		if s != h.streak && !s.Outage.Load() {
			return false
		}
	}
	if !h.Down() {
		h.fall(now)
	}
	return true
}

// unavailable reports whether an error is never due to the request: the service cannot be connected to, or says that it is unavailable.
func unavailable(err error) bool {
	e := gigachat.AsError(err)
	var dial *net.OpError
	return e != nil && (e.Status == http.StatusBadGateway || e.Status == http.StatusServiceUnavailable ||
		e.Kind == gigachat.KindNetwork && errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect"))
}

// Probe reports whether the lone request of an outage may start, and records that it starts. Only one is in flight at a time.
func (h *Health) Probe() bool {
	if h.Probing {
		return false
	}
	h.Probing = true
	return true
}

// Troubled records a failure or a refusal.
func (h *Health) Troubled(now time.Time, err error) {
	if h.Trouble.IsZero() {
		h.Trouble = now
	}
	h.last = err
}

// Outages returns the total time of the outages, each from its first failure to the next success or to now.
func (h *Health) Outages(now time.Time) time.Duration {
	if h.Down() {
		return h.outages + now.Sub(h.Trouble)
	}
	return h.outages
}

// Succeeded records that the service completed a task.
func (h *Health) Succeeded(now time.Time) {
	h.outages = h.Outages(now)
	h.streak, h.Trouble, h.last = nil, time.Time{}, nil
}

// Later postpones the next lone request: by 1 s, 2 s, 4 s … 30 s.
func (h *Health) Later(now time.Time) {
	h.ProbeAt = now.Add(min(time.Second<<min(h.probes, 5), 30*time.Second))
	h.probes++
}

// Overdue returns an *OutageError if trouble without a success has lasted for maxOutage, else nil.
func (h *Health) Overdue(now time.Time, maxOutage time.Duration) error {
	if h.Trouble.IsZero() || now.Sub(h.Trouble) < maxOutage {
		return nil
	}
	return &OutageError{Since: h.Trouble, For: now.Sub(h.Trouble), Last: h.last}
}

// Passing reports whether an error of the API may pass, in which case the same request is worth another attempt.
func Passing(k gigachat.Kind) bool {
	switch k {
	case gigachat.KindServer, gigachat.KindNetwork, gigachat.KindTimeout, gigachat.KindBadBody:
		return true
	}
	return false
}
