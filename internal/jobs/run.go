package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
)

// Run is one input with one set of settings.
type Run struct {
	Input       string
	Journal     string // default JournalPath(Input)
	Settings    Settings
	Destination string // where the output is really written; default Settings.Output
	Sandbox     bool   // answers of a sandbox count, and no others
	Fresh       bool   // ask everything anew; an interrupted fresh run goes on
	RetryFailed bool   // ask again what the service refused
	Overwrite   bool   // the output may replace a file that is not ours
	Version     string // of the program, for the manifest
	Pool        Pool   // limits; what the run knows itself is filled in

	// Connect is called once there is something to ask, with the models that will be asked.
	Connect func(ctx context.Context, models []string) (*Service, error)
	// Planned, if set, is called with what the first pass found, before anything is sent.
	Planned func(*Plan)
	// Started, if set, is called when the pool starts to work, with what can be watched meanwhile.
	Started func(*Progress)

	merging func(stage string) // for tests: a second pass has "opened" the input, or has "read" it

	journal *Journal
	fresh   bool  // this run, or the one that it goes on with, is fresh
	began   int64 // results before this offset are of earlier runs
	plans   *Plan
	rows    *rowIndexWriter // of the first pass, until there is a journal to stand beside
	ours    table.Identity  // the output, when it was last found to be ours
}

// Do asks what is still to be asked and writes the output. Once drain is closed it stops asking, waits for what is on the wire and
// writes what there is. The summary is not nil if an output was written or rows were asked, also beside an error.
func (r *Run) Do(ctx context.Context, drain <-chan struct{}) (*Summary, error) {
	began := time.Now()
	if r.Journal == "" {
		r.Journal = JournalPath(r.Input)
	}
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	sum, err := r.finish(ctx, drain)
	if sum != nil {
		sum.Elapsed = time.Since(began)
		sum.ElapsedMS = sum.Elapsed.Milliseconds()
	}
	return sum, err
}

// prepare finds all that is wrong before anything is sent or changed on disk.
func (r *Run) prepare(ctx context.Context) error {
	src, err := r.open()
	if err != nil {
		return err
	}
	defer src.Close()
	if err := r.checkApart(r.Input, "the input"); err != nil {
		return err
	}
	if err := r.openExisting(); err != nil {
		return err
	}
	if err := r.checkOutput(src); err != nil {
		return err
	}
	return r.makePlan(ctx, src)
}

func (r *Run) makePlan(ctx context.Context, src table.Source) error {
	r.setEpoch()
	a, err := newAsker(&r.Settings, src, r.owned())
	if err != nil {
		return err
	}
	if r.plans, err = r.plan(ctx, src, a); err != nil {
		return err
	}
	if r.Planned != nil {
		r.Planned(r.plans)
	}
	return nil
}

func (r *Run) open() (table.Source, error) {
	return table.Open(r.Input, table.Options{Format: r.Settings.Format, Sheet: r.Settings.Sheet})
}

// openExisting opens the journal if there is one.
func (r *Run) openExisting() error {
	if _, err := os.Stat(r.Journal); !errors.Is(err, fs.ErrNotExist) {
		return r.openJournal()
	}
	if err := atomicfile.Check(r.Journal); err != nil {
		return &UsageError{Msg: fmt.Sprintf("the journal cannot be written: %v", err), Hint: "choose another place with --journal"}
	}
	return nil
}

func (r *Run) openJournal() (err error) {
	r.journal, err = OpenJournal(r.Journal)
	return err
}

// dst is where the output is written.
func (r *Run) dst() string { return or(r.Destination, r.Settings.Output) }

// owned are the columns that this journal made in the input.
func (r *Run) owned() map[string]bool {
	if r.journal == nil {
		return nil
	}
	return r.journal.history.owned
}

