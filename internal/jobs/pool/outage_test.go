package pool

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// TestOutagePauses checks that the run pauses while the service is down, and that no row is charged for it.
func TestOutagePauses(t *testing.T) {
	t.Parallel()
	for _, window := range []int{1, 10} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			var asked, down atomic.Int64
			k, c := keeper(t), &Counters{}
			p := &Pool{Limits: task.Limits{Concurrency: window}, Start: window, Counters: c,
				Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					asked.Add(1)
					if at := time.Since(began); at > 2*time.Second && at < 12*time.Minute {
						down.Add(1)
						return nil, apiError(gigachat.KindServer, 503)
					}
					return okay(), wait(ctx, 100*time.Millisecond)
				}}
			err := p.Execute(t.Context(), nil, tasksOf(500), k.record)
			if err != nil {
				t.Fatal(err)
			}
			k.wantAll(500, task.Completed, "")
			if d := time.Duration(c.Outages.Load()); d < 11*time.Minute || d > 13*time.Minute {
				t.Errorf("counted outages of %s", d)
			}
			if down.Load() > 300 {
				t.Errorf("asked %d times in 12 minutes of an outage", down.Load())
			}
		})
	}
}

// TestOutageEnds checks that the run ends after MaxOutage without a success, with the rows pending.
func TestOutageEnds(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]error{
		"server":  apiError(gigachat.KindServer, 503),
		"network": apiError(gigachat.KindNetwork, 0),
		"429":     apiError(gigachat.KindRateLimited, 429),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				began := time.Now()
				var left atomic.Int64
				p := &Pool{Limits: task.Limits{MaxOutage: 5 * time.Minute}, Ask: failsFirst(fail, 1<<40), Spent: func(r task.Result) error {
					if left.Add(1); r.State == task.Completed || r.Error == "" || !r.At.Equal(time.Now()) {
						t.Errorf("at %s, a task is left as %+v", time.Now(), r)
					}
					return nil
				}}
				err := p.Execute(t.Context(), nil, tasksOf(50), k.record)
				if left.Load() == 0 {
					t.Error("no task is left with its last error")
				}
				var outage *task.OutageError
				if !errors.As(err, &outage) || len(k.results) > 0 || time.Since(began) != 5*time.Minute || !errors.Is(err, fail) {
					t.Errorf("error %v, %d results after %s", err, len(k.results), time.Since(began))
				}
			})
		})
	}
}

// TestFewRowsFailAlone checks that rows fail if there are too few of them to detect an outage.
func TestFewRowsFailAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		p := &Pool{Ask: failsFirst(apiError(gigachat.KindServer, 500), 1<<40)}
		if err := p.Execute(t.Context(), nil, tasksOf(3), k.record); err != nil {
			t.Error(err)
		}
		k.wantAll(3, task.Failed, task.CauseServer)
	})
}

// TestFewRowsWaitForTheService checks that a row is not charged while the service is unavailable to all rows, however few they are.
func TestFewRowsWaitForTheService(t *testing.T) {
	t.Parallel()
	refused := apiError(gigachat.KindNetwork, 0)
	refused.Err = &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for name, fail := range map[string]error{"503": apiError(gigachat.KindServer, 503), "dial": refused} {
		for rows := 1; rows <= 4; rows++ {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				k, c := keeper(t), &Counters{}
				var ask AskFunc = func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) {
					if time.Since(began) < 12*time.Minute {
						return nil, fail
					}
					return okay(), nil
				}
				ask = firstBroken(ask)
				if err := (&Pool{Counters: c, Ask: ask}).Execute(t.Context(), nil, tasksOf(rows), k.record); err != nil {
					t.Errorf("%s, %d rows: %v", name, rows, err)
				}
				k.wantAll(rows, task.Completed, "")
				if d := time.Duration(c.Outages.Load()); d < 12*time.Minute || d > 13*time.Minute {
					t.Errorf("%s, %d rows: counted outages of %s", name, rows, d)
				}
				if n := c.Requests.Load(); n > 220 {
					t.Errorf("%s, %d rows: %d requests in 12 minutes of an outage", name, rows, n)
				}

				k, began = keeper(t), time.Now()
				p := &Pool{Limits: task.Limits{MaxOutage: 5 * time.Minute}, Ask: ask}
				err := p.Execute(t.Context(), nil, tasksOf(rows), k.record)
				var outage *task.OutageError
				if !errors.As(err, &outage) || len(k.results) > 0 || time.Since(began) != 5*time.Minute {
					t.Errorf("%s, %d rows: error %v, %d results after %s", name, rows, err, len(k.results), time.Since(began))
				}
			})
		}
	}
}

