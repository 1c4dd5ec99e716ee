package jobs

import (
	"time"

	"gigabatch/internal/jobs/journal"
)

// marks notes how the run stands, now and then until ended is closed.
func (r *Run) marks(ended <-chan struct{}) error {
	wait := journal.FirstMark
	t := time.NewTimer(wait)
	defer t.Stop()
	for {
		select {
		case <-ended:
			return nil
		case <-t.C:
		}
		if err := r.journal.Mark(r.mark()); err != nil {
			return nil // the next result meets the same and ends the run
		}
		wait = min(wait*9/8, journal.LastMark)
		t.Reset(wait)
	}
}

func (r *Run) mark() *journal.Mark {
	m := &journal.Mark{
		Sandbox: r.Sandbox, At: time.Now().UTC(), Snapshot: r.shown.Snapshot(),
		Rows: r.plans.Rows, Before: r.plans.FromJournal, Skipped: r.plans.Skipped,
	}
	m.ElapsedMS = m.Elapsed.Milliseconds()
	return m
}
