package task

import (
	"context"
	"iter"
)

// Executor completes jobs.
//
// Execute takes a slot, then pulls a job, until the sequence ends or drain is closed, and calls record at most once for each, in any
// order, from any goroutine; a job without a record stays pending. A job that cannot be completed is a Result; an error returned is
// one that ends the run.
type Executor interface {
	Execute(ctx context.Context, drain <-chan struct{}, jobs iter.Seq2[Task, error], record func(Result) error) error
}
