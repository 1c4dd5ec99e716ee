package jobs

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/live"
	"gigabatch/internal/jobs/pack"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/jobs/uploads"
	"gigabatch/internal/messages"
)

type traversal = iter.Seq2[resolve.Row, error]

// Asked is a plan after its tasks were asked. Asking may have ended early.
type Asked struct {
	run         *Run
	mu          sync.Mutex // held while plan is replaced, and by other goroutines that read it
	plan        *Plan      // the latest one if the input changed
	began       int64      // an offset in the journal: results at or after it belong to this run
	work        task.Work
	interrupted bool
	outOfRounds bool         // the input changed in the last round, too
	filesLeft   int          // stored files that could not be deleted at the service
	written     task.Summary // of the output of the last round
	uploads     *uploads.Uploads
	drain       <-chan struct{}
}

// DefaultMaxRounds is the default of task.Limits.MaxRounds.
const DefaultMaxRounds = 10

// Ask asks all pending tasks. If the input changes meanwhile, the output is written as far as it is known, unless that is the input itself,
// and the next round plans and asks what is new, until the input stays the same or there were Limits.MaxRounds rounds. A preview and a shard have
// one round. After drain is closed, nothing new is asked. svc may be nil if nothing is to be asked. The result is nil only if nothing was asked
// and nothing can be written.
func (p *Plan) Ask(ctx context.Context, drain <-chan struct{}, svc *Service) (*Asked, error) {
	r := p.run
	if r.journal == nil { // no row has a request
		if err := r.openJournal(); err != nil {
			return nil, err
		}
	}
	a := &Asked{run: r, plan: p, began: r.journal.Size(), drain: drain, uploads: &uploads.Uploads{
		Journal: r.journal, Sandbox: r.sandbox, Open: r.files.Open, Deleted: r.job.Deleted,
	}}
	before := earlierRun{r.journal.Whole(), r.journal.Unended(), inFlightOf(r.journal, r.sandbox)}
	if err := p.startRun(); err != nil {
		return nil, err
	}
	if svc == nil {
		a.interrupted = p.Tasks > 0 && task.Closed(drain)
		return a, nil
	}
	r.asked, r.began = true, a.began
	w := a.newWork(svc, before, drain)
	defer func() {
		end := w.progress.Snapshot()
		a.work, a.interrupted = w.pool.Counters.Work(), task.Closed(drain)
		a.work.Quota, a.work.Spent = end.Quota, end.Spent
		_ = w.pool.Spending.Close() // at worst, the ledger has more than was spent
		if a.interrupted && end.Down {
			a.uploads.Store = nil // it could only wait
		}
		if w.batcher != nil {
			a.work.Batched = w.batcher.Did()
		}
		if len(r.journal.OpenBatches(r.sandbox)) == 0 { // else their lines may name the files
			a.filesLeft = a.uploads.Clear(ctx)
		}
	}()
	defer w.listen()()
	last := cmp.Or(r.job.Limits.MaxRounds, DefaultMaxRounds)
	for round := 1; ; round++ {
		err := w.round(ctx, svc)
		if errors.As(err, new(*task.OutageError)) {
			r.again = r.journal.Size()
		}
		if err != nil || task.Closed(drain) || ctx.Err() != nil || r.preview > 0 || a.plan.rows.share != nil || !a.plan.outdated() {
			return a, err
		}
		if a.outOfRounds = round >= last; a.outOfRounds {
			return a, nil
		}
		if !r.job.Settings.InPlace {
			if err := a.writeOutput(ctx, &task.Summary{}); err != nil {
				return a, err
			}
		}
		if err := a.replan(ctx, svc, nil); err != nil {
			return a, err
		}
	}
}

// outdated reports whether there are rows for another round.
func (p *Plan) outdated() bool { return p.rows.left || p.run.differs(p.opened) }

// round asks the rows of the plan. If some of them change or move meanwhile, the others are planned again and asked at their new places.
func (w *work) round(ctx context.Context, svc *Service) error {
	a := w.asked
	r := a.plan.run
	if r.changed(a.plan) {
		if err := a.replan(ctx, svc, nil); err != nil {
			return err
		}
	}
	for first := &a.plan.rows; ; {
		before := w.yielded
		err := w.execute(ctx)
		if err != nil || w.yielded == before || task.Closed(w.drain) || ctx.Err() != nil || !r.changed(a.plan) {
			return err
		}
		if err := a.replan(ctx, svc, first); err != nil {
			return err
		}
	}
}

