package limit

import (
	"cmp"
	"slices"
	"time"

	"gigabatch/internal/jobs/task"
)

const (
	firstWait   = 100 * time.Millisecond // of a refused task; doubles with each refusal
	maxWait     = 2 * time.Second
	maxHint     = time.Minute // a longer Retry-After counts as none
	maxPatience = time.Second
	firstSpace  = 4 * time.Millisecond // between two starts before the first completion
	maxSpace    = 50 * time.Millisecond
)

// Quota finds out from refusals alone what a service limits without saying so: how many requests are in flight at once, how many start
// within some time, or nothing, if it refuses by chance. It keeps to what it has found, and tries a little more now and then. All times are
// since one fixed moment. A Quota is not safe for concurrent use.
type Quota struct {
	Start  int // requests in flight before anything is known
	Max    int // requests in flight
	meters [meters]meter
	log    log
	open   []*request    // sent, and neither refused nor accepted yet, the oldest first
	sent   int           // requests so far
	taken  int           // slots in use
	wire   int           // requests in flight
	last   time.Duration // when the newest slot was taken
	spaced time.Duration // nothing starts before this time
	timing
	evidence
	storm
	trials
	trust
}

// Slot is the right to have one request in flight.
type Slot struct{ *request }

// Ended reports whether the request of the slot was answered, refused or lost.
func (s Slot) Ended() bool { return s.ended }

// request is the one of a slot.
type request struct {
	at          time.Duration // when it was sent
	number      int           // in the order of sending, from 1; 0 before
	most, least int           // the requests in flight that the server saw, itself included, are between the two
	accepted    bool          // it was not refused for long enough
	held        bool          // another Quota let it start, nobody knows when
	ended       bool
	trial       *trial // that it belongs to, or nil
}

// timing is how long the service takes.
type timing struct {
	Latency time.Duration // mean, of a completion; 0 before the first
	rtt     time.Duration // mean, of a refusal
	jitter  time.Duration // mean deviation of that
}

// refusedAfter takes in how long a refusal took.
func (t *timing) refusedAfter(d time.Duration) {
	if t.rtt == 0 {
		t.rtt, t.jitter = d, d/4
	}
	t.jitter += ((d - t.rtt).Abs() - t.jitter) / 8
	t.rtt += (d - t.rtt) / 8
}

// transit is how long a request and its refusal are on their way, at most.
func (t *timing) transit() time.Duration {
	if t.rtt > 0 {
		return t.rtt + 4*t.jitter
	}
	return min(t.Latency/4, firstWait)
}

// patience is how long a request must be in flight without a refusal to count as accepted.
func (t *timing) patience() time.Duration {
	if t.rtt > 0 {
		return t.transit() + time.Millisecond
	}
	return min(cmp.Or(t.Latency/2, maxPatience), maxPatience)
}

// Ready reports whether a request may start. If not, next is when to ask again, always after now; 0 means not before something else happens.
func (q *Quota) Ready(now time.Duration) (ok bool, next time.Duration) {
	for len(q.open) > 0 && q.open[0].at+q.patience() <= q.horizon(now) {
		q.accept(q.open[0], now)
	}
	for d := range q.meters {
		if q.inquiry == nil && len(q.strikes) == 0 && (q.trial == nil || q.trial.faster) && (d != streams || !q.doubted) {
			q.meters[d].probe()
		}
	}
	if ok, next = q.ready(now); !ok && next != 0 && next <= now {
		next = now + time.Millisecond
	}
	return ok, next
}

