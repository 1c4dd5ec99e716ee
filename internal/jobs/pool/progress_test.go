package pool

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// TestSnapshot checks the snapshot of a run halfway and at its end.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		p := &Pool{Counters: &Counters{}, Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			return okay(), wait(ctx, 10*time.Second)
		}}
		w := NewProgress(p)
		w.Expect(12)
		time.AfterFunc(time.Second/2, func() {
			if s := w.Snapshot(); s.Tasks != 12 || s.Done != 0 || s.InFlight != 10 || s.Concurrency != 10 || s.Requests != 10 || s.Down {
				t.Errorf("after half a second: %+v", s)
			}
		})
		err := p.Execute(t.Context(), nil, tasksOf(12), func(r task.Result) error { w.Add(&r); return k.record(r) })
		if s := w.Snapshot(); err != nil || s.Done != 12 || s.InFlight != 0 || s.Tokens != 12*50 {
			t.Errorf("at the end: %+v, error %v", s, err)
		}
	})
}

// TestSnapshotWhileHeld checks that a snapshot has the time until the next request while the service wants none.
func TestSnapshotWhileHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		refused := apiError(gigachat.KindRateLimited, 429)
		refused.RetryAfter = 10 * time.Second
		p := &Pool{Counters: &Counters{}, Ask: failsFirst(refused, 1)}
		w := NewProgress(p)
		for at, want := range map[time.Duration]time.Duration{time.Second: 9 * time.Second, 9 * time.Second: time.Second} {
			time.AfterFunc(at, func() {
				if s := w.Snapshot(); s.Held != want {
					t.Errorf("after %s: held for %s, want %s", at, s.Held, want)
				}
			})
		}
		err := p.Execute(t.Context(), nil, tasksOf(1), k.record)
		if s := w.Snapshot(); err != nil || s.Held != 0 {
			t.Errorf("at the end: held for %s, error %v", s.Held, err)
		}
	})
}

// TestAttemptsNotSentAreNoRequests checks that only what may have reached the service is counted, and charged to a task.
func TestAttemptsNotSentAreNoRequests(t *testing.T) {
	t.Parallel()
	untaken, noToken := apiError(gigachat.KindNetwork, 0), apiError(gigachat.KindServer, 500)
	untaken.NotTaken, noToken.Op = true, "oauth"
	for name, tt := range map[string]struct {
		err      error
		requests int64
	}{"not taken": {untaken, 4}, "no token": {noToken, 4}, "answered": {apiError(gigachat.KindServer, 500), 7}} {
		synctest.Test(t, func(t *testing.T) {
			k, c := keeper(t), &Counters{}
			p := &Pool{Limits: task.Limits{Concurrency: 1}, Counters: c, Ask: failsFirst(tt.err, 3)}
			if err := p.Execute(t.Context(), nil, tasksOf(4), k.record); err != nil {
				t.Error(err)
			}
			k.wantAll(4, task.Completed, "")
			if n := c.Requests.Load(); n != tt.requests {
				t.Errorf("%s: %d requests are counted, want %d", name, n, tt.requests)
			}
		})
	}
}

