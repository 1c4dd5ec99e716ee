package pool

import (
	"math/rand/v2"
	"time"

	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

const (
	firstHold = 250 * time.Millisecond // after a refusal without Retry-After
	maxHold   = 2 * time.Second
)

// start records that the request of s, with chars characters, goes on the wire. It returns how many requests are on the wire or have
// results that are not recorded yet.
func (g *gate) start(s *limit.Slot, chars int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire++
	g.unsafe++
	g.health.Began(time.Now())
	if g.overdue == nil {
		g.overdue = time.AfterFunc(g.maxOutage, g.checkOverdue)
	}
	s.Started = true
	g.window.Started(s, g.held, g.onWire, time.Now())
	g.pace.Reserve(&s.Reserved, chars)
	g.admit()
	return g.unsafe
}

// land records that the request of s is no longer on the wire. The slot is still held.
func (g *gate) land() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire--
}

// answered records that the service completed the request of s after latency, and the tokens that it counted. The slot is still held.
func (g *gate) answered(s *limit.Slot, latency time.Duration, chars, prompt, completion int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.latency == 0 {
		g.latency = latency
	}
	g.latency += (latency - g.latency) / 16
	g.pace.Settle(&s.Reserved, chars, prompt, completion)
}

// completed gives back the slot of a request that the service accepted, once its result is recorded.
func (g *gate) completed(s limit.Slot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusals = 0
	g.health.Succeeded(time.Now(), g.onWire > 0)
	g.window.Completed(s)
	g.giveBack(s)
	g.admit()
}

// refused gives back the slot of a request that was refused with 429, and returns how long its task waits separately: a refused probe
// delays only its task, any other refusal holds all starts.
func (g *gate) refused(s limit.Slot, retryAfter time.Duration, err error) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.health.Troubled(now, err)
	epoch := g.window.Epoch
	all := g.window.Refused(s, g.onWire)
	if all && s.Epoch == epoch {
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

// holdFor returns the wait that the server asked for, or else a random one that grows with the refusals.
func (h *holds) holdFor(retryAfter time.Duration) time.Duration {
	if retryAfter > 0 {
		return retryAfter
	}
	d := min(firstHold<<min(max(h.refusals-1, 0), 8), maxHold)
	return d/2 + rand.N(d/2)
}

// failed records that a request failed for a passing cause after it took so long, and returns the streak that the failure belongs to. The
// slot is still held.
func (g *gate) failed(k task.Key, took time.Duration, err error) *limit.Streak {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.health.Troubled(now, err)
	return g.health.Failed(k, now, took, err)
}

// took is limit.Health.Took.
func (g *gate) took(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.health.Took(d)
}

// denied is limit.Health.Denied.
func (g *gate) denied() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.health.Denied(time.Now())
}

// gone is limit.Health.Gone.
func (g *gate) gone(attempts []*limit.Streak, early bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.health.Gone(attempts, early, time.Now())
}

// leave gives back the slot of a request that revealed nothing about the limits.
func (g *gate) leave(s limit.Slot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.giveBack(s)
	g.admit()
}

// giveBack frees a slot. The caller holds g.mu.
func (g *gate) giveBack(s limit.Slot) {
	g.held--
	if s.Started {
		g.unsafe--
	}
	if s.Probe != 0 && s.Probe == g.window.Probe {
		g.window.Unprobe()
	}
	g.pace.Refund(&s.Reserved)
}

// ended records that a task has ended, with or without a result.
func (g *gate) ended() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.live--
	g.admit()
}

// checkOverdue ends the run if a success has been awaited for too long, and else looks again when that may be so.
func (g *gate) checkOverdue() {
	g.mu.Lock()
	defer g.mu.Unlock()
	wait, err := g.health.Overdue(time.Now(), g.maxOutage)
	switch {
	case err != nil:
		g.stop(err)
	case wait > 0:
		g.overdue.Reset(wait)
	default:
		g.overdue = nil
	}
}

// silence is limit.Health.Silence.
func (g *gate) silence() (time.Duration, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.health.Silence(time.Now())
}
