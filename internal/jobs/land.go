package jobs

import (
	"gigabatch/internal/jobs/task"
	"math/rand/v2"
	"time"
)

const (
	firstHold = 250 * time.Millisecond // after a refusal without Retry-After
	lastHold  = 2 * time.Second
)

// start notes that the request of s, of chars characters, goes on the wire. It returns how many requests are there or have answers that
// are not safe yet.
func (g *gate) start(s *slot, chars int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire++
	g.unsafe++
	s.started = true
	g.window.started(s, g.held, g.onWire, time.Now())
	g.pace.reserve(&s.reserved, chars)
	g.admit()
	return g.unsafe
}

// land notes that the request of s is no longer on the wire. The slot is still held.
func (g *gate) land() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire--
}

// answered takes in what the service answered to s after latency.
func (g *gate) answered(s *slot, latency time.Duration, chars, prompt, completion int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.latency == 0 {
		g.latency = latency
	}
	g.latency += (latency - g.latency) / 16
	g.pace.settle(&s.reserved, chars, prompt, completion)
}

// completed gives the slot of a request back that the service took, after its result is safe.
func (g *gate) completed(s slot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusals = 0
	g.health.succeeded()
	if g.overdue != nil {
		g.overdue.Stop()
		g.overdue = nil
	}
	g.window.completed(s)
	g.giveBack(s)
	g.admit()
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
	if all && s.epoch == epoch {
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

// failed takes in that a request failed for a passing cause, and returns the streak of failures it belongs to. The slot is still held.
func (g *gate) failed(s slot, k task.Key, err error) *streak {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.troubled(now, err)
	streak := g.health.failed(k, now)
	if s.outage {
		g.health.later(now)
	}
	return streak
}

// leave gives the slot of a request back that told nothing about the limits.
func (g *gate) leave(s slot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.giveBack(s)
	g.admit()
}

// giveBack frees a slot. The caller holds g.mu.
func (g *gate) giveBack(s slot) {
	g.held--
	if s.started {
		g.unsafe--
	}
	if s.outage {
		g.health.probing = false
	}
	if s.probe != 0 && s.probe == g.window.probe {
		g.window.unprobe()
	}
	g.pace.refund(&s.reserved)
}

// ended notes that a job is over, with or without a result.
func (g *gate) ended() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.live--
	g.admit()
}

// troubled starts the clock that ends the run when no success comes. The caller holds g.mu.
func (g *gate) troubled(now time.Time, err error) {
	g.health.troubled(now, err)
	if g.overdue == nil {
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
