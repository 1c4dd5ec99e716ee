package sandbox

import (
	"sync"
	"time"
)

// A window admits at most so many starts within any span of time. A nil window admits all.
type window struct {
	mu     sync.Mutex // guards starts and oldest
	starts []time.Time
	oldest int
	span   time.Duration
}

// newWindow returns a window of n starts within a span, nil if n is not positive.
func newWindow(n int, span time.Duration) *window {
	if n <= 0 {
		return nil
	}
	return &window{starts: make([]time.Time, n), span: span}
}

// admit counts a start at now and reports whether there was room for it; one that is refused does not count.
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

func (w *window) room(now time.Time) bool {
	oldest := w.starts[w.oldest]
	return oldest.IsZero() || now.Sub(oldest) >= w.span
}

// windows admit what each of them admits.
type windows []*window

func newWindows(perSecond, perMinute int) windows {
	var ws windows
	for _, w := range []*window{newWindow(perSecond, time.Second), newWindow(perMinute, time.Minute)} {
		if w != nil {
			ws = append(ws, w)
		}
	}
	return ws
}

// admit is for one goroutine at a time.
func (ws windows) admit(now time.Time) bool {
	for _, w := range ws {
		if !w.room(now) {
			return false
		}
	}
	for _, w := range ws {
		w.admit(now)
	}
	return true
}
