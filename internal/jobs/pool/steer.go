package pool

import (
	"cmp"
	"time"
)

// MaxConcurrency is the most requests in flight that a run can be steered to.
const MaxConcurrency = 256

// steering is what somebody who watches a run wants of it.
type steering struct {
	max    int // requests in flight; 0 is what the run began with
	paused bool
}

// Pause lets no further request start until Resume is called; those on the wire are awaited. Waiting costs no attempt, and an outage does
// not end a run that is paused.
func (w *Progress) Pause() {
	w.steer(func(s *steering) {
		if !s.paused {
			s.paused, w.pausedAt = true, time.Now()
		}
	})
}

// Resume ends a pause.
func (w *Progress) Resume() {
	w.steer(func(s *steering) {
		w.pauses += w.pause()
		s.paused = false
	})
}

// pause is how long the pause has lasted that is now. The caller holds mu.
func (w *Progress) pause() time.Duration {
	if !w.paused {
		return 0
	}
	return time.Since(w.pausedAt)
}

// SetConcurrency changes how many requests may be in flight: at most MaxConcurrency, and 0 is what the run began with.
func (w *Progress) SetConcurrency(n int) {
	w.steer(func(s *steering) { s.max = min(max(n, 0), MaxConcurrency) })
}

func (w *Progress) steer(change func(*steering)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.steering)
	if g := w.gate.Load(); g != nil {
		g.steer(w.steering)
	}
}

// watched takes over the limits of a pool that begins to work.
func (w *Progress) watched(g *gate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gate.Store(g)
	g.steer(w.steering)
}

// steer makes the gate follow.
func (g *gate) steer(s steering) {
	g.mu.Lock()
	defer g.mu.Unlock()
	most := cmp.Or(s.max, g.cap)
	g.window.Limit(most)
	g.maxLive = liveFor(most)
	if s.paused && !g.paused {
		g.calm()
	}
	g.paused = s.paused
	g.admit()
}

// calm forgets how long the service has been of no use. The caller holds g.mu.
func (g *gate) calm() {
	g.health.Trouble = time.Time{}
	if g.overdue != nil {
		g.overdue.Stop()
		g.overdue = nil
	}
}

// liveFor is how many jobs may be begun and not ended under a limit.
func liveFor(most int) int { return 2*most + 16 }
