package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
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

// next removes an answer that nobody has awaited.
func (f *Fleet) next() (a answer, k task.Key, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.early {
		return f.pop(k), k, true
	}
	return a, k, false
}

// pop removes an early answer. The caller holds f.mu.
func (f *Fleet) pop(k task.Key) answer {
	all := f.early[k]
	if f.early[k] = all[1:]; len(all) == 1 {
		delete(f.early, k)
	}
	return all[0]
}

// recorded notes that the journal has all that came of a task.
func (f *Fleet) recorded(k task.Key) {
	f.mu.Lock()
	items := f.of[k]
	if len(f.early[k]) == 0 {
		delete(f.of, k)
		for _, i := range items {
			if f.seqs[i.seq]--; f.seqs[i.seq] <= 0 {
				delete(f.seqs, i.seq)
			}
		}
	} else {
		items = nil
	}
	f.mu.Unlock()
	for _, i := range items {
		if i.large != "" {
			f.link.drop(i.large)
		}
	}
}

// begin reads the answers for a job from now on.
func (f *Fleet) begin(b *Books) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.self.Job != "" {
		return
	}
	f.self.Job, f.self.Files = b.Job, b.Files
	for id, w := range f.workers {
		if f.unfit(&w.lease) {
			delete(f.workers, id)
		}
	}
	f.loops.Go(f.collect)
}

// collect reads the stream until Close.
func (f *Fleet) collect() {
	for f.ctx.Err() == nil {
		_, news := f.link.state()
		consuming, err := f.open()
		if err != nil {
			f.pause(beat / 2)
			continue
		}
		select {
		case <-news:
		case <-f.ctx.Done():
		}
		consuming.Stop()
	}
}

// open begins to read the stream where it was left.
func (f *Fleet) open() (jetstream.ConsumeContext, error) {
	ctx, done := context.WithTimeout(f.ctx, patient)
	defer done()
	s, err := f.link.streamOf(ctx)
	if err != nil {
		return nil, err
	}
	subject := answered + f.self.Job
	until := uint64(0)
	switch m, err := s.GetLastMsgForSubject(ctx, subject); {
	case err == nil:
		until = m.Sequence
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, err
	}
	f.mu.Lock()
	if made := s.CachedInfo().Created; !made.Equal(f.made) { // the store was lost
		f.inbox = inbox{made: made, seqs: map[uint64]int{}, of: map[task.Key][]item{}, caught: f.caught}
	}
	if !f.caught {
		f.until, f.caught = until, f.last >= until
	}
	from := f.last + 1
	f.wake()
	f.mu.Unlock()
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
	})
	if err != nil {
		return nil, err
	}
	return c.Consume(func(m jetstream.Msg) {
		if meta, err := m.Metadata(); err == nil {
			f.read(m.Data(), meta.Sequence.Stream)
		}
	})
}

// read takes in what came of attempts: from the stream, or with seq 0 from the worker.
func (f *Fleet) read(data []byte, seq uint64) {
	var all []answer
	err := json.Unmarshal(data, &all)
	names := make([]string, len(all))
	for i := range all {
		if all[i].Large {
			names[i] = "answer." + all[i].ID
			whole, loadErr := f.link.load(f.ctx, names[i])
			if loadErr != nil || json.Unmarshal(whole, &all[i]) != nil {
				all[i].Key = ""
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq > 0 {
		if f.last >= seq {
			return
		}
		f.last = seq
		if f.last >= f.until && !f.caught {
			f.caught = true
			defer f.wake()
		}
	}
	if err != nil {
		return
	}
	for i := range all {
		a := &all[i]
		key, err := task.ParseKey(a.Key)
		if err != nil { // what it is about is asked again
			continue
		}
		if seq > 0 {
			f.seqs[seq]++
			f.of[key] = append(f.of[key], item{seq: seq, large: names[i]})
		}
		f.arrived(a, key)
	}
}

// arrived takes in what came of an attempt. The caller holds f.mu.
func (f *Fleet) arrived(a *answer, key task.Key) {
	if w := f.workers[a.Worker]; w != nil {
		w.done = append(w.done, a.ID)
	}
	at := f.attempts[a.ID]
	switch {
	case at != nil:
		response, err := a.outcome()
		awaited := at.order != nil || at.waited
		f.close(at, outcome{response, err})
		if !awaited {
			f.early[key] = append(f.early[key], *a)
		}
	case a.paid():
		f.early[key] = append(f.early[key], *a)
	}
}

// Ask is a pool.AskFunc: it has a worker send the request of an attempt of the pool.
func (f *Fleet) Ask(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
	who, _ := pool.AttemptOf(ctx)
	a, known, err := f.give(ctx, who, body, timeout)
	if err != nil {
		return nil, err
	}
	if known != nil {
		return known.outcome()
	}
	select {
	case o := <-a.outcome:
		return o.response, o.err
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case o := <-a.outcome:
		return o.response, o.err
	default:
	}
	if a.order != nil {
		f.tell(a.worker, &order{Cancel: []string{a.id}})
		f.close(a, outcome{})
	}
	a.waited = false
	return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Sent: true, Message: messages.Sprintf("canceled").String(), Err: context.Cause(ctx)}
}

// give gives an attempt to a worker, unless an earlier coordinator has given one for its task: it returns that, or what came of it.
func (f *Fleet) give(ctx context.Context, who pool.Attempt, body []byte, timeout time.Duration) (*attempt, *answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return nil, nil, f.failed
	}
	if len(f.early[who.Key]) > 0 {
		a := f.pop(who.Key)
		return nil, &a, nil
	}
	for _, w := range f.workers {
		if !w.former {
			continue
		}
		for _, a := range w.mine {
			if a.order == nil && a.key == who.Key && !a.waited {
				a.waited = true
				return a, nil, nil
			}
		}
	}
	f.number++
	o := &order{ID: fmt.Sprintf("%s.%d", f.self.ID, f.number), Job: f.self.Job, Key: who.Key.String(), Body: body, Timeout: timeout}
	if len(body)*4/3+1<<10 > f.link.limit() {
		f.mu.Unlock()
		err := f.link.store(ctx, o.ID, body)
		f.mu.Lock()
		if err != nil {
			return nil, nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindNetwork, NotTaken: true, Message: messages.Sprintf("the request could not be brought to a worker").String(), Err: err}
		}
		o.Body, o.Large = nil, true
	}
	var best *worker
	mine, _ := who.Right.(*right)
	for _, w := range f.workers {
		if mine != nil && w.account == mine.account && !w.silent() && len(w.mine) < w.Max && (best == nil || len(w.mine) < len(best.mine)) {
			best = w
		}
	}
	if best == nil {
		return nil, nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindNetwork, NotTaken: true, Message: messages.Sprintf("no worker is free").String()}
	}
	a := &attempt{id: o.ID, key: who.Key, worker: best, order: o, at: time.Now(), outcome: make(chan outcome, 1)}
	f.attempts[a.id], best.mine[a.id] = a, a
	f.tell(best, o)
	return a, nil, nil
}
