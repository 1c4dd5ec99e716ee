package board

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// The reasons why an action is refused.
var (
	ErrElsewhere = messages.Errorf("another process is working on the run")
	ErrOver      = messages.Errorf("the run has ended")
	ErrBusy      = messages.Errorf("the run is in progress")
	ErrEnding    = messages.Errorf("the server is shutting down")
)

// Start starts a run and returns when it is planned. A faulty spec or table is an error, and nothing has changed then. Later errors are
// part of the state of the run. If ctx ends earlier, the run continues.
func (b *Board) Start(ctx context.Context, s *Spec) (id string, err error) {
	j, err := b.placed(s)
	if err != nil {
		return "", err
	}
	return b.begin(ctx, j)
}

// begin starts a job as a run.
func (b *Board) begin(ctx context.Context, j *jobs.Job) (id string, err error) {
	rel, err := filepath.Rel(b.Dir, j.Journal)
	if err != nil {
		return "", err
	}
	o, e, err := b.occupy(rel, j)
	if err != nil {
		return "", err
	}
	b.group.Go(func() error {
		_, err := j.Run(b.ctx, o.drain)
		b.end(e, o, err)
		return nil
	})
	select {
	case <-o.planned:
	case <-ctx.Done():
		return e.id, nil
	}
	unready := o.asks() && b.Ready() != nil
	if unready {
		<-o.done // connect fails at once
	}
	if o.over() && (unready || o.refused()) {
		b.vacate(e, o)
		return "", b.Plain(o.err)
	}
	b.changed(e.id)
	return e.id, nil
}

// end records the end of a run. If another process took the journal first, the state is that of its run from now on.
func (b *Board) end(e *entry, o *own, err error) {
	e.refresh() // from now on the state comes from the journal
	var problem *Problem
	if err != nil {
		problem = b.ProblemOf(err)
	}
	o.finish(err, problem)
	if errors.As(err, new(*journal.LockedError)) && !o.refused() {
		b.vacate(e, o)
		e.mu.Lock()
		e.notice = problem
		e.mu.Unlock()
		e.soon()
	}
	b.changed(e.id)
}

// asks reports whether the plan has something to ask.
func (o *own) asks() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tasks > 0
}

// refused reports whether the run failed before it was planned.
func (o *own) refused() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err != nil && o.tally == nil
}

// occupy makes the entry of a run. If a run of the journal is in progress here, the error is ErrBusy.
func (b *Board) occupy(rel string, j *jobs.Job) (*own, *entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.draining {
		return nil, nil, ErrEnding
	}
	id := IDOf(rel)
	e := b.entries[id]
	if e == nil {
		e = &entry{board: b, id: id, rel: rel}
		b.entries[id] = e
		defer b.listChanged()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.own != nil && !e.own.over() {
		return nil, nil, ErrBusy
	}
	e.own, e.notice = newOwn(j), nil
	j.Control = jobs.Control{Folders: b.Control, Drain: e.own.stop}
	return e.own, e, nil
}

// vacate forgets a run, and also its entry if it has no journal.
func (b *Board) vacate(e *entry, o *own) {
	gone := errors.Is(b.MayRead(e.rel), fs.ErrNotExist)
	b.mu.Lock()
	defer b.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.own != o {
		return
	}
	e.own = nil
	if gone && b.entries[e.id] == e {
		delete(b.entries, e.id)
		b.listChanged()
	}
}

// ours returns a run of this process that is in progress.
func (b *Board) ours(id string) (*own, error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.own != nil && !e.own.over():
		return e.own, nil
	case e.live():
		return nil, ErrElsewhere
	}
	return nil, ErrOver
}

// Stop ends a run as Ctrl-C does: requests in flight are awaited, and the output is written.
func (b *Board) Stop(id string) error {
	o, err := b.ours(id)
	switch {
	case errors.Is(err, ErrElsewhere):
		return b.ask(id, control.Request{Do: control.Drain})
	case err == nil:
		o.stop()
		b.changed(id)
	}
	return err
}

// Pause stops a run from sending requests until Resume.
func (b *Board) Pause(id string) error {
	return b.steer(id, (*pool.Progress).Pause, control.Request{Do: control.Pause})
}

// Resume ends a pause.
func (b *Board) Resume(id string) error {
	return b.steer(id, (*pool.Progress).Resume, control.Request{Do: control.Resume})
}

// SetConcurrency changes how many requests may be in flight; 0 restores the initial setting of the run, or finds the number automatically if
// the run is one of another process.
func (b *Board) SetConcurrency(id string, n int) error {
	if n < 0 || n > pool.MaxConcurrency {
		return (&Asking{Concurrency: n}).check()
	}
	return b.steer(id, func(w *pool.Progress) { w.SetConcurrency(n) }, control.Request{Do: control.Concurrency, N: n})
}

