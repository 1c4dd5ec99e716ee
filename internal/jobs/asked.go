package jobs

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/jobs/uploads"
	"gigabatch/internal/messages"
)

type traversal = iter.Seq2[resolve.Row, error]

// Asked is a plan whose tasks have been asked, as far as that went.
type Asked struct {
	plan        *Plan // the last one, where the input has changed
	began       int64 // results at or after it in the journal belong to this run
	work        task.Work
	interrupted bool
	filesLeft   int // at the service
	uploads     *uploads.Uploads
}

// maxPlans is how often an input that changes during the run is planned.
const maxPlans = 4

// Ask asks all that is pending. When the input changes meanwhile it is planned again, so that nothing is asked unchecked; if it
// keeps changing, its last new rows stay pending. Once drain is closed nothing new is asked. svc may be nil where the plan has no
// tasks. The result is nil only if nothing was asked and nothing can be written.
func (p *Plan) Ask(ctx context.Context, drain <-chan struct{}, svc *Service) (*Asked, error) {
	r := p.run
	if r.journal == nil { // no prompt leads to a request
		if err := r.openJournal(); err != nil {
			return nil, err
		}
	}
	a := &Asked{plan: p, began: r.journal.Size(), uploads: &uploads.Uploads{Journal: r.journal, Sandbox: r.sandbox, Open: r.files.Open}}
	if err := p.startRun(); err != nil {
		return nil, err
	}
	if p.Tasks == 0 {
		return a, nil
	}
	r.asked, r.began = true, a.began
	w := a.newWork(svc, drain)
	defer func() {
		a.work, a.interrupted = w.pool.Counters.Work(), closed(drain)
		a.filesLeft = a.uploads.Clear(ctx)
	}()
	for range maxPlans {
		if r.changed(a.plan) {
			plan, err := r.plan(ctx)
			if err == nil && svc.Check != nil {
				err = svc.Check(plan.Models)
			}
			if err != nil {
				return a, err
			}
			a.plan = plan
		}
		err := w.execute(ctx)
		if err != nil || closed(drain) || ctx.Err() != nil || !r.changed(a.plan) {
			return a, err
		}
	}
	return a, nil
}

// changed reports whether the input is no longer what was planned. Of documents, of which there may be many, it looks once a second.
func (r *Run) changed(p *Plan) bool {
	if r.job.Settings.Documents != nil {
		if time.Since(r.looked) < time.Second {
			return false
		}
		defer func() { r.looked = time.Now() }()
	}
	return r.differs(p.opened)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// startRun writes the manifest. A run that asks nothing writes one only if it differs from the last, or if the rows stand otherwise than that one
// has told: who watches the journal shows what the newest run has told.
func (p *Plan) startRun() error {
	r, j := p.run, p.run.job
	m := &journal.Manifest{
		Sandbox: r.sandbox, Version: j.Version, Started: time.Now().UTC(), Fresh: j.Fresh && p.Tasks > 0, Epoch: r.journal.Epoch(),
		Input: filepath.Base(j.Input), Place: spec.PlaceFrom(r.journal.Path(), j.Input), Settings: j.Settings.Portable(j.Input),
		Found: r.input.source.Found(), Preview: r.preview > 0, Terms: journal.Terms{Limits: j.Limits, RetryFailed: j.RetryFailed, Replaces: r.out.Replaced(), Rows: &p.Tally},
	}
	if p.Tasks == 0 && !r.journal.Unended() && r.journal.Last().Equal(m) && r.journal.Tells(&p.Tally) {
		return nil
	}
	return r.journal.Start(m)
}

// work is the asking of a run.
type work struct {
	asked    *Asked
	drain    <-chan struct{}
	pool     pool.Pool
	progress *pool.Progress
	yielded  int // tasks of this run
}

func (a *Asked) newWork(svc *Service, drain <-chan struct{}) *work {
	r := a.plan.run
	a.uploads.Store = svc.Files
	w := &work{asked: a, drain: drain, pool: pool.Pool{
		Ask: svc.Ask, Start: svc.Start, Limits: r.job.Limits, Timeout: r.job.Timeout, Sandbox: r.sandbox, Counters: &pool.Counters{},
		Body: a.uploads.Body, Stale: a.uploads.Stale,
		Flight: func(n int) error { return r.journal.Flight(n, r.sandbox) },
		Lost:   func(k task.Key) error { return r.journal.Lost(k, r.sandbox) },
	}}
	if w.pool.Concurrency <= 0 {
		w.pool.Concurrency = svc.Max
	}
	w.progress = pool.NewProgress(&w.pool)
	return w
}

// execute runs the pool over the tasks of the plan, and again for as long as completions lead to further tasks. Meanwhile it notes in the journal
// how the run stands.
func (w *work) execute(ctx context.Context) error {
	p := w.asked.plan
	r := p.run
	expected := p.Tasks + p.Later
	if r.preview > 0 {
		expected = min(expected, len(p.picks)*p.Completions)
	}
	p.live.began = r.began
	w.progress.Rows(p.live.counts)
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
		deep := false
		rows, err := p.Traverse(ctx, func(o *resolve.Options) { o.Read, deep = resolve.ReadFailures, o.Columns.Deep() })
		if err != nil {
			return err
		}
		err = w.pool.Execute(ctx, w.drain, w.tasks(rows), w.record)
		if err != nil || !deep || w.yielded == before || closed(w.drain) || ctx.Err() != nil || r.changed(p) {
			return err
		}
		w.pool.Start = w.progress.Width() // what is known of the quota stays known
	}
}

