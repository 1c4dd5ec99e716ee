package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// TestRowsThatAlwaysFail checks that rows which the service answers with an error each time fail, although only they are left: the service
// has answered all others. It checks this in two rounds, as package jobs asks them, and that each is asked as often as the user permits.
func TestRowsThatAlwaysFail(t *testing.T) {
	t.Parallel()
	const rows = 120
	for _, fault := range []struct {
		err   *gigachat.Error
		cause task.Cause
		alone bool // the rows may be last, with no success since
	}{
		{apiError(gigachat.KindServer, 500), task.CauseServer, true},
		{apiError(gigachat.KindServer, 503), task.CauseServer, false},
		{apiError(gigachat.KindServer, 504), task.CauseServer, false},
		{apiError(gigachat.KindBadBody, 200), task.CauseBadBody, true},
	} {
		for _, bad := range []int{1, 4, 5, 10, 20} {
			for _, last := range []bool{false, true} {
				for _, streams := range []int{1, 10} {
					if last && (!fault.alone || bad == 20 && streams == 1) { // too many to be asked before an outage is presumed
						continue
					}
					t.Run(fmt.Sprint(fault.err.Status, bad, last, streams), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							testRowsThatAlwaysFail(t, rows, bad, last, streams, fault.err, fault.cause)
						})
					})
				}
			}
		}
	}
}

func testRowsThatAlwaysFail(t *testing.T, rows, bad int, last bool, streams int, fault *gigachat.Error, cause task.Cause) {
	faulty := map[string]bool{}
	for i := range bad {
		n := i * (rows * 3 / 4 / bad)
		if last {
			n = rows - 1 - i
		}
		faulty[string(jobOf(n).Body)] = true
	}
	var mu sync.Mutex
	var success time.Time
	asked := map[string]int{}
	p := &Pool{Limits: task.Limits{Concurrency: streams, MaxOutage: 10 * time.Second}, Start: streams, Counters: &Counters{},
		Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			mu.Lock()
			asked[string(body)]++
			mu.Unlock()
			err := wait(ctx, 100*time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if faulty[string(body)] {
				return nil, fault
			}
			success = time.Now()
			return okay(), err
		}}
	k := keeper(t)
	if err := p.Execute(t.Context(), nil, tasksOf(rows), k.record); err != nil {
		t.Fatal(err)
	}
	if got := k.count(task.Completed, ""); got != rows-bad || k.count(task.Failed, cause) != bad {
		t.Errorf("%d completed, %d failed", got, k.count(task.Failed, cause))
	}
	if late := time.Since(success); late > 18*time.Second {
		t.Errorf("ended %s after the last answer", late)
	}
	again := keeper(t)
	began := time.Now()
	err := p.Execute(t.Context(), nil, func(yield func(task.Task, error) bool) {
		for j := range tasksOf(rows) {
			if faulty[string(j.Body)] && !yield(j, nil) {
				return
			}
		}
	}, again.record)
	again.wantAll(bad, task.Failed, cause)
	if took := time.Since(began); err != nil || took > 18*time.Second {
		t.Errorf("the second round took %s: %v", took, err)
	}
	for body := range faulty {
		if asked[body] != 2*DefaultMaxAttempts {
			t.Errorf("asked %d times in two rounds", asked[body])
		}
	}
}

// TestOutageAtTheEnd checks that no row fails because of an outage that begins when few rows are left, or many.
func TestOutageAtTheEnd(t *testing.T) {
	t.Parallel()
	const rows = 300
	for _, c := range []struct {
		err  *gigachat.Error
		left int
	}{{apiError(gigachat.KindServer, 500), 60}, {apiError(gigachat.KindServer, 500), 30}, {apiError(gigachat.KindServer, 503), 10},
		{apiError(gigachat.KindServer, 502), 1}, {apiError(gigachat.KindServer, 504), 10}, {apiError(gigachat.KindNetwork, 0), 10}} {
		t.Run(fmt.Sprint(c.err.Kind, c.err.Status, c.left), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := keeper(t)
				var mu sync.Mutex
				var since time.Time
				begun := 0
				p := &Pool{Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					mu.Lock()
					if begun++; begun > rows-c.left && since.IsZero() {
						since = time.Now()
					}
					down := !since.IsZero() && time.Since(since) < 3*time.Minute
					mu.Unlock()
					if err := wait(ctx, 100*time.Millisecond); err != nil || !down {
						return okay(), err
					}
					return nil, c.err
				}}
				if err := p.Execute(t.Context(), nil, tasksOf(rows), k.record); err != nil {
					t.Fatal(err)
				}
				k.wantAll(rows, task.Completed, "")
			})
		})
	}
}

// TestOutageOfSeveralRounds checks that MaxOutage counts from the last success, although the rows that failed are asked in another round.
func TestOutageOfSeveralRounds(t *testing.T) {
	t.Parallel()
	const outageAfter = 7500 * time.Millisecond // five attempts take less, ten more
	synctest.Test(t, func(t *testing.T) {
		var success time.Time
		p := &Pool{Limits: task.Limits{Concurrency: 1, MaxOutage: outageAfter}, Start: 1, Counters: &Counters{},
			Ask: func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				if string(body) == string(jobOf(2).Body) {
					return nil, apiError(gigachat.KindNetwork, 0)
				}
				success = time.Now()
				return okay(), nil
			}}
		k := keeper(t)
		if err := p.Execute(t.Context(), nil, tasksOf(3), k.record); err != nil || k.count(task.Failed, task.CauseNetwork) != 1 {
			t.Fatalf("the first round: %v", err)
		}
		again := keeper(t)
		err := p.Execute(t.Context(), nil, func(yield func(task.Task, error) bool) { yield(jobOf(2), nil) }, again.record)
		var outage *task.OutageError
		if took := time.Since(success); !errors.As(err, &outage) || len(again.results) > 0 || took < outageAfter || took > outageAfter+time.Second {
			t.Errorf("%s after the last success: %v, %d results", took, err, len(again.results))
		}
	})
}
