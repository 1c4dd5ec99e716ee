package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs"
)

// interrupts turns signals into two ways to stop: the first signal closes drain, the second cancels the context. A third is not caught.
type interrupts struct {
	drain chan struct{}
	got   atomic.Value // the first signal, os.Signal
	asked chan struct{}
}

// catch listens for Ctrl-C, SIGTERM and SIGHUP until stop is called. It calls first at the first signal. SIGHUP that was ignored when the
// program started, as under nohup, stays ignored. A reader of stderr or stdout that goes away does not end the program.
func catch(ctx context.Context, first func()) (_ context.Context, i *interrupts, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	i = &interrupts{drain: make(chan struct{}), asked: make(chan struct{}, 1)}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	signal.Ignore(syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		for draining := false; ; {
			s := os.Interrupt
			select {
			case s = <-signals:
				if draining {
					signal.Stop(signals)
					cancel()
					return
				}
			case <-i.asked:
				if draining {
					continue
				}
			case <-done:
				return
			}
			draining = true
			i.got.Store(s)
			close(i.drain)
			first()
		}
	}()
	return ctx, i, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

// stop does what the first Ctrl-C does. After a first signal, it does nothing.
func (i *interrupts) stop() {
	select {
	case i.asked <- struct{}{}:
	default:
	}
}

// untilSignal is catch for commands that have nothing to drain: the first signal cancels the context.
func untilSignal(ctx context.Context) (context.Context, *interrupts, func()) {
	ctx, cancel := context.WithCancel(ctx)
	_, i, stop := catch(ctx, cancel)
	return ctx, i, func() {
		stop()
		cancel()
	}
}

// untilDrain returns a context that the first signal cancels.
func (i *interrupts) untilDrain(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-i.drain:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// untilNext returns a context that the next signal cancels, whether it is the first or the second.
func (i *interrupts) untilNext(ctx context.Context) (context.Context, func()) {
	if i.signal() == nil {
		return i.untilDrain(ctx)
	}
	return context.WithCancel(ctx)
}

// stopped replaces an error that a signal caused by the exit code of the signal.
func stopped(err error, i *interrupts) error {
	if i.signal() != nil && jobs.Stopped(err) {
		return outcome.Exit(outcome.OfSignal(i.signal()))
	}
	return err
}

// signal returns the first signal, nil if none has arrived.
func (i *interrupts) signal() os.Signal {
	s, _ := i.got.Load().(os.Signal)
	return s
}
