package jobs

import (
	"time"
)

const (
	firstProbe  = 10  // completions before the first probe above a window that was refused
	lastProbe   = 100 // the interval between probes stops growing here …
	lastWindows = 25  // … or at so many windows, whichever is more
	sureWindows = 3   // the top of the window is sure after so many windows of answers, as a server may release its streams a little late
	regained    = 8   // the interval grows by this part only, instead of doubling, while a larger window is known to have worked
)

// window is how many requests may be in flight at once under a quota that the server does not tell. It doubles after each clean window
// until it is refused, then shrinks to what the server really took, and probes upward one request at a time, at growing intervals.
//
// A refusal takes less time than an answer. So a window, or a probe, is clean once nothing was refused for a while after it was full,
// long before it is answered. It reads no clock and has no locks, so a table is its whole test.
type window struct {
	size, cap int
	settled   bool      // refused once: no more doubling
	filled    time.Time // when it was first full since it changed, zero if it was not
	sure      int       // windows were answered with as many at once, and none refused; a refusal above is no surprise
	unsure    int       // answers at the top of the window above that, since the last refusal
	best      int       // the most that was ever sure
	epoch     int       // grows with each shrink; a refusal of an older start is no news
	floor     int       // the refusals of one epoch shrink no further
	probe     int       // number of the probe in flight, 0 for none
	probes    int       // made so far
	probeAt   time.Time // when it went on the wire, zero before
	since     int       // completions since the last probe
	interval  int       // completions until the next
}

// slot is the right to have one request in flight.
type slot struct {
	epoch    int
	level    int     // requests in flight when it started, itself included
	probe    int     // number of a lone probe above the window, 0 for an ordinary request
	outage   bool    // the lone request that asks whether an outage is over
	reserved float64 // tokens
	started  bool
}

// room reports whether one more request may begin beside those that hold a slot, and whether it would be a probe.
func (w *window) room(held int) (ok, probe bool) {
	if held < w.size {
		return true, false
	}
	due := w.settled && w.probe == 0 && held == w.size && w.size < w.cap && w.since >= w.interval
	return due, due
}

// take makes s the probe.
func (w *window) take(s *slot) {
	w.probes++
	w.probe, w.probeAt = w.probes, time.Time{}
	s.probe = w.probe
}

// started notes that s went on the wire as one of level requests there, when held slots were given out.
func (w *window) started(s *slot, held, level int, now time.Time) {
	s.level, s.epoch = level, w.epoch
	switch {
	case s.probe != 0 && s.probe == w.probe:
		w.probeAt = now
	case held >= w.size && w.filled.IsZero():
		w.filled = now
	}
}

// widen grows the window if what is in flight was not refused for as long as patience; next is when to look again, zero for not before
// something else happens.
func (w *window) widen(now time.Time, patience time.Duration) (next time.Time) {
	clean := w.probeAt
	if !w.settled {
		clean = w.filled
	}
	if clean.IsZero() || w.size >= w.cap {
		return time.Time{}
	}
	if at := clean.Add(patience); now.Before(at) {
		return at
	}
	if w.settled {
		w.accepted()
	} else {
		w.grow(2 * w.size)
	}
	return time.Time{}
}

// accepted makes the level of the probe part of the window; the next probe follows at once. Towards a size that was sure once it goes by
// half of the way.
func (w *window) accepted() {
	w.unprobe()
	w.grow(w.size + 1 + max(0, w.best-w.size-1)/2)
	w.interval, w.since = firstProbe, firstProbe
}

// unprobe forgets the probe in flight.
func (w *window) unprobe() { w.probe, w.probeAt = 0, time.Time{} }

func (w *window) grow(n int) {
	w.size = min(n, w.cap)
	w.filled = time.Time{}
}

// completed takes in that the server answered s.
func (w *window) completed(s slot) {
	w.since++
	switch {
	case s.probe == 0 && s.epoch == w.epoch && s.level > w.sure:
		w.answered(s.level)
	case s.probe != 0 && s.probe == w.probe:
		w.accepted()
	}
}

// answered makes sure of a level, of the top of the window not at once.
func (w *window) answered(level int) {
	w.sure = max(w.sure, min(level, w.size)-1)
	if level >= w.size {
		w.unsure++
	}
	if w.unsure >= sureWindows*w.size {
		w.sure, w.unsure = w.size, 0
	}
	w.best = max(w.best, w.sure)
}

// refused takes in that the server turned s away while others were in flight beside it. all is false when that was the doing of a lone
// probe, which says nothing about the others.
func (w *window) refused(s slot, others int) (all bool) {
	switch {
	case s.epoch < w.epoch-1:
		return true
	case others == 0 && s.probe == 0:
		w.size = max(w.size, w.best) // nothing was in flight: the server limits starts, not streams
		return true
	case s.level == 1 && others == 0: // not for the number of streams, so this number may well be larger
		w.interval, w.since = firstProbe, firstProbe
		return true
	case s.epoch == w.epoch && w.settled && w.tried(s, others):
		return false
	case s.epoch == w.epoch:
		w.shrink()
	}
	w.size = max(w.floor, min(w.size, others))
	return true
}

// tried reports whether a refusal is the doing of a start above what is sure: a probe, of now or of late, or a window that fills again
// after it was refused. Then the window is what was taken in.
func (w *window) tried(s slot, others int) bool {
	switch {
	case w.probe != 0:
		w.unprobe()
	case s.level > w.sure && others > 0:
		w.size = max(w.sure, min(w.size-1, others))
	default:
		return false
	}
	w.since, w.unsure = 0, 0
	if w.size < w.best {
		w.interval += w.interval / regained
	} else {
		w.interval *= 2
	}
	w.interval = min(w.interval, max(lastProbe, lastWindows*w.size))
	return true
}

// shrink begins a new epoch.
func (w *window) shrink() {
	w.epoch++
	w.floor = max(1, w.size/4)
	w.grow(max(w.floor, w.size*7/10))
	w.unprobe()
	w.settled, w.sure, w.unsure = true, 0, 0
	w.interval, w.since = max(firstProbe, w.size), 0
}

// patience is how long a request that is not refused must be in flight before it counts as taken in, when an answer takes latency; 0
// is not known.
func patience(latency time.Duration) time.Duration {
	if latency == 0 {
		return time.Second
	}
	return min(latency/2, time.Second)
}

// ramp returns how long to wait between two starts above what is sure, so that the first refusal can stop the next start, and yet the
// window is full in a quarter of the time that an answer takes.
func (w *window) ramp(latency time.Duration, held int) time.Duration {
	switch step := latency / time.Duration(4*w.size); {
	case held < w.sure || latency > 0 && step < 100*time.Microsecond:
		return 0
	case latency == 0:
		return 4 * time.Millisecond
	default:
		return min(step, 50*time.Millisecond)
	}
}

// limit changes the most that may be in flight.
func (w *window) limit(most int) {
	if most < w.size {
		w.size, w.filled = most, time.Time{}
		w.unprobe()
	}
	w.cap = most
	w.floor, w.sure, w.best = min(w.floor, most), min(w.sure, most), min(w.best, most)
}
