package pool

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// tasksOf yields n tasks.
func tasksOf(n int) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		for i := range n {
			if !yield(jobOf(i), nil) {
				return
			}
		}
	}
}

func jobOf(i int) task.Task {
	body := []byte(`{"messages":[{"content":"` + promptOf(i) + `","role":"user"}],"model":"GigaChat-2"}`)
	return task.Task{Key: task.KeyOf(body), Body: body}
}

func promptOf(i int) string { return fmt.Sprintf("question <%d>", i) }

// A fakeServer is a service that has only quotas. It is safe for concurrent use.
type fakeServer struct {
	quota      func(since time.Duration) int // streams; nil is no limit
	perMinute  int                           // starts within any minute; 0 is no limit
	latency    func(*rand.Rand) time.Duration
	lag        time.Duration // how long a stream counts after the client has its answer
	retryAfter time.Duration

	mu                   sync.Mutex // guards the fields below
	random               *rand.Rand
	began, last          time.Time
	streams, peak        int
	served, refused      int
	refusedAt            []time.Duration
	starts               []time.Time
	used, offered        float64 // stream-seconds from 2 s on, until the last start
	usedThen, offeredEnd float64
}

func (f *fakeServer) limit(now time.Time) int {
	if f.quota == nil {
		return 1 << 30
	}
	return f.quota(now.Sub(f.began))
}

// advance integrates up to now. It takes steps of a second while the quota stays, which it does for longer than that, and steps of a
// millisecond where it changes.
func (f *fakeServer) advance(now time.Time) {
	if f.began.IsZero() {
		f.began, f.last = now, now
		f.random = rand.New(rand.NewPCG(1, 2))
	}
	for f.last.Before(now) {
		d, q := min(now.Sub(f.last), time.Second), f.limit(f.last)
		if ramp := 2*time.Second - f.last.Sub(f.began); ramp > 0 {
			d = min(d, ramp)
		}
		if f.limit(f.last.Add(d)) != q {
			d = min(d, time.Millisecond)
		}
		if f.last.Sub(f.began) >= 2*time.Second {
			f.used += float64(min(f.streams, q)) * d.Seconds()
			f.offered += float64(q) * d.Seconds()
		}
		f.last = f.last.Add(d)
	}
}

func (f *fakeServer) enter() (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.advance(now)
	if f.streams >= f.limit(now) || !f.mayStart(now) {
		f.refused++
		f.refusedAt = append(f.refusedAt, now.Sub(f.began))
		return 0, false
	}
	f.usedThen, f.offeredEnd = f.used, f.offered
	f.streams++
	f.peak = max(f.peak, f.streams)
	return f.latency(f.random), true
}

func (f *fakeServer) mayStart(now time.Time) bool {
	if n := len(f.starts); f.perMinute > 0 && n >= f.perMinute && now.Sub(f.starts[n-f.perMinute]) < time.Minute {
		return false
	}
	f.starts = append(f.starts, now)
	return true
}

func (f *fakeServer) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.advance(time.Now())
	f.streams--
	f.served++
}

func (f *fakeServer) ask(ctx context.Context, _ []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
	d, ok := f.enter()
	if !ok {
		return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRateLimited, Status: 429, RetryAfter: f.retryAfter}
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		f.leave()
		return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Sent: true, Err: ctx.Err()}
	}
	if f.lag > 0 {
		time.AfterFunc(f.lag, f.leave)
	} else {
		f.leave()
	}
	return &gigachat.ChatResponse{Completion: "yes", FinishReason: "stop", Usage: gigachat.Usage{PromptTokens: 20, CompletionTokens: 30, TotalTokens: 50}}, nil
}

// utilisation returns the share of the quota that was used between 2 s and the start of the last task.
func (f *fakeServer) utilisation() float64 {
	if f.offeredEnd == 0 {
		return 1
	}
	return f.usedThen / f.offeredEnd
}

// simulated is the result of a simulated run.
type simulated struct {
	completed, failed, other int
	elapsed                  time.Duration
	err                      error
}

// simulate runs rows tasks through p in a bubble.
func simulate(t *testing.T, p *Pool, rows int) (s simulated) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { s = execute(t.Context(), p, rows) })
	return s
}

func execute(ctx context.Context, p *Pool, rows int) (s simulated) {
	var mu sync.Mutex
	began := time.Now()
	s.err = p.Execute(ctx, nil, tasksOf(rows), func(r task.Result) error {
		mu.Lock()
		defer mu.Unlock()
		switch r.State {
		case task.Completed:
			s.completed++
		case task.Failed:
			s.failed++
		default:
			s.other++
		}
		return nil
	})
	s.elapsed = time.Since(began)
	return s
}

func fixed(d time.Duration) func(*rand.Rand) time.Duration {
	return func(*rand.Rand) time.Duration { return d }
}

func between(a, b time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return a + time.Duration(r.Float64()*float64(b-a)) }
}