// tasks yields each task that is to be asked, in the order of the rows. It ends early when the input is no longer what was planned.
func (w *work) tasks(rows traversal) iter.Seq2[task.Task, error] {
	p := w.asked.plan
	return func(yield func(task.Task, error) bool) {
		selected := 0
		for row, err := range rows {
			if err != nil {
				yield(task.Task{}, err)
				return
			}
			if !row.Selected {
				continue
			}
			p.live.traversed(selected, row.Cells, p.position)
			for i := range row.Cells {
				for _, t := range row.Cells[i].Tasks {
					if p.run.changed(p) {
						return
					}
					p.run.ways.Asked(t)
					p.live.sending(&t, p.position(selected), i)
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

// position is the position among the selected rows of the nth row that is asked.
func (p *Plan) position(n int) int {
	if p.picks != nil {
		return p.picks[n]
	}
	return n
}

// record makes a result safe. A completion of the wrong origin is kept, and ends the run.
func (w *work) record(res task.Result) error {
	r := w.asked.plan.run
	if err := r.journal.Record(res); err != nil {
		return err
	}
	r.ways.Record(&res)
	w.asked.plan.live.recorded(&res)
	w.progress.Add(&res)
	if res.Sandbox != r.sandbox {
		return messages.Errorf("the service changed from a sandbox to a real one, or back, in the middle of the run")
	}
	return nil
}

const (
	firstMark = time.Second
	lastMark  = 5 * time.Second
)

// mark notes how the run stands, now and then until ended is closed.
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
		m := &journal.Mark{Sandbox: r.sandbox, At: time.Now().UTC(), Snapshot: w.progress.Snapshot(), Rows: p.Rows, Before: p.FromJournal, Skipped: p.Skipped}
		m.ElapsedMS = m.Elapsed.Milliseconds()
		if err := r.journal.Mark(m); err != nil {
			return nil // the next result meets the same and ends the run
		}
		wait = min(wait*9/8, lastMark)
		t.Reset(wait)
	}
}

// Write writes the output and the end of the run. cause is why asking ended early, nil if it did not.
func (a *Asked) Write(ctx context.Context, cause error) (*task.Summary, error) {
	p, r := a.plan, a.plan.run
	sum := &task.Summary{
		Tally: task.NewTally(nil, nil), Work: a.work, FilesLeft: a.filesLeft, Journal: r.job.Journal, Interrupted: a.interrupted,
	}
	if r.asked {
		sum.Duplicates = p.Duplicates
	}
	if r.asked && ctx.Err() != nil {
		return sum, errors.Join(ctx.Err(), a.end(p.Tasks, nil))
	}
	if brokenJournal(cause) {
		return sum, cause
	}
	r.out.Ahead = p.plannedKeys
	err := r.out.Write(ctx, a.began, sum)
	sum.PaidTwice = r.journal.PaidTwice(r.sandbox)
	sum.Damaged = len(r.journal.Damaged())
	switch {
	case brokenJournal(err):
		err = errors.Join(cause, err)
	case err != nil:
		err = errors.Join(cause, err, a.end(max(1, p.Tasks), nil)) // what is pending is not known, and the output is not written
	default:
		err = errors.Join(cause, a.end(sum.Pending, sum))
	}
	if !r.asked {
		sum.FilesLeft = a.clearLeft(ctx)
	}
	return sum, err
}

func brokenJournal(err error) bool {
	var broken *journal.WriteError
	return errors.As(err, &broken)
}

// end notes that the run ended by itself. sum is what it came to, nil where that is not known.
func (a *Asked) end(pending int, sum *task.Summary) error {
	r := a.plan.run
	if !r.journal.Unended() {
		return nil
	}
	return r.journal.End(&journal.End{Sandbox: r.sandbox, Pending: pending, Ended: time.Now().UTC(), Summary: sum})
}

// clearLeft deletes what a run that was killed has left at the service, where there is nothing more to ask. That is the only reason to
// connect then, so it may fail.
func (a *Asked) clearLeft(ctx context.Context) (left int) {
	r := a.plan.run
	n := len(r.journal.StoredFiles(r.sandbox))
	if n == 0 {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, clearLeftTime)
	defer cancel()
	svc, err := r.job.Connect(ctx, nil)
	if err != nil || svc.Sandbox != r.sandbox {
		return n
	}
	a.uploads.Store = svc.Files
	return a.uploads.Clear(ctx)
}

// clearLeftTime is how long reaching the service may take to delete files only.
const clearLeftTime = 10 * time.Second

// plannedKeys returns the keys of the rows of a source if they are those of the plan and nothing but a key decides a row: no completion was edited
// by hand.
func (p *Plan) plannedKeys(src table.Source) *resolve.Keys {
	if p.run.out.Edits != nil || !p.opened.Same(src.Stat()) {
		return nil
	}
	return p.keys
}
