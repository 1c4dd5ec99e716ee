package pool

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/task"
)

// inSandbox opens an in-memory sandbox and a client of it that gets its own tokens. In a bubble, a call of the returned function ends both.
func inSandbox(o sandbox.Options) (*sandbox.Sandbox, *gigachat.Client, func()) {
	s := sandbox.New(o)
	oauth := &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, Transport: s.Transport()}
	return s, &gigachat.Client{Tokens: oauth, Transport: s.Transport()}, func() { s.Close() }
}

// kept keeps the results of a run and checks that each task has at most one. It is safe for concurrent use.
type kept struct {
	t    testing.TB
	fail func(task.Result) error // if set, its error is returned by record

	mu      sync.Mutex // guards results
	results map[task.Key]task.Result
}

func keeper(t testing.TB) *kept { return &kept{t: t, results: map[task.Key]task.Result{}} }

func (k *kept) record(r task.Result) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		if err := k.fail(r); err != nil {
			return err
		}
	}
	if _, twice := k.results[r.Key]; twice {
		k.t.Errorf("recorded twice: %s", r.Key)
	}
	k.results[r.Key] = r
	return nil
}

// count returns how many results have a state and a cause.
func (k *kept) count(s task.State, c task.Cause) (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range k.results {
		if r.State == s && r.Cause == c {
			n++
		}
	}
	return n
}

// wantAll fails the test unless exactly n tasks ended, all with this state and cause.
func (k *kept) wantAll(n int, s task.State, c task.Cause) {
	k.t.Helper()
	if got := k.count(s, c); got != n || len(k.results) != n {
		k.t.Errorf("%d of %d results are %s %q, want all of %d", got, len(k.results), s, c, n)
	}
}

// apiError returns an error of the API for a fake Ask.
func apiError(kind gigachat.Kind, status int) *gigachat.Error {
	return &gigachat.Error{Op: "chat", Kind: kind, Status: status, Message: "no"}
}

func okay() *gigachat.ChatResponse {
	return &gigachat.ChatResponse{Completion: "yes", FinishReason: "stop", Usage: gigachat.Usage{PromptTokens: 20, CompletionTokens: 30}}
}

// wait waits for d or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Sent: true, Err: ctx.Err()}
	}
}

// counted yields n tasks and counts how many are pulled.
func counted(n int, pulled *int) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		for i := range n {
			*pulled++
			if !yield(jobOf(i), nil) {
				return
			}
		}
	}
}

// isKind reports whether err is an API error of this kind.
func isKind(err error, kind gigachat.Kind) bool {
	var e *gigachat.Error
	return errors.As(err, &e) && e.Kind == kind
}
