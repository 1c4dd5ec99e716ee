package pool

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

// AskFunc sends one request and returns its answer or a *gigachat.Error.
type AskFunc func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error)

// Pool is the Executor of the live API. It finds by itself how many requests the service takes at once.
type Pool struct {
	Ask   AskFunc
	Start int // requests in flight at first; default 10, at most Concurrency
	task.Limits
	Timeout time.Duration // of an attempt; default gigachat.DefaultTimeout
	Sandbox bool          // failures are marked as a sandbox's

	Body     func(ctx context.Context, j task.Task) ([]byte, error) // what is sent for a job, whose files are stored before; nil sends its Body
	Stale    func(j task.Task, err error) bool                      // reports that a request failed because a file of its is stored no longer
	Flight   func(n int) error                                      // called before more than the last n requests are in flight; an error ends the run
	Lost     func(task.Key) error                                   // called for an attempt that was sent whole and brought no whole answer
	Counters *Counters

	watch func(*gate) // told where the limits stand, for a Progress
}

// DefaultGrace, DefaultMaxOutage and DefaultMaxAttempts are the pool's defaults.
const (
	DefaultGrace       = 30 * time.Second
	DefaultMaxOutage   = 15 * time.Minute
	DefaultMaxAttempts = 5
	DefaultStart       = 10
	DefaultConcurrency = 64
)

// errGrace is the cause with which requests are cancelled when a drain takes too long.
var errGrace = errors.New("the grace time after the interruption is over")

// Execute implements Executor. After a drain it returns nil, and jobs without a record stay pending. When the run cannot go on, requests
// on the wire are awaited as after a drain, unless their answers could not be recorded or ctx ended.
func (p *Pool) Execute(ctx context.Context, drain <-chan struct{}, jobs iter.Seq2[task.Task, error], record func(task.Result) error) error {
	w := p.newWork(ctx, drain, record)
	if p.watch != nil {
		p.watch(w.gate)
	}
	defer w.cancel(nil)
	defer w.gate.close()
	ended := make(chan struct{})
	var watch errgroup.Group
	watch.Go(func() error { return w.watchDrain(ended) })
	if err := w.pull(jobs); !ending(err) {
		w.stop(err)
	}
	w.group.Wait()
	close(ended)
	watch.Wait()
	return w.verdict()
}

// ending reports whether err is no more than the news that the run ends.
func ending(err error) bool {
	return err == nil || errors.Is(err, errDrained) || errors.Is(err, errGrace)
}

// verdict is what ended the run, nil for the end of the jobs or a drain.
func (w *work) verdict() error {
	if err := w.stopped(); err != nil {
		return err
	}
	if err := context.Cause(w.ctx); !ending(err) {
		return err
	}
	return nil
}

// work is one call of Execute.
type work struct {
	Pool
	brake
	cancel context.CancelCauseFunc
	record func(task.Result) error
	group  errgroup.Group
	gate   *gate

	mu      sync.Mutex // guards flights
	flights int        // as many requests in flight are journaled
}

func (p *Pool) newWork(ctx context.Context, drain <-chan struct{}, record func(task.Result) error) *work {
	w := &work{Pool: p.withDefaults(), record: record, brake: brake{drain: drain, halt: make(chan struct{})}}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.gate = &gate{
		maxOutage: w.MaxOutage, cap: w.Concurrency, maxLive: liveFor(w.Concurrency), stop: w.stop,
		window: limit.Window{Size: min(w.Start, w.Concurrency), Cap: w.Concurrency},
		pace:   limit.NewPace(w.RPM, w.TPM),
	}
	w.group.SetLimit(liveFor(max(w.Concurrency, MaxConcurrency))) // a limit cannot change while the group works; the gate keeps to less
	return w
}

func (p Pool) withDefaults() Pool {
	p.Start, p.Concurrency = max(1, cmp.Or(p.Start, DefaultStart)), max(1, cmp.Or(p.Concurrency, DefaultConcurrency))
	p.MaxAttempts = cmp.Or(p.MaxAttempts, DefaultMaxAttempts)
	p.Timeout, p.Grace, p.MaxOutage = cmp.Or(p.Timeout, gigachat.DefaultTimeout), cmp.Or(p.Grace, DefaultGrace), cmp.Or(p.MaxOutage, DefaultMaxOutage)
	p.Counters = cmp.Or(p.Counters, &Counters{})
	if p.Body == nil {
		p.Body = func(_ context.Context, j task.Task) ([]byte, error) { return j.Body, nil }
	}
	if p.Stale == nil {
		p.Stale = func(task.Task, error) bool { return false }
	}
	if p.Flight == nil {
		p.Flight = func(int) error { return nil }
	}
	if p.Lost == nil {
		p.Lost = func(task.Key) error { return nil }
	}
	return p
}

// watchDrain cancels what is still on the wire when the grace time after a drain is over.
func (w *work) watchDrain(ended <-chan struct{}) error {
	select {
	case <-ended:
		return nil
	case <-w.drain:
	case <-w.halt:
	}
	t := time.NewTimer(w.Grace)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
		w.cancel(errGrace)
	}
	return nil
}

// pull takes a slot, then a job, then a slot again, until there are no more.
func (w *work) pull(jobs iter.Seq2[task.Task, error]) error {
	s, err := w.gate.enter(&w.brake, true)
	if err != nil {
		return err
	}
	for job, jobErr := range jobs {
		if err = jobErr; err != nil {
			break
		}
		w.begin(job, s)
		if s, err = w.gate.enter(&w.brake, true); err != nil {
			return err
		}
	}
	w.gate.leave(s)
	w.gate.ended()
	return err
}

func (w *work) begin(job task.Task, s limit.Slot) {
	w.group.Go(func() error {
		defer w.gate.ended()
		w.complete(job, s)
		return nil
	})
}