// replanWaits are the pauses before the input is read again if it cannot be planned: another program may be just replacing it.
var replanWaits = []time.Duration{100 * time.Millisecond, 400 * time.Millisecond, time.Second}

// replan plans the input again and checks the models of its new rows. If round is not nil, only its rows are left to be asked.
func (a *Asked) replan(ctx context.Context, svc *Service, round *plannedRows) error {
	r, began := a.plan.run, time.Now()
	plan, err := r.plan(ctx)
	for _, wait := range replanWaits {
		if err == nil {
			break
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
		plan, err = r.plan(ctx)
	}
	if err == nil {
		err = svc.Takes(&r.job.Settings, plan.Models)
	}
	if err != nil {
		return err
	}
	if round != nil {
		plan.rows.keep(round)
	}
	r.input.rest = time.Now().Add(10 * time.Since(began)) // if the input changes all the time, most of it goes into asking
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := checkBudget(plan, r.spending.Bounds()); err != nil { // it may have been changed since the plan was made
		return err
	}
	a.plan = plan
	return nil
}

// changed reports whether the rows that were planned have changed or moved. Rows that follow them do not matter. It does not look at the
// input each time: documents may be many, and a table is read to the last planned row if it has changed at all.
func (r *Run) changed(p *Plan) bool {
	if time.Now().Before(r.input.rest) {
		return false
	}
	began := time.Now()
	now, err := open.Identify(r.name(), r.options())
	documents := r.job.Settings.Documents != nil
	if documents {
		r.input.rest = time.Now().Add(time.Second)
	}
	if err != nil {
		return true
	}
	if now.Same(p.rows.current) {
		return false
	}
	if documents {
		return true
	}
	begins, more := r.begins(p.rows.digest)
	if !begins {
		return true
	}
	p.rows.current, r.out.Growing = now, r.out.Growing || more
	r.input.rest = time.Now().Add(10 * time.Since(began))
	return false
}

// startRun writes the manifest. A run that asks nothing writes one only if it differs from the last manifest or if the tally of the rows
// does: viewers of the journal show the tally of the newest run.
func (p *Plan) startRun() error {
	r, j := p.run, p.run.job
	unfinished := r.journal.Continues(&j.Settings, r.sandbox) != nil // perhaps only because a sample that asked all rows does not end it
	m := &journal.Manifest{
		Sandbox: r.sandbox, Version: j.Version, Reading: spec.ReadingVersion, Started: time.Now().UTC(),
		Again: journal.Again{Fresh: j.Fresh && (p.Tasks > 0 || unfinished), Epoch: r.journal.Epoch()},
		Input: filepath.Base(j.Input), Place: spec.PlaceFrom(r.journal.Path(), j.Input), Settings: j.Settings.Portable(j.Input),
		Found: r.input.source.Found(), Preview: r.preview > 0,
		Terms: journal.Terms{Limits: j.Limits, RetryFailed: j.RetryFailed, Replaces: r.out.Replaced(), Rows: &p.Tally, Shards: journal.Shards{Content: p.rows.share.Digest()}},
	}
	if p.Tasks == 0 && !r.journal.Unended() && r.journal.Last().Equal(m) && r.journal.Tells(&p.Tally) {
		return nil
	}
	return r.journal.Start(m)
}

// work is the state of a run while it asks its tasks.
type work struct {
	asked    *Asked
	drain    <-chan struct{}
	pool     pool.Pool
	executor task.Executor // pool, or what works with it
	progress *pool.Progress
	editing  *live.Editing
	yielded  int      // tasks handed to the pool by this run
	unpaid   sync.Map // the tasks that the fallback of their column takes over
	answers  sync.Map // of the tasks that were handed to the pool, an Answer without its result, for Events.Each
	auto     int      // most requests in flight if the number is found automatically
	retries
	batches
}

// retries count the results since the last time that failed tasks were asked again.
type retries struct {
	since    int64        // failures for a temporary cause that were recorded before this offset are asked again
	failed   atomic.Int64 // for a temporary cause
	answered atomic.Int64
}

func (a *Asked) newWork(svc *Service, before earlierRun, drain <-chan struct{}) *work {
	r := a.plan.run
	a.uploads.Store = svc.Files
	r.spending.Ledger.Sandbox = r.sandbox
	w := &work{asked: a, drain: drain, auto: cmp.Or(svc.Max, pool.DefaultConcurrency), pool: pool.Pool{
		Ask: svc.Ask, Start: svc.Start, Limits: r.job.Limits, Timeout: r.job.Timeout, Sandbox: r.sandbox, Counters: &pool.Counters{},
		Body: a.uploads.Body, Stale: a.uploads.Stale,
		Flight:    func(n int) error { return r.journal.Flight(n, r.sandbox) },
		Lost:      func(k task.Key) error { return r.journal.Lost(k, r.sandbox) },
		Spent:     r.journal.Spent,
		Allowance: pool.Allowance{Quota: svc.Quota, Spending: r.spending, Claim: task.Task.Claim},
		Current:   func() bool { return !r.changed(a.plan) },
	}}
	w.pool.Empty = func(t task.Task) bool {
		if _, before := w.unpaid.LoadOrStore(t.Key, true); t.Fallback == "" || t.Fallback == t.Model || before {
			return false
		}
		if r.ways.Empty(t.Model) && r.job.Emptied != nil {
			r.job.Emptied(t.Model, t.Fallback)
		}
		w.progress.Fewer()
		return true
	}
	if r.job.Limits.MaxTime > 0 {
		w.pool.End = r.opened.Add(r.job.Limits.MaxTime)
	}
	if w.pool.Concurrency <= 0 {
		w.pool.Concurrency = svc.Max
	}
	w.pool.Wanted, w.executor = w.wants, &w.pool
	if s := &r.job.Settings; svc.Workers != nil {
		attaches := slices.ContainsFunc(s.All(), func(c *spec.Column) bool { return c.Attach != "" })
		q := queue.Over(&w.pool, svc.Workers, queue.Books{
			Job: r.journal.Name(r.sandbox), Files: attaches || a.plan.Files > 0, Sum: r.job.Limits.Concurrency <= 0, Find: func(k task.Key) (*task.Result, error) { return r.journal.Result(k, r.sandbox) },
			Left: func() int { return w.progress.Left() },
			Heritage: queue.Heritage{
				Run: nameOf(r.journal.Last()), Killed: before.run, Found: func() error { return r.journal.Found(before.n, r.sandbox) },
			},
		})
		if w.executor = q; s.Embed {
			q.Pack(pack.Over(&w.pool, nil, r.job.Limits.Pack, s.Context))
		}
		if r.job.Limits.Concurrency <= 0 {
			w.auto = w.pool.Concurrency
		}
	} else if s.Embed {
		w.executor = pack.Over(&w.pool, svc.Embed, r.job.Limits.Pack, s.Context)
	}
	w.progress = pool.NewProgress(&w.pool)
	w.useBatches(svc, before)
	return w
}

// execute runs the pool over the tasks of the plan, and repeats it while completions lead to further tasks or edits change what is to be
// asked, and as long as asking again what failed for a temporary cause brings answers. Meanwhile it writes the progress of the run to the
// journal.
func (w *work) execute(ctx context.Context) error {
	p := w.asked.plan
	r := p.run
	expected := p.Tasks + p.Later
	if r.preview > 0 {
		expected = min(expected, len(p.picks)*p.Completions)
	}
	p.live.Began = r.began
	w.progress.Rows(p.live.Tally)
	if first := w.progress.Expect(expected); first && r.job.Started != nil {
		r.job.Started(w.progress)
	}
	ended := make(chan struct{})
	var marks errgroup.Group
	marks.Go(func() error { return w.mark(ended) })
	defer marks.Wait()
	defer close(ended)
	for {
		before := w.yielded
		editing, err := live.OpenEditing(r.job.Journal)
		if err != nil {
			return err
		}
		w.editing = editing
		deep, err := w.pass(ctx)
		if err != nil || task.Closed(w.drain) || ctx.Err() != nil || r.changed(p) || w.leavesOpen() {
			return err
		}
		again := w.retry(w.batcher != nil && w.batcher.Again())
		if (!deep || w.yielded == before) && !editing.Changed() && !again {
			return nil
		}
	}
}

// retry reports whether to ask again what failed for a temporary cause: the service has answered other tasks since these were last asked, or
// anyway is true.
func (w *work) retry(anyway bool) bool {
	failed, answered := w.failed.Swap(0), w.answered.Swap(0)
	if !anyway && (failed == 0 || answered == 0) {
		return false
	}
	w.since = w.asked.plan.run.journal.Size()
	w.yielded -= w.progress.Again()
	return true
}

// tasks yields the tasks of the planned rows to ask, in the order of the rows. It ends early if these rows have changed.
func (w *work) tasks(ctx context.Context, rows traversal) iter.Seq2[task.Task, error] {
	p := w.asked.plan
	return func(yield func(task.Task, error) bool) {
		selected := 0
		for row, err := range rows {
			if err != nil {
				if ctx.Err() != nil || !p.run.differs(p.rows.current) {
					yield(task.Task{}, err)
				}
				return
			}
			if row.Index >= len(p.rows.digests) {
				return
			}
			if !row.Selected {
				continue
			}
			if !p.rows.has(row.Row) {
				selected++
				continue
			}
			p.live.Traversed(selected, row.Cells, p.position)
			for i := range row.Cells {
				for _, link := range row.Cells[i].Links {
					if err := p.run.journal.Link(link[0], link[1], p.run.sandbox); err != nil {
						yield(task.Task{}, err)
						return
					}
				}
				for _, t := range row.Cells[i].Tasks {
					if p.run.changed(p) {
						return
					}
					if !w.takes(&t) {
						continue
					}
					if !w.editing.Handed(&t, row.Cells) {
						w.progress.Fewer()
						continue
					}
					p.run.ways.Asked(t)
					p.live.Sending(&t, p.position(selected), i)
					if p.run.job.Each != nil {
						w.answers.Store(t.Key, Answer{Of: task.Place{Sheet: row.Sheet, Line: row.Line, Path: row.Path}, Request: t.Body})
					}
					w.yielded++
					w.progress.More(w.yielded)
					if !yield(t, nil) {
						return
					}
				}
			}
			selected++
		}
	}
}

// wants reports whether a task that was handed to the pool is still to be asked.
func (w *work) wants(k task.Key) bool {
	wanted := w.editing.Wants(k)
	if wanted && w.hastens.Load() { // a batch may have brought its answer meanwhile
		wanted = !w.has(k)
	}
	if !wanted {
		w.progress.Fewer()
	}
	return wanted
}

// position returns the position, among the selected rows, of the nth row that is asked.
func (p *Plan) position(n int) int {
	if p.picks != nil {
		return p.picks[n]
	}
	return n
}

// record writes a result to the journal. A result from the wrong kind of service, sandbox or real, is kept and ends the run.
func (w *work) record(res task.Result) error {
	r := w.asked.plan.run
	if err := r.journal.Record(res); err != nil {
		return err
	}
	switch {
	case res.Cause.Passing():
		w.failed.Add(1)
	case res.State != task.Failed:
		w.answered.Add(1)
	}
	w.editing.Recorded(res.Key)
	r.ways.Record(&res)
	w.asked.plan.live.Recorded(&res)
	w.progress.Add(&res)
	if each := r.job.Each; each != nil {
		awaited, _ := w.answers.LoadAndDelete(res.Key)
		answer, _ := awaited.(Answer) // a batch of an earlier process may answer what this one did not ask
		answer.Result, answer.Tally = &res, w.asked.plan.live.Tally
		each(&answer)
	}
	if res.Sandbox != r.sandbox {
		return messages.Errorf("the service switched between the sandbox and the real one during the run")
	}
	if moved := r.journal.Moved(); moved != nil {
		return moved
	}
	return nil
}

const (
	firstMark = time.Second
	lastMark  = 5 * time.Second
)

// mark writes the progress of the run to the journal at growing intervals until ended is closed.
func (w *work) mark(ended <-chan struct{}) error {
	r, wait := w.asked.plan.run, firstMark
	t := time.NewTimer(wait)
	defer t.Stop()
	for {
		select {
		case <-ended:
			return nil
		case <-t.C:
		}
		p := w.asked.plan
		m := &journal.Mark{
			Sandbox: r.sandbox, At: time.Now().UTC(), Snapshot: w.progress.Snapshot(),
			Rows: p.Rows, Before: p.FromJournal, Skipped: p.Skipped,
		}
		m.ElapsedMS = m.Elapsed.Milliseconds()
		if err := r.journal.Mark(m); err != nil {
			return nil // the next result hits the same error and ends the run
		}
		wait = min(wait*9/8, lastMark)
		t.Reset(wait)
	}
}

// Write writes the output and the end record of the run. cause is the error that ended asking early, nil if none did.
func (a *Asked) Write(ctx context.Context, cause error) (sum *task.Summary, err error) {
	p, r := a.plan, a.plan.run
	defer func() { err = r.withMoved(sum, err) }()
	sum = &task.Summary{
		Tally: task.NewTally(nil, nil), Work: a.work, FilesLeft: a.filesLeft, Journal: r.job.Journal, Interrupted: a.interrupted,
	}
	if r.asked {
		sum.Duplicates = p.Duplicates
	}
	if r.asked && ctx.Err() != nil {
		return sum, errors.Join(ctx.Err(), a.end(p.Tasks, nil, ctx.Err()))
	}
	if brokenJournal(cause) {
		return sum, cause
	}
	if moved := r.journal.Moved(); moved != nil && moved.Overwritten { // what it says of earlier results is wrong now
		return sum, errors.Join(cause, a.end(max(1, p.Tasks), nil, cause))
	}
	err = a.writeOutput(ctx, sum)
	sum.Growing = sum.Pending > 0 && !sum.Interrupted && cause == nil && (p.rows.half || p.outdated())
	sum.OutOfRounds = sum.Growing && a.outOfRounds
	sum.PaidTwice = r.journal.PaidTwice(r.sandbox)
	sum.Damaged, _ = journal.CountDamage(r.journal.Damaged(), false)
	switch {
	case brokenJournal(err):
		err = errors.Join(cause, err)
	case err != nil:
		err = errors.Join(cause, err)
		err = errors.Join(err, a.end(max(1, p.Tasks), nil, err)) // the number of pending rows is unknown, and no output was written
	default:
		if cost.IsLimit(cause) && sum.Pending == 0 { // it ended nothing
			cause = nil
		}
		err = errors.Join(cause, a.end(sum.Pending, sum, cause))
	}
	if !r.asked {
		sum.FilesLeft = a.clearLeft(ctx)
	}
	return sum, err
}

// withMoved adds to the outcome of a run that its journal was deleted or replaced, if that is so.
func (r *Run) withMoved(sum *task.Summary, err error) error {
	moved := r.journal.Moved()
	if moved == nil {
		return err
	}
	sum.Journal = moved.To
	if errors.As(err, new(*journal.MovedError)) {
		return err
	}
	return errors.Join(err, moved)
}

// writeOutput writes the output. The summary says what earlier rounds have written, too.
func (a *Asked) writeOutput(ctx context.Context, sum *task.Summary) error {
	r, before := a.plan.run, a.written
	r.out.Ahead = a.plan.plannedKeys
	err := r.out.Write(ctx, a.began, sum)
	sum.FilesWritten += before.FilesWritten
	if before.Output != "" {
		sum.Unchanged = sum.Unchanged && before.Unchanged
	}
	if sum.Note.IsZero() && !before.Aside {
		sum.Note = before.Note // the output is UTF-8 from then on
	}
	a.written = *sum
	return err
}

func brokenJournal(err error) bool {
	var broken *journal.WriteError
	return errors.As(err, &broken)
}

// end writes the end record of a run that was not killed. sum is its summary, nil if it is unknown; cause ended it early, if not nil.
func (a *Asked) end(pending int, sum *task.Summary, cause error) error {
	r := a.plan.run
	if !r.journal.Unended() {
		return nil
	}
	e := &journal.End{Sandbox: r.sandbox, Pending: pending, Again: r.again, Ended: time.Now().UTC(), Summary: sum}
	if sum == nil {
		e.Spent = a.work.Spent
	}
	if r.job.Judge != nil && sum != nil {
		code := r.job.Judge(sum)
		e.Code = &code
	}
	if cause != nil && !Stopped(cause) {
		e.Limit, e.Error = cost.IsLimit(cause), onOneLine(cause)
	}
	return r.journal.End(e)
}

func onOneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// clearLeft deletes the files that a killed run left at the service when this run has nothing to ask. It returns how many remain: a failure
// to connect is not an error because nothing else needs the service.
func (a *Asked) clearLeft(ctx context.Context) (left int) {
	r := a.plan.run
	n := len(r.journal.StoredFiles(r.sandbox))
	if n == 0 || task.Closed(a.drain) || len(r.journal.OpenBatches(r.sandbox)) > 0 {
		return n
	}
	ctx, done := until(ctx, a.drain)
	defer done()
	ctx, cancel := context.WithTimeout(ctx, clearLeftTime)
	defer cancel()
	svc, err := r.job.Connect(ctx, nil)
	if err != nil || svc.Sandbox != r.sandbox {
		return n
	}
	a.uploads.Store = svc.Files
	return a.uploads.Clear(ctx)
}

// clearLeftTime limits the time to reach the service only to delete files.
const clearLeftTime = 10 * time.Second

// plannedKeys returns the keys of the rows of src. It returns nil if src differs from the input that was planned, or if more than the key
// decides a row, for example an edit.
func (p *Plan) plannedKeys(src table.Source) *resolve.Keys {
	if p.run.out.Edits != nil || !p.opened.Same(src.Stat()) {
		return nil
	}
	return p.keys
}
