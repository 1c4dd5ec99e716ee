package limit

import (
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

const (
	minOutageTasks = 5 // different tasks must fail, with nothing succeeding for a while, before the service counts as down

	// The while is a few times as long as a completion takes, and many times as long as between two successes, within these bounds.
	outageLatencies = 4
	outageGaps      = 10
	minWhile        = time.Second
	firstWhile      = 3 * time.Second // instead of minWhile before the first success
	maxWhile        = 30 * time.Second

	refusedPause  = 250 * time.Millisecond  // after a lone request that is refused
	maxProbePause = 4 * time.Second         // in an outage, so that little time is lost after its end
	minSilence    = 1500 * time.Millisecond // without a success, before that is shown
	minDenied     = 3 * time.Second         // of refused access without a success before that counts as lasting

	// The last tasks of a run that fail, and not because the service is unavailable, are to blame themselves if there are at most so many of
	// them, and if so many times as many have succeeded.
	maxFaulty    = 20
	faultyOthers = 2
)

// Streak is a series of failures without a success between them. If a streak proves to be an outage, its failures are not the tasks' fault
// and cost them no attempt.
type Streak struct {
	tasks   map[task.Key]bool // that failed and are not known to be faulty
	foreign bool              // some failures may be due to the service
	since   time.Time         // start of the first request that failed, or the last success if that is later
	down    int               // how many failures in a row, up to the newest, were those of an unavailable service
	Outage  atomic.Bool       // safe for concurrent use
}

// Failure is an attempt of a task that failed for a passing cause.
type Failure struct {
	Task  task.Key
	Took  time.Duration
	Err   error
	First time.Time // of the first failure of the task; zero if this is it
	Left  int       // tasks in progress, with this one, if all others have ended; else 0
	Busy  bool      // other requests are under way
}

// Health distinguishes a failing task from a service that is down. It is not safe for concurrent use.
type Health struct {
	known
	streak  *Streak
	Trouble time.Time     // time of the first failure or refusal since the last success; zero if none
	last    error         // the newest failure or refusal
	awaited time.Time     // since when a success has been awaited; zero if none is
	denied  time.Time     // time of the first refused access since the last success; zero if none
	token   error         // of the newest token request that failed
	tokens  uint64        // token requests that failed
	ProbeAt time.Time     // in an outage: when the next lone request may start
	probes  int           // of this outage
	outages time.Duration // all but the present one
}

// known is what the next round of a run has to know.
type known struct {
	faulty  map[task.Key]bool // tasks that fail although the service is well
	latency time.Duration     // mean time of a completion; 0 before the first one
	gap     time.Duration     // mean time between two successes
	success time.Time         // the last one
	newest  time.Time         // the latest start of a request that succeeded
	answers int               // successes
	silence time.Duration     // how long a success had been awaited when the last round ended
}

// Down reports whether the service counts as down.
func (h *Health) Down() bool { return h.streak != nil && h.streak.Outage.Load() }

// Began records that a request starts.
func (h *Health) Began(now time.Time) {
	if h.awaited.IsZero() {
		h.awaited, h.silence = now.Add(-h.silence), 0
	}
}

// Took records how long a completion took.
func (h *Health) Took(d time.Duration) {
	if h.latency == 0 {
		h.latency = d
	}
	h.latency += (d - h.latency) / 16
}

// Next returns the Health of the next round, with what is known of the service and of faulty tasks.
func (h *Health) Next(now time.Time) Health {
	next := Health{known: h.known}
	if !h.awaited.IsZero() {
		next.silence = now.Sub(h.awaited)
	}
	return next
}

// Failed records a failure, and returns the streak that it belongs to. A token request that fails counts as one task, however many tasks
// wait for it. A task is faulty if it fails although a request has succeeded that began after an earlier failure of the task, or if only
// few tasks are left. Its failures are no sign of an outage.
func (h *Health) Failed(f Failure, now time.Time) *Streak {
	if h.streak == nil {
		h.streak = &Streak{tasks: map[task.Key]bool{}, since: now.Add(-f.Took)}
		if h.success.After(h.streak.since) {
			h.streak.since = h.success
		}
	}
	s, k := h.streak, f.Task
	if e := gigachat.AsError(f.Err); e != nil && e.Op == "oauth" {
		if h.token == f.Err {
			return s
		}
		h.token = f.Err
		h.tokens++
		k = task.Key{}
		binary.BigEndian.PutUint64(k[:], h.tokens)
	}
	own := answered(f.Err)
	s.foreign = s.foreign || !own || gigachat.AsError(f.Err).Status > http.StatusInternalServerError
	last := !s.foreign && f.Left > 0 && f.Left <= maxFaulty && f.Left*faultyOthers <= h.answers
	if own && (last || !f.First.IsZero() && h.newest.After(f.First)) {
		h.blame(k)
	}
	switch {
	case own && h.faulty[k] && (last || !h.Down()): // the service is well
		s.Outage.Store(false)
		if h.awaited = now; !f.Busy {
			h.awaited = time.Time{}
		}
		return s
	case !h.faulty[k]:
		s.tasks[k] = true
	}
	if s.down++; !unavailable(f.Err) {
		s.down = 0
	}
	if !h.Down() && len(s.tasks) >= minOutageTasks && now.Sub(s.since) >= h.long() {
		h.fall(now)
	}
	return s
}

// Fresh reports whether a task that has not been asked should go first, to show whether only some tasks fail. In an outage, every other one
// does.
func (h *Health) Fresh() bool { return h.streak != nil && (!h.Down() || h.probes%2 == 1) }

// blame records that a task of the streak is faulty.
func (h *Health) blame(k task.Key) {
	if h.faulty == nil {
		h.faulty = map[task.Key]bool{}
	}
	h.faulty[k] = true
	delete(h.streak.tasks, k)
}

// long returns how long nothing must succeed before the service counts as down.
func (h *Health) long() time.Duration {
	if h.success.IsZero() {
		return max(firstWhile, min(outageLatencies*h.latency, maxWhile))
	}
	return min(max(minWhile, outageLatencies*h.latency, outageGaps*h.gap), maxWhile)
}

// fall turns the streak into an outage.
func (h *Health) fall(now time.Time) {
	h.streak.Outage.Store(true)
	h.probes = 0
	h.later(now, 0)
}

// Gone reports whether a task that has no attempts left may yet be the victim of an outage: every attempt of it has failed since the last
// success of any, others fail as well and it is too early to tell, or the newest failures were those of an unavailable service although too
// few tasks are left to show it. In that case the service counts as down from then on.
func (h *Health) Gone(k task.Key, attempts []*Streak, early bool, now time.Time) bool {
	if h.streak == nil || len(attempts) < 2 {
		return false
	}
	for _, s := range attempts {
		if s != h.streak && !s.Outage.Load() {
			return false
		}
	}
	switch {
	case h.Down():
		return true
	case h.faulty[k]:
		return false
	case early && len(h.streak.tasks) > 1 && now.Sub(h.streak.since) < h.long():
		return true
	case h.streak.down < 2:
		return false
	}
	h.fall(now)
	return true
}

// answered reports whether an error is an answer of the service to the request.
func answered(err error) bool {
	e := gigachat.AsError(err)
	return e != nil && e.Op != "oauth" && e.Status != 0 && (e.Kind == gigachat.KindServer || e.Kind == gigachat.KindBadBody)
}

// unavailable reports whether an error is never due to the request: the service cannot be connected to, or says that it is unavailable.
func unavailable(err error) bool {
	e := gigachat.AsError(err)
	var dial *net.OpError
	return e != nil && (e.Status == http.StatusBadGateway || e.Status == http.StatusServiceUnavailable ||
		e.Kind == gigachat.KindNetwork && errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect"))
}

// Probe records that a lone request of an outage starts beside others that are under way, and postpones the next one: by 1 s, 2 s and then
// 4 s, and twice as long for every two that hang.
func (h *Health) Probe(now time.Time, others int) { h.later(now, others) }

func (h *Health) later(now time.Time, others int) {
	h.ProbeAt = now.Add(min(time.Second<<min(h.probes, 5), maxProbePause) << min(others/2, 5))
	h.probes++
}

// Troubled records a failure or a refusal. A service that refuses a lone request is not gone, so the next one follows soon.
func (h *Health) Troubled(now time.Time, err error) {
	if e := gigachat.AsError(err); e != nil && e.Kind == gigachat.KindRateLimited && h.Down() && h.ProbeAt.After(now.Add(refusedPause)) {
		h.ProbeAt = now.Add(refusedPause)
	}
	if h.Trouble.IsZero() {
		h.Trouble = now
	}
	h.last = err
}

// Outages returns the total time of the outages, each from its first failure to the next success or to now.
func (h *Health) Outages(now time.Time) time.Duration {
	if h.Down() && !h.Trouble.IsZero() {
		return h.outages + now.Sub(h.Trouble)
	}
	return h.outages
}

// Succeeded records that the service completed the task k with a request that began then. busy reports whether other requests are under
// way.
func (h *Health) Succeeded(k task.Key, began, now time.Time, busy bool) {
	delete(h.faulty, k)
	if began.After(h.newest) {
		h.newest = began
	}
	h.answers++
	if !h.Down() && !h.awaited.IsZero() {
		h.gap += (now.Sub(h.awaited) - h.gap) / 16
	}
	h.outages = h.Outages(now)
	h.streak, h.Trouble, h.last, h.denied = nil, time.Time{}, nil, time.Time{}
	if h.success, h.awaited = now, now; !busy {
		h.awaited = time.Time{}
	}
}

// Forget makes the time without a success begin anew with the next request.
func (h *Health) Forget() { h.Trouble, h.awaited, h.silence = time.Time{}, time.Time{}, 0 }

// Denied records that the service refused a new token, or that something before it refused the way to it, and reports whether that has been
// so for long enough without a success between.
func (h *Health) Denied(now time.Time) bool {
	if h.denied.IsZero() {
		h.denied = now
	}
	return now.Sub(h.denied) >= minDenied
}

// Silence returns how long a success has been awaited, and the newest failure or refusal in that time, nil if there was none. It returns 0
// as long as that is no sign of trouble: completions take about as long.
func (h *Health) Silence(now time.Time) (time.Duration, error) {
	silence, least := now.Sub(h.awaited), minSilence
	if h.last == nil {
		least = max(least, outageLatencies*h.latency)
	}
	if h.awaited.IsZero() || silence < least {
		return 0, nil
	}
	return silence, h.last
}

// Overdue returns an *task.OutageError if a success has been awaited for maxOutage, else the time until then; 0 if none is awaited.
func (h *Health) Overdue(now time.Time, maxOutage time.Duration) (time.Duration, error) {
	silence := now.Sub(h.awaited)
	switch {
	case h.awaited.IsZero():
		return 0, nil
	case silence < maxOutage:
		return maxOutage - silence, nil
	}
	return 0, &task.OutageError{Since: h.awaited, For: silence, Last: h.last}
}

// Passing reports whether an error of the API may pass, in which case the same request is worth another attempt.
func Passing(k gigachat.Kind) bool {
	switch k {
	case gigachat.KindServer, gigachat.KindNetwork, gigachat.KindTimeout, gigachat.KindBadBody:
		return true
	}
	return false
}