// steer changes a run of this process, or sends r to the process of the run.
func (b *Board) steer(id string, change func(*pool.Progress), r control.Request) error {
	o, err := b.ours(id)
	if errors.Is(err, ErrElsewhere) {
		return b.ask(id, r)
	}
	if err != nil {
		return err
	}
	if !o.steer(change) {
		return ErrNotYet
	}
	b.changed(id)
	return nil
}

// answerTime is how long an action waits for the answer of a run of another process.
const answerTime = 5 * time.Second

// ask sends a request to a run of another process. The error is ErrElsewhere if it does not answer.
func (b *Board) ask(id string, r control.Request) error {
	e, err := b.entry(id)
	if err != nil {
		return err
	}
	st, err := control.Ask(e.journal(), b.Control, r, answerTime)
	if refusal, ok := errors.AsType[*control.Refusal](err); ok {
		return &spec.UsageError{Msg: refusal.Msg, Hint: refusal.Hint}
	}
	if err != nil {
		return ErrElsewhere
	}
	e.mu.Lock()
	e.remote.answered(st)
	e.mu.Unlock()
	b.changed(id)
	return nil
}

// ErrNotYet reports that a run has not sent requests yet.
var ErrNotYet = messages.Errorf("the run is still being prepared")

// Continue starts the last run of a journal again, with the same definition: the pending rows are asked. With retryFailed the failed rows
// are asked again, too. It does not wait for the service.
func (b *Board) Continue(ctx context.Context, id string, retryFailed bool) error {
	return b.ContinueAs(ctx, id, Again{RetryFailed: retryFailed})
}

// Again says how a run is continued.
type Again struct {
	RetryFailed bool       `json:"retry"`   // the failed rows are asked again, too
	Repost      bool       `json:"repost"`  // batches are posted again of which nobody knows whether the service has them
	Budget      *Budget    `json:"budget"`  // instead of that of the run; nil keeps it
	Confirm     *Confirmed `json:"confirm"` // as in a Spec
	Where

	Language messages.Language `json:"-"` // of what people read in the output
}

// ContinueAs is Continue with another place for the answers or another budget.
func (b *Board) ContinueAs(ctx context.Context, id string, a Again) error {
	j, err := b.again(id, a)
	if err != nil {
		return err
	}
	_, err = b.begin(ctx, j)
	return err
}

// PlanAgain plans the continuation of a run. Nothing is sent or written.
func (b *Board) PlanAgain(ctx context.Context, id string, a Again) (*Plan, error) {
	j, err := b.again(id, a)
	if err != nil {
		return nil, err
	}
	return b.planOf(ctx, j)
}

// again returns the job that continues a run.
func (b *Board) again(id string, a Again) (*jobs.Job, error) {
	e, err := b.entry(id)
	if err != nil {
		return nil, err
	}
	if _, err := b.ours(id); err == nil {
		return nil, ErrBusy
	}
	j, err := e.resume()
	if err != nil {
		return nil, b.Plain(err)
	}
	if err := j.Within(b.Dir, true); err != nil {
		return nil, err
	}
	if a.Where != (Where{}) {
		if err := a.place(j); err != nil {
			return nil, b.Plain(err)
		}
	}
	if b.Sandbox && !j.Sandbox {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("the run used the real service, but this server uses the sandbox"),
			Hint: messages.Sprintf("restart gigabatch serve without --sandbox"),
		}
	}
	if a.Budget != nil {
		if err := a.Budget.check(); err != nil {
			return nil, err
		}
		j.Limits.Budget = a.Budget.of(j.Limits.Budget)
	}
	j.Limits.KeepGoing = j.Limits.KeepGoing || e.endedAlike()
	j.Repost, j.Language = a.Repost, a.Language
	j.RetryFailed, j.Lasting, j.Version, j.Connect = j.RetryFailed || a.RetryFailed, true, b.Version, b.connect
	j.Prices, j.Events = b.Prices, jobs.Events{Confirm: a.Confirm.confirmed()}
	return j, nil
}

// endedAlike reports whether the last run here ended because the service failed its requests in the same way. The user knows that when
// continuing it.
func (e *entry) endedAlike() bool {
	e.mu.Lock()
	own := e.own
	e.mu.Unlock()
	if own == nil {
		return false
	}
	own.mu.Lock()
	defer own.mu.Unlock()
	alike, ok := errors.AsType[*pool.AlikeError](own.err)
	return ok && !alike.Intercepted()
}

// resume returns the job of the last run of the journal. A run of this process that ended before there was a journal is made again.
func (e *entry) resume() (*jobs.Job, error) {
	e.mu.Lock()
	own, seen := e.own, e.seen
	e.mu.Unlock()
	if own != nil && own.over() && (seen == nil || seen.Started.IsZero()) {
		again := *own.job
		return &again, nil
	}
	if err := e.readable(); err != nil {
		return nil, err
	}
	return jobs.Resume(e.journal())
}

// Asking returns the keys of the requests of a run of this process that are in flight.
func (b *Board) Asking(id string) map[task.Key]bool {
	o, err := b.ours(id)
	if err != nil {
		return nil
	}
	return o.asking()
}
