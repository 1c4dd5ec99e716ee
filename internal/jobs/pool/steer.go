package pool

import (
	"cmp"
	"time"
)

// MaxConcurrency is the largest number of requests in flight that a user can set during a run.
const MaxConcurrency = 256

// steering is what the user of a Progress has asked for.
type steering struct {
	max    int // requests in flight; 0 is the number that the run began with
	paused bool
}

// Pause stops new requests from starting until Resume is called; those on the wire are awaited. Waiting costs no attempt, and an outage
// does not end a paused run.
func (p *Progress) Pause() {
	p.steer(func(s *steering) {
		if !s.paused {
			s.paused, p.pausedAt = true, time.Now()
		}
	})
}

// Resume ends a pause.
func (p *Progress) Resume() {
	p.steer(func(s *steering) {
		p.pauses += p.pause()
		s.paused = false
	})
}

// SetConcurrency changes how many requests may be in flight, at most MaxConcurrency. 0 is the number that the run began with.
func (p *Progress) SetConcurrency(n int) {
	p.steer(func(s *steering) { s.max = min(max(n, 0), MaxConcurrency) })
}

func (p *Progress) steer(change func(*steering)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.steering)
	if g := p.gate.Load(); g != nil {
		g.steer(p.steering)
	}
}

// pause returns how long the present pause has lasted, or 0 if the run is not paused. The caller holds mu.
func (p *Progress) pause() time.Duration {
	if !p.paused {
		return 0
	}
	return time.Since(p.pausedAt)
}

// steer applies s to the gate. The time that the service was down before a pause does not count after it.
func (g *gate) steer(s steering) {
	g.mu.Lock()
	defer g.mu.Unlock()
	concurrency := cmp.Or(s.max, g.initial)
	g.max, g.maxLive = concurrency, maxLive(concurrency)
	g.quota.Adjust(concurrency)
	if s.paused && !g.paused {
		g.health.Forget()
	}
	g.paused = s.paused
	g.admit()
}

// maxLive returns how many tasks may be in progress at a given concurrency.
func maxLive(concurrency int) int { return 2*concurrency + 16 }
