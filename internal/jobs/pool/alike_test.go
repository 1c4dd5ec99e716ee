package pool

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// TestFailuresAlike checks when a run ends because its requests fail for good in the same way.
func TestFailuresAlike(t *testing.T) {
	t.Parallel()
	refused := func(status int) error { return apiError(gigachat.KindRejected, status) }
	empty := &gigachat.ChatResponse{FinishReason: "length"}
	for name, c := range map[string]struct {
		answer  func(n int64) (*gigachat.ChatResponse, error) // to the nth request; nil, nil is an answer
		way     task.Way
		going   bool
		results int // with one request at a time; 0 for all
		first   bool
	}{
		"all refused": {answer: func(int64) (*gigachat.ChatResponse, error) { return nil, refused(418) }, results: 20, first: true},
		"all cut off": {answer: func(int64) (*gigachat.ChatResponse, error) { return empty, nil }, results: 20, first: true},
		"all too long to be read": {answer: func(int64) (*gigachat.ChatResponse, error) {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindBadBody, Status: 200, TooLong: true, Sent: true}
		}, results: 20, first: true},
		"keep going":          {answer: func(int64) (*gigachat.ChatResponse, error) { return nil, refused(400) }, going: true},
		"too long":            {answer: func(int64) (*gigachat.ChatResponse, error) { return nil, refused(413) }},
		"the form is refused": {answer: func(int64) (*gigachat.ChatResponse, error) { return nil, refused(422) }, way: task.ByFormat},
		"in words":            {answer: func(int64) (*gigachat.ChatResponse, error) { return nil, refused(422) }, way: task.ByWords, results: 20, first: true},
		"not alike":           {answer: func(n int64) (*gigachat.ChatResponse, error) { return nil, refused(400 + int(n%2)*18) }},
		"after an answer": {answer: func(n int64) (*gigachat.ChatResponse, error) {
			if n == 19 {
				return nil, nil
			}
			return nil, refused(400)
		}, results: 19 + 50},
		"some answers": {answer: func(n int64) (*gigachat.ChatResponse, error) {
			if n%19 == 0 {
				return nil, nil
			}
			return nil, refused(400)
		}},
		"failures that pass do not count": {answer: func(n int64) (*gigachat.ChatResponse, error) {
			if n%2 == 0 {
				return nil, apiError(gigachat.KindServer, 500)
			}
			return nil, refused(400)
		}, results: 20, first: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				k := keeper(t)
				p := &Pool{Limits: task.Limits{Concurrency: 1, KeepGoing: c.going}, Start: 1, Counters: &Counters{},
					Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
						if r, err := c.answer(asked.Add(1)); r != nil || err != nil {
							return r, err
						}
						return okay(), nil
					}}
				err := p.Execute(t.Context(), nil, func(yield func(task.Task, error) bool) {
					for job := range tasksOf(200) {
						job.Way = c.way
						if !yield(job, nil) {
							return
						}
					}
				}, k.record)
				var alike *AlikeError
				switch {
				case c.results == 0 && (err != nil || len(k.results) != 200):
					t.Errorf("%v, %d results", err, len(k.results))
				case c.results > 0 && (!errors.As(err, &alike) || alike.First != c.first || len(k.results) != c.results || !strings.Contains(alike.Error(), alike.Last)):
					t.Errorf("%v, %d results", err, len(k.results))
				}
			})
		})
	}
}

// TestIntercepted checks what happens to tasks for which a proxy or a network answers instead of the service: they are nobody's fault.
func TestIntercepted(t *testing.T) {
	t.Parallel()
	always := func(int64, string) bool { return true }
	for name, c := range map[string]struct {
		tasks       int
		intercepted func(n int64, prompt string) bool // the nth request
		going       bool
		alike       bool // the run ends with an *AlikeError
		stops       bool // the run ends with the error itself
		failed      int
		most        int64 // requests
	}{
		"all":        {tasks: 200, intercepted: always, alike: true, most: 30},
		"few tasks":  {tasks: 2, intercepted: always, stops: true, most: 10},
		"keep going": {tasks: 30, intercepted: always, going: true, failed: 30, most: 150},
		"from some time on": {
			tasks: 200, intercepted: func(n int64, _ string) bool { return n > 100 }, alike: true, most: 160,
		},
		"now and then": {tasks: 200, intercepted: func(n int64, _ string) bool { return n%10 == 0 }, most: 300},
		"for a while":  {tasks: 200, intercepted: func(n int64, _ string) bool { return n > 100 && n < 140 }, most: 300},
		"one prompt":   {tasks: 2000, intercepted: func(_ int64, prompt string) bool { return strings.Contains(prompt, "<7>") }, failed: 1, most: 2010},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				k := keeper(t)
				p := &Pool{Limits: task.Limits{Concurrency: 10, KeepGoing: c.going}, Counters: &Counters{},
					Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
						n := asked.Add(1)
						if err := wait(ctx, 100*time.Millisecond); err != nil {
							return nil, err
						}
						if c.intercepted(n, string(body)) {
							return nil, apiError(gigachat.KindIntercepted, 407)
						}
						return okay(), nil
					}}
				err := p.Execute(t.Context(), nil, tasksOf(c.tasks), k.record)
				var alike *AlikeError
				failed := 0
				for _, r := range k.results {
					if r.State == task.Failed {
						failed++
						if r.Cause != task.CauseNetwork {
							t.Errorf("failed with cause %q", r.Cause)
						}
					}
				}
				isAlike := errors.As(err, &alike)
				if stops := !isAlike && isKind(err, gigachat.KindIntercepted); isAlike != c.alike || stops != c.stops || failed != c.failed || asked.Load() > c.most {
					t.Errorf("%v; %d requests, %d results, %d failed", err, asked.Load(), len(k.results), failed)
				}
				if isAlike && !isKind(alike.Err, gigachat.KindIntercepted) {
					t.Errorf("the cause is %v", alike.Err)
				}
				if err == nil && len(k.results) != c.tasks {
					t.Errorf("%d results", len(k.results))
				}
			})
		})
	}
}
