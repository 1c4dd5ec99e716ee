package board

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
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
	j, err := b.job(s)
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
		e.refresh() // from now on the state comes from the journal
		o.finish(err, b.problem)
		b.changed(e.id)
		return nil
	})
	select {
	case <-o.planned:
	case <-ctx.Done():
		return e.id, nil
	}
	if o.over() && o.refused() {
		b.vacate(e, o)
		return "", b.plain(o.err)
	}
	b.changed(e.id)
	return e.id, nil
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
	id := idOf(rel)
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
	e.own = newOwn(j)
	return e.own, e, nil
}

// vacate forgets a run, and also its entry if it has no journal.
func (b *Board) vacate(e *entry, o *own) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.own != o {
		return
	}
	e.own = nil
	if _, err := os.Stat(e.journal()); err != nil {
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
	case e.watch != nil && e.watch.Live():
		return nil, ErrElsewhere
	}
	return nil, ErrOver
}

// Stop ends a run as Ctrl-C does: requests in flight are awaited, and the output is written.
func (b *Board) Stop(id string) error {
	o, err := b.ours(id)
	if err == nil {
		o.stop()
		b.changed(id)
	}
	return err
}

// Pause stops a run from sending requests until Resume.
func (b *Board) Pause(id string) error { return b.steer(id, (*pool.Progress).Pause) }

// Resume ends a pause.
func (b *Board) Resume(id string) error { return b.steer(id, (*pool.Progress).Resume) }

// SetConcurrency changes how many requests may be in flight; 0 restores the initial setting of the run.
func (b *Board) SetConcurrency(id string, n int) error {
	if n < 0 || n > pool.MaxConcurrency {
		return (&Spec{Concurrency: n}).check()
	}
	return b.steer(id, func(w *pool.Progress) { w.SetConcurrency(n) })
}

func (b *Board) steer(id string, change func(*pool.Progress)) error {
	o, err := b.ours(id)
	if err != nil {
		return err
	}
	if !o.steer(change) {
		return ErrNotYet
	}
	b.changed(id)
	return nil
}

// ErrNotYet reports that a run has not sent requests yet.
var ErrNotYet = messages.Errorf("the run is still being prepared")

// Continue starts the last run of a journal again, with the same definition: the pending rows are asked. With retryFailed the failed rows
// are asked again, too.
func (b *Board) Continue(ctx context.Context, id string, retryFailed bool) error {
	e, err := b.entry(id)
	if err != nil {
		return err
	}
	if _, err := b.ours(id); err == nil {
		return ErrBusy
	}
	j, err := jobs.Resume(e.journal())
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoRun
	}
	if err != nil {
		return b.plain(err)
	}
	if err := b.inside(j, true); err != nil {
		return err
	}
	if err := b.sameOrigin(ctx, j.Sandbox); err != nil {
		return err
	}
	j.Sandbox, j.RetryFailed, j.Version, j.Connect = b.isSandbox.Load(), j.RetryFailed || retryFailed, b.Version, b.connect
	_, err = b.begin(ctx, j)
	return err
}

// Write writes the output of the last run of a journal again, with the edits that it lacks. Nothing is asked. The output is not touched
// while a spreadsheet program has it open, or if another program has changed it. note says what the user should know of the output.
func (b *Board) Write(ctx context.Context, id string) (note messages.Text, err error) {
	e, err := b.entry(id)
	if err != nil {
		return note, err
	}
	if _, err := b.ours(id); !errors.Is(err, ErrOver) {
		return note, cmp.Or(err, ErrBusy)
	}
	j, err := jobs.Resume(e.journal())
	if errors.Is(err, fs.ErrNotExist) {
		return note, ErrNoRun
	}
	if err != nil {
		return note, b.plain(err)
	}
	if err := b.inside(j, true); err != nil {
		return note, err
	}
	if open := table.OpenMark(j.Settings.Output); j.Settings.Output != "" && open != "" {
		return note, &spec.UsageError{
			Msg:  messages.Sprintf("%s is open in a spreadsheet program", b.below(j.Settings.Output)),
			Hint: messages.Sprintf("close it there and try again"),
		}
	}
	o, e, err := b.occupy(e.rel, j)
	if err != nil {
		return note, err
	}
	sum, err := j.Rewrite(ctx, false, nil)
	o.finish(err, b.problem)
	b.vacate(e, o)
	e.refresh()
	b.changed(id)
	if err != nil {
		return note, b.plain(err)
	}
	return sum.Note, nil
}

// inside refuses a job that names a file outside the served folder: its journal is a file of the folder, and anyone may have put it there.
func (b *Board) inside(j *jobs.Job, writes bool) error {
	path := j.Outside(b.Dir, writes)
	if path == "" {
		return nil
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("the run uses %s, which is outside the folder", path),
		Hint: messages.Sprintf("continue it where it was started"),
	}
}

// sameOrigin refuses to continue a run of the sandbox with the real service, or the other way round: everything would be asked again.
func (b *Board) sameOrigin(ctx context.Context, sandbox bool) error {
	switch {
	case sandbox == b.isSandbox.Load():
		return nil
	case b.Sandbox:
		return &spec.UsageError{
			Msg:  messages.Sprintf("the run used the real service, but this server uses the sandbox"),
			Hint: messages.Sprintf("restart gigabatch serve without --sandbox"),
		}
	}
	svc, err := b.connect(ctx, nil) // the service at the address may be a sandbox
	if err != nil || svc.Sandbox {
		return err
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("the run used the sandbox, but this server uses the real service"),
		Hint: messages.Sprintf("start a new run with the same table"),
	}
}