// firstBroken makes the first request fail as if the service had gone while it was under way.
func firstBroken(ask AskFunc) AskFunc {
	var asked atomic.Bool
	return func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
		if !asked.Swap(true) {
			return nil, apiError(gigachat.KindNetwork, 0)
		}
		return ask(ctx, body, timeout)
	}
}

// TestRefusedWaitsAlone checks that a refused task waits as long as the service asked for, and that the others go on meanwhile.
func TestRefusedWaitsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		refused := apiError(gigachat.KindRateLimited, 429)
		refused.RetryAfter = 20 * time.Second
		var mu sync.Mutex // guards the two below
		var fifth string
		asked := 0
		k, c := keeper(t), &Counters{}
		p := &Pool{Counters: c, Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			mu.Lock()
			defer mu.Unlock()
			at := time.Since(began)
			if asked++; asked == 5 {
				fifth = string(body)
				return nil, refused
			}
			if (string(body) == fifth) != (at >= 20*time.Second) {
				t.Errorf("a start of %s at %s", body, at)
			}
			return okay(), nil
		}}
		if err := p.Execute(t.Context(), nil, tasksOf(100), k.record); err != nil {
			t.Error(err)
		}
		k.wantAll(100, task.Completed, "")
		if c.Refused.Load() != 1 || c.Retries.Load() != 0 || c.Requests.Load() != 101 {
			t.Errorf("counted %d refused, %d retries, %d requests", c.Refused.Load(), c.Retries.Load(), c.Requests.Load())
		}
	})
}

// TestLongRetryAfter checks that a Retry-After of an hour holds nothing.
func TestLongRetryAfter(t *testing.T) {
	t.Parallel()
	f := &fakeServer{quota: constant(10), latency: fixed(100 * time.Millisecond), retryAfter: time.Hour}
	s := simulate(t, &Pool{Ask: f.ask}, 2000)
	t.Logf("%s, %d refused", s.elapsed, f.refused)
	if s.err != nil || s.completed != 2000 || s.elapsed > 21*time.Second || f.refused > 15 {
		t.Errorf("%+v, %d refused", s, f.refused)
	}
}

// TestNeverFailsOf429 checks that a row is asked again after any number of refusals.
func TestNeverFailsOf429(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		p := &Pool{Limits: task.Limits{MaxAttempts: 1}, Ask: failsFirst(apiError(gigachat.KindRateLimited, 429), 100)}
		if err := p.Execute(t.Context(), nil, tasksOf(5), k.record); err != nil {
			t.Error(err)
		}
		k.wantAll(5, task.Completed, "")
		for _, r := range k.results {
			if r.Attempts != 1 {
				t.Errorf("charged %d attempts", r.Attempts)
			}
		}
	})
}

// TestRetriesHoldNoSlot checks that other rows are asked while a row waits for its retry, even in a window of one.
func TestRetriesHoldNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen sync.Map
		k := keeper(t)
		began := time.Now()
		p := &Pool{Limits: task.Limits{Concurrency: 1}, Start: 1, Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			if _, again := seen.LoadOrStore(string(body), true); !again && task.KeyOf(body)[0]%4 == 0 {
				return nil, apiError(gigachat.KindServer, 500)
			}
			return okay(), wait(ctx, 100*time.Millisecond)
		}}
		if err := p.Execute(t.Context(), nil, tasksOf(200), k.record); err != nil {
			t.Error(err)
		}
		k.wantAll(200, task.Completed, "")
		if got := time.Since(began); got > 25*time.Second {
			t.Errorf("took %s, want little more than 20s", got)
		}
	})
}

