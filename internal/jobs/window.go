package jobs

import "time"

const (
	firstProbe = 10  // completions before the first probe above a window that was refused
	lastProbe  = 100 // the interval stops growing here: at most one request in a hundred is a refused probe
)

// window is how many requests may be in flight at once under a quota that the server does not tell. It doubles after each clean window
// until it is refused, then shrinks to what the server really took, and probes upward one request at a time, at growing intervals.
// It knows neither time nor locks, so a table is its whole test.
type window struct {
	size, cap int
	settled   bool // refused once: no more doubling
	full      bool // it was full since it last changed
	clean     int  // completions since it last changed
	proven    int  // as many were in flight at once and completed
	epoch     int  // grows with each shrink; a refusal of an older start is no news
	floor     int  // the refusals of one epoch shrink no further
	probing   bool // a probe is in flight
	since     int  // completions since the last probe
	interval  int  // completions until the next
}

// slot is the right to have one request in flight.
type slot struct {
	epoch  int
	level  int  // requests in flight when it started, itself included
	probe  bool // a lone probe above the window
	outage bool // the lone request that asks whether an outage is over
}

// room reports whether one more request may start beside those in flight, and whether it would be a probe.
func (w *window) room(inFlight int) (ok, probe bool) {
	if inFlight < w.size {
		return true, false
	}
	due := w.settled && !w.probing && w.size < w.cap && w.since >= w.interval && inFlight == w.size
	return due, due
}

// started notes that s went on the wire as one of level requests.
func (w *window) started(s *slot, level int) {
	s.level, s.epoch = level, w.epoch
	w.full = w.full || level >= w.size
}

// completed takes in that the server answered s.
func (w *window) completed(s slot) {
	w.clean++
	w.since++
	w.proven = max(w.proven, min(s.level, w.size))
	switch {
	case s.probe:
		w.grow(w.size + 1)
		w.interval, w.since = firstProbe, firstProbe
	case !w.settled && w.full && w.clean >= w.size:
		w.grow(2 * w.size)
	}
}

func (w *window) grow(n int) {
	w.size = min(n, w.cap)
	w.full, w.clean = false, 0
}

// refused takes in that the server turned s away while others were in flight beside it. all is false when s was a lone probe, which
// says nothing about the others.
func (w *window) refused(s slot, others int) (all bool) {
	if s.probe {
		w.interval, w.since = min(2*w.interval, lastProbe), 0
		return false
	}
	if s.epoch == w.epoch {
		w.epoch++
		w.floor = max(1, w.size/4)
		w.size = max(w.floor, w.size*7/10)
		w.settled, w.interval = true, firstProbe
	}
	if s.epoch == w.epoch-1 {
		w.size = max(w.floor, min(w.size, others))
	}
	w.proven = min(w.proven, w.size)
	w.full, w.clean, w.since = false, 0, 0
	return true
}

// ramp returns how long to wait between two starts above what is proven, so that the first refusal can stop the next start.
func ramp(latency time.Duration, known bool) time.Duration {
	if !known {
		return 4 * time.Millisecond
	}
	if step := latency / 50; step >= 100*time.Microsecond {
		return min(step, 50*time.Millisecond)
	}
	return 0
}