// setEpoch decides which results count. A fresh run counts none of before; the same command after an interruption goes on with it.
func (r *Run) setEpoch() {
	r.fresh = r.Fresh
	j := r.journal
	switch {
	case j == nil:
	case j.history.goesOn(&r.Settings, r.Sandbox):
		r.fresh = true
		j.setEpoch(j.history.last.Epoch)
	case r.Fresh:
		j.setEpoch(j.out.size())
	default:
		j.setEpoch(0)
	}
}

// finish asks, if there is anything to ask, and merges.
func (r *Run) finish(ctx context.Context, drain <-chan struct{}) (*Summary, error) {
	sum := &Summary{Failed: map[Cause]int{}, Journal: r.Journal}
	if r.plans.Jobs == 0 {
		r.began = r.journal.out.size()
		if err := errors.Join(r.commitRows(), r.begin(false)); err != nil {
			return nil, err
		}
		return sum, r.conclude(ctx, sum, nil)
	}
	svc, err := r.connect(ctx)
	if err != nil {
		return nil, err
	}
	if r.plans.Jobs == 0 {
		return r.finish(ctx, drain)
	}
	err = r.execute(ctx, drain, svc, sum)
	select {
	case <-drain:
		sum.Interrupted = true
	default:
	}
	if ctx.Err() != nil {
		return sum, errors.Join(ctx.Err(), r.endRun(r.plans.Jobs))
	}
	return sum, r.conclude(ctx, sum, err)
}

// execute runs the pool over the jobs.
func (r *Run) execute(ctx context.Context, drain <-chan struct{}, svc *Service, sum *Summary) error {
	src, err := r.open()
	if err != nil {
		return err
	}
	defer src.Close()
	a, err := newAsker(&r.Settings, src, r.owned())
	if err != nil {
		return err
	}
	r.began = r.journal.out.size()
	if err := errors.Join(r.commitRows(), r.begin(true)); err != nil {
		return err
	}
	p := r.fill(svc)
	progress := newProgress(r.plans, &p)
	if r.Started != nil {
		r.Started(progress)
	}
	err = p.Execute(ctx, drain, r.jobs(src, a), func(res Result) error { return r.record(res, progress) })
	sum.count(p.Counters)
	sum.Duplicates = r.plans.Duplicates
	return err
}

// fill completes the pool with what only the run knows.
func (r *Run) fill(svc *Service) Pool {
	p := r.Pool
	p.Ask, p.Sandbox, p.Counters = svc.Ask, r.Sandbox, &Counters{}
	p.Start = svc.Start
	if p.Concurrency <= 0 {
		p.Concurrency = svc.Most
	}
	p.Flight = func(n int) error { return r.journal.Flight(n, r.Sandbox) }
	p.Lost = func(k Key) error { return r.journal.Lost(k, r.Sandbox) }
	return p
}

// record makes a result safe. An answer of the wrong origin is kept, and ends the run.
func (r *Run) record(res Result, progress *Progress) error {
	if err := r.journal.Record(res); err != nil {
		return err
	}
	progress.add(&res)
	if res.Sandbox != r.Sandbox {
		return errors.New("the service changed from a sandbox to a real one, or back, in the middle of the run")
	}
	return nil
}

// conclude writes the output and the end of the run. cause is why asking ended early, if it did.
func (r *Run) conclude(ctx context.Context, sum *Summary, cause error) error {
	if brokenJournal(cause) {
		return cause
	}
	err := r.merge(ctx, sum)
	sum.PaidTwice = r.journal.PaidTwice(r.Sandbox)
	sum.Damaged = len(r.journal.Damaged())
	switch {
	case brokenJournal(err):
		return errors.Join(cause, err)
	case err != nil:
		return errors.Join(cause, err, r.endRun(max(1, r.plans.Jobs))) // what is pending is not known, and the output is not written
	}
	return errors.Join(cause, r.endRun(sum.Pending))
}

func brokenJournal(err error) bool {
	var broken *JournalError
	return errors.As(err, &broken)
}

func (r *Run) close() {
	if r.rows != nil {
		r.rows.close()
	}
	if r.journal != nil {
		r.journal.Close()
	}
}
