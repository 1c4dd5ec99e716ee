package limit

import (
	"cmp"
	"slices"
	"time"
)

// The meters are what a service may count: requests in flight, and starts within some time. They stand in the order of suspicion.
const (
	streams = 0
	meters  = 8
)

// windows are the times within which starts are counted, by meter.
var windows = [meters]time.Duration{
	0, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute,
}

const (
	firstProbe = 10 // completions before the first probe, at most
	rareProbe  = 100
	rareTurns  = 25 // a probe is at most as rare as rareProbe completions, or this many times the limit
)

// reading is what each meter shows at a start, the start included.
type reading [meters]int

// meter is what is known about one measure.
type meter struct {
	high, top int  // the highest reading that was accepted since the quota changed is between the two
	low       int  // the lowest reading that was refused in the open case
	suspect   bool // it may explain the open case

	limit    int // 0 if none is known
	reach    int // how far probes may exceed the limit at present
	interval int // completions between two probes
	since    int // completions since the last one
	wall     int // the limit when a probe was last refused, 0 if none was
}

// blur is how much longer or shorter a window may be at the server than here, because requests take varying times to it.
func blur(d int) time.Duration { return windows[d]/100 + 3*time.Millisecond }

// log is the requests that were sent within the last minute and not refused, the oldest first.
type log []*request

// find returns the place of s.
func (l log) find(s *request) (int, bool) {
	return slices.BinarySearchFunc(l, s.number, func(s *request, n int) int { return cmp.Compare(s.number, n) })
}

// after returns the place of the first start after t.
func (l log) after(t time.Duration) int {
	i, _ := slices.BinarySearchFunc(l, t+1, func(s *request, t time.Duration) int { return cmp.Compare(s.at, t) })
	return i
}

// read returns what the meters showed when s was sent, at most and at least.
func (l log) read(s *request) (most, least reading) {
	most[streams], least[streams] = s.most, s.least
	i, _ := l.find(s)
	for d := streams + 1; d < meters; d++ {
		most[d] = i + 1 - l.after(s.at-windows[d]-blur(d))
		least[d] = i + 1 - l.after(s.at-windows[d]+blur(d))
	}
	return most, least
}

// room returns when the next start will read at most n on meter d, which counts starts.
func (l log) room(d, n int) time.Duration {
	if i := len(l) - max(n, 1); i >= 0 {
		return l[i].at + windows[d] + blur(d)
	}
	return 0
}

// set makes the limit known.
func (m *meter) set(limit int) {
	m.limit, m.reach, m.since, m.wall, m.interval = limit, 0, 0, 0, min(firstProbe, 3*limit)
}

// found returns the limit, or 0 if no probe near it was refused.
func (m *meter) found() int {
	if m.wall == 0 || m.limit > m.wall+1+m.wall/10 {
		return 0
	}
	return m.limit
}

// probe lets starts exceed the limit if it is time.
func (m *meter) probe() {
	if m.limit > 0 && m.reach == 0 && m.since >= m.interval {
		m.reach, m.since = max(1, m.limit/100), 0
	}
}

// exceeded records that a start above the limit was accepted, at a reading of at least least.
func (m *meter) exceeded(least int) {
	if least > m.limit {
		m.limit, m.interval = least, firstProbe
	}
	m.reach = min(2*m.reach, m.limit)
}

// failed records that a start above the limit was refused. The probe ends, and the next one is rarer, unless it may have been chance.
func (m *meter) failed(chance bool) {
	if m.reach > 0 { // else the request started before the last probe failed
		m.reach, m.since, m.wall = 0, 0, m.limit
		if !chance {
			m.interval = min(2*m.interval, max(rareProbe, rareTurns*m.limit))
		}
	}
}