func (q *Quota) ready(now time.Duration) (ok bool, next time.Duration) {
	switch c := q.inquiry; {
	case q.taken >= q.Max:
		return false, 0
	case now < q.spaced:
		return false, q.spaced
	case c != nil && c.witness != nil && c.witness.number == 0:
		return false, 0
	case c != nil && c.witness != nil:
		return false, q.later(c.witness.at+q.patience(), now)
	case c != nil && q.suspect() != streams:
		return now >= c.witnessAt, c.witnessAt
	case q.taken >= q.width() && len(q.open) > 0:
		return false, q.later(q.open[0].at+q.patience(), now)
	case q.taken >= q.width():
		return false, 0
	}
	at := q.rested(now)
	if m := &q.meters[streams]; m.limit > 0 && q.taken >= m.limit { // a probe comes evenly between two other starts
		at = max(at, q.last+q.Latency/time.Duration(2*(q.taken+1)))
	}
	for d := streams + 1; d < meters; d++ {
		if m := &q.meters[d]; m.limit > 0 {
			at = max(at, q.room(d, m.limit+m.reach))
		}
	}
	return now >= at, at
}

// room returns when the next start will read at most n on meter d, which counts starts.
func (q *Quota) room(d, n int) time.Duration { return q.log.room(d, n-(q.taken-q.wire)) }

// width returns how many requests may be in flight, whatever the user allows.
func (q *Quota) width() int {
	switch m := &q.meters[streams]; {
	case q.inquiry != nil && m.suspect:
		return max(1, m.low-q.fall)
	case m.limit > 0:
		return m.limit + m.reach
	default:
		return max(q.Start, 2*m.high)
	}
}

// Width returns how many requests may be in flight.
func (q *Quota) Width() int { return min(q.Max, q.width()) }

// Belief returns what has been found out.
func (q *Quota) Belief() task.Belief {
	b := task.Belief{}
	if n := q.meters[streams].found(); n < q.Max {
		b.Streams = n
	}
	if q.chance >= bearable {
		b.Refused = float64(q.unexplained) / float64(q.sent)
	}
	if q.every > 0 && b.Streams == 0 && (q.trial == nil || q.trial.faster) {
		if b.Starts, b.Seconds = int(time.Second/q.every), 1; b.Starts < 10 {
			b.Starts, b.Seconds = max(1, int(time.Minute/q.every)), 60
		}
	}
	for d := streams + 1; d < meters; d++ { // the strictest
		n, seconds := q.meters[d].found(), int(windows[d]/time.Second)
		if n > 0 && (b.Starts == 0 || n*b.Seconds < b.Starts*seconds) {
			b.Starts, b.Seconds = n, seconds
		}
	}
	return b
}

// Take returns a slot for a request that is sent now or soon.
func (q *Quota) Take(now time.Duration) Slot {
	s := &request{at: now}
	q.taken++
	q.last = now
	q.spaced = now + q.spacing(now)
	if q.inquiry != nil {
		q.witness = s
	}
	if q.trial != nil && q.trial.left > 0 {
		q.trial.left--
		s.trial = q.trial
	}
	return Slot{s}
}

// Hold takes a slot for a request that another Quota let start; it counts as one that starts now and is accepted.
func (q *Quota) Hold(now time.Duration) Slot {
	s := Slot{&request{held: true}}
	q.taken++
	q.Sent(s, now)
	s.accepted = true
	q.decided(s.request)
	return s
}

// spacing returns how long the next start must wait. Above what is known, starts are spaced so that the first refusal stops the next one.
func (q *Quota) spacing(now time.Duration) time.Duration {
	for d := streams + 1; d < meters; d++ {
		if m := &q.meters[d]; m.limit > 0 && q.room(d, m.limit+1) > now {
			return min(q.rtt, maxSpace)
		}
	}
	switch {
	case q.taken <= q.meters[streams].high:
		return 0
	case q.Latency == 0:
		return firstSpace
	}
	return min(q.Latency/time.Duration(4*q.taken), maxSpace)
}

// Sent records that the request of a slot goes on the wire.
func (q *Quota) Sent(s Slot, now time.Duration) {
	q.sent++
	q.wire++
	s.at, s.number, s.most, s.least = now, q.sent, q.taken+len(q.free), q.wire
	q.log, q.open = append(q.log, s.request), append(q.open, s.request)
	if old := q.log.after(now - 5*time.Minute/4); old > len(q.log)/2 {
		q.log = slices.Clone(q.log[old:])
	}
}

