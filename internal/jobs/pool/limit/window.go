package limit

import "time"

const (
	firstInterval      = 10  // completions before the first probe above a refused window
	maxInterval        = 100 // the interval between probes stops growing here …
	maxIntervalWindows = 25  // … or at this many windows, whichever is more
	sureWindows        = 3   // full windows after which their size is sure, because a server may release its streams a little late
	regainPart         = 8   // the interval grows by 1/regainPart instead of doubling, while a larger window is known to have worked
)

// Window is how many requests may be in flight at once under a quota that the server does not reveal. It doubles after each clean window
// until it is refused. Then it shrinks to what the server accepted, and probes upward one request at a time, at growing intervals.
//
// A refusal takes less time than a completion. A window or a probe is therefore clean if nothing was refused for a while after it was full,
// long before it is completed. A Window is not safe for concurrent use.
type Window struct {
	Size, Max int
	settled   bool      // refused once: no more doubling
	filled    time.Time // when it was first full since it changed; zero if it was not
	sure      int       // the level at which whole windows were completed without a refusal; a refusal above it is expected
	unsure    int       // completions at the top of the window, above sure, since the last refusal
	best      int       // the highest level that was ever sure
	Epoch     int       // grows with each shrink; a refusal of an older start is ignored
	floor     int       // limit below which the refusals of one epoch do not shrink it
	Probe     int       // number of the probe in flight, 0 for none
	probes    int       // made so far
	probeAt   time.Time // when the probe went on the wire; zero before
	since     int       // completions since the last probe
	interval  int       // completions between that probe and the next
}

// Slot is the right to have one request in flight.
type Slot struct {
	Epoch    int     // of the window when the request started
	level    int     // requests in flight when it started, including itself
	Probe    int     // number of a lone probe above the window, 0 for an ordinary request
	Reserved float64 // tokens
	Started  bool    // the request went on the wire
}

// Room reports whether one more request may begin when held slots are in use, and whether it would be a probe.
func (w *Window) Room(held int) (ok, probe bool) {
	if held < w.Size {
		return true, false
	}
	due := w.settled && w.Probe == 0 && held == w.Size && w.Size < w.Max && w.since >= w.interval
	return due, due
}

// Take makes s the probe.
func (w *Window) Take(s *Slot) {
	w.probes++
	w.Probe, w.probeAt = w.probes, time.Time{}
	s.Probe = w.Probe
}

// Started records that s went on the wire as one of level requests there, when held slots were in use.
func (w *Window) Started(s *Slot, held, level int, now time.Time) {
	s.level, s.Epoch = level, w.Epoch
	switch {
	case s.Probe != 0 && s.Probe == w.Probe:
		w.probeAt = now
	case held >= w.Size && w.filled.IsZero():
		w.filled = now
	}
}

// Widen grows the window if nothing in flight has been refused for as long as patience. next is when to look again; zero means not before
// something else happens.
func (w *Window) Widen(now time.Time, patience time.Duration) (next time.Time) {
	clean := w.probeAt
	if !w.settled {
		clean = w.filled
	}
	if clean.IsZero() || w.Size >= w.Max {
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

// accepted makes the level of the probe part of the window; the next probe follows at once. Below a size that was once sure, the window
// grows by half of the distance to it.
func (w *Window) accepted() {
	w.Unprobe()
	w.grow(w.Size + 1 + max(0, w.best-w.Size-1)/2)
	w.interval, w.since = firstInterval, firstInterval
}

// Unprobe forgets the probe in flight.
func (w *Window) Unprobe() { w.Probe, w.probeAt = 0, time.Time{} }

func (w *Window) grow(n int) {
	w.Size = min(n, w.Max)
	w.filled = time.Time{}
}

// Completed records that the server completed the request of s. This makes the levels below it sure. The top of the window becomes sure
// only after several completions.
func (w *Window) Completed(s Slot) {
	w.since++
	switch {
	case s.Probe == 0 && s.Epoch == w.Epoch && s.level > w.sure:
		w.sure = max(w.sure, min(s.level, w.Size)-1)
		if s.level >= w.Size {
			w.unsure++
		}
		if w.unsure >= sureWindows*w.Size {
			w.sure, w.unsure = w.Size, 0
		}
		w.best = max(w.best, w.sure)
	case s.Probe != 0 && s.Probe == w.Probe:
		w.accepted()
	}
}

// Refused records that the server refused the request of s while others were in flight. all is false if a lone probe was the cause, which
// says nothing about the others.
func (w *Window) Refused(s Slot, others int) (all bool) {
	switch {
	case s.Epoch < w.Epoch-1:
		return true
	case others == 0 && s.Probe == 0:
		w.Size = max(w.Size, w.best) // nothing was in flight: the server limits starts, not streams
		return true
	case s.level == 1 && others == 0: // not because of the number of streams, so a larger window may well work
		w.interval, w.since = firstInterval, firstInterval
		return true
	case s.Epoch == w.Epoch && w.settled && w.tried(s, others):
		return false
	case s.Epoch == w.Epoch:
		w.Epoch++
		w.floor = max(1, w.Size/4)
		w.grow(max(w.floor, w.Size*7/10))
		w.Unprobe()
		w.settled, w.sure, w.unsure = true, 0, 0
		w.interval, w.since = max(firstInterval, w.Size), 0
	}
	w.Size = max(w.floor, min(w.Size, others))
	return true
}

// tried reports whether a start above what is sure caused the refusal: a probe, in flight or recent, or a window that fills again after it
// was refused. The window then becomes what the server accepted.
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
		w.interval += w.interval / regainPart
	} else {
		w.interval *= 2
	}
	w.interval = min(w.interval, max(maxInterval, maxIntervalWindows*w.Size))
	return true
}

// Patience returns how long a request must be in flight without a refusal before it counts as accepted. latency is how long a completion
// takes; 0 if unknown.
func Patience(latency time.Duration) time.Duration {
	if latency == 0 {
		return time.Second
	}
	return min(latency/2, time.Second)
}

// Ramp returns how long to wait between two starts above what is sure. The first refusal can then stop the next start, and the window is
// still full in a quarter of the time of a completion.
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

// Limit changes the largest number of requests that may be in flight.
func (w *Window) Limit(n int) {
	if n < w.Size {
		w.Size, w.filled = n, time.Time{}
		w.Unprobe()
	}
	w.Max = n
	w.floor, w.sure, w.best = min(w.floor, n), min(w.sure, n), min(w.best, n)
}
