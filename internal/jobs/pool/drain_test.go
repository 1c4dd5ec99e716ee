package pool

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/task"
)

// TestPullsNoMoreThanSlots checks that no task is pulled before there is a slot for it.
func TestPullsNoMoreThanSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pulled int
		k := keeper(t)
		p := &Pool{Limits: task.Limits{Concurrency: 3}, Start: 3, Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			return okay(), wait(ctx, time.Hour)
		}}
		drain := make(chan struct{})
		time.AfterFunc(time.Minute, func() { close(drain) })
		began := time.Now()
		err := p.Execute(t.Context(), drain, counted(100, &pulled), k.record)
		if err != nil || pulled != 3 || len(k.results) != 0 {
			t.Errorf("error %v, pulled %d, results %d; want nil, 3, 0", err, pulled, len(k.results))
		}
		if got, want := time.Since(began), time.Minute+DefaultGrace; got != want {
			t.Errorf("took %s, want %s", got, want)
		}
	})
}

// TestEndsWithTheLastAnswer checks that the run does not wait for room that nobody needs when no task is left to ask, and that no task is
// taken before its slot while another is in progress.
func TestEndsWithTheLastAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits task.Limits
		starts int // a second, that the service takes
		rows   int
	}{"rpm": {task.Limits{RPM: 2}, 0, 5}, "tpm": {task.Limits{TPM: 60}, 0, 5}, "quota": {task.Limits{}, 100, 1000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				var ended time.Time
				k.fail = func(task.Result) error { ended = time.Now(); return nil }
				_, client, end := inSandbox(sandbox.Options{Streams: -1, StartsPerSecond: c.starts, Latency: 50 * time.Millisecond})
				defer end()
				if err := (&Pool{Ask: client.ChatJSON, Limits: c.limits}).Execute(t.Context(), nil, tasksOf(c.rows), k.record); err != nil {
					t.Fatal(err)
				}
				k.wantAll(c.rows, task.Completed, "")
				if late := time.Since(ended); late > 0 {
					t.Errorf("ended %s after the last answer", late)
				}
			})
		})
	}
}

// TestTakesATaskEarlyOnlyWhenIdle checks that a task is taken before its slot only while no other is in progress, and that it is not asked
// if it is no longer current when it has its slot.
func TestTakesATaskEarlyOnlyWhenIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, c := keeper(t), &Counters{}
		var busy atomic.Int64
		var taken []int64
		looks := 0
		p := &Pool{Limits: task.Limits{RPM: 20}, Counters: c,
			Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				busy.Add(1)
				defer busy.Add(-1)
				latency := time.Second // the next task is taken 2 s before its slot
				if string(body) == string(jobOf(1).Body) {
					latency = 20 * time.Second
				}
				return okay(), wait(ctx, latency)
			},
			Current: func() bool { looks++; return len(taken) < 12 },
		}
		err := p.Execute(t.Context(), nil, func(yield func(task.Task, error) bool) {
			began := time.Now()
			for t := range tasksOf(30) {
				taken = append(taken, busy.Load())
				if since := time.Since(began); busy.Load() > 0 && since%(3*time.Second) != 0 {
					k.t.Errorf("task %d was taken after %s, before its slot", len(taken), since)
				}
				if !yield(t, nil) {
					return
				}
			}
		}, k.record)
		if err != nil || len(taken) != 12 || len(k.results) != 11 || looks == 0 {
			t.Errorf("error %v, %d taken, %d looks, %d results", err, len(taken), looks, len(k.results))
		}
	})
}

// TestPaceOfSeveralRounds checks that the pace of the user holds from one call of Execute to the next.
func TestPaceOfSeveralRounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p := &Pool{Limits: task.Limits{RPM: 2}, Ask: failsFirst(nil, 0)}
		for range 3 {
			if err := p.Execute(t.Context(), nil, tasksOf(1), keeper(t).record); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("took %s, want a minute", took)
		}
	})
}

