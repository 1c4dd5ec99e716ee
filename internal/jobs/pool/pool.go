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
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
)

// AskFunc sends one request and returns the response or a *gigachat.Error. It must be safe for concurrent use.
type AskFunc func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error)

// Pool is the task.Executor of the live API. Its fields must be set before Execute is called. Its functions must be safe for concurrent
// use.
type Pool struct {
	Ask   AskFunc
	Start int // initial number of requests in flight; default DefaultStart, at most Concurrency
	task.Limits
	Timeout time.Duration // of an attempt; default gigachat.DefaultTimeout
	Sandbox bool          // failures are marked as those of a sandbox

	Current  func() bool                                            // called after a task has waited for its slot; if false, no more are asked
	Wanted   func(task.Key) bool                                    // called before each attempt; an unwanted task stays pending
	Body     func(ctx context.Context, t task.Task) ([]byte, error) // stores the files of t and returns the request; nil sends t.Body
	Stale    func(t task.Task, err error) bool                      // reports whether t failed because a file of it is no longer stored
	Flight   func(n int) error                                      // called before more than the last n are in flight; its error ends the run
	Lost     func(task.Key) error                                   // called for an attempt that was sent whole and got no complete response
	Spent    func(task.Result) error                                // called for an attempt before another, or before the end of an outage
	Counters *Counters
	Allowance

	executed
}

// executed is what all calls of Execute share.
type executed struct {
	watch func(*gate) // called with the gate of each Execute, for a Progress
	found *found
}

// Allowance is what the work of a pool may use and cost.
type Allowance struct {
	Quota    share.Quota                  // divided with other pools; default one of this pool alone
	Spending *cost.Spending               // default no limit
	Claim    func(t task.Task) cost.Claim // what a request for t may cost
	Empty    func(t task.Task) bool       // the package of the model of t is used up; reports whether t stays pending without ending the run
	End      time.Time                    // the run ends in order at this time; zero is never
}

// found is what a pool has found out about the service.
type found struct {
	own share.Hub // if the pool shares no quota

	mu     sync.Mutex // guards the fields below; it is that of each gate
	pace   limit.Pace
	health limit.Health // between two calls of Execute
	alike
}

// The defaults for the zero fields of a Pool.
const (
	DefaultGrace       = 30 * time.Second
	DefaultMaxOutage   = 15 * time.Minute
	DefaultMaxAttempts = 5
	DefaultStart       = 10
	DefaultConcurrency = 64
)

// errGrace is the cause of the cancellation when a drain takes too long.
var errGrace = errors.New("the grace time after the interruption is over")

// work is one call of Execute.
type work struct {
	Pool
	brake
	cancel context.CancelCauseFunc
	rest   context.CancelFunc // ends idle
	wire   context.Context    // of the requests: those that were not sent in full by the end of idle end with it
	record func(task.Result) error
	group  errgroup.Group
	gate   *gate
	room   *gigachat.Room

	mu      sync.Mutex // guards flights
	flights int        // the journaled number of requests in flight
}

// Execute implements task.Executor. After a drain it returns nil, and tasks without a record stay pending. If the run cannot go on,
// requests on the wire are awaited as after a drain, unless their results could not be recorded or ctx ended.
func (p *Pool) Execute(
	ctx context.Context, drain <-chan struct{}, tasks iter.Seq2[task.Task, error], record func(task.Result) error,
) error {
	if p.found == nil {
		p.found = &found{pace: limit.NewPace(p.RPM, p.TPM)}
	}
	w := &work{Pool: p.withDefaults(), record: record, brake: brake{drain: drain, halt: make(chan struct{})}, room: gigachat.NewRoom()}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.idle, w.rest = context.WithCancel(w.ctx)
	defer w.rest()
	w.wire = gigachat.WithUnsent(w.ctx, w.idle)
	w.gate = &gate{
		mu:        &p.found.mu,
		maxOutage: w.MaxOutage, initial: w.Concurrency, max: w.Concurrency, maxLive: maxLive(w.Concurrency), stop: w.outage,
		pace: &w.found.pace, health: w.found.health,
		underWay: underWay{since: map[*attempts]time.Time{}},
	}
	w.gate.quota = w.Quota.Join(min(w.Start, w.Concurrency), w.Concurrency, w.gate.wake)
	w.wire = gigachat.WithTrouble(w.wire, w.gate.troubled)
	w.group.SetLimit(maxLive(max(w.Concurrency, MaxConcurrency))) // cannot change while the group works; the gate sets the real limit
	if p.watch != nil {
		p.watch(w.gate)
	}
	defer w.cancel(nil)
	defer func() {
		outages, next := w.gate.close()
		w.Counters.Outages.Add(int64(outages))
		w.found.health = next
	}()
	ended := make(chan struct{})
	var watch errgroup.Group
	watch.Go(func() error { return w.watchDrain(ended) })
	if err := w.pull(tasks); !isEnd(err) {
		w.stop(err)
	}
	w.group.Wait()
	close(ended)
	watch.Wait()
	if err := w.stopped(); err != nil {
		return err
	}
	if err := context.Cause(w.ctx); !isEnd(err) {
		return err
	}
	return nil
}

