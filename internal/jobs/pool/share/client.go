package share

import (
	"sync"
	"time"

	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

// Client is the quota of a process whose hub may change: it may be in another process, in this one, or nowhere for a while. Then no request
// begins, and those in flight go on. It is safe for concurrent use.
type Client struct {
	mu      sync.Mutex // guards all below; it is taken before that of the hub
	hub     *Hub       // in this process, or nil
	tell    func(*Message) error
	members map[int]*member
	newest  int         // member
	right   uint64      // the newest
	asleep  func() bool // reports that this process has slept, so that the hub may have moved
	state   State       // of a hub in another process
	self    task.Sharer
	changed chan struct{} // closed when the hub changes
}

// member is a pool of the process. Its fields are guarded by the mu of the client.
type member struct {
	client     *Client
	id         int
	start, max int
	notify     func()
	wake       *time.Timer
	seat       *seat // at a hub in this process
	hand       int   // rights that were granted and are not taken
	asked      int   // rights that are wanted
	leases     map[uint64]*lease
}

// lease is a right of a member.
type lease struct {
	*member
	id   uint64
	with *right // of a hub in this process
	hub  bool   // a hub in another process knows of it: it is one of those that it granted, or it is in flight
	sent bool
	over bool
}

// NewClient returns a client of this process without a hub.
func NewClient(self task.Sharer) *Client {
	return &Client{self: self, members: map[int]*member{}, changed: make(chan struct{}), asleep: func() bool { return false }}
}

// Join implements Quota.
func (c *Client) Join(start, most int, wake func()) Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest++
	m := &member{client: c, id: c.newest, start: start, max: most, notify: wake, leases: map[uint64]*lease{}}
	m.wake = time.AfterFunc(time.Hour, wake)
	m.wake.Stop()
	c.members[m.id] = m
	m.sit()
	return m
}

// say sends a message to the hub in another process, if there is one. The caller holds c.mu.
func (c *Client) say(m *Message) {
	if c.tell != nil {
		_ = c.tell(m) // the end of the connection tells
	}
}

// sit makes the member known to the hub. The caller holds the mu of the client.
func (m *member) sit() {
	c := m.client
	m.hand, m.asked = 0, 0
	if c.hub != nil {
		m.seat = c.hub.join(m.start, m.max, m.notify)
		m.seat.own = true
	}
	c.say(&Message{Kind: Joins, Member: m.id, Start: m.start, Max: m.max})
	var flying []uint64
	for id, l := range m.leases {
		l.with, l.hub = nil, false
		switch {
		case l.sent && c.hub != nil:
			l.with = m.seat.hold()
		case l.sent && c.tell != nil:
			l.hub, flying = true, append(flying, id)
		}
	}
	if len(flying) > 0 {
		c.say(&Message{Kind: Holds, Member: m.id, Rights: flying})
	}
}

// Follow makes another process the hub, to which tell brings messages.
func (c *Client) Follow(tell func(*Message) error) { c.move(nil, tell) }

// Lead makes h the hub.
func (c *Client) Lead(h *Hub) { c.move(h, nil) }

// Lose tells that there is no hub.
func (c *Client) Lose() { c.move(nil, nil) }

func (c *Client) move(h *Hub, tell func(*Message) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hub, c.tell = h, tell
	for _, m := range c.members {
		m.seat = nil
		m.sit()
		m.wake.Reset(0)
	}
	if l := c.state.Learned; l != nil && tell != nil { // the hub may be new
		c.say(&Message{Kind: Tells, State: &State{Learned: l}})
	}
	c.say(&Message{Kind: Ping})
	close(c.changed)
	c.changed = make(chan struct{})
}

// Hear takes in a message of the hub.
func (c *Client) Hear(msg *Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch msg.Kind {
	case Grants:
		if m := c.members[msg.Member]; m != nil {
			m.asked, m.hand = max(0, m.asked-1), m.hand+1
			m.wake.Reset(0)
		} else {
			c.say(&Message{Kind: Backs, Member: msg.Member, N: 1})
		}
	case Tells:
		if msg.State != nil {
			c.state = *msg.State
		}
	}
}

// know keeps what the hub in this process knows, for the next hub.
func (c *Client) know(s *State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = *s
}

// State returns what the hub has told.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Learn implements Memory.
func (c *Client) Learn(l *limit.Learned) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Learned == nil { // for the next hub
		c.state.Learned = l
	}
	if c.hub != nil {
		c.hub.Learn(l)
	}
	c.say(&Message{Kind: Tells, State: &State{Learned: l}})
}

