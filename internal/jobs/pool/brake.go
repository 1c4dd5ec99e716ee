package pool

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errDrained means that the run is being drained: nothing new is started.
var errDrained = errors.New("drained")

// brake ends every wait of a pool. If the user drains the run or the run cannot go on, requests on the wire are still awaited. If the
// context ends, they are not. It is safe for concurrent use.
type brake struct {
	ctx   context.Context
	idle  context.Context // ends with ctx, and at once after a drain or a halt: nobody waits for what ends with it
	drain <-chan struct{} // closed by the user
	halt  chan struct{}   // closed by stop

	mu    sync.Mutex // guards cause
	cause error      // why the pool halted
}

// stop ends the run, but requests on the wire are still awaited. Only the first cause counts.
func (b *brake) stop(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause == nil {
		b.cause = cause
		close(b.halt)
	}
}

// outage is stop, unless the run is ending anyway.
func (b *brake) outage(cause error) {
	if b.pressed() == nil {
		b.stop(cause)
	}
}

// stopped returns the cause given to stop, or nil if stop was not called.
func (b *brake) stopped() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cause
}

// pressed returns nil while the run goes on, else errDrained or the cause of the context.
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

// pause waits for d and returns nil. If the brake is pressed first, it returns early with the error of pressed.
func (b *brake) pause(d time.Duration) error {
	if d <= 0 {
		return b.pressed()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-b.ctx.Done():
	case <-b.drain:
	case <-b.halt:
	}
	return b.pressed()
}
