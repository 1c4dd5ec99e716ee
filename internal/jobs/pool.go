package jobs

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
)

// Job is one distinct request to be completed.
type Job struct {
	Key  Key
	Body []byte // the request as sent, canonical JSON
}

// Executor completes jobs.
//
// Execute takes a slot, then pulls a job, until the sequence ends or drain is closed, and calls record at most once for each, in any
// order, from any goroutine; a job without a record stays pending. A job that cannot be completed is a Result; an error returned is
// one that ends the run.
type Executor interface {
	Execute(ctx context.Context, drain <-chan struct{}, jobs iter.Seq2[Job, error], record func(Result) error) error
}

// Ask sends one request and returns its answer or a *gigachat.Error.
type Ask func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error)

// Pool is the Executor of the live API. It finds by itself how many requests the service takes at once.
type Pool struct {
	Ask         Ask
	Start       int           // requests in flight at first; default 10, at most Concurrency
	Concurrency int           // most requests in flight; default 64
	RPM, TPM    int           // requests and tokens a minute; 0 is no limit
	MaxAttempts int           // of a job; default 5
	Timeout     time.Duration // of an attempt; default gigachat.DefaultTimeout
	Grace       time.Duration // after a drain, for requests on the wire; default 30 s
	MaxOutage   time.Duration // without a success before the run ends; default 15 min
	Sandbox     bool          // failures are marked as a sandbox's

	Flight   func(n int) error // called before more than the last n requests are in flight; an error ends the run
	Lost     func(Key) error   // called for an attempt that was sent whole and brought no whole answer
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

// Execute implements Executor. After a drain it returns nil, and jobs without a record stay pending.
func (p *Pool) Execute(ctx context.Context, drain <-chan struct{}, jobs iter.Seq2[Job, error], record func(Result) error) error {
	w := p.newWork(ctx, drain, record)
	if p.watch != nil {
		p.watch(w.gate)
	}
	defer w.cancel(nil)
	defer w.gate.close()
	ended := make(chan struct{})
	w.group.Go(func() error { return w.watchDrain(ended) })
	err := w.pull(jobs)
	if err != nil {
		w.cancel(err)
	}
	werr := w.wait(ended)
	return firstReal(context.Cause(w.ctx), err, werr)
}

// firstReal returns the first error that is more than the news of a drain.
func firstReal(errs ...error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, errDrained) && !errors.Is(err, errGrace) {
			return err
		}
	}
	return nil
}

// work is one call of Execute.
type work struct {
	*Pool
	ctx    context.Context
	cancel context.CancelCauseFunc
	drain  <-chan struct{}
	record func(Result) error
	group  errgroup.Group
	jobs   sync.WaitGroup
	gate   *gate
	pace   *pace

	mu      sync.Mutex // guards flights
	flights int        // as many requests in flight are journaled
}

func (p *Pool) newWork(ctx context.Context, drain <-chan struct{}, record func(Result) error) *work {
	most := p.Concurrency
	if most <= 0 {
		most = DefaultConcurrency
	}
	start := p.Start
	if start <= 0 {
		start = DefaultStart
	}
	w := &work{Pool: p, drain: drain, record: record, pace: newPace(p.RPM, p.TPM)}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.gate = &gate{
		maxOutage: or(p.MaxOutage, DefaultMaxOutage), maxLive: 2*most + 16, stop: w.stop,
		window: window{size: min(start, most), cap: most},
	}
	w.group.SetLimit(w.gate.maxLive + 1)
	return w
}

// or returns v, or its default when it is not set.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// stop ends the run: jobs without a record stay pending.
func (w *work) stop(cause error) { w.cancel(cause) }

// watchDrain cancels what is still on the wire when the grace time after a drain is over.
func (w *work) watchDrain(ended <-chan struct{}) error {
	select {
	case <-ended:
		return nil
	case <-w.drain:
	}
	t := time.NewTimer(or(w.Grace, DefaultGrace))
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
		w.cancel(errGrace)
	}
	return nil
}

// wait waits for the jobs, then for the goroutine that watches the drain.
func (w *work) wait(ended chan struct{}) error {
	w.jobs.Wait()
	close(ended)
	return w.group.Wait()
}

// pull takes a slot, then a job, then a slot again, until there are no more.
func (w *work) pull(jobs iter.Seq2[Job, error]) error {
	s, err := w.gate.enter(w.ctx, w.drain, true)
	if err != nil {
		return err
	}
	for job, jobErr := range jobs {
		if jobErr != nil {
			err = jobErr
			break
		}
		w.begin(job, s)
		if s, err = w.gate.enter(w.ctx, w.drain, true); err != nil {
			return err
		}
	}
	w.gate.abandon(s)
	w.gate.ended()
	return err
}

