package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// errDrained says that the run is being drained: nothing new is started.
var errDrained = errors.New("drained")

const (
	firstHold = 250 * time.Millisecond // after a refusal without Retry-After
	lastHold  = 30 * time.Second
)

// gate says when a request may start. It joins the window, the holds that refusals ask for, and the pause of an outage. Safe for
// concurrent use.
type gate struct {
	maxOutage time.Duration
	maxLive   int               // jobs begun and not ended, those that wait for a retry included
	stop      func(cause error) // ends the run

	mu       sync.Mutex // guards all below
	window   window
	health   health
	held     int // slots given out
	onWire   int // of them, requests in flight
	live     int
	until    time.Time // no start before
	refusals int       // shrinks since the last completion
	nextRamp time.Time
	latency  time.Duration
	waiting  []*ticket
	timer    *time.Timer
	timerAt  time.Time
	overdue  *time.Timer
}

// ticket is a place in the queue for a slot.
type ticket struct {
	pull  bool // for a job that has not been begun
	ready chan slot
}

// enter waits for a slot, in the order of the calls. With pull the slot is for a new job. It returns errDrained once drain is closed.
func (g *gate) enter(ctx context.Context, drain <-chan struct{}, pull bool) (slot, error) {
	t := &ticket{pull: pull, ready: make(chan slot, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, t)
	g.admit()
	g.mu.Unlock()
	select {
	case <-drain:
		g.forget(t)
		return slot{}, errDrained
	default:
	}
	select {
	case s := <-t.ready:
		return s, nil
	case <-drain:
		g.forget(t)
		return slot{}, errDrained
	case <-ctx.Done():
		g.forget(t)
		return slot{}, context.Cause(ctx)
	}
}

// forget takes a ticket back, together with the slot that it may have got meanwhile.
func (g *gate) forget(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(w *ticket) bool { return w == t })
	select {
	case s := <-t.ready:
		if t.pull {
			g.live--
		}
		g.giveBack(s)
	default:
	}
	g.admit()
}

// admit gives slots to the first in the queue for as long as there are any. The caller holds g.mu.
func (g *gate) admit() {
	for len(g.waiting) > 0 {
		i := g.first()
		if i < 0 {
			return
		}
		now := time.Now()
		s, ok, wait := g.slot(now)
		if !ok {
			g.wakeAt(now, wait)
			return
		}
		t := g.waiting[i]
		g.waiting = slices.Delete(g.waiting, i, i+1)
		g.held++
		if t.pull {
			g.live++
		}
		t.ready <- s
	}
}

// first returns the first ticket that may go on: a new job is not begun while too many wait for a retry.
func (g *gate) first() int {
	return slices.IndexFunc(g.waiting, func(t *ticket) bool { return !t.pull || g.live < g.maxLive })
}

// slot says whether a request may start now; if not, wait is when to look again, zero for not before another one ends.
func (g *gate) slot(now time.Time) (s slot, ok bool, wait time.Time) {
	if now.Before(g.until) {
		return s, false, g.until
	}
	if g.health.down() {
		return g.outageSlot(now)
	}
	ok, s.probe = g.window.room(g.held)
	if !ok || s.probe || g.held < g.window.proven {
		g.window.probing = g.window.probing || s.probe
		return s, ok, time.Time{}
	}
	if now.Before(g.nextRamp) {
		return s, false, g.nextRamp
	}
	g.nextRamp = now.Add(ramp(g.latency, g.latency > 0))
	return s, true, time.Time{}
}

// outageSlot lets one request at a time through.
func (g *gate) outageSlot(now time.Time) (slot, bool, time.Time) {
	h := &g.health
	if h.probing {
		return slot{}, false, time.Time{}
	}
	if now.Before(h.probeAt) {
		return slot{}, false, h.probeAt
	}
	h.probing = true
	return slot{outage: true}, true, time.Time{}
}

