package share

import (
	"time"

	"gigabatch/internal/jobs/task"
)

// A ghost is a process that is not there, but may have requests in flight: it has ended, says nothing, or is known from another hub.

const (
	deadHold = time.Second     // the requests of an ended process count so long: the service may not have noticed yet
	maxHold  = 2 * time.Minute // those of an absent one, at most
)

// haunt calls forget after a time, or as soon as the process is there again. The caller holds h.mu.
func (h *Hub) haunt(id string, hold time.Duration, forget func()) {
	if h.ghosts == nil {
		h.ghosts = map[string]*time.Timer{}
	}
	if t := h.ghosts[id]; t != nil {
		t.Reset(0)
	}
	var t *time.Timer
	t = time.AfterFunc(hold, func() {
		h.mu.Lock()
		if h.ghosts[id] == t {
			delete(h.ghosts, id)
		}
		h.mu.Unlock()
		forget()
	})
	h.ghosts[id] = t
}

// appeared forgets what a process had in flight before it was there.
func (h *Hub) appeared(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.ghosts[id]; t != nil {
		t.Reset(0)
		delete(h.ghosts, id)
	}
}

// Expect makes the requests of processes that another hub knew count until these processes are there, or have had time to come.
func (h *Hub) Expect(sharers []task.Sharer) {
	for _, who := range sharers {
		if who.InFlight == 0 {
			continue
		}
		s := h.join(0, 0, func() {})
		held := make([]*right, who.InFlight)
		for i := range held {
			held[i] = s.hold()
		}
		h.mu.Lock()
		hold := h.hold()
		if !who.Alive() {
			hold = deadHold
		}
		h.haunt(who.ID(), hold, func() {
			for _, r := range held {
				r.Lost()
			}
			s.Leave()
		})
		h.mu.Unlock()
	}
}

// hold returns how long the requests of a process that says nothing may be in flight. The caller holds h.mu.
func (h *Hub) hold() time.Duration { return min(max(silence, 4*h.quota.Latency), maxHold) }
