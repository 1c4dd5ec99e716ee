package jobs

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
)

// ask asks all that is pending. When the input changes meanwhile it is planned again, so that nothing is asked unchecked; what an
// input that keeps changing brings last stays pending.
func (r *Run) ask(ctx context.Context, drain <-chan struct{}, svc *Service, sum *task.Summary) error {
	if err := r.startAsking(svc); err != nil {
		return err
	}
	defer func() { sum.Work = r.Pool.Counters.Work() }()
	for range mostPlans {
		if r.inputChanged() {
			if err := r.planAgain(ctx, svc); err != nil {
				return err
			}
		}
		sum.Duplicates = r.plans.Duplicates
		err := r.executeMarked(ctx, drain, svc)
		if err != nil || closed(drain) || ctx.Err() != nil || !r.inputChanged() {
			return err
		}
	}
	return nil
}

// mostPlans is how often an input that changes during the run is planned.
const mostPlans = 4

// startAsking notes in the journal that a run begins.
func (r *Run) startAsking(svc *Service) error {
	r.began, r.asked = r.journal.Size(), true
	if err := r.begin(true); err != nil {
		return err
	}
	r.Pool = r.fill(svc)
	r.shown = pool.NewProgress(&r.Pool)
	return nil
}

// planAgain makes the plan for an input that has changed.
func (r *Run) planAgain(ctx context.Context, svc *Service) error {
	if err := r.replan(ctx); err != nil || svc.Check == nil {
		return err
	}
	return svc.Check(r.plans.Models)
}

// inputChanged reports whether the input is no longer what was planned.
func (r *Run) inputChanged() bool {
	if r.documents() { // there may be many
		if time.Since(r.looked) < time.Second {
			return false
		}
		defer func() { r.looked = time.Now() }()
	}
	return r.differs(r.planned)
}

func closed(drain <-chan struct{}) bool {
	select {
	case <-drain:
		return true
	default:
		return false
	}
}

// executeMarked runs the pool over the jobs, and notes meanwhile how the run stands.
func (r *Run) executeMarked(ctx context.Context, drain <-chan struct{}, svc *Service) error {
	ended := make(chan struct{})
	var watch errgroup.Group
	watch.Go(func() error { return r.marks(ended) })
	err := r.execute(ctx, drain, svc)
	close(ended)
	watch.Wait()
	return err
}

// execute runs the pool over the jobs.
func (r *Run) execute(ctx context.Context, drain <-chan struct{}, svc *Service) error {
	src, err := r.open()
	if err != nil {
		return err
	}
	k, err := r.askers(src)
	if err != nil {
		return err
	}
	if first := r.shown.Expect(r.expected()); first && r.Started != nil {
		r.Started(r.shown)
	}
	for {
		before := r.yielded
		err := r.Pool.Execute(ctx, drain, r.jobs(src, k), r.record)
		if err != nil || !k.Deep() || r.yielded == before || closed(drain) || ctx.Err() != nil || r.inputChanged() {
			return err
		}
		r.Pool.Start = r.shown.Width() // what is known of the quota stays known
	}
}

// expected is how many jobs there are, as far as that is known.
func (r *Run) expected() int {
	n := r.plans.Jobs + r.plans.Later
	if r.preview > 0 {
		n = min(n, len(r.picks)*r.plans.Asks)
	}
	return n
}

// fill completes the pool with what only the run knows.
func (r *Run) fill(svc *Service) pool.Pool {
	p := r.Pool
	p.Ask, p.Sandbox, p.Counters = svc.Ask, r.Sandbox, &pool.Counters{}
	p.Start = svc.Start
	r.uploads = &uploads{store: svc.Files, files: &r.files, journal: r.journal, sandbox: r.Sandbox}
	p.Body, p.Stale = r.uploads.body, r.uploads.stale
	if p.Concurrency <= 0 {
		p.Concurrency = svc.Most
	}
	p.Flight = func(n int) error { return r.journal.Flight(n, r.Sandbox) }
	p.Lost = func(k task.Key) error { return r.journal.Lost(k, r.Sandbox) }
	return p
}

// record makes a result safe. An answer of the wrong origin is kept, and ends the run.
func (r *Run) record(res task.Result) error {
	if err := r.journal.Record(res); err != nil {
		return err
	}
	r.ways.record(&res)
	r.shown.Add(&res)
	if res.Sandbox != r.Sandbox {
		return errors.New("the service changed from a sandbox to a real one, or back, in the middle of the run")
	}
	return nil
}
