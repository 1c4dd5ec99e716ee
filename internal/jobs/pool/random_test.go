package pool

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/task"
)

// mix is a random service and a random action of the user.
type mix struct {
	options     sandbox.Options
	concurrency int
	drain       time.Duration // 0 means never
}

func randomMix(r *rand.Rand) mix {
	m := mix{concurrency: 1 + r.IntN(30)}
	m.options = sandbox.Options{
		Seed: r.Uint64(), Streams: 1 + r.IntN(20), Latency: time.Duration(r.IntN(3000)) * time.Millisecond,
		Jitter: time.Duration(r.IntN(2000)) * time.Millisecond, RetryAfter: []string{"", "1", "3", "soon"}[r.IntN(4)],
	}
	if r.IntN(4) == 0 {
		m.options.StartsPerSecond = 1 + r.IntN(10)
	}
	passing := []sandbox.FaultKind{
		"500", "502-html", "503", "429", sandbox.ResetBefore, sandbox.ResetIn, sandbox.ResetAfter, sandbox.Truncated, sandbox.NotJSON,
		sandbox.Hang, sandbox.Slow, sandbox.Blacklist, sandbox.Length, sandbox.EmptyChoices, "422",
	}
	for range r.IntN(6) {
		m.options.Faults = append(m.options.Faults, sandbox.Fault{Kind: passing[r.IntN(len(passing))], Rate: r.Float64() / 5})
	}
	if r.IntN(3) == 0 {
		m.options.Faults = append(m.options.Faults, sandbox.Fault{Kind: "503", At: sandbox.AtOAuth, First: r.IntN(20)})
	}
	if r.IntN(4) == 0 {
		m.drain = time.Duration(r.IntN(30000)) * time.Millisecond
	}
	return m
}

// TestRandomFaults checks that each task ends with one record or stays pending, and that no more is billed than was recorded or noted as
// lost.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	seeds := uint64(80)
	if testing.Short() || raced {
		seeds = 20
	}
	for seed := range seeds {
		m := randomMix(rand.New(rand.NewPCG(seed, 7)))
		synctest.Test(t, func(t *testing.T) { testMix(t, seed, m) })
	}
}

func testMix(t *testing.T, seed uint64, m mix) {
	const rows = 150
	s, client, end := inSandbox(m.options)
	defer end()
	k, c := keeper(t), &Counters{}
	var inFlight atomic.Int64
	var spent atomic.Int64
	p := &Pool{Limits: task.Limits{Concurrency: m.concurrency}, Counters: c, Spent: func(task.Result) error { spent.Add(1); return nil }, Ask: func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
		if n := inFlight.Add(1); n > int64(m.concurrency) {
			t.Errorf("seed %d: %d at once, cap %d", seed, n, m.concurrency)
		}
		defer inFlight.Add(-1)
		return client.ChatJSON(ctx, body, timeout)
	}}
	var drain chan struct{}
	if m.drain > 0 {
		drain = make(chan struct{})
		time.AfterFunc(m.drain, func() { close(drain) })
	}
	err := p.Execute(t.Context(), drain, tasksOf(rows), k.record)
	var outage *task.OutageError
	if err != nil && !errors.As(err, &outage) {
		t.Errorf("seed %d: %v", seed, err)
	}
	if err == nil && m.drain == 0 && len(k.results) != rows {
		t.Errorf("seed %d: %d results of %d rows", seed, len(k.results), rows)
	}
	counts := s.Counts()
	if lost := c.Lost.Load(); counts.Billed > int64(len(k.results))+lost+spent.Load() {
		t.Errorf("seed %d: billed %d, recorded %d, lost %d, spent %d", seed, counts.Billed, len(k.results), lost, spent.Load())
	}
}
