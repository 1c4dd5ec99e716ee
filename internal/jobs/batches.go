package jobs

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/batch"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// batches are the part of a run that goes through asynchronous batches.
type batches struct {
	batcher   *batch.Batcher // nil if the run has nothing to do with batches
	takes     func(*task.Task) bool
	strays    int         // tasks of this pass that are asked live
	forbidden bool        // the key may not use batches, and the run goes on live
	hastens   atomic.Bool // the deadline comes near, so everything is asked live
	once      sync.Mutex  // held while a result is recorded that may come twice
}

// newBatcher returns an executor of batches that keeps its results in the journal of a run.
func newBatcher(r *Run, svc *Service) *batch.Batcher {
	if r.spending.Ledger != nil {
		r.spending.Ledger.Sandbox = r.sandbox
	}
	return &batch.Batcher{
		Service: svc.Batches, Limits: r.job.Limits, Timeout: r.job.Timeout, Sandbox: r.sandbox,
		Former: batch.Former{Open: r.journal.OpenBatches(r.sandbox), Repost: r.job.Repost, Fresh: svc.Forgets},
		Hooks: batch.Hooks{
			Note: func(step task.BatchStep, n batch.Note) error {
				note := &journal.BatchNote{
					Sandbox: r.sandbox, File: n.File, Step: step, ID: n.ID, Method: n.Method, Kept: n.Kept, Lost: n.Lost, At: n.At,
				}
				if step == task.BatchPosting {
					for _, k := range n.Keys {
						note.Lines = append(note.Lines, k.String())
					}
				}
				err := r.journal.NoteBatch(note)
				if moved := r.journal.Moved(); err == nil && moved != nil {
					return moved
				}
				return err
			},
			Known:  func(id string) bool { return r.journal.KnowsBatch(id, r.sandbox) },
			Result: func(k task.Key) (*task.Result, error) { return r.journal.Result(k, r.sandbox) },
			Spent:  r.journal.Spent,
			Tell:   func(text messages.Text) { r.job.say(text) },
		},
		Allowance: batch.Allowance{Spending: r.spending, Claim: func(t task.Task) cost.Claim {
			c := t.Claim()
			c.Batch = true
			return c
		}},
	}
}

func (e *Events) say(text messages.Text) {
	if e.Said != nil {
		e.Said(text)
	}
}

// earlierRun is the run before, as the journal tells it.
type earlierRun struct {
	by      *journal.Manifest // nil if there was none
	unended bool
	inFlight
}

// inFlight is what the newest run may have in flight, if it was killed.
type inFlight struct {
	run string // tells it from other runs of the journal
	n   int
}

// inFlightOf returns what the newest run of a journal has left.
func inFlightOf(j *journal.Journal, sandbox bool) (f inFlight) {
	if f.n = j.Suspected(sandbox) - j.PaidTwice(sandbox); f.n > 0 {
		f.run = nameOf(j.Last())
	}
	return f
}

// nameOf tells a run from other runs of its journal.
func nameOf(m *journal.Manifest) string { return m.Started.UTC().Format(time.RFC3339Nano) }

// useBatches makes the executor of the batches, if the run uses any or some are open.
func (w *work) useBatches(svc *Service, before earlierRun) {
	r, limits := w.asked.run, &w.asked.run.job.Limits
	if svc.Batches == nil || len(r.journal.OpenBatches(r.sandbox)) == 0 && (limits.Via == task.ViaLive || r.preview > 0) {
		return
	}
	b := newBatcher(r, svc)
	if r.job.Settings.Embed {
		b.Method = gigachat.BatchEmbed
	}
	b.End, b.Current, b.Wanted, b.Body = w.pool.End, w.pool.Current, w.wants, w.asked.uploads.Body
	b.Paused = func() bool { return w.progress.Snapshot().Paused }
	b.Counted = func(lines int, u gigachat.Usage) {
		w.pool.Counters.Requests.Add(int64(lines))
		w.pool.Counters.Spend(u)
	}
	b.Forget = w.asked.uploads.Forget
	if by := before.by; by != nil && (by.Limits.Via != task.ViaLive || r.journal.HasBatches(r.sandbox)) {
		b.Since, b.Copied = by.Started, before.unended
	}
	if limits.Via == task.ViaHybrid && !limits.Deadline.IsZero() {
		b.Until = w.liveFrom
	}
	w.batcher = b
	w.progress.Batches(b.States)
}

