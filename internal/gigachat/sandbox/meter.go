package sandbox

import (
	"sync"
	"time"
)

// A meter admits completions up to the quota, and integrates over time how much of the quota is used.
type meter struct {
	mu       sync.Mutex // guards the fields below
	override int        // as in Options.Streams

	perSecond, perMinute *window

	scope   string // of the last completion request
	streams int    // in flight
	peak    int
	began   time.Time // time of the first completion request; zero before it
	last    time.Time // time up to which the integrals reach
	busy    time.Duration
	used    time.Duration // busy, without what exceeds the quota
	quota   time.Duration
	seconds []Second
}

// A Second is what happened within one second, counted from the first completion request.
type Second struct {
	Started int     `json:"started"` // completions admitted
	Refused int     `json:"refused"` // completions that the quota answered 429
	Used    float64 `json:"used"`    // stream-seconds within the quota
	Quota   float64 `json:"quota"`   // stream-seconds that the quota allowed; 0 without a quota
}

// maxSeconds is how many seconds are recorded separately; after that only the totals go on.
const maxSeconds = 24 * 60 * 60

// enter admits or refuses a completion for a scope. An admitted completion must call leave.
func (m *meter) enter(scope string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	m.scope = scope
	if limit := m.limit(); limit > 0 && m.streams >= limit || !m.perSecond.room(now) || !m.perMinute.room(now) {
		m.second(now).Refused++
		return false
	}
	m.perSecond.admit(now)
	m.perMinute.admit(now)
	m.second(now).Started++
	m.streams++
	m.peak = max(m.peak, m.streams)
	return true
}

func (m *meter) leave(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	m.streams--
}

func (m *meter) setOverride(n int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	m.override = n
}

// limit returns the quota in force, 0 for none. The default is the documented number of concurrent streams of the scope.
func (m *meter) limit() int {
	if m.override != 0 {
		return max(m.override, 0)
	}
	if m.scope == ScopePersonal {
		return 1
	}
	return 10
}

// advance integrates up to now, second by second.
func (m *meter) advance(now time.Time) {
	if m.began.IsZero() {
		return
	}
	for m.last.Before(now) {
		end, i := now, m.index(m.last)
		if next := m.began.Add(time.Duration(i+1) * time.Second); i < maxSeconds && next.Before(now) {
			end = next
		}
		d := end.Sub(m.last)
		limit, used := m.limit(), m.streams
		if limit > 0 {
			used = min(used, limit)
		}
		m.busy += time.Duration(m.streams) * d
		m.used += time.Duration(used) * d
		m.quota += time.Duration(limit) * d
		if i < maxSeconds {
			s := m.second(m.last)
			s.Used += float64(used) * d.Seconds()
			s.Quota += float64(limit) * d.Seconds()
		}
		m.last = end
	}
}

func (m *meter) index(t time.Time) int { return int(t.Sub(m.began) / time.Second) }

// second returns the record of the second that contains t. The first call begins the first second.
func (m *meter) second(t time.Time) *Second {
	if m.began.IsZero() {
		m.began, m.last = t, t
	}
	i := min(max(m.index(t), 0), maxSeconds)
	if missing := i + 1 - len(m.seconds); missing > 0 {
		m.seconds = append(m.seconds, make([]Second, missing)...)
	}
	return &m.seconds[i]
}

// read brings the integrals up to now and returns them, with the number of refused completions.
func (m *meter) read(now time.Time) (c StreamCounts, refused int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	for _, s := range m.seconds {
		refused += int64(s.Refused)
	}
	return StreamCounts{m.streams, m.peak, m.busy.Seconds(), m.used.Seconds(), m.quota.Seconds()}, refused
}

// A window admits at most a fixed number of starts within any span of time. A nil window admits all.
type window struct {
	mu     sync.Mutex // guards starts and oldest
	starts []time.Time
	oldest int
	span   time.Duration
}

// newWindow returns a window of n starts within a span, or nil if n is not positive.
func newWindow(n int, span time.Duration) *window {
	if n <= 0 {
		return nil
	}
	return &window{starts: make([]time.Time, n), span: span}
}

// admit counts a start at now and reports whether there was room for it. A refused start does not count.
func (w *window) admit(now time.Time) bool {
	if w == nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.room(now) {
		return false
	}
	w.starts[w.oldest] = now
	w.oldest = (w.oldest + 1) % len(w.starts)
	return true
}

// room reports whether a start at now would be admitted.
func (w *window) room(now time.Time) bool {
	if w == nil {
		return true
	}
	oldest := w.starts[w.oldest]
	return oldest.IsZero() || now.Sub(oldest) >= w.span
}