func (w *work) begin(job Job, s slot) {
	w.jobs.Add(1)
	w.group.Go(func() error {
		defer w.jobs.Done()
		defer w.gate.ended()
		err := w.complete(job, s)
		if err != nil && !errors.Is(err, errDrained) {
			w.cancel(err)
			return err
		}
		return nil
	})
}

// complete asks until there is a result, and records it before it gives its last slot up.
func (w *work) complete(job Job, s slot) error {
	a := &attempts{}
	chars := utf8.RuneCount(job.Body)
	for {
		wait, again, err := w.attempt(job, s, a, chars)
		if err != nil || !again {
			return err
		}
		if err := pause(w.ctx, w.drain, wait); err != nil {
			return err
		}
		if s, err = w.gate.enter(w.ctx, w.drain, false); err != nil {
			return err
		}
	}
}

// attempt makes one call in slot s, which it gives back. With again the job is to be asked again after wait.
func (w *work) attempt(job Job, s slot, a *attempts, chars int) (wait time.Duration, again bool, err error) {
	reserved, err := w.pace.wait(w.ctx, w.drain, chars)
	if err != nil {
		w.gate.abandon(s)
		return 0, false, err
	}
	if err := w.widen(w.gate.start(&s)); err != nil {
		w.gate.land()
		w.gate.abandon(s)
		return 0, false, err
	}
	w.count(a)
	began := time.Now()
	answer, err := w.Ask(w.ctx, job.Body, a.timeout(or(w.Timeout, gigachat.DefaultTimeout)))
	w.gate.land()
	if err != nil {
		return w.failed(job, s, a, err)
	}
	w.pace.settle(chars, reserved, answer.Usage.PromptTokens, answer.Usage.CompletionTokens)
	return 0, false, w.keep(s, a, outcome(job.Key, answer), time.Since(began))
}

// count counts an attempt that is about to be made.
func (w *work) count(a *attempts) {
	a.made++
	w.Counters.Requests.Add(1)
	if a.made > 1 {
		w.Counters.Retries.Add(1)
	}
}

// uncount takes an attempt back that says nothing about the row.
func (w *work) uncount(a *attempts) {
	a.made--
	if a.made > 0 {
		w.Counters.Retries.Add(-1)
	}
}

// widen journals how many requests may be in flight before more are than ever in this run.
func (w *work) widen(n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n <= w.flights {
		return nil
	}
	size, _, _, _ := w.gate.width()
	next := max(n, min(2*w.flights, size))
	if err := w.Flight(next); err != nil {
		return err
	}
	w.flights = next
	return nil
}

// keep records a result, then gives the slot up.
func (w *work) keep(s slot, a *attempts, r Result, latency time.Duration) error {
	r.Attempts, r.Latency, r.At = a.made, latency, time.Now()
	w.Counters.PromptTokens.Add(int64(r.Usage.PromptTokens))
	w.Counters.CompletionTokens.Add(int64(r.Usage.CompletionTokens))
	w.Counters.CachedTokens.Add(int64(r.Usage.CachedTokens))
	err := w.record(r)
	w.gate.completed(s, latency)
	return err
}

// failed decides what becomes of a job whose attempt failed.
func (w *work) failed(job Job, s slot, a *attempts, err error) (wait time.Duration, again bool, _ error) {
	if e := gigachat.AsError(err); e != nil && e.Sent {
		w.Counters.Lost.Add(1)
		if err := w.Lost(job.Key); err != nil {
			w.gate.abandon(s)
			return 0, false, err
		}
	}
	switch judge(err) {
	case verdictRefused:
		w.Counters.Refused.Add(1)
		w.uncount(a)
		return w.gate.refused(s, gigachat.AsError(err).RetryAfter, err), true, nil
	case verdictUnasked:
		w.uncount(a)
		w.gate.failed(s, job.Key, err)
		return firstBackoff, true, nil
	case verdictRetry:
		return w.retry(job, s, a, err)
	case verdictFinal:
		return 0, false, w.keep(s, a, failure(job.Key, err, w.Sandbox), 0)
	case verdictGiveUp:
		w.gate.abandon(s)
		return 0, false, nil
	}
	w.gate.abandon(s)
	return 0, false, err
}

// retry asks again after a back-off, or fails the row when it has no attempts left.
func (w *work) retry(job Job, s slot, a *attempts, err error) (wait time.Duration, again bool, _ error) {
	a.add(w.gate.failed(s, job.Key, err), gigachat.AsError(err).Kind)
	if !a.exhausted(or(w.MaxAttempts, DefaultMaxAttempts)) {
		return a.backoff(), true, nil
	}
	r := failure(job.Key, err, w.Sandbox)
	r.Attempts, r.At = a.made, time.Now()
	return 0, false, w.record(r)
}
