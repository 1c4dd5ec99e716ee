package pool

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/jobs/task"
)

// Progress lets others watch a run. Safe for concurrent use.
type Progress struct {
	began    time.Time
	counters *Counters
	gate     atomic.Pointer[gate]

	mu sync.Mutex // guards all below
	steering
	pausedAt time.Time
	pauses   time.Duration // that are over
	planned  bool
	jobs     int
	done     int
	failed   int
	blocked  int
	causes   map[task.Cause]int
}

func NewProgress(p *Pool) *Progress {
	w := &Progress{began: time.Now(), counters: p.Counters}
	p.watch = w.watched
	return w
}

// Expect adds the jobs of a plan to those that are done, and reports whether it is the first plan.
func (w *Progress) Expect(jobs int) (first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first = !w.planned
	w.planned, w.jobs = true, w.done+jobs
	return first
}

// More makes room for jobs that were not planned, because they depend on answers.
func (w *Progress) More(yielded int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = max(w.jobs, yielded)
}

// Width is how many requests may be in flight.
func (w *Progress) Width() int {
	size, _, _, _ := w.gate.Load().width()
	return size
}

func (w *Progress) Add(r *task.Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done++
	switch r.State {
	case task.Failed:
		w.failed++
		if w.causes == nil {
			w.causes = map[task.Cause]int{}
		}
		w.causes[r.Cause]++
	case task.Blocked:
		w.blocked++
	}
}

// Snapshot returns how the run stands now.
func (w *Progress) Snapshot() task.Snapshot {
	w.mu.Lock()
	s := task.Snapshot{Jobs: w.jobs, Done: w.done, Failed: w.failed, Blocked: w.blocked, Causes: maps.Clone(w.causes), Elapsed: time.Since(w.began) - w.pauses - w.pause(), Most: w.most, Paused: w.paused}
	w.mu.Unlock()
	c := w.counters
	s.Requests, s.Refused, s.Retries = c.Requests.Load(), c.Refused.Load(), c.Retries.Load()
	s.Tokens = c.PromptTokens.Load() + c.CompletionTokens.Load()
	if g := w.gate.Load(); g != nil {
		var until time.Time
		s.Concurrency, s.InFlight, s.Down, until = g.width()
		s.Held = max(0, time.Until(until))
	}
	return s
}
