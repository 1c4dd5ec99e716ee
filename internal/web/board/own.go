package board

import (
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// own is a run of this process. It is safe for concurrent use.
type own struct {
	job     *jobs.Job
	drain   chan struct{}
	planned chan struct{} // closed when the run is planned or has ended
	once    sync.Once     // closes planned
	done    chan struct{}

	mu       sync.Mutex // guards all below
	began    time.Time
	tally    *task.Tally // of the plan, nil before
	tasks    int         // of the plan
	waiting  error       // why the service could not be reached the last time it was tried, nil if it was reached or not tried yet
	stopping bool
	progress *pool.Progress
	pace     pace
	notes    []messages.Text // the newest
	outcome
}

// maxNotes is how many notes of a run are kept.
const maxNotes = 5

// outcome is how a run has ended.
type outcome struct {
	ended   time.Time
	err     error
	problem *Problem // err as the page shows it
	told    bool     // changed has reported the end
}

func newOwn(j *jobs.Job) *own {
	o := &own{job: j, drain: make(chan struct{}), planned: make(chan struct{}), done: make(chan struct{}), began: time.Now()}
	j.Planned = func(p *jobs.Plan) {
		if j.Confirm != nil && o.refuses(p) {
			return // the run ends with this error, and counts as one that was never planned
		}
		tally := p.Tally.Clone()
		o.mu.Lock()
		o.tally, o.tasks = &tally, p.Tasks
		o.mu.Unlock()
		o.once.Do(func() { close(o.planned) })
	}
	j.Waiting = func(err error, _ time.Duration) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.waiting = err
	}
	j.Said = func(text messages.Text) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.notes = append(o.notes[max(0, len(o.notes)+1-maxNotes):], text)
	}
	j.Started = func(w *pool.Progress) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.progress, o.waiting = w, nil
	}
	return o
}

// refuses reports whether the first plan asks again more than the user has confirmed.
func (o *own) refuses(p *jobs.Plan) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tally == nil && o.job.Confirm(p) != nil
}

// finish records the result of the run. problem is err as the page shows it.
func (o *own) finish(err error, problem *Problem) {
	o.mu.Lock()
	o.err, o.problem, o.ended = err, problem, time.Now()
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

// before reports whether the run had ended at a time.
func (o *own) before(t time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.ended.IsZero() && o.ended.Before(t)
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
// the journal may be of a later run by now. problem returns an error as the page shows it.
func (o *own) tell(i *Info, problem func(error) *Problem) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.over() || !i.Alive() && !i.Started.After(o.ended) {
		i.Notes = slices.Clone(o.notes)
	}
	if !o.over() {
		o.tellLive(i, problem)
		return
	}
	if o.err == nil || i.Alive() || i.Started.After(o.ended) {
		return
	}
	if i.Started.IsZero() { // there is no journal: no request was sent
		i.State, i.Name, i.Error = Interrupted, filepath.Base(o.job.Input), nil
		i.Started, i.Ended, i.Sandbox, i.Columns = o.began, &o.ended, o.job.Sandbox, o.job.Settings.CompletionColumns()
		if o.tally != nil {
			i.count(o.tally)
		}
	}
	if !jobs.Stopped(o.err) {
		i.Error = o.problem
		if i.State != Limited {
			i.State = Failed
		}
	}
}

// tellLive fills in the state of a run in progress. The caller holds mu.
func (o *own) tellLive(i *Info, problem func(error) *Problem) {
	i.Here, i.Started, i.Ended, i.Error, i.Live, i.Sandbox = true, o.began, nil, nil, nil, o.job.Sandbox
	i.State, i.Money, i.Late = Planning, Money{Budget: o.job.Limits.Budget}, 0
	i.Asked, i.Did = o.job.Limits.Via != task.ViaLive, nil
	tally, open := o.tally, i.Open
	switch {
	case o.progress != nil:
		s := o.progress.Snapshot()
		i.Live = live(s, o.pace.rate(s))
		i.spend(s.Spent)
		open = s.Batches
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
	case o.job.All, tally != nil && o.tasks == 0: // all answers are saved, or there is nothing to ask
		i.State = Writing
	case tally != nil:
		i.State = Connecting
		if o.waiting != nil {
			i.Error = problem(o.waiting)
		}
	}
	if tally != nil {
		i.count(tally)
	}
	i.batches(open)
	if o.stopping {
		i.State, i.Error = Stopping, nil
	}
}

// asking returns the keys of the tasks whose requests are in flight.
func (o *own) asking() map[task.Key]bool {
	all := map[task.Key]bool{}
	o.steer(func(w *pool.Progress) {
		for _, k := range w.Asking() {
			all[k] = true
		}
	})
	return all
}
