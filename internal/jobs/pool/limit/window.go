package limit

import "time"

const (
	firstProbe  = 10  // completions before the first probe above a window that was refused
	lastProbe   = 100 // the interval between probes stops growing here …
	lastWindows = 25  // … or at so many windows, whichever is more
	sureWindows = 3   // the top of the window is sure after so many windows of answers, as a server may release its streams a little late
	regained    = 8   // the interval grows by this part only, instead of doubling, while a larger window is known to have worked
)

// Window is how many requests may be in flight at once under a quota that the server does not tell. It doubles after each clean window
// until it is refused, then shrinks to what the server really took, and probes upward one request at a time, at growing intervals.
//
// A refusal takes less time than an answer. So a window, or a probe, is clean once nothing was refused for a while after it was full,
// long before it is answered. It reads no clock and has no locks, so a table is its whole test.
type Window struct {
	Size, Cap int
	settled   bool      // refused once: no more doubling
	filled    time.Time // when it was first full since it changed, zero if it was not
	sure      int       // windows were answered with as many at once, and none refused; a refusal above is no surprise
	unsure    int       // answers at the top of the window above that, since the last refusal
	best      int       // the most that was ever sure
	Epoch     int       // grows with each shrink; a refusal of an older start is no news
	floor     int       // the refusals of one epoch shrink no further
	Probe     int       // number of the probe in flight, 0 for none
	probes    int       // made so far
	probeAt   time.Time // when it went on the wire, zero before
	since     int       // completions since the last probe
	interval  int       // completions until the next
}

// Slot is the right to have one request in flight.
type Slot struct {
	Epoch    int
	level    int     // requests in flight when it started, itself included
	Probe    int     // number of a lone probe above the window, 0 for an ordinary request
	Outage   bool    // the lone request that asks whether an outage is over
	Reserved float64 // tokens
	Started  bool
}

// Room reports whether one more request may begin beside those that hold a slot, and whether it would be a probe.
func (w *Window) Room(held int) (ok, probe bool) {
	if held < w.Size {
		return true, false
	}
	due := w.settled && w.Probe == 0 && held == w.Size && w.Size < w.Cap && w.since >= w.interval
	return due, due
}

// Take makes s the probe.
func (w *Window) Take(s *Slot) {
	w.probes++
	w.Probe, w.probeAt = w.probes, time.Time{}
	s.Probe = w.Probe
}

// Started notes that s went on the wire as one of level requests there, when held slots were given out.
func (w *Window) Started(s *Slot, held, level int, now time.Time) {
	s.level, s.Epoch = level, w.Epoch
	switch {
	case s.Probe != 0 && s.Probe == w.Probe:
		w.probeAt = now
	case held >= w.Size && w.filled.IsZero():
		w.filled = now
	}
}

// Widen grows the window if what is in flight was not refused for as long as patience; next is when to look again, zero for not before
// something else happens.
func (w *Window) Widen(now time.Time, patience time.Duration) (next time.Time) {
	clean := w.probeAt
	if !w.settled {
		clean = w.filled
	}
	if clean.IsZero() || w.Size >= w.Cap {
		return time.Time{}
	}
	if at := clean.Add(patience); now.Before(at) {
		return at
	}
	if w.settled {
		w.accepted()
	} else {
		w.grow(2 * w.Size)
	}
	return time.Time{}
}

// accepted makes the level of the probe part of the window; the next probe follows at once. Towards a size that was sure once it goes by
// half of the way.
func (w *Window) accepted() {
	w.Unprobe()
	w.grow(w.Size + 1 + max(0, w.best-w.Size-1)/2)
	w.interval, w.since = firstProbe, firstProbe
}

// Unprobe forgets the probe in flight.
func (w *Window) Unprobe() { w.Probe, w.probeAt = 0, time.Time{} }

func (w *Window) grow(n int) {
	w.Size = min(n, w.Cap)
	w.filled = time.Time{}
}

// Completed takes in that the server answered s.
func (w *Window) Completed(s Slot) {
	w.since++
	switch {
	case s.Probe == 0 && s.Epoch == w.Epoch && s.level > w.sure:
		w.answered(s.level)
	case s.Probe != 0 && s.Probe == w.Probe:
		w.accepted()
	}
}

// answered makes sure of a level, of the top of the window not at once.
func (w *Window) answered(level int) {
	w.sure = max(w.sure, min(level, w.Size)-1)
	if level >= w.Size {
		w.unsure++
	}
	if w.unsure >= sureWindows*w.Size {
		w.sure, w.unsure = w.Size, 0
	}
	w.best = max(w.best, w.sure)
}

// Refused takes in that the server turned s away while others were in flight beside it. all is false when that was the doing of a lone
// probe, which says nothing about the others.
func (w *Window) Refused(s Slot, others int) (all bool) {
	switch {
	case s.Epoch < w.Epoch-1:
		return true
	case others == 0 && s.Probe == 0:
		w.Size = max(w.Size, w.best) // nothing was in flight: the server limits starts, not streams
		return true
	case s.level == 1 && others == 0: // not for the number of streams, so this number may well be larger
		w.interval, w.since = firstProbe, firstProbe
		return true
	case s.Epoch == w.Epoch && w.settled && w.tried(s, others):
		return false
	case s.Epoch == w.Epoch:
		w.shrink()
	}
	w.Size = max(w.floor, min(w.Size, others))
	return true
}

// tried reports whether a refusal is the doing of a start above what is sure: a probe, of now or of late, or a window that fills again
// after it was refused. Then the window is what was taken in.
func (w *Window) tried(s Slot, others int) bool {
	switch {
	case w.Probe != 0:
		w.Unprobe()
	case s.level > w.sure && others > 0:
		w.Size = max(w.sure, min(w.Size-1, others))
	default:
		return false
	}
	w.since, w.unsure = 0, 0
	if w.Size < w.best {
		w.interval += w.interval / regained
	} else {
		w.interval *= 2
	}
	w.interval = min(w.interval, max(lastProbe, lastWindows*w.Size))
	return true
}

// shrink begins a new epoch.
func (w *Window) shrink() {
	w.Epoch++
	w.floor = max(1, w.Size/4)
	w.grow(max(w.floor, w.Size*7/10))
	w.Unprobe()
	w.settled, w.sure, w.unsure = true, 0, 0
	w.interval, w.since = max(firstProbe, w.Size), 0
}

// Patience is how long a request that is not refused must be in flight before it counts as taken in, when an answer takes latency; 0
// is not known.
func Patience(latency time.Duration) time.Duration {
	if latency == 0 {
		return time.Second
	}
	return min(latency/2, time.Second)
}

// Ramp returns how long to wait between two starts above what is sure, so that the first refusal can stop the next start, and yet the
// window is full in a quarter of the time that an answer takes.
func (w *Window) Ramp(latency time.Duration, held int) time.Duration {
	switch step := latency / time.Duration(4*w.Size); {
	case held < w.sure || latency > 0 && step < 100*time.Microsecond:
		return 0
	case latency == 0:
		return 4 * time.Millisecond
	default:
		return min(step, 50*time.Millisecond)
	}
}

// Limit changes the most that may be in flight.
func (w *Window) Limit(most int) {
	if most < w.Size {
		w.Size, w.filled = most, time.Time{}
		w.Unprobe()
	}
	w.Cap = most
	w.floor, w.sure, w.best = min(w.floor, most), min(w.sure, most), min(w.best, most)
}