// The assumptions about live requests before any was made.
const (
	usualLatency = 5 * time.Second
	liveReserve  = 1.3 // how many times the expected time is kept before a deadline
)

// liveFrom returns when the tasks that are open must be asked live to have answers by the deadline.
func (w *work) liveFrom(open int) time.Time {
	p, limits := w.asked.plan, w.asked.run.job.Limits
	n := float64(max(open, w.remaining()))
	latency := cmp.Or(p.Typical.Latency, usualLatency)
	width := w.pool.Start
	if limits.Concurrency > 0 {
		width = min(width, limits.Concurrency)
	}
	need := n * latency.Seconds() / float64(max(1, width))
	if limits.RPM > 0 {
		need = max(need, n*60/float64(limits.RPM))
	}
	if tokens := p.Typical.PromptTokens + p.Typical.CompletionTokens; limits.TPM > 0 {
		need = max(need, n*tokens*60/float64(limits.TPM))
	}
	return limits.Deadline.Add(-2*latency - time.Duration(need*liveReserve*float64(time.Second)))
}

// maxStrays is how many batches may fail to complete a task before it is asked live, unless it must go through batches.
const maxStrays = 2

// remaining returns how many tasks have no result yet.
func (w *work) remaining() int {
	s := w.progress.Snapshot()
	return s.Tasks - s.Done
}

// road is how a task is asked in this pass.
type road int

const (
	nowhere road = iota // it stays pending
	byBatch
	byPool
)

// roadOf decides how a task is asked.
func (w *work) roadOf(t *task.Task) road {
	limits := &w.asked.run.job.Limits
	switch {
	case w.batcher == nil, w.hastens.Load():
		return byPool
	case w.batcher.Has(t.Key):
		return byBatch
	case limits.Via == task.ViaLive, w.asked.run.preview > 0, w.forbidden:
		return byPool
	}
	times, refused := w.batcher.Strays(t)
	failed := times > 0 || refused
	switch {
	case failed && limits.LiveStragglers, (refused || times >= maxStrays) && limits.Via != task.ViaBatch:
		return byPool
	case refused:
		return nowhere
	}
	return byBatch
}

// pass asks the tasks of the rows once: live, through batches, or first the one and then the other.
func (w *work) pass(ctx context.Context) (deep bool, err error) {
	limits, preview := &w.asked.run.job.Limits, w.asked.run.preview > 0
	batched := w.batcher != nil && !preview && !w.forbidden && !w.hastens.Load()
	w.strays = 0
	if batched && limits.Via != task.ViaLive {
		deep, err = w.through(ctx, w.batcher, byBatch)
		if errors.As(err, new(*batch.ForbiddenError)) && limits.Via == task.ViaAuto {
			w.asked.run.job.say(messages.Sprintf("%v; the rows are asked live", err))
			w.forbidden, err = true, nil
		}
		if err != nil || task.Closed(w.drain) || ctx.Err() != nil {
			return deep, err
		}
		left := w.batcher.Did().Left
		late := w.batcher.Until != nil && !time.Now().Before(w.liveFrom(left.Waiting+left.Doubted))
		if late || w.batcher.Late() && left.Open == 0 {
			w.hastens.Store(true)
			if n := max(left.Waiting+left.Doubted, w.remaining()); n > 0 {
				w.asked.run.job.say(messages.Sprintf("the deadline comes near: %d {request is|requests are} asked live at the full price, of which %d {is|are} in open batches, too "+
					"(%d at once, and %v for an answer, are expected)", n, left.Waiting+left.Doubted, w.pool.Start, cmp.Or(w.asked.plan.Typical.Latency, usualLatency).Round(100*time.Millisecond)))
			}
		}
		if w.strays == 0 && !w.forbidden && !w.hastens.Load() {
			return deep, nil
		}
		if w.strays > 0 && !w.hastens.Load() && !w.forbidden {
			w.asked.run.job.say(messages.Sprintf("%d {request|requests} that no batch has answered {1:is|are} asked live, at the full price", w.strays))
		}
	}
	if w.hastens.Load() {
		return w.hasten(ctx)
	}
	for {
		deep, err = w.through(ctx, w.executor, byPool)
		limit, limited := errors.AsType[*cost.LimitError](err)
		limited = limited && limit.Open // once the batches are collected, there is budget for more
		if err != nil && !limited || !batched || limits.Via != task.ViaLive || task.Closed(w.drain) || ctx.Err() != nil {
			return deep, err
		}
		open := w.batcher.Did().Open
		if _, collecting := w.through(ctx, w.batcher, byBatch); collecting != nil {
			return deep, collecting
		}
		if !limited || w.batcher.Did().Open == open || task.Closed(w.drain) {
			return deep, err
		}
	}
}

