package queue

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pack"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
)

// Queue is a task.Executor that has the workers of a fleet send the requests of a pool. Make it with Over.
type Queue struct {
	pool  *pool.Pool
	packs *pack.Executor // nil for completions
	fleet *Fleet
	Books
	spent func(task.Result) error
	lost  func(task.Key) error
}

// Books are what a run keeps.
type Books struct {
	Sum   bool                                 // keys of workers add to the concurrency of the pool, which is not the user's wish
	Files bool                                 // requests may name files that the key of the run has stored
	Job   string                               // tells the answers for its journal from others
	Find  func(task.Key) (*task.Result, error) // the result of a task; nil if it has none
	Left  func() int                           // how many tasks have no result yet
	Heritage
}

// Heritage is about the run before, if it was killed.
type Heritage struct {
	Run    string       // tells this run from others of the journal
	Killed string       // the same of the run before; "" if it was not killed
	Found  func() error // called if it is known what came of all that it had in flight
}

// MaxConcurrency is how many requests of all keys together may be in flight.
const MaxConcurrency = 2048

// Over returns an executor over p, whose fields are set and do not change any more.
func Over(p *pool.Pool, f *Fleet, b Books) *Queue {
	q := &Queue{pool: p, fleet: f, Books: b, spent: p.Spent, lost: p.Lost}
	f.mu.Lock()
	f.accounts[0].quota = p.Quota
	f.accounts[0].start, f.accounts[0].most = max(1, cmp.Or(p.Start, pool.DefaultStart)), max(1, cmp.Or(p.Concurrency, pool.DefaultConcurrency))
	f.mu.Unlock()
	p.Ask, p.Quota = f.Ask, f
	p.Spent = func(r task.Result) error { return q.after(r.Key, q.spent(r)) }
	p.Lost = func(k task.Key) error { return q.after(k, q.lost(k)) }
	if b.Sum {
		p.Start, p.Concurrency = MaxConcurrency, MaxConcurrency
	}
	f.begin(&b)
	return q
}

// after notes that the journal has what came of a task.
func (q *Queue) after(k task.Key, err error) error {
	if err == nil || errors.Is(err, task.ErrKept) {
		q.fleet.recorded(k)
	}
	return err
}

// Pack has the tasks asked by an executor for vectors, which was made over the pool after this one.
func (q *Queue) Pack(x *pack.Executor) {
	q.packs = x
	q.fleet.mu.Lock()
	defer q.fleet.mu.Unlock()
	q.fleet.texts = x.Texts
}

// Execute implements task.Executor. Answers that nobody awaits any longer, because of a coordinator that has ended, are recorded at its end.
func (q *Queue) Execute(
	ctx context.Context, drain <-chan struct{}, tasks iter.Seq2[task.Task, error], record func(task.Result) error,
) error {
	record = func(next func(task.Result) error) func(task.Result) error {
		return func(r task.Result) error { return q.after(r.Key, next(r)) }
	}(record)
	if q.Left != nil {
		q.fleet.tasks.count.Store(&q.Left)
	}
	err := error(nil)
	var late known
	if q.packs == nil {
		err = q.pool.Execute(ctx, drain, tasks, record)
	} else if late, err = q.former(ctx, drain, record); err == nil {
		err = q.packs.Execute(ctx, drain, late.left(tasks), record)
	}
	if ctx.Err() != nil {
		return err
	}
	for k := range late {
		_, failed := late.take(k)
		err = errors.Join(err, failed)
	}
	return errors.Join(err, q.settle(record, func(_ task.Key, take func() (bool, error)) error {
		_, err := take()
		return err
	}))
}

// known is what came of tasks that an earlier coordinator has asked, and is not recorded yet: functions that record it, and report whether the task
// has a result.
type known map[task.Key][]func() (done bool, err error)

// take records what came of a task.
func (n known) take(k task.Key) (done bool, err error) {
	all := n[k]
	delete(n, k)
	for _, take := range all {
		is, failed := take()
		done, err = done || is, errors.Join(err, failed)
	}
	return done, err
}

// left returns the tasks that have no result. What is known of the others is recorded as they come: who counts results expects them from then on.
func (n known) left(tasks iter.Seq2[task.Task, error]) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		for t, err := range tasks {
			done := false
			if err == nil {
				done, err = n.take(t.Key)
			}
			if (!done || err != nil) && !yield(t, err) {
				return
			}
		}
	}
}

// former returns what came of the requests of an earlier coordinator. They had texts together that are together no longer, so that it is awaited
// before anything is sent.
func (q *Queue) former(ctx context.Context, drain <-chan struct{}, record func(task.Result) error) (known, error) {
	tick := time.NewTicker(beat / 20)
	defer tick.Stop()
	for !q.fleet.taken() {
		select {
		case <-tick.C:
		case <-drain:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	n := known{}
	return n, q.settle(record, func(k task.Key, take func() (bool, error)) error {
		n[k] = append(n[k], take)
		return nil
	})
}

// settle calls do for each task of the answers that no task has taken, with a function that records its result and reports whether there is one.
func (q *Queue) settle(record func(task.Result) error, do func(k task.Key, take func() (done bool, err error)) error) error {
	for {
		a, key, ok := q.fleet.next()
		if !ok {
			return nil
		}
		texts := a.Texts
		if texts == nil {
			texts = []task.Key{key}
		}
		results, useful, failure := q.resultsOf(&a, texts)
		counted := false
		for i, r := range results {
			r.Attempts, r.At = 1, time.Now()
			if err := do(texts[i], func() (done bool, err error) {
				lost, err := q.take(texts[i], r, useful, failure, func(r task.Result) error { done = true; return record(r) })
				if lost && !counted { // one attempt, as of the pool
					counted = true
					q.pool.Counters.Lost.Add(1)
				}
				return done, err
			}); err != nil {
				return err
			}
		}
	}
}

// resultsOf returns the results of tasks that were asked together, of which one without a key is missing, and whether they are answers.
func (q *Queue) resultsOf(a *answer, texts []task.Key) (all []task.Result, useful bool, failure error) {
	all = make([]task.Result, len(texts))
	response, failure := a.outcome()
	if failure != nil {
		for i, k := range texts {
			if all[i] = task.FailureOf(k, failure, q.pool.Sandbox); i > 0 {
				all[i].Usage = gigachat.Usage{} // it counts once
			}
		}
		return all, false, failure
	}
	r, useless := task.ResultOf(texts[0], response)
	if !useless && a.Texts != nil {
		return pack.Split(r, texts), true, nil
	}
	all[0] = r
	return all, !useless, nil
}

// take records the result of a task that was asked by an earlier coordinator, or once more. The second answer of a task is kept as spent. lost
// reports that its answer did not come whole.
func (q *Queue) take(k task.Key, r task.Result, useful bool, failure error, record func(task.Result) error) (lost bool, err error) {
	has, err := q.Find(k)
	if err != nil {
		return false, err
	}
	switch e := gigachat.AsError(failure); {
	case r.Key != k, has != nil && has.RequestID == r.RequestID: // there is none, or the journal has this very answer
		q.fleet.recorded(k)
		return false, nil
	case (has == nil || has.State == task.Failed) && useful:
		q.pool.Counters.Spend(r.Usage)
		return false, record(r)
	case e != nil && e.Sent:
		return true, q.after(k, q.lost(k))
	}
	q.pool.Counters.Spend(r.Usage)
	if has != nil { // it was paid for a second time
		err = q.after(k, q.lost(k))
	}
	return false, errors.Join(err, q.after(k, q.spent(r)))
}