// Answered records that the service answered the request of a slot. It does nothing after Answered, Refused or Lost.
func (q *Quota) Answered(s Slot, now time.Duration) {
	if s.ended || s.number == 0 {
		q.Lost(s, now)
		return
	}
	if !s.held {
		q.Latency = cmp.Or(q.Latency, now-s.at)
		q.Latency += (now - s.at - q.Latency) / 16
	}
	q.end(s.request, now)
	q.freed(now)
	if !s.accepted {
		q.accept(s.request, now)
	}
	for d := range q.meters {
		q.meters[d].since++
	}
	q.hasten(now)
}

// Lost records that the request of a slot was not sent, or failed in a way that reveals nothing about limits. It does nothing after
// Answered, Refused or Lost.
func (q *Quota) Lost(s Slot, now time.Duration) {
	if s.ended {
		return
	}
	q.end(s.request, now)
	q.decided(s.request)
	if q.inquiry != nil && q.witness == s.request {
		q.witness = nil
	}
	if s.trial != nil {
		s.trial.left++
	}
}

// end gives back a slot. The request may have left the server before the newest ones arrived.
func (q *Quota) end(s *request, now time.Duration) {
	s.ended = true
	q.taken--
	if s.number == 0 {
		return
	}
	q.wire--
	for _, o := range q.open {
		if o != s && now-o.at < q.transit() {
			o.least--
		}
	}
}

// decided records that s is refused, accepted or lost.
func (q *Quota) decided(s *request) {
	if i := slices.Index(q.open, s); i >= 0 {
		q.open = slices.Delete(q.open, i, i+1)
	}
}

// accept learns from a request that was not refused.
func (q *Quota) accept(s *request, now time.Duration) {
	s.accepted = true
	q.decided(s)
	q.hint.lies = q.hint.lies || q.hint.at < s.at && s.at < q.hint.until-q.rtt
	most, least := q.log.read(s)
	before := q.meters[streams]
	for d := range q.meters {
		m := &q.meters[d]
		if d == streams && q.doubted {
			continue
		}
		if s.number > q.changed {
			m.high, m.top = max(m.high, least[d]), max(m.top, most[d])
		}
		if q.inquiry == nil && m.limit > 0 && most[d] > m.limit {
			m.exceeded(least[d])
		}
	}
	q.raised(&before, &q.meters[streams], now)
	q.passed(s, most, least, now)
}

// Distrust tells that since then, requests that seem to be in flight may have ended: that the service accepted more proves nothing. No more are tried
// until Trust is called.
func (q *Quota) Distrust(since time.Duration) {
	m := &q.meters[streams]
	q.doubted, m.reach = true, 0
	q.revert(m, since)
}

// Refused records that the service refused the request of a slot, for the times-th time in a row, and asked to wait for hint; 0 if it did
// not. It returns how long the task waits alone, before jitter.
func (q *Quota) Refused(s Slot, now, hint time.Duration, times int) (wait time.Duration) {
	wait = Patience(hint, !q.hint.lies, times)
	believed := hint > 0 && hint <= maxHint && !q.hint.lies
	if s.number == 0 { // a file of it was refused
		q.Lost(s, now)
		return wait
	}
	if believed && now+hint > q.hint.until {
		q.hint.at, q.hint.until = now, now+hint
	}
	most, _ := q.log.read(s.request)
	q.refusedAfter(max(now-s.at, time.Microsecond))
	s.ended = true
	q.taken--
	q.wire--
	q.decided(s.request)
	for _, o := range q.open { // the server did not count it
		if o.number > s.number {
			o.most--
			o.least--
		}
	}
	if i, ok := q.log.find(s.request); ok {
		q.log = slices.Delete(q.log, i, i+1)
	}
	q.refused(s.request, most, now)
	return wait
}
