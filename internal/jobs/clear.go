package jobs

import (
	"context"
	"time"
)

// clearTime is how long deleting files at the service may take.
const clearTime = 30 * time.Second

// clearFiles deletes what is stored at the service after a run, also one that was interrupted, and returns how many files are left there:
// all of them after a run that was stopped at once.
func (r *Run) clearFiles(ctx context.Context) (left int) {
	n := len(r.journal.StoredFiles(r.Sandbox))
	if n == 0 || ctx.Err() != nil || r.uploads == nil || r.uploads.store == nil {
		return n
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTime)
	defer cancel()
	left, err := r.uploads.clear(ctx)
	if err != nil {
		return max(1, left)
	}
	return left
}

// clearLeft deletes what a run that was killed has left at the service, where there is nothing more to ask. That is the only reason to
// connect then, so it may fail.
func (r *Run) clearLeft(ctx context.Context) (left int) {
	n := len(r.journal.StoredFiles(r.Sandbox))
	if n == 0 {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, clearTime/3)
	defer cancel()
	svc, err := r.Connect(ctx, nil)
	if err != nil || svc.Sandbox != r.Sandbox {
		return n
	}
	r.uploads = &uploads{store: svc.Files, files: &r.files, journal: r.journal, sandbox: r.Sandbox}
	return r.clearFiles(ctx)
}
