package share

import (
	"sync"
	"time"

	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

// Quota hands out rights to have requests in flight.
type Quota interface {
	// Join adds a pool, which has at most max requests in flight and begins with start. wake is called, from any goroutine and without a lock,
	// when Take may succeed that did not before.
	Join(start, max int, wake func()) Member
}

// Learned is what a quota has found out.
type Learned = limit.Learned

// Memory is a Quota that tells what it has found out, so that another one can go on with it.
type Memory interface {
	Learned() *Learned // nil if nothing is known
	Learn(*Learned)    // what another one has found out; it is used if nothing is known
}

// Doubter is a Member of a pool whose requests others send.
type Doubter interface {
	// Distrust tells that since then some requests that seem to be in flight may have ended. The zero time tells that all is known again.
	Distrust(since time.Time)

	// Heard tells until when it is known which requests were refused. The zero time tells that refusals come without delay.
	Heard(until time.Time)
}

// Member is the part of one pool in a quota. It is safe for concurrent use.
type Member interface {
	// Take returns a right to start a request now, or nil. Then next is when to ask again; zero means that wake is called. force takes a right
	// also if the quota is used up: the service does not answer, and a probe must go out.
	Take(force bool) (r Right, next time.Time)

	// Rest tells that the pool waits for no right at present.
	Rest()

	// Adjust changes how many requests the pool may have in flight.
	Adjust(max int)

	// Load adds what is known of the quota to l.
	Load(l *task.Snapshot)

	// Width returns how many requests of all pools together may be in flight.
	Width() int

	// Leave ends the membership. Rights that are held stay so until they end.
	Leave()
}

// Right is the right to have one request in flight. After Answered, Refused or Lost, these do nothing.
type Right interface {
	Sent()     // the request goes on the wire
	Answered() // the service answered it
	Lost()     // it was not sent, or failed in a way that reveals nothing about limits

	// Refused records that the service refused the request, for the times-th time in a row, and asked to wait for hint; 0 if it did not. It
	// returns how long the task waits alone, before jitter.
	Refused(hint time.Duration, times int) time.Duration
}

// Hub is the quota of the pools of this process and of others that are connected with it. The zero value is ready for use. It is safe for
// concurrent use.
type Hub struct {
	Most int // requests in flight of the pools together for which the user does not want more than that; 0 is no limit

	mu    sync.Mutex // guards all below
	quota limit.Quota
	began time.Time // the times of the quota are since then
	seats []*seat   // in the order in which they came
	turn  int       // of the newest right

	guests  []*Guest
	ghosts  map[string]*time.Timer // forget what processes had in flight that are not there, by Sharer.ID
	sharers []task.Sharer          // as of the last Tend
}

// seat is the place of one pool at a hub. Its fields are guarded by the mu of the hub.
type seat struct {
	hub        *Hub
	wake       *time.Timer
	start, max int
	held       int  // rights
	turn       int  // of the newest right
	waiting    bool // for a right
	own        bool // of this process
	left       bool
	until      time.Time // nothing may start before; zero if unknown
	doubts     time.Time // since when it does not know what is in flight; zero if it does
	heard      time.Time // until when it knows what was refused; zero if it knows all
}

// right is one of a seat.
type right struct {
	seat *seat
	slot limit.Slot
}

// Join implements Quota.
func (h *Hub) Join(start, most int, wake func()) Member {
	s := h.join(start, most, wake)
	s.own = true
	return s
}

func (h *Hub) join(start, most int, wake func()) *seat {
	s := &seat{hub: h, start: start, max: most}
	s.wake = time.AfterFunc(time.Hour, wake)
	s.wake.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begin()
	h.seats = append(h.seats, s)
	h.bounds()
	return s
}

// begin starts the clock of the quota. The caller holds h.mu.
func (h *Hub) begin() {
	if h.began.IsZero() {
		h.began = time.Now()
	}
}

// Learn makes the hub go on with what another one has found out, unless it has found out something itself.
func (h *Hub) Learn(l *limit.Learned) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begin()
	l.Teach(&h.quota, h.now())
}

// Learned returns what the hub has found out.
func (h *Hub) Learned() *limit.Learned {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begin()
	l := limit.LearnedBy(&h.quota, h.now())
	return &l
}

// bounds makes the quota as wide as its pools together, but not wider than is known to be sensible. The caller holds h.mu.
func (h *Hub) bounds() {
	start, usual, wished := 0, 0, 0
	for _, s := range h.seats {
		switch {
		case s.left:
			continue
		case h.Most > 0 && s.max > h.Most:
			wished += s.max
		case h.Most > 0:
			usual = min(usual+s.max, h.Most)
		default:
			usual += s.max
		}
		start = max(start, s.start)
	}
	if all := usual + wished; all > 0 { // else requests of pools that have left are still in flight
		h.quota.Start, h.quota.Max = start, all
	}
}

// now is the time of the quota.
func (h *Hub) now() time.Duration { return time.Since(h.began) }

