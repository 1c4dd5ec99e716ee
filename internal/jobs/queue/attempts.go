package queue

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// attempt is one that a worker makes.
type attempt struct {
	id      string
	job     string // of an attempt of an earlier coordinator: another one takes its answer if it is not that of the run
	key     task.Key
	worker  *worker
	order   *order // nil if an earlier coordinator gave it
	given   *right // nil in that case
	ended   bool   // the answer is on its way
	at      time.Time
	outcome chan outcome // has room for one
	right   share.Right  // for an attempt of an earlier coordinator
	waited  bool         // somebody waits for the outcome of an attempt of an earlier coordinator
}

type outcome struct {
	response *gigachat.ChatResponse
	err      error
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
	return nil, &gigachat.Error{Op: f.op(), Kind: gigachat.KindCanceled, Sent: true, Message: messages.Sprintf("canceled").String(), Err: context.Cause(ctx)}
}

// op is what errors of requests begin with. The caller holds f.mu.
func (f *Fleet) op() string { return opOf(f.texts != nil) }

func opOf(vectors bool) string {
	if vectors {
		return "embeddings"
	}
	return "chat"
}

// give gives an attempt to a worker, unless an earlier coordinator has given one for its task: it returns that, or what came of it.
func (f *Fleet) give(ctx context.Context, who pool.Attempt, body []byte, timeout time.Duration) (*attempt, *answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return nil, nil, f.failed
	}
	if f.texts == nil { // what an earlier coordinator has asked with others, Queue.former takes
		if len(f.early[who.Key]) > 0 {
			a := f.pop(who.Key)
			return nil, &a, nil
		}
		if a := f.inherited(who.Key); a != nil {
			return a, nil, nil
		}
	}
	f.number++
	o := &order{ID: fmt.Sprintf("%s.%d", f.self.ID, f.number), Job: f.self.Job, Key: who.Key.String(), Body: body, Timeout: timeout}
	if f.texts != nil {
		o.Texts = f.texts(who.Key)
	}
	if (len(body)+len(o.Texts)*50)*4/3+1<<10 > f.link.limit() {
		f.mu.Unlock()
		err := f.link.store(ctx, largeRequests, o.ID, body)
		f.mu.Lock()
		if err != nil {
			return nil, nil, &gigachat.Error{Op: f.op(), Kind: gigachat.KindNetwork, NotTaken: true, Message: messages.Sprintf("the request could not be brought to a worker").String(), Err: err}
		}
		o.Body, o.Large = nil, true
	}
	var best *worker
	mine, _ := who.Right.(*right)
	for _, w := range f.workers {
		if mine != nil && f.claim.holds() && w.account == mine.account && !w.doubtful() && len(w.mine) < w.Max && (best == nil || len(w.mine) < len(best.mine)) {
			best = w
		}
	}
	if best == nil || f.failed != nil {
		if o.Large {
			f.loops.Go(func() { f.link.drop(largeRequests, o.ID) })
		}
		return nil, nil, cmp.Or[error](f.failed, noWorker(f.op()))
	}
	a := &attempt{id: o.ID, key: who.Key, worker: best, order: o, given: mine, at: time.Now(), outcome: make(chan outcome, 1)}
	f.attempts[a.id], best.mine[a.id] = a, a
	f.tell(best, best.ping(o, f.began))
	return a, nil, nil
}

// sign takes in how far an attempt is. The right ends with the request: what is in flight would else be more than the service has. The caller
// holds f.mu.
func (f *Fleet) sign(s *answer) {
	a := f.attempts[s.ID]
	switch {
	case a == nil || a.ended:
		return
	case s.Sign == begun:
		if a.given != nil {
			a.given.Right.Sent()
		}
		return
	}
	a.ended = true
	a.worker.ended++
	r := a.right
	if a.given != nil {
		a.given.free()
		r = a.given.Right
	}
	switch {
	case r == nil:
	case s.Sign == ended:
		r.Answered()
	default:
		r.Lost()
	}
}

// inherited returns the attempt for a task that an earlier coordinator has given, nil if there is none. The caller holds f.mu.
func (f *Fleet) inherited(k task.Key) *attempt {
	for _, w := range f.workers {
		if !w.former {
			continue
		}
		for _, a := range w.mine {
			if a.order == nil && a.job == f.self.Job && a.key == k && !a.waited {
				a.waited = true
				return a
			}
		}
	}
	return nil
}

// taken reports whether everything that an earlier coordinator of the job has asked has come or is lost.
func (f *Fleet) taken() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return true
	}
	for _, a := range f.attempts {
		if a.order == nil && a.job == f.self.Job {
			return false
		}
	}
	return f.settled && f.caught
}

// compare finds what a worker and the coordinator know differently. The caller holds f.mu.
func (f *Fleet) compare(w *worker) {
	has, o := map[string]bool{}, &order{}
	for _, h := range w.Held {
		has[h.ID] = true
		a := f.attempts[h.ID]
		switch key, err := task.ParseKey(h.Key); {
		case err != nil:
		case h.Answered:
			if w.stale[h.ID]++; w.stale[h.ID] > 2 {
				o.Again = append(o.Again, h.ID)
			}
		case a != nil:
		case strings.HasPrefix(h.ID, f.self.ID+"."):
			o.Cancel = append(o.Cancel, h.ID)
		default:
			f.adopt(w, &h, key)
		}
	}
	for id := range w.stale {
		if !has[id] {
			delete(w.stale, id)
		}
	}
	if len(o.Again)+len(o.Cancel) > 0 {
		f.tell(w, o)
	}
	for id, a := range w.mine {
		switch {
		case has[id] || time.Since(a.at) <= 2*beat:
		case a.order != nil && !f.claim.holds():
		case a.order != nil:
			again := *a.order
			f.tell(w, &again)
		case a.job != f.self.Job: // it has ended, and the stream keeps the answer for its job
			f.close(a, outcome{})
		case f.caught: // it has ended, and is not in the stream: the run that asked has told the worker that it needs it no longer
			f.close(a, outcome{err: noWorker(f.op())})
		}
	}
}

// noWorker is the error of a request that nobody has sent.
func noWorker(op string) *gigachat.Error {
	return &gigachat.Error{Op: op, Kind: gigachat.KindNetwork, NotTaken: true, Message: messages.Sprintf("no worker is free").String()}
}

// adopt takes over an attempt that an earlier coordinator gave. The caller holds f.mu.
func (f *Fleet) adopt(w *worker, h *held, key task.Key) {
	a := &attempt{id: h.ID, job: h.Job, key: key, worker: w, at: time.Now(), outcome: make(chan outcome, 1)}
	f.attempts[a.id], w.mine[a.id], w.former = a, a, true
	a.hold()
}

// hold makes an attempt of an earlier coordinator count in the quota. The caller holds the mu of the fleet.
func (a *attempt) hold() {
	if seat := a.worker.account.seat; seat != nil && a.right == nil {
		if r, _ := seat.Take(true); r != nil {
			r.Sent()
			a.right = r
		}
	}
}

// close ends an attempt. The caller holds f.mu.
func (f *Fleet) close(a *attempt, o outcome) {
	if f.attempts[a.id] != a {
		return
	}
	delete(f.attempts, a.id)
	delete(a.worker.mine, a.id)
	if a.ended {
		a.worker.ended--
	}
	if o.response != nil {
		a.worker.answered.add(time.Now())
	}
	switch {
	case a.right == nil:
	case o.err == nil:
		a.right.Answered()
	default:
		a.right.Lost()
	}
	a.outcome <- o
}
