package sandbox

import (
	"slices"
	"sync"
	"time"
)

// A meter admits completions up to the quota and integrates over time how much of the quota is used.
type meter struct {
	mu       sync.Mutex // guards all below
	override int        // as Options.Streams
	starts   windows
	scope    string // of the last completion asked for
	streams  int    // under way
	peak     int
	began    time.Time // the first completion asked for; zero before
	last     time.Time // up to where the integrals reach
	busy     time.Duration
	used     time.Duration // busy, without what is beyond the quota
	quota    time.Duration
	seconds  []Second
}

// A Second is what happened within one second, counted from the first completion asked for.
type Second struct {
	Started int     `json:"started"` // completions admitted
	Refused int     `json:"refused"` // completions answered 429 by the quota
	Used    float64 `json:"used"`    // stream-seconds within the quota
	Quota   float64 `json:"quota"`   // stream-seconds that the quota allowed; 0 if there is none
}

// maxSeconds is for how long seconds are kept apart; the totals go on.
const maxSeconds = 24 * 60 * 60

// enter admits a completion of a scope, or refuses it. Who was admitted calls leave.
func (m *meter) enter(scope string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	m.scope = scope
	if limit := m.limit(); limit > 0 && m.streams >= limit || !m.starts.admit(now) {
		m.second(now).Refused++
		return false
	}
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

// limit is the quota in force, 0 for none.
func (m *meter) limit() int {
	if m.override != 0 {
		return max(m.override, 0)
	}
	return streamsOf(m.scope)
}

// advance integrates up to now, second by second.
func (m *meter) advance(now time.Time) {
	if m.began.IsZero() {
		return
	}
	for m.last.Before(now) {
		end := now
		if i := m.index(m.last); i < maxSeconds {
			end = earlier(now, m.began.Add(time.Duration(i+1)*time.Second))
		}
		m.integrate(end.Sub(m.last))
		m.last = end
	}
}

func (m *meter) integrate(d time.Duration) {
	limit, used := m.limit(), m.streams
	if limit > 0 {
		used = min(used, limit)
	}
	m.busy += time.Duration(m.streams) * d
	m.used += time.Duration(used) * d
	m.quota += time.Duration(limit) * d
	if m.index(m.last) < maxSeconds {
		s := m.second(m.last)
		s.Used += float64(used) * d.Seconds()
		s.Quota += float64(limit) * d.Seconds()
	}
}

func (m *meter) index(t time.Time) int { return int(t.Sub(m.began) / time.Second) }

// second returns the record of the second that holds t, which begins the first one.
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

// read brings the integrals up to now and adds them to c.
func (m *meter) read(c *Counts, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance(now)
	c.Streams, c.MaxStreams = m.streams, m.peak
	c.BusySeconds, c.UsedSeconds, c.QuotaSeconds = m.busy.Seconds(), m.used.Seconds(), m.quota.Seconds()
	for _, s := range m.seconds {
		c.Refused += int64(s.Refused)
	}
}

// Seconds returns what happened in each second since the first completion was asked for. The last one is not over.
func (s *Sandbox) Seconds() []Second {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.advance(time.Now())
	return slices.Clone(s.meter.seconds)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
