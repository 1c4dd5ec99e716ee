package pool

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errDrained says that the run is being drained: nothing new is started.
var errDrained = errors.New("drained")

// brake ends every wait of a pool: softly, when the user drains the run or it cannot go on, so that requests on the wire are still
// awaited; or at once, by its context. Safe for concurrent use.
type brake struct {
	ctx   context.Context
	drain <-chan struct{} // the user's
	halt  chan struct{}   // the pool's own

	mu    sync.Mutex // guards cause
	cause error      // why the pool halted
}

// stop ends the run because of cause, softly. The first cause counts.
func (b *brake) stop(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause == nil {
		b.cause = cause
		close(b.halt)
	}
}

// stopped returns the cause given to stop.
func (b *brake) stopped() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cause
}

// pressed returns nil while nothing is to end.
func (b *brake) pressed() error {
	select {
	case <-b.ctx.Done():
		return context.Cause(b.ctx)
	case <-b.drain:
	case <-b.halt:
	default:
		return nil
	}
	return errDrained
}

// await waits for c and reports nil, or ends early with errDrained or the cause of the context.
func (b *brake) await(c <-chan time.Time) error {
	select {
	case <-c:
		return nil
	case <-b.ctx.Done():
	case <-b.drain:
	case <-b.halt:
	}
	return b.pressed()
}

// pause waits for d.
func (b *brake) pause(d time.Duration) error {
	if d <= 0 {
		return b.pressed()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	return b.await(t.C)
}
