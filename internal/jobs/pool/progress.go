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
	tasks    int
	done     int
	failed   int
	blocked  int
	causes   map[task.Cause]int
	rows     func() task.Tally
}

// NewProgress watches what p is going to do.
func NewProgress(p *Pool) *Progress {
	w := &Progress{began: time.Now(), counters: p.Counters}
	p.watch = w.watched
	return w
}

// Expect adds the tasks of a plan to those that are done, and reports whether it is the first plan.
func (w *Progress) Expect(tasks int) (first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first = !w.planned
	w.planned, w.tasks = true, w.done+tasks
	return first
}

// More makes room for tasks that were not planned, because they depend on answers.
func (w *Progress) More(yielded int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tasks = max(w.tasks, yielded)
}

// Rows lets count tell in each Snapshot how the rows stand.
func (w *Progress) Rows(count func() task.Tally) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows = count
}

// Width is how many requests may be in flight.
func (w *Progress) Width() int {
	size, _, _, _ := w.gate.Load().width()
	return size
}

// Add counts a result.
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
	s := task.Snapshot{
		Counts: task.Counts{Tasks: w.tasks, Done: w.done, Failed: w.failed, Blocked: w.blocked, Causes: maps.Clone(w.causes)},
		Load:   task.Load{Elapsed: time.Since(w.began) - w.pauses - w.pause(), Max: w.max, Paused: w.paused},
	}
	rows := w.rows
	w.mu.Unlock()
	if rows != nil {
		tally := rows()
		s.Tally = &tally
	}
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
