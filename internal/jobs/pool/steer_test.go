package pool

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// steered runs n tasks of a second each while script steers them.
func steered(t *testing.T, n int, p *Pool, script func(w *Progress)) *Progress {
	t.Helper()
	k := keeper(t)
	p.Counters = &Counters{}
	p.Ask = func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		return okay(), wait(ctx, time.Second)
	}
	w := NewProgress(p)
	w.Expect(n)
	go script(w)
	if err := p.Execute(t.Context(), nil, tasksOf(n), func(r task.Result) error { w.Add(&r); return k.record(r) }); err != nil {
		t.Errorf("Execute: %v", err)
	}
	if s := w.Snapshot(); s.Done != n {
		t.Errorf("at the end: %+v", s)
	}
	return w
}

func TestPauseStartsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		steered(t, 100, &Pool{Limits: task.Limits{Concurrency: 10}, Start: 10}, func(w *Progress) {
			time.Sleep(2500 * time.Millisecond)
			w.Pause()
			time.Sleep(time.Hour)
			if s := w.Snapshot(); !s.Paused || s.InFlight != 0 || s.Done != 30 || s.Elapsed != 2500*time.Millisecond {
				t.Errorf("an hour after the pause: %+v", s)
			}
			w.Resume()
		})
		if took := time.Since(began); took < time.Hour+7*time.Second || took > time.Hour+12*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestConcurrencyIsChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steered(t, 4500, &Pool{Limits: task.Limits{Concurrency: 1}, Start: 1}, func(w *Progress) {
			for _, c := range []struct{ most, want int }{{0, 1}, {40, 40}, {3, 3}, {0, 1}, {MaxConcurrency + 1, MaxConcurrency}} {
				w.SetConcurrency(c.most)
				time.Sleep(12*time.Second + 500*time.Millisecond)
				if s := w.Snapshot(); s.InFlight > c.want || s.InFlight < c.want*9/10 || s.Done > 4000 {
					t.Errorf("steered to %d: %+v", c.most, s)
				}
			}
		})
	})
}

// A run that was paused while the service was down has its whole MaxOutage again afterwards.
func TestPauseStopsTheClockOfAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, down := keeper(t), true
		p := &Pool{Limits: task.Limits{Concurrency: 1, MaxOutage: time.Minute, MaxAttempts: 100}, Start: 1, Counters: &Counters{}}
		p.Ask = func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) {
			if down {
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Status: 503}
			}
			return okay(), nil
		}
		w := NewProgress(p)
		go func() {
			time.Sleep(30 * time.Second)
			w.Pause()
			time.Sleep(time.Hour)
			down = false
			w.Resume()
		}()
		if err := p.Execute(t.Context(), nil, tasksOf(1), k.record); err != nil || len(k.results) != 1 {
			t.Errorf("Execute: %v, %d results", err, len(k.results))
		}
	})
}

// A drain ends a paused run.
func TestDrainEndsAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, drain := keeper(t), make(chan struct{})
		p := &Pool{Counters: &Counters{}, Ask: func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			return okay(), wait(ctx, time.Second)
		}}
		w := NewProgress(p)
		w.Pause()
		time.AfterFunc(time.Minute, func() { close(drain) })
		if err := p.Execute(t.Context(), drain, tasksOf(5), k.record); err != nil || len(k.results) != 0 {
			t.Errorf("Execute: %v, %d results", err, len(k.results))
		}
	})
}
