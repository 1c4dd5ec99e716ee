package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// interrupts turns signals into the two ways to stop: the first closes drain, the second cancels the context.
type interrupts struct {
	drain chan struct{}
	got   atomic.Value // the first signal, os.Signal
}

// catch listens for Ctrl-C and SIGTERM until stop is called. first is called at the first of them.
func catch(ctx context.Context, first func()) (_ context.Context, i *interrupts, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	i = &interrupts{drain: make(chan struct{})}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case s := <-signals:
				if n > 0 {
					cancel()
					return
				}
				i.got.Store(s)
				close(i.drain)
				first()
			case <-done:
				return
			}
		}
	}()
	return ctx, i, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

// untilSignal is catch for what has nothing to drain: the first signal already ends ctx.
func untilSignal(ctx context.Context) (context.Context, *interrupts, func()) {
	ctx, cancel := context.WithCancel(ctx)
	_, i, stop := catch(ctx, cancel)
	return ctx, i, func() {
		stop()
		cancel()
	}
}

// signal returns the first signal, nil if there was none.
func (i *interrupts) signal() os.Signal {
	s, _ := i.got.Load().(os.Signal)
	return s
}

// signalCode is 128 plus the number of the signal, as shells have it.
func signalCode(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return exitInterrupted
}