// TestDrainAwaitsTheWire checks that the answers of requests on the wire when a drain begins are kept.
func TestDrainAwaitsTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		p := &Pool{Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			return okay(), wait(ctx, 10*time.Second)
		}}
		drain := make(chan struct{})
		time.AfterFunc(500*time.Millisecond, func() { close(drain) })
		began := time.Now()
		err := p.Execute(t.Context(), drain, tasksOf(100), k.record)
		if err != nil || len(k.results) != DefaultStart || time.Since(began) > 11*time.Second {
			t.Errorf("error %v, %d results after %s; want nil, %d", err, len(k.results), time.Since(began), DefaultStart)
		}
	})
}

// TestDrainEndsWaits checks that tasks that wait for anything but an answer return to pending at once.
func TestDrainEndsWaits(t *testing.T) {
	t.Parallel()
	refused := apiError(gigachat.KindRateLimited, 429)
	refused.RetryAfter = time.Hour
	pools := map[string]*Pool{
		"retry":       {Start: 1, Ask: failsFirst(apiError(gigachat.KindServer, 500), 1)},
		"outage":      {Ask: failsFirst(apiError(gigachat.KindServer, 500), 1<<30)},
		"retry-after": {Ask: failsFirst(refused, 1<<30), Limits: task.Limits{MaxOutage: 24 * time.Hour}},
		"rpm":         {Limits: task.Limits{RPM: 1}, Ask: failsFirst(nil, 0)},
		"tpm":         {Limits: task.Limits{TPM: 1}, Ask: failsFirst(nil, 0)},
	}
	for name, p := range pools {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				drain := make(chan struct{})
				// The 500 of "retry" comes at 0, and the back-off is at most 500 ms: all that is certain about the first drain is that it
				// ends.
				after := 10 * time.Second
				if name == "retry" {
					after = time.Nanosecond
				}
				time.AfterFunc(after, func() { close(drain) })
				began := time.Now()
				err := p.Execute(t.Context(), drain, tasksOf(100), k.record)
				if got := time.Since(began); err != nil || got != after {
					t.Errorf("error %v after %s, want nil after %s", err, got, after)
				}
			})
		})
	}
}

// failsFirst returns an Ask that fails immediately n times, and answers immediately after that.
func failsFirst(err error, times int64) AskFunc {
	var n atomic.Int64
	return func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) {
		if n.Add(1) <= times {
			return nil, err
		}
		return okay(), nil
	}
}

// TestSecondInterrupt checks that requests on the wire are cancelled and recorded as lost, and that an answer completed at that moment is
// kept.
func TestSecondInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		k := keeper(t)
		var lost atomic.Int64
		var n atomic.Int64
		p := &Pool{
			Lost: func(task.Key) error { lost.Add(1); return nil },
			Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				err := wait(ctx, time.Minute)
				if n.Add(1) == 1 {
					err = nil // the answer was complete when the context ended
				}
				return okay(), err
			},
		}
		time.AfterFunc(time.Second, cancel)
		err := p.Execute(ctx, nil, tasksOf(100), k.record)
		if !errors.Is(err, context.Canceled) || len(k.results) != 1 || lost.Load() != DefaultStart-1 {
			t.Errorf("error %v, %d results, %d lost; want canceled, 1, %d", err, len(k.results), lost.Load(), DefaultStart-1)
		}
	})
}

// TestEndsAtOnce checks that the run ends at once, and that the answers of requests on the wire are still kept.
func TestEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []gigachat.Kind{
		gigachat.KindPayment, gigachat.KindForbidden, gigachat.KindNotFound, gigachat.KindTLS,
		gigachat.KindTokenExpired,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				var n atomic.Int64
				p := &Pool{Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					if n.Add(1) == 5 {
						return nil, apiError(kind, 0)
					}
					return okay(), wait(ctx, time.Second)
				}}
				err := p.Execute(t.Context(), nil, tasksOf(1000), k.record)
				if !isKind(err, kind) || len(k.results) != 4 || n.Load() != 5 {
					t.Errorf("error %v, %d results, %d requests; want %s, 4, 5", err, len(k.results), n.Load(), kind)
				}
			})
		})
	}
}

var errTest = errors.New("test")

