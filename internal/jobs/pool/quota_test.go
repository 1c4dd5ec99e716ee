package pool

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/jobs/task"
)

func constant(n int) func(time.Duration) int { return func(time.Duration) int { return n } }

// changing is a quota of 10, which is 4 during the second third of the time that rows take, and then 10 again.
func changing(rows int, mean time.Duration) func(time.Duration) int {
	third := time.Duration(rows) * mean / 24
	return func(since time.Duration) int {
		if since >= third && since < 2*third {
			return 4
		}
		return 10
	}
}

// TestQuota checks that the pool finds quotas that the client does not know.
func TestQuota(t *testing.T) {
	t.Parallel()
	latencies := []struct {
		name string
		mean time.Duration
		of   func(*rand.Rand) time.Duration
	}{
		{"100ms", 100 * time.Millisecond, fixed(100 * time.Millisecond)},
		{"50-150ms", 100 * time.Millisecond, between(50*time.Millisecond, 150*time.Millisecond)},
		{"2-8s", 5 * time.Second, between(2*time.Second, 8*time.Second)},
	}
	sizes := []int{2000, 400}
	if testing.Short() || raced {
		sizes, latencies = sizes[:1], latencies[1:]
	}
	for _, rows := range sizes {
		for _, latency := range latencies {
			quotas := map[string]func(time.Duration) int{
				"1": constant(1), "3": constant(3), "10": constant(10), "40": constant(40), "10-4-10": changing(rows, latency.mean),
			}
			for quota, limit := range quotas {
				for _, retryAfter := range []time.Duration{0, time.Second} {
					f := &fakeServer{quota: limit, latency: latency.of, retryAfter: retryAfter}
					name := fmt.Sprintf("%d/%s/quota=%s/retryAfter=%s", rows, latency.name, quota, retryAfter)
					n := rows
					if rows == 2000 && quota == "40" {
						n = 4 * rows // 2,000 rows take 5 s, too little for a test in which one hold more or less matters
					}
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						testQuota(t, f, n)
					})
				}
			}
		}
	}
}

func testQuota(t *testing.T, f *fakeServer, rows int) {
	s := simulate(t, &Pool{Ask: f.ask}, rows)
	refused := 100 * float64(f.refused) / float64(rows)
	t.Logf("utilisation %.1f %%, refused %.2f %%, %s", 100*f.utilisation(), refused, s.elapsed.Round(10*time.Millisecond))
	if s.err != nil || s.completed != rows {
		t.Errorf("completed %d of %d, error %v", s.completed, rows, s.err)
	}
	if rows < 2000 {
		return
	}
	if f.utilisation() < 0.95 {
		t.Errorf("utilisation %.3f, want 0.95", f.utilisation())
	}
	if refused >= 2 {
		t.Errorf("refused %.2f %%, want under 2: %v", refused, f.refusedAt)
	}
}

// TestRefusing asks a server that allows 10 requests at once with 50 at once.
func TestRefusing(t *testing.T) {
	t.Parallel()
	f := &fakeServer{quota: constant(10), latency: fixed(100 * time.Millisecond), retryAfter: time.Second}
	s := simulate(t, &Pool{Limits: task.Limits{Concurrency: 50}, Ask: f.ask}, 2000)
	t.Logf("%s, %d refused", s.elapsed, f.refused)
	if s.err != nil || s.completed != 2000 || s.elapsed > 20800*time.Millisecond || f.refused > 15 {
		t.Errorf("%+v, %d refused", s, f.refused)
	}
}

// TestWide asks a server without limits.
func TestWide(t *testing.T) {
	t.Parallel()
	f := &fakeServer{latency: fixed(100 * time.Millisecond)}
	s := simulate(t, &Pool{Limits: task.Limits{Concurrency: 50}, Ask: f.ask}, 2000)
	t.Logf("%s, peak %d", s.elapsed, f.peak)
	if s.err != nil || s.completed != 2000 || s.elapsed > 4200*time.Millisecond || f.peak != 50 {
		t.Errorf("%+v, peak %d", s, f.peak)
	}
}

// TestStartsLimit asks a server that limits starts instead of streams.
func TestStartsLimit(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{60, 300} {
		for _, retryAfter := range []time.Duration{0, time.Second} {
			for _, latency := range []time.Duration{100 * time.Millisecond, 3 * time.Second} {
				t.Run(fmt.Sprintf("%d/retryAfter=%s/%s", perMinute, retryAfter, latency), func(t *testing.T) {
					t.Parallel()
					f := &fakeServer{perMinute: perMinute, latency: fixed(latency), retryAfter: retryAfter}
					rows := 10 * perMinute
					s := simulate(t, &Pool{Ask: f.ask}, rows)
					ideal := 9 * time.Minute // the first minute's starts are all allowed at once
					t.Logf("%s, ideal %s, %d refused of %d rows", s.elapsed, ideal, f.refused, rows)
					if s.err != nil || s.completed != rows || s.elapsed > ideal*8/7 || f.refused > 40 {
						t.Errorf("%+v, %d refused", s, f.refused)
					}
				})
			}
		}
	}
}

// TestSlowRelease asks a server that counts a stream for a moment after its answer has arrived.
func TestSlowRelease(t *testing.T) {
	t.Parallel()
	f := &fakeServer{
		quota: constant(10), latency: between(2*time.Second, 8*time.Second), lag: 50 * time.Millisecond, retryAfter: time.Second,
	}
	s := simulate(t, &Pool{Ask: f.ask}, 2000)
	t.Logf("utilisation %.3f, %d refused, %s", f.utilisation(), f.refused, s.elapsed)
	if s.err != nil || s.completed != 2000 || f.refused > 60 || f.utilisation() < 0.95 {
		t.Errorf("%+v, utilisation %.3f, %d refused", s, f.utilisation(), f.refused)
	}
}

// TestQuotaIsKept checks that a pool that works again knows the quota.
func TestQuotaIsKept(t *testing.T) {
	t.Parallel()
	f := &fakeServer{quota: constant(3), latency: fixed(100 * time.Millisecond)}
	p := &Pool{Ask: f.ask}
	synctest.Test(t, func(t *testing.T) {
		for range 2 {
			f.refused = 0
			if s := execute(t.Context(), p, 15); s.err != nil || s.completed != 15 {
				t.Errorf("%+v", s)
			}
		}
	})
	var l task.Snapshot
	p.found.own.Join(1, 64, nil).Load(&l)
	if got := l.Quota; got != (task.Belief{Streams: 3}) || f.refused > 1 {
		t.Errorf("believes %+v, %d refused the second time", got, f.refused)
	}
}
