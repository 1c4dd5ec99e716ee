package pool

import (
	"context"
	"sync"
	"time"

	"gigabatch/internal/messages"
)

// errDrained says that the run is being drained: nothing new is started.
var errDrained = messages.Errorf("drained")

// brake ends every wait of a pool. It does so softly when the user drains the run or the run cannot go on: requests on the wire are still
// awaited. It does so at once when its context ends. Safe for concurrent use.
type brake struct {
	ctx   context.Context
	drain <-chan struct{} // closed by the user
	halt  chan struct{}   // closed by stop

	mu    sync.Mutex // guards cause
	cause error      // why the pool halted
}

// stop ends the run softly. The first cause counts.
func (b *brake) stop(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause == nil {
		b.cause = cause
		close(b.halt)
	}
}

// stopped returns the cause given to stop, nil if it was not called.
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

// pause waits for d and returns nil, or returns early what pressed returns.
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