// TestErrorsOfOthers checks that the run ends if the source, record or one of the journal's notes fails.
func TestErrorsOfOthers(t *testing.T) {
	t.Parallel()
	slow := func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		return okay(), wait(ctx, time.Second)
	}
	lost := apiError(gigachat.KindBadBody, 200)
	lost.Sent = true
	var records atomic.Int64
	cases := map[string]struct {
		pool    Pool
		tasks   iter.Seq2[task.Task, error]
		record  func(task.Result) error
		results int
	}{
		"source": {pool: Pool{Ask: slow}, tasks: breaking(7), results: 7},
		"record": {pool: Pool{Ask: slow}, record: func(task.Result) error {
			if records.Add(1) > 3 {
				return errTest
			}
			return nil
		}, results: 3},
		"flight": {pool: Pool{Ask: slow, Flight: func(n int) error {
			if n > 4 {
				return errTest
			}
			return nil
		}}},
		"lost": {pool: Pool{Ask: failsFirst(lost, 1), Lost: func(task.Key) error { return errTest }}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				if c.record != nil {
					k.fail = c.record
				}
				if c.tasks == nil {
					c.tasks = tasksOf(1000)
				}
				err := c.pool.Execute(t.Context(), nil, c.tasks, k.record)
				if !errors.Is(err, errTest) || len(k.results) != c.results {
					t.Errorf("error %v, %d results; want %v, %d", err, len(k.results), errTest, c.results)
				}
			})
		})
	}
}

// breaking yields n tasks and then an error.
func breaking(n int) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		for j, err := range tasksOf(n) {
			if !yield(j, err) {
				return
			}
		}
		yield(task.Task{}, errTest)
	}
}

// TestNothingToDo checks that a run without tasks ends at once, even if it was drained or cancelled before it began.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	close(closed)
	k := keeper(t)
	if err := (&Pool{}).Execute(t.Context(), nil, tasksOf(0), k.record); err != nil {
		t.Errorf("without tasks: %v", err)
	}
	var pulled int
	if err := (&Pool{}).Execute(t.Context(), closed, counted(5, &pulled), k.record); err != nil || pulled != 0 {
		t.Errorf("drained: %v, %d pulled", err, pulled)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Pool{}).Execute(ctx, nil, counted(5, &pulled), k.record); !errors.Is(err, context.Canceled) || pulled != 0 {
		t.Errorf("cancelled: %v, %d pulled", err, pulled)
	}
}

// TestFlightBeforeTheWire checks that the number of answers that may be lost is noted before that many requests are on the wire or
// unrecorded, and that a slot is kept until record has returned.
func TestFlightBeforeTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var noted, open, most atomic.Int64
		k := keeper(t)
		p := &Pool{Limits: task.Limits{Concurrency: 20},
			Flight: func(n int) error { noted.Store(int64(n)); return nil },
			Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				n := open.Add(1)
				if n > noted.Load() {
					t.Errorf("%d requests without a record, %d noted", n, noted.Load())
				}
				most.Store(max(most.Load(), n))
				return okay(), wait(ctx, 20*time.Millisecond)
			},
		}
		err := p.Execute(t.Context(), nil, tasksOf(500), func(r task.Result) error {
			time.Sleep(20 * time.Millisecond)
			open.Add(-1)
			return k.record(r)
		})
		if err != nil || len(k.results) != 500 || most.Load() != 20 {
			t.Errorf("error %v, %d results, %d at most without a record; want nil, 500, 20", err, len(k.results), most.Load())
		}
	})
}

// TestLostBeforeAgain checks that a lost answer is noted before the request is sent again.
func TestLostBeforeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keeper(t)
		sent := apiError(gigachat.KindTimeout, 0)
		sent.Sent = true
		var noted, asked atomic.Int64
		p := &Pool{
			Lost: func(task.Key) error { noted.Add(1); return nil },
			Ask: func(_ context.Context, _ []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
				n := asked.Add(1)
				if noted.Load() != n-1 {
					t.Errorf("asked %d times, noted %d", n, noted.Load())
				}
				if want := time.Duration(min(n, 2)) * gigachat.DefaultTimeout; timeout != want {
					t.Errorf("attempt %d has %s, want %s", n, timeout, want)
				}
				return nil, sent
			},
		}
		err := p.Execute(t.Context(), nil, tasksOf(1), k.record)
		if err != nil || asked.Load() != 2 || noted.Load() != 2 {
			t.Errorf("error %v, asked %d, noted %d; want nil, 2, 2", err, asked.Load(), noted.Load())
		}
		k.wantAll(1, task.Failed, task.CauseTimeout)
	})
}