// TestTasksOfAPlan checks how the number of tasks follows what is planned, found on the way, left out, and asked again.
func TestTasksOfAPlan(t *testing.T) {
	t.Parallel()
	w := NewProgress(&Pool{Counters: &Counters{}})
	want := func(tasks, done int) {
		t.Helper()
		if s := w.Snapshot(); s.Tasks != tasks || s.Done != done {
			t.Errorf("%d of %d tasks are done, want %d of %d", s.Done, s.Tasks, done, tasks)
		}
	}
	if !w.Expect(3) || w.Expect(3) {
		t.Error("the first plan is not told from the second")
	}
	w.More(2)
	want(3, 0)
	w.More(4)
	want(4, 0)
	for _, r := range []task.Result{{State: task.Completed}, {State: task.Failed, Cause: task.CauseServer}, {State: task.Failed, Cause: task.CauseRejected}} {
		w.Add(&r)
	}
	want(4, 3)
	for range 3 {
		w.Fewer()
	}
	want(3, 3)
	if n := w.Again(); n != 1 {
		t.Errorf("%d tasks are asked again, want 1", n)
	}
	want(3, 2)
	w.Expect(5)
	want(7, 2)
	w.Rows(func() task.Tally { return task.Tally{Rows: 5} })
	w.Batches(func() []task.BatchState { return []task.BatchState{{ID: "b"}} })
	if s := w.Snapshot(); s.Tally == nil || s.Tally.Rows != 5 || len(s.Batches) != 1 || s.Batches[0].ID != "b" {
		t.Errorf("snapshot %+v, want 5 rows and the batch", s)
	}
}

// TestQuotaOfRefusedTasks checks that nothing is said of a quota as long as every task fails.
func TestQuotaOfRefusedTasks(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]bool{"every task fails": false, "one in ten succeeds": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				var under, asked atomic.Int64
				p := &Pool{Limits: task.Limits{KeepGoing: true}, Counters: &Counters{}, Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					defer under.Add(-1)
					if under.Add(1) > 3 {
						return nil, apiError(gigachat.KindRateLimited, 429)
					}
					if err := wait(ctx, 100*time.Millisecond); err != nil || found && asked.Add(1)%10 == 0 {
						return okay(), err
					}
					return nil, apiError(gigachat.KindRejected, 418)
				}}
				w := NewProgress(p)
				err := p.Execute(t.Context(), nil, tasksOf(100), func(r task.Result) error { w.Add(&r); return k.record(r) })
				if s := w.Snapshot(); err != nil || (s.Quota.Streams == 3) != found || !found && s.Quota != (task.Belief{}) {
					t.Errorf("%+v, %v", s.Quota, err)
				}
			})
		})
	}
}

// TestTroubleWithoutTheRequestID checks what those who watch a run are told of an error.
func TestTroubleWithoutTheRequestID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := apiError(gigachat.KindServer, 503)
		down.RequestID = "1eaff64f-15ed-46ca-a570-6766cc62db04"
		p := &Pool{Counters: &Counters{}, Limits: task.Limits{MaxOutage: time.Minute}, Ask: func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) {
			return nil, down
		}}
		w := NewProgress(p)
		time.AfterFunc(5*time.Second, func() {
			if s := w.Snapshot(); s.Trouble != "chat: 503: no" {
				t.Errorf("the trouble is %q", s.Trouble)
			}
		})
		if err := p.Execute(t.Context(), nil, tasksOf(9), keeper(t).record); err == nil {
			t.Error("no error")
		}
		if down.RequestID == "" {
			t.Error("the error was changed")
		}
	})
}

// TestUselessAnswersAreNotLost checks that answers that came are journaled, with or without their usage, and not counted as lost.
func TestUselessAnswersAreNotLost(t *testing.T) {
	t.Parallel()
	for name, usage := range map[string]gigachat.Usage{"usage": {PromptTokens: 1, TotalTokens: 1}, "no usage": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				var spent atomic.Int64
				p := &Pool{Counters: &Counters{}, Spent: func(r task.Result) error {
					if spent.Add(1); r.Raw != "{}" {
						t.Errorf("journaled %+v", r)
					}
					return nil
				}, Ask: func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) {
					return &gigachat.ChatResponse{Unknown: true, Raw: "{}", Usage: usage}, nil
				}}
				err := p.Execute(t.Context(), nil, tasksOf(2), k.record)
				if lost := p.Counters.Lost.Load(); err != nil || lost != 0 || spent.Load() != 4 || len(k.results) != 2 {
					t.Errorf("%v, %d lost, %d spent, %d results", err, lost, spent.Load(), len(k.results))
				}
			})
		})
	}
}