// hasten asks everything live, because the deadline comes near, and collects meanwhile what batches bring.
func (w *work) hasten(ctx context.Context) (deep bool, err error) {
	done := make(chan struct{})
	none := func(func(task.Task, error) bool) {}
	var collect errgroup.Group
	collect.Go(func() error {
		until := w.batcher.Until
		w.batcher.Until = nil
		defer func() { w.batcher.Until = until }()
		return w.batcher.Execute(ctx, done, none, w.recordFirst)
	})
	deep, err = w.through(ctx, w.executor, byPool)
	close(done)
	if collecting := collect.Wait(); err == nil && collecting != nil && gigachat.AsError(collecting) == nil {
		err = collecting // not a failure of the service, which the next run meets again
	}
	return deep, err
}

// has reports whether a task has a result that is not asked again.
func (w *work) has(k task.Key) bool {
	at, ok := w.asked.run.journal.Lookup(k, w.asked.run.sandbox)
	return ok && (at.State == task.Completed || at.State == task.Blocked && at.Off >= w.asked.began)
}

// recordFirst records a result unless the task has one meanwhile. The second answer of a task that was asked in two ways is kept as spent.
func (w *work) recordFirst(r task.Result) error {
	w.once.Lock()
	defer w.once.Unlock()
	switch has := w.has(r.Key); {
	case has && r.State == task.Failed && r.Usage == (gigachat.Usage{}):
		return nil
	case has:
		w.batcher.Twice()
		return w.asked.run.journal.Spent(r)
	}
	return w.record(r)
}

// through has an executor ask those tasks of the rows that go its way.
func (w *work) through(ctx context.Context, e task.Executor, way road) (deep bool, err error) {
	p := w.asked.plan
	rows, err := p.Traverse(ctx, func(o *resolve.Options) {
		o.Read, o.Identify, deep, o.Retry = resolve.ReadFailures, true, o.Columns.Deep(), w.since
	})
	if err != nil {
		return deep, err
	}
	w.takes = func(t *task.Task) bool {
		to := w.roadOf(t)
		if to == byPool && way == byBatch {
			w.strays++
		}
		return to == way
	}
	record := w.record
	if w.hastens.Load() {
		record = w.recordFirst
	}
	return deep, e.Execute(ctx, w.drain, w.tasks(ctx, rows), record)
}

// leavesOpen reports whether the run ends although tasks are pending: they are in batches that it does not await.
func (w *work) leavesOpen() bool {
	return w.batcher != nil && w.asked.run.job.Limits.Detach && w.batcher.Did().Open > 0
}

// offers refuses a way of asking that the service does not offer, before anything is sent.
func (svc *Service) offers(ctx context.Context, via string) error {
	switch {
	case via == task.ViaLive, via == task.ViaAuto: // which goes live then
		return nil
	case svc.Batches == nil:
		return &spec.UsageError{
			Msg:  messages.Sprintf("this service has no asynchronous batches"),
			Hint: messages.Sprintf("leave out --via, or use --via auto"),
		}
	}
	err := batch.Allowed(ctx, svc.Batches)
	if errors.As(err, new(*batch.ForbiddenError)) {
		return err
	}
	return nil // anything else is met again when a batch is posted
}
