package pool

import (
	"math/rand/v2"
	"time"

	"gigabatch/internal/jobs/pool/limit"
)

// start records that the request of s, with chars characters, is about to be sent. It returns how many requests are so or have results that
// are not recorded yet.
func (g *gate) start(s *slot, chars int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire++
	g.unsafe++
	now := time.Now()
	g.health.Began(now)
	if g.overdue == nil {
		wait, _ := g.health.Overdue(now, g.maxOutage)
		g.overdue = time.AfterFunc(wait, g.checkOverdue)
	}
	s.started = true
	g.pace.Reserve(&s.reserved, chars)
	g.admit()
	return g.unsafe
}

// sent records that the request of s, an attempt of a, goes on the wire.
func (g *gate) sent(a *attempts, s slot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.since[a] = time.Now()
	s.Sent()
	g.admit()
}

// land records that the newest attempt of a is no longer on the wire. The slot is still held.
func (g *gate) land(a *attempts) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onWire--
	delete(g.since, a)
}

// hangs reports whether a request has been on the wire for d.
func (g *gate) hangs(d time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, began := range g.since {
		if time.Since(began) >= d {
			return true
		}
	}
	return false
}

// answered records that the service completed the request of s, and the tokens that it counted. The slot is still held.
func (g *gate) answered(s *slot, chars, prompt, completion int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.Answered()
	g.pace.Settle(&s.reserved, chars, prompt, completion)
	g.admit()
}

// completed gives back the slot of the newest attempt of a, which the service accepted, once its result is recorded.
func (g *gate) completed(a *attempts, s slot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.health.Succeeded(a.task.Key, a.began, time.Now(), g.onWire > 0)
	s.Answered()
	g.giveBack(s)
	g.admit()
}

// refused gives back the slot of a request that was refused with 429 for the times-th time in a row, and returns how long its task waits.
func (g *gate) refused(s slot, retryAfter time.Duration, times int, err error) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.health.Troubled(now, err)
	wait := s.Refused(retryAfter, times)
	g.giveBack(s)
	g.admit()
	return jitter(wait, retryAfter)
}

// jitter returns a random time around wait, but not before the service asked for it.
func jitter(wait, retryAfter time.Duration) time.Duration {
	if wait == retryAfter {
		return wait + rand.N(wait/8+1)
	}
	return wait/2 + rand.N(wait/2+1)
}

// failed records that the newest attempt of a failed for a passing cause, and returns the streak that the failure belongs to. The slot is
// still held.
func (g *gate) failed(a *attempts, err error) *limit.Streak {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	f := limit.Failure{Task: a.task.Key, Took: now.Sub(a.began), Err: err, First: a.failed, Busy: g.onWire > 0}
	if g.last {
		f.Left = g.live
	}
	if a.failed.IsZero() {
		a.failed = now
	}
	g.health.Troubled(now, err)
	return g.health.Failed(f, now)
}

// troubled records an error that a request survives.
func (g *gate) troubled(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.health.Troubled(time.Now(), err)
}

// took is limit.Health.Took.
func (g *gate) took(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.health.Took(d)
}

// denied is limit.Health.Denied.
func (g *gate) denied(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.health.Troubled(now, err)
	return g.health.Denied(now)
}

// gone is limit.Health.Gone.
func (g *gate) gone(a *attempts, early bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.health.Gone(a.task.Key, a.failures, early, time.Now())
}

// leave gives back the slot of a request that revealed nothing about limits.
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
	s.Lost()
	g.pace.Refund(&s.reserved)
}

// ended records that a task has ended, with or without a result.
func (g *gate) ended() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.live--
	g.admit()
	g.tellIdle()
}

// exhausted records that no task will begin any more, and withdraws the ticket of the next one.
func (g *gate) exhausted(next *ticket) {
	g.forget(next)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = true
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
