package board

import (
	"context"
	"errors"
	"sync"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
)

// own is a run of this process. It is safe for concurrent use.
type own struct {
	sandbox bool
	drain   chan struct{}
	planned chan struct{} // closed once the run is planned, or is over
	done    chan struct{}

	mu       sync.Mutex // guards all below
	began    time.Time
	ended    time.Time
	plan     jobs.Plan // as far as it is needed here
	stopping bool
	progress *pool.Progress
	pace     pace
	sum      *task.Summary
	err      error
	problem  *Problem
	most     int
	told     bool // the end was told
	once     sync.Once
}

func newOwn(r *jobs.Run) *own {
	o := &own{sandbox: r.Sandbox, drain: make(chan struct{}), planned: make(chan struct{}), done: make(chan struct{}), began: time.Now()}
	r.Planned = func(p *jobs.Plan) {
		o.mu.Lock()
		o.plan = jobs.Plan{Rows: p.Rows, FromJournal: p.FromJournal, Waiting: p.Waiting, Skipped: p.Skipped, Asks: p.Asks}
		o.mu.Unlock()
		o.once.Do(func() { close(o.planned) })
	}
	r.Started = func(w *pool.Progress) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.progress = w
		w.SetConcurrency(o.most)
	}
	return o
}

// finish takes in what became of the run.
func (o *own) finish(sum *task.Summary, err error, problem func(error) *Problem) {
	o.mu.Lock()
	o.sum, o.err, o.ended = sum, err, time.Now()
	if err != nil {
		o.problem = problem(err)
	}
	o.mu.Unlock()
	o.once.Do(func() { close(o.planned) })
	close(o.done)
}

func (o *own) over() bool {
	select {
	case <-o.done:
		return true
	default:
		return false
	}
}

// changed reports whether there is something to tell: always while the run is under way, and once when it is over.
func (o *own) changed() bool {
	if !o.over() {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	told := o.told
	o.told = true
	return !told
}

// stop drains the run.
func (o *own) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.stopping {
		o.stopping = true
		close(o.drain)
	}
}

// steer changes how the run goes on, if it has begun to ask.
func (o *own) steer(change func(*pool.Progress)) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.progress == nil || o.over() {
		return false
	}
	change(o.progress)
	return true
}

// tell fills in what this process knows better than the journal.
func (o *own) tell(i *Info) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over() {
		o.tellEnd(i)
		return
	}
	i.Here, i.Started, i.Ended, i.Error, i.Sandbox = true, o.began, nil, nil, o.sandbox
	i.State = Planning
	if o.progress != nil {
		s := o.progress.Snapshot()
		i.Live = live(s, o.pace.rate(s))
		i.proceed(&o.plan, s)
		i.State = o.state(s)
	}
	if o.stopping {
		i.State = Stopping
	}
}

func (o *own) state(s task.Snapshot) string {
	switch {
	case s.Tasks > 0 && s.Done >= s.Tasks:
		return Writing
	case s.Paused:
		return Paused
	}
	return Running
}

// tellEnd fills in what became of the run.
func (o *own) tellEnd(i *Info) {
	if i.Live != nil || i.State == Running { // the journal has not been looked at since
		i.Live, i.State = nil, Completed
		if o.sum != nil && o.sum.Pending > 0 {
			i.State = Interrupted
		}
	}
	if o.err == nil || i.Started.After(o.ended) {
		return
	}
	i.Error = o.problem
	if !errors.Is(o.err, context.Canceled) {
		i.State = Failed
	}
	if i.Started.IsZero() {
		i.Started, i.Ended = o.began, &o.ended
	}
}