// wakeAt makes admit run again at t.
func (g *gate) wakeAt(now, t time.Time) {
	if t.IsZero() || (g.timer != nil && !g.timerAt.IsZero() && !t.Before(g.timerAt) && now.Before(g.timerAt)) {
		return
	}
	if g.timer != nil {
		g.timer.Stop()
	}
	g.timerAt = t
	g.timer = time.AfterFunc(t.Sub(now), g.wake)
}

func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.timerAt = time.Time{}
	g.admit()
}

// start notes that the request of s goes on the wire, and returns how many are there now.
func (g *gate) start(s *slot) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire++
	g.window.started(s, g.onWire)
	return g.onWire
}

// land notes that the request of s is no longer on the wire. The slot is still held.
func (g *gate) land() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire--
}

// completed gives the slot of a request back that the service answered, after its result is safe.
func (g *gate) completed(s slot, latency time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.latency == 0 {
		g.latency = latency
	}
	g.latency += (latency - g.latency) / 16
	g.refusals = 0
	g.succeeded()
	g.window.completed(s)
	g.giveBack(s)
	g.admit()
}

// succeeded notes that the service is alive. The caller holds g.mu.
func (g *gate) succeeded() {
	g.health.succeeded()
	if g.overdue != nil {
		g.overdue.Stop()
		g.overdue = nil
	}
}

// refused gives the slot of a request back that was turned away with 429, and returns how long its job waits by itself: a lone probe
// waits alone, any other refusal holds all starts.
func (g *gate) refused(s slot, retryAfter time.Duration, err error) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.troubled(now, err)
	epoch := g.window.epoch
	all := g.window.refused(s, g.onWire)
	if g.window.epoch != epoch {
		g.refusals++
	}
	wait := g.holdFor(retryAfter)
	if all && now.Add(wait).After(g.until) {
		g.until = now.Add(wait)
	}
	g.giveBack(s)
	g.admit()
	if all {
		return 0
	}
	return wait
}

// holdFor is what the server asked for, else a growing time of our own.
func (g *gate) holdFor(retryAfter time.Duration) time.Duration {
	if retryAfter > 0 {
		return retryAfter
	}
	d := min(firstHold<<min(max(g.refusals-1, 0), 8), lastHold)
	return d/2 + rand.N(d/2)
}

// failed gives the slot of a request back that failed for a passing cause, and returns the streak of failures it belongs to.
func (g *gate) failed(s slot, k Key, err error) *streak {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.troubled(now, err)
	streak := g.health.failed(k, now, err)
	if s.outage {
		g.health.later(now)
	}
	g.giveBack(s)
	g.admit()
	return streak
}

// abandon gives the slot of a request back that told nothing.
func (g *gate) abandon(s slot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.giveBack(s)
	g.admit()
}

// giveBack frees a slot. The caller holds g.mu.
func (g *gate) giveBack(s slot) {
	g.held--
	if s.outage {
		g.health.probing = false
	}
	if s.probe {
		g.window.probing = false
	}
}

// troubled starts the clock that ends the run when no success comes. The caller holds g.mu.
func (g *gate) troubled(now time.Time, err error) {
	g.health.troubled(now, err)
	if g.overdue == nil && g.maxOutage > 0 {
		g.overdue = time.AfterFunc(g.maxOutage, g.giveUp)
	}
}

func (g *gate) giveUp() {
	g.mu.Lock()
	err := g.health.overdue(time.Now(), g.maxOutage)
	g.mu.Unlock()
	if err != nil {
		g.stop(err)
	}
}

// ended notes that a job is over, with or without a result.
func (g *gate) ended() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.live--
	g.admit()
}

// close stops the timers.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range []*time.Timer{g.timer, g.overdue} {
		if t != nil {
			t.Stop()
		}
	}
}

// width returns the present size of the window and how many requests are in flight.
func (g *gate) width() (size, onWire int, down bool, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.window.size, g.onWire, g.health.down(), g.until
}