// isEnd reports whether err is not a failure: it is nil or the end of a drain.
func isEnd(err error) bool {
	return err == nil || errors.Is(err, errDrained) || errors.Is(err, errGrace)
}

func (p Pool) withDefaults() Pool {
	p.Start, p.Concurrency = max(1, cmp.Or(p.Start, DefaultStart)), max(1, cmp.Or(p.Concurrency, DefaultConcurrency))
	p.MaxAttempts = cmp.Or(p.MaxAttempts, DefaultMaxAttempts)
	p.Timeout, p.Grace = cmp.Or(p.Timeout, gigachat.DefaultTimeout), cmp.Or(p.Grace, DefaultGrace)
	p.MaxOutage = cmp.Or(p.MaxOutage, DefaultMaxOutage)
	p.Counters = cmp.Or(p.Counters, &Counters{})
	if p.Quota == nil {
		p.Quota = &p.found.own
	}
	if p.Spending == nil {
		p.Spending = &cost.Spending{Prices: cost.Known()}
	}
	if p.Claim == nil {
		p.Claim = func(t task.Task) cost.Claim { return cost.Claim{Model: t.Model} }
	}
	if p.Current == nil {
		p.Current = func() bool { return true }
	}
	if p.Wanted == nil {
		p.Wanted = func(task.Key) bool { return true }
	}
	if p.Body == nil {
		p.Body = func(_ context.Context, t task.Task) ([]byte, error) { return t.Body, nil }
	}
	if p.Stale == nil {
		p.Stale = func(task.Task, error) bool { return false }
	}
	if p.Flight == nil {
		p.Flight = func(int) error { return nil }
	}
	if p.Spent == nil {
		p.Spent = func(task.Result) error { return nil }
	}
	if p.Lost == nil {
		p.Lost = func(task.Key) error { return nil }
	}
	return p
}

// watchDrain ends what nobody waits for when a drain begins, and cancels the requests still on the wire when the grace time is over. That
// is soon after an outage in which the service does not answer. If it does, the requests that have begun lately are awaited, because each
// may be paid for.
func (w *work) watchDrain(ended <-chan struct{}) error {
	var late <-chan time.Time
	if !w.End.IsZero() {
		t := time.NewTimer(time.Until(w.End))
		defer t.Stop()
		late = t.C
	}
	select {
	case <-ended:
		return nil
	case <-w.drain:
	case <-w.halt:
	case <-late:
		w.outage(cost.TimeOver(w.MaxTime))
	}
	w.rest()
	grace := w.Grace
	if errors.As(w.stopped(), new(*task.OutageError)) {
		if w.gate.hangs(w.MaxOutage / 2) {
			grace = min(grace, w.MaxOutage/8)
		} else {
			select {
			case <-ended:
				return nil
			case <-w.drain:
			}
		}
	}
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
		w.cancel(errGrace)
	}
	return nil
}

// pull takes a slot, then a task, then a slot again, until no tasks are left. Each task is completed in a separate goroutine. While no task
// is in progress, no result can change the next one, so it is taken before its slot: the run ends with its last answer.
func (w *work) pull(tasks iter.Seq2[task.Task, error]) error {
	next := w.gate.queue(true)
	if err := w.gate.await(&w.brake, next, true); err != nil {
		return err
	}
	for t, err := range tasks {
		if err != nil {
			w.gate.forget(next)
			return err
		}
		early := !task.Closed(next.ready)
		if err := w.gate.await(&w.brake, next, false); err != nil {
			return err
		}
		if early && !w.Current() {
			w.gate.forget(next)
			return nil
		}
		s := next.slot
		w.group.Go(func() error {
			defer w.gate.ended()
			w.complete(t, s)
			return nil
		})
		next = w.gate.queue(true)
		if err := w.gate.await(&w.brake, next, true); err != nil {
			return err
		}
	}
	w.gate.exhausted(next)
	return nil
}
