package jobs

import (
	"path/filepath"

	"time"

	"gigabatch/internal/jobs/spec"
)

// begin writes the manifest. A run that asks nothing writes one only if it differs from the last.
func (r *Run) begin(asks bool) error {
	m := &manifest{
		Key: noKey, State: kindRun, Sandbox: r.Sandbox, Format: journalFormat, Version: r.Version, Started: time.Now().UTC(),
		Fresh: r.Fresh && asks, Epoch: r.journal.epoch, Input: filepath.Base(r.Input), Place: spec.PlaceFrom(r.journal.path, r.Input), Settings: r.Settings.Portable(r.Input), Found: r.kept.source.Found(), Preview: r.preview > 0, Rows: r.plans.Rows,
	}
	if h := &r.journal.history; !asks && !h.unended && h.last.sameAs(m) {
		return nil
	}
	return r.journal.start(m)
}

// endRun notes that the run ended by itself. sum is what it came to, nil where that is not known.
func (r *Run) endRun(pending int, sum *Summary) error {
	if !r.journal.history.unended {
		return nil
	}
	return r.journal.end(&end{Key: noKey, State: kindEnd, Sandbox: r.Sandbox, Pending: pending, Ended: time.Now().UTC(), Summary: sum})
}
