package jobs

import (
	"path/filepath"
	"time"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// begin writes the manifest. A run that asks nothing writes one only if it differs from the last.
func (r *Run) begin(asks bool) error {
	m := &journal.Manifest{
		Sandbox: r.Sandbox, Version: r.Version, Started: time.Now().UTC(),
		Fresh: r.Fresh && asks, Epoch: r.journal.Epoch(), Input: filepath.Base(r.Input), Place: spec.PlaceFrom(r.journal.Path(), r.Input), Settings: r.Settings.Portable(r.Input), Found: r.kept.source.Found(), Preview: r.preview > 0, Rows: r.plans.Rows,
	}
	if !asks && !r.journal.Unended() && r.journal.Last().Equal(m) {
		return nil
	}
	return r.journal.Start(m)
}

// endRun notes that the run ended by itself. sum is what it came to, nil where that is not known.
func (r *Run) endRun(pending int, sum *task.Summary) error {
	if !r.journal.Unended() {
		return nil
	}
	return r.journal.End(&journal.End{Sandbox: r.Sandbox, Pending: pending, Ended: time.Now().UTC(), Summary: sum})
}
