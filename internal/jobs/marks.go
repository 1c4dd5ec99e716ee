package jobs

import (
	"time"
)

// marks notes how the run stands, now and then until ended is closed.
func (r *Run) marks(ended <-chan struct{}) error {
	wait := firstMark
	t := time.NewTimer(wait)
	defer t.Stop()
	for {
		select {
		case <-ended:
			return nil
		case <-t.C:
		}
		if err := r.journal.mark(r.mark()); err != nil {
			return nil // the next result meets the same and ends the run
		}
		wait = min(wait*9/8, lastMark)
		t.Reset(wait)
	}
}

func (r *Run) mark() *Mark {
	m := &Mark{
		Key: noKey, State: kindMark, Sandbox: r.Sandbox, At: time.Now().UTC(), Snapshot: r.shown.Snapshot(),
		Rows: r.plans.Rows, Before: r.plans.FromJournal, Skipped: r.plans.Skipped,
	}
	m.ElapsedMS = m.Elapsed.Milliseconds()
	return m
}
