package share

import (
	"sync"
	"time"

	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

const (
	beat    = 250 * time.Millisecond // between two looks at who is there
	silence = 2 * time.Second        // without a word; then a process counts as absent
)

// Guest is another process at a hub. It is safe for concurrent use.
type Guest struct {
	hub  *Hub
	send func(*Message) error

	mu      sync.Mutex // guards all below; it is taken before that of the hub
	who     task.Sharer
	heard   time.Time
	absent  bool
	gone    bool
	members map[int]*visitor
}

// visitor is a pool of a guest. Its fields are guarded by the mu of the guest.
type visitor struct {
	guest   *Guest
	id      int
	seat    *seat
	wants   int
	granted []*right // not sent yet
	sent    map[uint64]flight
	again   *time.Timer // looks for a right when the quota says so
}

// flight is a request of another process.
type flight struct {
	*right
	since time.Time
}

// Receive adds a process, to which send brings messages, in their order and without waiting long.
func (h *Hub) Receive(who task.Sharer, send func(*Message) error) *Guest {
	g := &Guest{hub: h, send: send, who: who, heard: time.Now(), members: map[int]*visitor{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.guests = append(h.guests, g)
	return g
}

// Hear takes in a message of the process.
func (g *Guest) Hear(m *Message) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone {
		return
	}
	g.heard = time.Now()
	if g.absent { // it wants what it wanted
		g.absent = false
		for _, v := range g.members {
			v.serve()
		}
	}
	switch m.Kind {
	case Ping: // it has told what it has in flight
		g.hub.appeared(g.who.ID())
		return
	case Tells:
		if m.State != nil && m.State.Learned != nil {
			g.hub.Learn(m.State.Learned)
		}
		return
	case Joins:
		v := &visitor{guest: g, id: m.Member, sent: map[uint64]flight{}}
		look := func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			v.serve()
		}
		v.seat, v.again = g.hub.join(m.Start, m.Max, look), time.AfterFunc(time.Hour, look)
		v.again.Stop()
		g.members[m.Member] = v
		return
	}
	v := g.members[m.Member]
	if v == nil {
		return
	}
	switch f, known := v.sent[m.Right]; m.Kind {
	case Adjusts:
		v.seat.Adjust(m.Max)
	case Doubts:
		since := time.Time{}
		if m.Hint > 0 {
			since = time.Now().Add(-m.Hint)
		}
		v.seat.Distrust(since)
		return
	case Leaves:
		v.leave()
		return
	case Wants:
		v.wants = max(0, m.N)
	case Backs:
		v.back(m.N)
	case Sends:
		if n := len(v.granted); n > 0 {
			r := v.granted[n-1]
			v.granted = v.granted[:n-1]
			v.sent[m.Right] = flight{r, time.Now()}
			r.Sent()
		} else if !known { // it was silent, and its right was given to another one
			v.sent[m.Right] = flight{v.seat.hold(), time.Now()}
		}
	case Holds:
		for _, id := range m.Rights {
			if _, known := v.sent[id]; !known {
				v.sent[id] = flight{v.seat.hold(), time.Now()}
			}
		}
	case Answer, Refusal, Loss:
		if !known {
			break
		}
		delete(v.sent, m.Right)
		switch m.Kind {
		case Answer:
			f.Answered()
		case Refusal:
			f.Refused(m.Hint, m.Times)
		case Loss:
			f.Lost()
		}
	}
	v.serve()
}

// serve hands over the rights that the pool wants, as far as there are some. The caller holds the mu of the guest.
func (v *visitor) serve() {
	if v.guest.gone || v.guest.absent {
		return
	}
	for v.wants > 0 {
		r, next := v.seat.take(false)
		if r == nil {
			if !next.IsZero() {
				v.again.Reset(time.Until(next))
			}
			return
		}
		v.wants--
		v.granted = append(v.granted, r)
		if v.guest.send(&Message{Kind: Grants, Member: v.id}) != nil {
			return // the end of the connection gives it back
		}
	}
	v.seat.Rest()
}

// back gives back n rights that were not used. The caller holds the mu of the guest.
func (v *visitor) back(n int) {
	for ; n > 0 && len(v.granted) > 0; n-- {
		last := len(v.granted) - 1
		v.granted[last].Lost()
		v.granted = v.granted[:last]
	}
}

// leave gives back everything. The caller holds the mu of the guest.
func (v *visitor) leave() {
	v.again.Stop()
	v.wants = 0
	v.back(len(v.granted))
	for _, f := range v.sent {
		f.Lost()
	}
	v.seat.Leave()
	delete(v.guest.members, v.id)
}

// tend gives back what the process has if it is silent: at once what is not in flight, later what may be.
func (g *Guest) tend(now time.Time, hold time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.heard) < silence || g.gone {
		return
	}
	g.absent = true
	for _, v := range g.members {
		v.back(len(v.granted))
		v.seat.Rest()
		for id, f := range v.sent {
			if now.Sub(f.since) > hold && now.Sub(g.heard) > hold {
				delete(v.sent, id)
				f.Lost()
			}
		}
	}
}

// Gone tells that the process has ended or cannot be reached any longer. What it has in flight counts for a while.
func (g *Guest) Gone() {
	h := g.hub
	h.mu.Lock()
	for i, other := range h.guests {
		if other == g {
			h.guests = append(h.guests[:i:i], h.guests[i+1:]...)
			break
		}
	}
	hold := h.hold()
	h.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone {
		return
	}
	g.gone = true
	flying := 0
	for _, v := range g.members {
		v.again.Stop()
		v.back(len(v.granted))
		v.seat.Rest()
		flying += len(v.sent)
	}
	forget := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, v := range g.members {
			v.leave()
		}
	}
	if flying == 0 {
		for _, v := range g.members {
			v.leave()
		}
		return
	}
	if !g.who.Alive() {
		hold = deadHold
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.haunt(g.who.ID(), hold, forget)
}

// Tend gives back what silent processes have, and returns what is known.
func (h *Hub) Tend(self task.Sharer) *State {
	h.mu.Lock()
	h.begin()
	guests := append([]*Guest(nil), h.guests...)
	hold := h.hold()
	learned := limit.LearnedBy(&h.quota, h.now())
	state := &State{Width: h.quota.Width(), Quota: h.quota.Belief(), Learned: &learned}
	for _, s := range h.seats {
		if d := time.Until(s.until); !s.until.IsZero() && d > 0 && (state.Wait == 0 || d < state.Wait) {
			state.Wait = d
		}
		if s.own {
			self.InFlight += s.held
			self.Waiting = self.Waiting || s.waiting
		}
	}
	h.mu.Unlock()
	state.Sharers = append(state.Sharers, self)
	now := time.Now()
	for _, g := range guests {
		g.tend(now, hold)
		g.mu.Lock()
		who := g.who
		who.Silent = g.absent
		for _, v := range g.members {
			who.InFlight += len(v.sent) + len(v.granted)
			who.Waiting = who.Waiting || v.wants > 0
		}
		g.mu.Unlock()
		state.Sharers = append(state.Sharers, who)
	}
	h.mu.Lock()
	h.sharers = state.Sharers
	h.mu.Unlock()
	return state
}

// Tell sends a message to all guests.
func (h *Hub) Tell(m *Message) {
	h.mu.Lock()
	guests := append([]*Guest(nil), h.guests...)
	h.mu.Unlock()
	for _, g := range guests {
		g.mu.Lock()
		if !g.gone {
			_ = g.send(m) // the end of the connection tells
		}
		g.mu.Unlock()
	}
}
