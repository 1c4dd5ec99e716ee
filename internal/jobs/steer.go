package jobs

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"

	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Control lets other processes of the user steer a run while it asks. See package control.
type Control struct {
	Folders []string            // for the socket; without one, the run is not steered
	Drain   func()              // stops the run like the first Ctrl-C; may be called several times; not nil
	Note    func(messages.Text) // what another process has changed, or why none can; may be nil
}

// listen answers other processes until end is called. A preview does not answer.
func (w *work) listen() (end func()) {
	r := w.asked.run
	if len(r.job.Control.Folders) == 0 || r.preview > 0 {
		return func() {}
	}
	s, err := control.Serve(r.job.Journal, r.job.Control.Folders, w.obey)
	if err != nil {
		w.note(messages.Sprintf("other processes cannot steer this run: %v", err))
		return func() {}
	}
	return s.Close
}

func (w *work) note(text messages.Text) {
	if note := w.asked.run.job.Control.Note; note != nil {
		note(text)
	}
}

// obey does what another process wants. It is called while the run asks, by several goroutines.
func (w *work) obey(r control.Request) (*control.Status, error) {
	job := w.asked.run.job
	switch r.Do {
	case control.Show:
	case control.Pause:
		w.progress.Pause()
		w.note(messages.Sprintf("another process paused the run"))
	case control.Resume:
		w.progress.Resume()
		w.note(messages.Sprintf("another process resumed the run"))
	case control.Concurrency:
		n := r.N
		switch {
		case n < 0 || n > pool.MaxConcurrency:
			return nil, &control.Refusal{Msg: messages.Sprintf("the number of requests at once must be from 1 to %d{|}", pool.MaxConcurrency)}
		case n > 0:
			w.note(messages.Sprintf("another process set the number of requests at once to %d{|}", n))
		default:
			if n = w.auto; n > pool.MaxConcurrency { // the keys of workers add up
				n = 0
			}
			w.note(messages.Sprintf("another process set the number of requests at once to auto"))
		}
		w.progress.SetConcurrency(n)
	case control.Budget:
		if r.Budget <= 0 {
			return nil, &control.Refusal{Msg: messages.Sprintf("the budget must be more than 0 ₽")}
		}
		if err := w.asked.setCost(w.pool.Spending, r.Budget); err != nil {
			return nil, err
		}
		w.note(messages.Sprintf("another process set the budget to %s", r.Budget.Text()))
	case control.Drain:
		job.Control.Drain()
	default:
		return nil, &control.Refusal{Msg: messages.Sprintf("the run does not know %q", string(r.Do))}
	}
	st := control.Observe(w.progress.Snapshot(), task.Closed(w.drain) || r.Do == control.Drain)
	st.Input, st.PID, st.Started, st.Sandbox = filepath.Base(job.Input), os.Getpid(), w.asked.run.opened, w.asked.run.sandbox
	st.Budget = w.pool.Spending.Bounds()
	if st.Max = cmp.Or(st.Max, job.Limits.Concurrency); st.Max == w.auto {
		st.Max = 0
	}
	return st, nil
}

// setCost changes the budget of the run in rubles, unless it cannot be kept.
func (a *Asked) setCost(s *cost.Spending, budget cost.Amount) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := s.Bounds()
	b.Cost = budget
	err := checkBudget(a.plan, b)
	if usage, ok := errors.AsType[*spec.UsageError](err); ok {
		return &control.Refusal{Msg: usage.Msg, Hint: usage.Hint}
	}
	if err == nil {
		s.SetCost(budget)
	}
	return err
}
