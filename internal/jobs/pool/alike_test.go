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