// next returns the seat that gets the next right, nil if none waits: the one with the fewest, and of several the one that got one the longest
// ago. The caller holds h.mu.
func (h *Hub) next() (best *seat) {
	for _, s := range h.seats {
		if s.waiting && (best == nil || s.held < best.held || s.held == best.held && s.turn < best.turn) {
			best = s
		}
	}
	return best
}

// pass wakes the seat that gets the next right, unless it is the one that asks anyway. The caller holds h.mu.
func (h *Hub) pass(asks *seat) {
	if s := h.next(); s != nil && s != asks {
		s.wake.Reset(0)
	}
}

// Take implements Member.
func (s *seat) Take(force bool) (Right, time.Time) {
	r, next := s.take(force)
	if r == nil {
		return nil, next
	}
	return r, next
}

func (s *seat) take(force bool) (*right, time.Time) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	s.waiting, s.until = true, time.Time{}
	ready, next := h.quota.Ready(now)
	if !force {
		if first := h.next(); first != s {
			if ready {
				first.wake.Reset(0)
			}
			return nil, s.until
		}
		if !ready {
			if next > 0 {
				s.until = h.began.Add(next)
			}
			return nil, s.until
		}
	}
	r := &right{seat: s, slot: h.quota.Take(now)}
	h.turn++
	s.held, s.turn, s.waiting = s.held+1, h.turn, false
	h.pass(s)
	return r, time.Time{}
}

// Rest implements Member.
func (s *seat) Rest() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.waiting {
		s.waiting, s.until = false, time.Time{}
		s.hub.pass(s)
	}
}

// Adjust implements Member.
func (s *seat) Adjust(most int) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.max = most
	s.hub.bounds()
	s.hub.pass(s)
}

// Distrust implements Doubter.
func (s *seat) Distrust(since time.Time) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.doubts = since
	s.hub.judge()
}

// Heard implements Doubter.
func (s *seat) Heard(until time.Time) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if !s.heard.Equal(until) {
		s.heard = until
		s.hub.judge()
	}
}

// judge tells the quota what the pools do not know. The caller holds h.mu.
func (h *Hub) judge() {
	var since, until time.Time
	for _, s := range h.seats {
		if !s.left && !s.doubts.IsZero() && (since.IsZero() || s.doubts.Before(since)) {
			since = s.doubts
		}
		if !s.left && !s.heard.IsZero() && (until.IsZero() || s.heard.Before(until)) {
			until = s.heard
		}
	}
	h.quota.Heard(0)
	if !until.IsZero() {
		h.quota.Heard(max(1, until.Sub(h.began)))
	}
	if since.IsZero() {
		h.quota.Trust()
	} else {
		h.quota.Distrust(since.Sub(h.began))
	}
}

// Width implements Member.
func (s *seat) Width() int {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.quota.Width()
}

// Load implements Member.
func (s *seat) Load(l *task.Snapshot) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	l.Concurrency, l.Quota = s.hub.quota.Width(), s.hub.quota.Belief()
	if len(s.hub.sharers) > 1 {
		l.Sharers = s.hub.sharers[1:] // the first is this process
	}
	if !s.until.IsZero() {
		l.Held = max(0, time.Until(s.until))
	}
}

// Leave implements Member.
func (s *seat) Leave() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.waiting, s.left = false, true
	s.wake.Stop()
	s.hub.judge()
	s.hub.clear()
	s.hub.bounds()
	s.hub.pass(nil)
}

// clear forgets the seats that have left and hold nothing. The caller holds h.mu.
func (h *Hub) clear() {
	kept := h.seats[:0]
	for _, s := range h.seats {
		if !s.left || s.held > 0 {
			kept = append(kept, s)
		}
	}
	clear(h.seats[len(kept):])
	h.seats = kept
}

// hold gives a seat a right for a request that is in flight already.
func (s *seat) hold() *right {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.held++
	return &right{seat: s, slot: s.hub.quota.Hold(s.hub.now())}
}

// Sent implements Right.
func (r *right) Sent() {
	h := r.seat.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	h.quota.Sent(r.slot, h.now())
	h.pass(r.seat)
}

// Answered implements Right.
func (r *right) Answered() {
	h := r.seat.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.slot.Ended() {
		return
	}
	h.quota.Answered(r.slot, h.now())
	r.end()
}

// Refused implements Right.
func (r *right) Refused(hint time.Duration, times int) time.Duration {
	h := r.seat.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.slot.Ended() {
		return limit.Patience(hint, true, times)
	}
	wait := h.quota.Refused(r.slot, h.now(), hint, times)
	r.end()
	return wait
}

// Lost implements Right.
func (r *right) Lost() {
	h := r.seat.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.slot.Ended() {
		return
	}
	h.quota.Lost(r.slot, h.now())
	r.end()
}

// end gives the right back. The caller holds the mu of the hub.
func (r *right) end() {
	s := r.seat
	if s.held--; s.held == 0 && s.left {
		s.hub.clear()
	}
	s.hub.pass(s)
}