// Ping tells the hub that the process lives.
func (c *Client) Ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say(&Message{Kind: Ping})
}

// Wake lets all members look for rights.
func (c *Client) Wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		m.wake.Reset(0)
	}
}

// Take implements Member.
func (m *member) Take(force bool) (Right, time.Time) {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &lease{member: m}
	switch {
	case c.asleep():
		return nil, time.Time{}
	case m.seat != nil:
		r, next := m.seat.take(force)
		if r == nil {
			return nil, next
		}
		l.with = r
	case m.hand > 0:
		m.hand--
		l.hub = true
	case force && c.tell != nil: // the hub is told when the request is sent
	case m.asked == 0:
		m.asked = 1
		c.say(&Message{Kind: Wants, Member: m.id, N: 1})
		fallthrough
	default:
		return nil, time.Time{}
	}
	c.right++
	l.id = c.right
	m.leases[l.id] = l
	return l, time.Time{}
}

// Rest implements Member.
func (m *member) Rest() {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.seat != nil {
		m.seat.Rest()
		return
	}
	if m.asked > 0 {
		m.asked = 0
		c.say(&Message{Kind: Wants, Member: m.id})
	}
	if m.hand > 0 {
		c.say(&Message{Kind: Backs, Member: m.id, N: m.hand})
		m.hand = 0
	}
}

// Adjust implements Member.
func (m *member) Adjust(most int) {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.max = most; m.seat != nil {
		m.seat.Adjust(most)
	}
	c.say(&Message{Kind: Adjusts, Member: m.id, Max: most})
}

// Distrust implements Doubter.
func (m *member) Distrust(since time.Time) {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.seat != nil {
		m.seat.Distrust(since)
	}
	word := &Message{Kind: Doubts, Member: m.id}
	if !since.IsZero() {
		word.Hint = max(1, time.Since(since))
	}
	c.say(word)
}

// Heard implements Doubter. A hub in another process does without.
func (m *member) Heard(until time.Time) {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.seat != nil {
		m.seat.Heard(until)
	}
}

// Width implements Member.
func (m *member) Width() int {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.seat != nil {
		return m.seat.Width()
	}
	return max(1, c.state.Width)
}

// Load implements Member.
func (m *member) Load(l *task.Snapshot) {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.seat != nil {
		m.seat.Load(l)
		return
	}
	l.Concurrency, l.Quota = max(1, c.state.Width), c.state.Quota
	if m.asked > 0 {
		l.Held = c.state.Wait
	}
	for _, who := range c.state.Sharers {
		if who.ID() != c.self.ID() {
			l.Sharers = append(l.Sharers, who)
		}
	}
}

// Leave implements Member.
func (m *member) Leave() {
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	m.wake.Stop()
	if m.seat != nil {
		m.seat.Leave()
	}
	c.say(&Message{Kind: Leaves, Member: m.id})
	delete(c.members, m.id)
}

// Sent implements Right.
func (l *lease) Sent() {
	c := l.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.over || l.sent {
		return
	}
	l.sent = true
	switch {
	case l.with != nil:
		l.with.Sent()
	case l.seat != nil: // the hub has moved here
		l.with = l.seat.hold()
	case l.hub:
		c.say(&Message{Kind: Sends, Member: l.member.id, Right: l.id})
	default:
		l.hub = c.tell != nil
		c.say(&Message{Kind: Holds, Member: l.member.id, Rights: []uint64{l.id}})
	}
}

// end gives the lease back, once: with tells it to a hub in this process, and m to one in another.
func (l *lease) end(with func(*right), m Message) {
	c := l.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	delete(l.leases, l.id)
	switch {
	case l.with != nil:
		with(l.with)
	case l.hub && l.sent:
		m.Member, m.Right = l.member.id, l.id
		c.say(&m)
	case l.hub:
		c.say(&Message{Kind: Backs, Member: l.member.id, N: 1})
	}
}

// Answered implements Right.
func (l *lease) Answered() { l.end((*right).Answered, Message{Kind: Answer}) }

// Lost implements Right.
func (l *lease) Lost() { l.end((*right).Lost, Message{Kind: Loss}) }

// Refused implements Right.
func (l *lease) Refused(hint time.Duration, times int) (wait time.Duration) {
	learned := l.client.State().Learned
	wait = limit.Patience(hint, learned == nil || !learned.Lies, times)
	l.end(func(r *right) { wait = r.Refused(hint, times) }, Message{Kind: Refusal, Hint: hint, Times: times})
	return wait
}
