package pool

import (
	"cmp"
	"time"
)

// MaxConcurrency is the largest number of requests in flight that a run can be steered to.
const MaxConcurrency = 256

// steering is what the user of a Progress wants of a run.
type steering struct {
	max    int // requests in flight; 0 is what the run began with
	paused bool
}

// Pause keeps further requests from starting until Resume is called; those on the wire are awaited. Waiting costs no attempt, and an
// outage does not end a run that is paused.
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

// SetConcurrency changes how many requests may be in flight: at most MaxConcurrency, and 0 is what the run began with.
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

// pause returns how long the present pause has lasted, 0 if there is none. The caller holds mu.
func (p *Progress) pause() time.Duration {
	if !p.paused {
		return 0
	}
	return time.Since(p.pausedAt)
}

// steer makes the gate follow. The time that the service was down before a pause does not count after it.
func (g *gate) steer(s steering) {
	g.mu.Lock()
	defer g.mu.Unlock()
	concurrency := cmp.Or(s.max, g.initial)
	g.window.Limit(concurrency)
	g.maxLive = maxLive(concurrency)
	if s.paused && !g.paused {
		g.health.Trouble = time.Time{}
		g.stopOverdue()
	}
	g.paused = s.paused
	g.admit()
}

// maxLive returns how many tasks may be begun and not ended under a concurrency.
func maxLive(concurrency int) int { return 2*concurrency + 16 }
