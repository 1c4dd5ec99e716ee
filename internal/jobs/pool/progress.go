package pool

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
)

// Counters are what a pool counts while it works. They are safe for concurrent use.
type Counters struct {
	Requests         atomic.Int64 // sent, including retries
	Refused          atomic.Int64 // responses of 429
	Retries          atomic.Int64 // attempts after the first, without repetitions after a refusal
	PromptTokens     atomic.Int64
	CompletionTokens atomic.Int64
	CachedTokens     atomic.Int64
	Outages          atomic.Int64 // nanoseconds without a success while the service counted as down
	Lost             atomic.Int64 // attempts that were sent whole and got no complete response
}

// Spend counts the tokens of an answer.
func (c *Counters) Spend(u gigachat.Usage) {
	c.PromptTokens.Add(int64(u.PromptTokens))
	c.CompletionTokens.Add(int64(u.CompletionTokens))
	c.CachedTokens.Add(int64(u.CachedTokens))
}

// Work returns what has been counted so far.
func (c *Counters) Work() task.Work {
	return task.Work{
		PromptTokens: c.PromptTokens.Load(), CompletionTokens: c.CompletionTokens.Load(), CachedTokens: c.CachedTokens.Load(),
		Requests: c.Requests.Load(), Refused: c.Refused.Load(), Retries: c.Retries.Load(),
		OutagesMS: time.Duration(c.Outages.Load()).Milliseconds(),
	}
}

// Progress shows the state of a run and steers it. It is safe for concurrent use.
type Progress struct {
	began    time.Time
	counters *Counters
	spending *cost.Spending
	gate     atomic.Pointer[gate] // nil until a pool works

	mu sync.Mutex // guards the fields below
	steering
	pausedAt time.Time
	pauses   time.Duration // total of the finished pauses
	planned  bool
	tasks    int
	done     int
	failed   int
	blocked  int
	causes   map[task.Cause]int
	suppliers
}

// suppliers are what a Progress asks for each Snapshot; each may be nil.
type suppliers struct {
	rows    func() task.Tally
	batches func() []task.BatchState
}

// NewProgress returns the progress of p. A pool has at most one. It must be made before Execute is called and after the pool's Counters are
// set.
func NewProgress(p *Pool) *Progress {
	progress := &Progress{began: time.Now(), counters: p.Counters, spending: p.Spending}
	p.watch = func(g *gate) {
		progress.mu.Lock()
		defer progress.mu.Unlock()
		progress.gate.Store(g)
		g.steer(progress.steering)
	}
	return progress
}

// Expect sets the number of tasks to those with a result plus those of a plan, and reports whether it is the first plan.
func (p *Progress) Expect(tasks int) (first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first = !p.planned
	p.planned, p.tasks = true, p.done+tasks
	return first
}

// More raises the number of tasks to yielded, because tasks that depend on completions are not in the plan.
func (p *Progress) More(yielded int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = max(p.tasks, yielded)
}

// Left returns the number of tasks without a result.
func (p *Progress) Left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.tasks-p.done)
}

// Fewer lowers the number of tasks by one that is no longer to be asked.
func (p *Progress) Fewer() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = max(p.done, p.tasks-1)
}

// Again uncounts the results that failed for a temporary cause, because their tasks are asked again. It returns their number.
func (p *Progress) Again() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for cause, failed := range p.causes {
		if cause.Passing() {
			n += failed
			delete(p.causes, cause)
		}
	}
	p.done, p.failed = p.done-n, p.failed-n
	return n
}

// Rows sets the function that supplies the tally of the rows for each Snapshot.
func (p *Progress) Rows(count func() task.Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows = count
}

// Batches sets the function that supplies the open batches for each Snapshot.
func (p *Progress) Batches(open func() []task.BatchState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batches = open
}

// Add counts a result.
func (p *Progress) Add(r *task.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	switch r.State {
	case task.Failed:
		p.failed++
		if p.causes == nil {
			p.causes = map[task.Cause]int{}
		}
		p.causes[r.Cause]++
	case task.Blocked:
		p.blocked++
	}
}

// Snapshot returns the present state of the run.
func (p *Progress) Snapshot() task.Snapshot {
	p.mu.Lock()
	s := task.Snapshot{
		Counts: task.Counts{Tasks: p.tasks, Done: p.done, Failed: p.failed, Blocked: p.blocked, Causes: maps.Clone(p.causes)},
		Load:   task.Load{Elapsed: time.Since(p.began) - p.pauses - p.pause(), Max: p.max, Paused: p.paused},
	}
	rows, batches := p.rows, p.batches
	answered := p.done > p.failed
	p.mu.Unlock()
	if rows != nil {
		tally := rows()
		s.Tally = &tally
	}
	if batches != nil {
		s.Batches = batches()
	}
	c := p.counters
	s.Requests, s.Refused, s.Retries = c.Requests.Load(), c.Refused.Load(), c.Retries.Load()
	s.Tokens = c.PromptTokens.Load() + c.CompletionTokens.Load()
	if p.spending != nil {
		s.Spent = p.spending.Spent()
	}
	if g := p.gate.Load(); g != nil {
		g.load(&s)
	}
	if !answered { // then refusals say nothing about a quota
		s.Quota = task.Belief{}
	}
	return s
}

// Asking returns the keys of the tasks whose requests are in flight.
func (p *Progress) Asking() []task.Key {
	g := p.gate.Load()
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]task.Key, 0, len(g.since))
	for a := range g.since {
		all = append(all, a.task.Key)
	}
	return all
}