// TestHangingServerEndsTheRun checks that --max-outage counts from the last success although no request fails, and that the silence shows.
func TestHangingServerEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, answers := range []int64{0, 25} {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int64
			k, began := keeper(t), time.Now()
			var last time.Time
			p := &Pool{Limits: task.Limits{MaxOutage: 3 * time.Second}, Counters: &Counters{},
				Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					if asked.Add(1) <= answers {
						return okay(), wait(ctx, 100*time.Millisecond)
					}
					<-ctx.Done()
					return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Err: ctx.Err(), Sent: true}
				}}
			progress := NewProgress(p)
			k.fail = func(task.Result) error { last = time.Now(); return nil }
			last = began
			var shown atomic.Int64
			time.AfterFunc(2300*time.Millisecond, func() { shown.Store(int64(progress.Snapshot().Silent)) })
			err := p.Execute(t.Context(), nil, tasksOf(50), k.record)
			var outage *task.OutageError
			if took := time.Since(last); !errors.As(err, &outage) || outage.Last != nil || took < 3*time.Second || took > 4*time.Second {
				t.Errorf("%d answers: error %v, %s after the last", answers, err, time.Since(last))
			}
			if silent := time.Duration(shown.Load()); silent < 1500*time.Millisecond {
				t.Errorf("%d answers: silent for %s", answers, silent)
			}
			time.Sleep(time.Hour) // simulated: the timers end
		})
	}
}

// TestSlowAnswerHoldsNobody checks that a slow answer does not hold the other requests, whatever fails meanwhile.
func TestSlowAnswerHoldsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, began := keeper(t), time.Now()
		var asked atomic.Int64
		p := &Pool{Limits: task.Limits{Concurrency: 4}, Start: 4, Counters: &Counters{}, Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			switch n := asked.Add(1); {
			case n == 20:
				return okay(), wait(ctx, time.Minute)
			case n > 20 && n <= 26:
				return nil, apiError(gigachat.KindServer, 500)
			}
			return okay(), wait(ctx, 100*time.Millisecond)
		}}
		var others time.Duration
		k.fail = func(task.Result) error {
			if len(k.results) == 298 {
				others = time.Since(began)
			}
			return nil
		}
		if err := p.Execute(t.Context(), nil, tasksOf(300), k.record); err != nil {
			t.Fatal(err)
		}
		k.wantAll(300, task.Completed, "")
		if others > 15*time.Second {
			t.Errorf("the other rows took %s", others)
		}
	})
}

// TestOutageAwaitsWhatHasBegun checks that the answer to a request that began shortly before the end of an outage is kept, although it
// takes longer than a request that hangs would be awaited. It may be paid for.
func TestOutageAwaitsWhatHasBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, began := keeper(t), time.Now()
		var lost atomic.Int64
		p := &Pool{Limits: task.Limits{MaxOutage: 20 * time.Second}, Counters: &Counters{},
			Lost: func(task.Key) error { lost.Add(1); return nil },
			Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				if time.Since(began) > 14*time.Second {
					return okay(), wait(ctx, 40*time.Second)
				}
				return nil, apiError(gigachat.KindServer, 503)
			}}
		err := p.Execute(t.Context(), nil, tasksOf(50), k.record)
		var outage *task.OutageError
		if !errors.As(err, &outage) || lost.Load() > 0 || len(k.results) == 0 {
			t.Errorf("error %v, %d lost, %d results", err, lost.Load(), len(k.results))
		}
		k.wantAll(len(k.results), task.Completed, "")
	})
}

// TestCutBodiesAreNotRepeatedForLong checks that a row is asked no more than MaxAttempts times while nothing succeeds but it is too early
// for an outage: each answer that was cut off may be paid for.
func TestCutBodiesAreNotRepeatedForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cut := apiError(gigachat.KindBadBody, 200)
		cut.Sent = true
		var asked [4]atomic.Int64
		k, began := keeper(t), time.Now()
		p := &Pool{Counters: &Counters{}, Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			const first = 8 * time.Second
			for i := range asked {
				if string(body) == string(jobOf(i).Body) && asked[i].Add(1) > 0 && i > 0 {
					wait(ctx, first+time.Millisecond-time.Since(began))
					return nil, cut
				}
			}
			return okay(), wait(ctx, first)
		}}
		if err := p.Execute(t.Context(), nil, tasksOf(4), k.record); err != nil {
			t.Fatal(err)
		}
		for i := range asked {
			if n := asked[i].Load(); n > DefaultMaxAttempts {
				t.Errorf("row %d was asked %d times", i, n)
			}
		}
	})
}
