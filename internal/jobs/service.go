package jobs

import (
	"context"
	"errors"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
)

// FileStore keeps the files that go with requests. Errors are those of the client.
type FileStore interface {
	UploadFile(ctx context.Context, u gigachat.Upload, timeout time.Duration) (*gigachat.File, error)
	File(ctx context.Context, id string) (*gigachat.File, error)
	DeleteFile(ctx context.Context, id string) error
}

// Service is what answers the jobs of a run.
type Service struct {
	Ask     pool.AskFunc
	Files   FileStore                   // nil where no files can be attached
	Sandbox bool                        // the service is a sandbox, whatever the run was told
	Check   func(models []string) error // refuses models that the service does not have; nil takes all
	Start   int                         // requests in flight at first
	Most    int                         // most requests in flight
}

// connect reaches the service, and makes the journal if there was none.
func (r *Run) connect(ctx context.Context) (*Service, error) {
	svc, err := r.Connect(ctx, r.plans.Models)
	if err != nil {
		return nil, err
	}
	again := svc.Sandbox != r.Sandbox
	if again && r.Sandbox {
		return nil, errors.New("the sandbox was asked for, but the service that answers is not one")
	}
	r.Sandbox = svc.Sandbox
	if r.journal == nil {
		if err := r.openJournal(); err != nil {
			return nil, err
		}
		again = again || r.journal.Size() > 0
	}
	if again {
		return svc, r.replan(ctx)
	}
	return svc, nil
}

// replan makes the plan again, because the journal or the service is not what it was made for.
func (r *Run) replan(ctx context.Context) error {
	src, err := r.open()
	if err != nil {
		return err
	}
	return r.makePlan(ctx, src)
}
