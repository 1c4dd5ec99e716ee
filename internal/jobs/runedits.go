package jobs

import "gigabatch/internal/jobs/journal"

// edits reads the edits beside the run's journal, nil if there never were any.
func (r *Run) edits() (*journal.Edits, error) {
	if r.Journal == "" {
		return nil, nil
	}
	e, err := journal.OpenEdits(r.Journal)
	if err != nil || e.None() {
		return nil, err
	}
	return e, nil
}
