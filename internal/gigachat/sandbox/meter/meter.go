// Package meter admits requests up to a quota of concurrent ones, or of starts within a time, and measures how much of it is used.
package meter

import (
	"slices"
	"sync"
	"time"
)

// A Meter admits completions up to the quota, and integrates over time how much of the quota is used. It is safe for concurrent use.
type Meter struct {
	PerSecond, PerMinute *Window // must not be changed after the first use

	mu       sync.Mutex // guards the fields below
	override int        // as SetOverride was given it
	usual    int        // the quota of the last completion request
	streams  int        // in flight
	peak     int
	began    time.Time // time of the first completion request; zero before it
	last     time.Time // time up to which the integrals reach
	busy     time.Duration
	used     time.Duration // busy, without what exceeds the quota
	quota    time.Duration
	seconds  []Second
}

// Counts measure the quota of concurrent completions.
type Counts struct {
	Streams      int     `json:"streams"`       // completions in flight
	MaxStreams   int     `json:"max_streams"`   // the most at any time
	BusySeconds  float64 `json:"busy_seconds"`  // total time of all completions
	UsedSeconds  float64 `json:"used_seconds"`  // the same, without what exceeded a quota that had shrunk
	QuotaSeconds float64 `json:"quota_seconds"` // what the quota has allowed since the first completion request; 0 without a quota
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

// Enter admits or refuses a completion. usual is its quota, unless there is an override. An admitted completion must call Leave.
func (m *Meter) Enter(usual int, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	m.usual = usual
	if limit := m.limit(); limit > 0 && m.streams >= limit || !m.PerSecond.room(now) || !m.PerMinute.room(now) {
		m.second(now).Refused++
		return false
	}
	m.PerSecond.Admit(now)
	m.PerMinute.Admit(now)
	m.second(now).Started++
	m.streams++
	m.peak = max(m.peak, m.streams)
	return true
}

// Leave counts the end of a completion.
func (m *Meter) Leave(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	m.streams--
}

// SetOverride replaces the quota: 0 is the usual one, and a negative number is none.
func (m *Meter) SetOverride(n int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	m.override = n
}

// limit returns the quota in force, 0 for none.
func (m *Meter) limit() int {
	if m.override != 0 {
		return max(m.override, 0)
	}
	return m.usual
}

// advance integrates up to now, second by second.
func (m *Meter) advance(now time.Time) {
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

func (m *Meter) index(t time.Time) int { return int(t.Sub(m.began) / time.Second) }

// second returns the record of the second that contains t. The first call begins the first second.
func (m *Meter) second(t time.Time) *Second {
	if m.began.IsZero() {
		m.began, m.last = t, t
	}
	i := min(max(m.index(t), 0), maxSeconds)
	if missing := i + 1 - len(m.seconds); missing > 0 {
		m.seconds = append(m.seconds, make([]Second, missing)...)
	}
	return &m.seconds[i]
}

// Seconds returns what happened in each second until now.
func (m *Meter) Seconds(now time.Time) []Second {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	return slices.Clone(m.seconds)
}

// Read returns the counts until now, and the number of refused completions.
func (m *Meter) Read(now time.Time) (c Counts, refused int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	for _, s := range m.seconds {
		refused += int64(s.Refused)
	}
	return Counts{m.streams, m.peak, m.busy.Seconds(), m.used.Seconds(), m.quota.Seconds()}, refused
}

// A Window admits at most a fixed number of starts within any span of time. A nil Window admits all.
type Window struct {
	mu     sync.Mutex // guards starts and oldest
	starts []time.Time
	oldest int
	span   time.Duration
}

// NewWindow returns a window of n starts within a span, or nil if n is not positive.
func NewWindow(n int, span time.Duration) *Window {
	if n <= 0 {
		return nil
	}
	return &Window{starts: make([]time.Time, n), span: span}
}

// Admit counts a start at now and reports whether there was room for it. A refused start does not count.
func (w *Window) Admit(now time.Time) bool {
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
func (w *Window) room(now time.Time) bool {
	if w == nil {
		return true
	}
	oldest := w.starts[w.oldest]
	return oldest.IsZero() || now.Sub(oldest) >= w.span
}
