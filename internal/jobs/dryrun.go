package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// DryRun returns the plan and the first n requests of a run. Nothing is sent or written, and the journal is not locked.
func (r *Run) DryRun(ctx context.Context, n int) ([]json.RawMessage, *Plan, error) {
	r.Journal = cmp.Or(r.Journal, spec.JournalPath(r.Input))
	r.dry = true
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, nil, err
	}
	src, err := r.open()
	if err != nil {
		return nil, nil, err
	}
	k, err := r.askers(src)
	if err != nil {
		return nil, nil, err
	}
	var requests []json.RawMessage
	for j, err := range r.jobs(src, k) {
		if err != nil || len(requests) == n {
			return requests, r.plans, err
		}
		requests = append(requests, slices.Clone(j.Body))
	}
	return requests, r.plans, nil
}

// readExisting opens the journal for reading, if there is one.
func (r *Run) readExisting() error {
	j, err := journal.Read(r.Journal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r.journal = j
	return err
}
