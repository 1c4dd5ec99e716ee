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
	planned chan struct{} // closed when the run is planned or has ended
	once    sync.Once     // closes planned
	done    chan struct{}

	mu       sync.Mutex // guards all below
	began    time.Time
	ended    time.Time
	tally    *task.Tally // of the plan, nil before
	stopping bool
	progress *pool.Progress
	pace     pace
	err      error
	problem  *Problem
	told     bool // changed has reported the end
}

func newOwn(j *jobs.Job) *own {
	o := &own{sandbox: j.Sandbox, drain: make(chan struct{}), planned: make(chan struct{}), done: make(chan struct{}), began: time.Now()}
	j.Planned = func(p *jobs.Plan) {
		tally := p.Tally.Clone()
		o.mu.Lock()
		o.tally = &tally
		o.mu.Unlock()
		o.once.Do(func() { close(o.planned) })
	}
	j.Started = func(w *pool.Progress) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.progress = w
	}
	return o
}

// finish records the result of the run.
func (o *own) finish(err error, problem func(error) *Problem) {
	o.mu.Lock()
	o.err, o.ended = err, time.Now()
	if err != nil {
		o.problem = problem(err)
	}
	o.mu.Unlock()
	close(o.done) // first, so that whoever waits for the plan sees that the run has ended
	o.once.Do(func() { close(o.planned) })
}

func (o *own) over() bool {
	select {
	case <-o.done:
		return true
	default:
		return false
	}
}

// changed reports whether the state may have changed: always while the run is in progress, and once after its end.
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

// steer changes the progress of the run. It reports false if the run has not sent requests yet, or has ended.
func (o *own) steer(change func(*pool.Progress)) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.progress == nil || o.over() {
		return false
	}
	change(o.progress)
	return true
}

// tell fills in what this process knows better than the journal. Everything about a run that has ended is in the journal, except its error;
// the journal may be of a later run by now.
func (o *own) tell(i *Info) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.over() {
		o.tellLive(i)
		return
	}
	if o.err == nil || i.alive() || i.Started.After(o.ended) {
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

// tellLive fills in the state of a run in progress. The caller holds mu.
func (o *own) tellLive(i *Info) {
	i.Here, i.Started, i.Ended, i.Error, i.Live, i.Sandbox = true, o.began, nil, nil, nil, o.sandbox
	i.State = Planning
	tally := o.tally
	if o.progress != nil {
		s := o.progress.Snapshot()
		i.Live = live(s, o.pace.rate(s))
		if s.Tally != nil {
			tally = s.Tally
		}
		switch {
		case s.Tasks > 0 && s.Done >= s.Tasks:
			i.State = Writing
		case s.Paused:
			i.State = Paused
		default:
			i.State = Running
		}
	}
	if tally != nil {
		i.count(tally)
	}
	if o.stopping {
		i.State = Stopping
	}
}
