package queue

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
)

// Queue is a task.Executor that has the workers of a fleet send the requests of a pool. Make it with Over.
type Queue struct {
	pool  *pool.Pool
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
}

// MaxConcurrency is how many requests of all keys together may be in flight.
const MaxConcurrency = 2048

// Over returns an executor over p, whose fields are set and do not change any more.
func Over(p *pool.Pool, f *Fleet, b Books) *Queue {
	q := &Queue{pool: p, fleet: f, Books: b, spent: p.Spent, lost: p.Lost}
	f.accounts[0].quota = p.Quota
	p.Ask, p.Quota = f.Ask, f
	p.Spent = func(r task.Result) error { return q.after(r.Key, q.spent(r)) }
	p.Lost = func(k task.Key) error { return q.after(k, q.lost(k)) }
	f.accounts[0].start, f.accounts[0].most = max(1, cmp.Or(p.Start, pool.DefaultStart)), max(1, cmp.Or(p.Concurrency, pool.DefaultConcurrency))
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
	err := q.pool.Execute(ctx, drain, tasks, record)
	if ctx.Err() != nil {
		return err
	}
	return errors.Join(err, q.settle(record))
}

// settle records answers that no task has taken. The second answer of a task is kept as spent.
func (q *Queue) settle(record func(task.Result) error) error {
	for {
		a, key, ok := q.fleet.next()
		if !ok {
			return nil
		}
		has, err := q.Find(key)
		if err != nil {
			return err
		}
		response, failure := a.outcome()
		var r task.Result
		useless := true
		if failure == nil {
			r, useless = task.ResultOf(key, response)
		} else {
			r = task.FailureOf(key, failure, q.pool.Sandbox)
		}
		r.Attempts, r.At = 1, time.Now()
		switch e := gigachat.AsError(failure); {
		case has != nil && has.RequestID == r.RequestID: // the journal has this very answer
			q.fleet.recorded(key)
		case has == nil && !useless:
			q.pool.Counters.Spend(r.Usage)
			err = record(r)
		case e != nil && e.Sent:
			q.pool.Counters.Lost.Add(1)
			err = q.pool.Lost(key)
		default:
			q.pool.Counters.Spend(r.Usage)
			if has != nil { // it was paid for a second time
				err = q.pool.Lost(key)
			}
			err = errors.Join(err, q.pool.Spent(r))
		}
		if err != nil {
			return err
		}
	}
}
