package limit

import (
	"slices"
	"time"
)

// remembered is how long it may take until it is known that fewer requests were in flight than it seemed.
const remembered = 10 * time.Second

// lookAgain is how soon to look for what is not known yet.
const lookAgain = 5 * time.Millisecond

// trust is whether the requests that seem to be in flight are in flight. Who sends them may be cut off: then they have ended, nobody has told,
// and the service has more room than its limit allows.
type trust struct {
	doubted bool
	heard   time.Duration // refusals of requests that were sent later may still come; 0 if they come without delay
	raises  []raise       // of the last time, the oldest first
}

// raise is what was known about requests in flight before more was accepted.
type raise struct {
	at               time.Duration
	high, top, limit int
}

// raised remembers what the meter was before, if it shows more.
func (t *trust) raised(before, m *meter, now time.Duration) {
	if m.high > before.high || m.top > before.top || m.limit > before.limit {
		t.raises = append(t.raises, raise{now, before.high, before.top, before.limit})
	}
	for len(t.raises) > 0 && now-t.raises[0].at > remembered {
		t.raises = t.raises[1:]
	}
}

// revert forgets what raised a meter after since.
func (t *trust) revert(m *meter, since time.Duration) {
	i := slices.IndexFunc(t.raises, func(r raise) bool { return r.at > since })
	if i < 0 {
		return
	}
	r := t.raises[i]
	t.raises = t.raises[:i]
	m.high, m.top = min(m.high, r.high), min(m.top, r.top)
	if r.limit > 0 {
		m.limit = min(m.limit, r.limit)
	}
}

// Heard tells until when it is known what came of requests. A request that was sent shortly before that, or later, does not count as accepted
// because no refusal has come. until is 0 if refusals come without delay.
func (t *trust) Heard(until time.Duration) { t.heard = until }

// horizon returns until when it is known what came of requests.
func (t *trust) horizon(now time.Duration) time.Duration {
	if t.heard > 0 {
		return min(now, t.heard)
	}
	return now
}

// later returns when to look again for what should be known at a time.
func (t *trust) later(at, now time.Duration) time.Duration {
	if t.heard > 0 {
		return max(at, now+lookAgain)
	}
	return at
}

// Trust ends what Distrust began.
func (t *trust) Trust() { t.doubted = false }
