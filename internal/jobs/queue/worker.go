package queue

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Worker sends requests of runs that have the same server. Its fields must be set before Run is called.
type Worker struct {
	Server  Server
	Version string // of the program
	Service string // the base URL of the API
	Account string // what tells the key of this worker from others; "" if it uses the token of the run
	Start   int    // requests in flight that the key begins with, and at most, unless it is that of the run
	Most    int
	Max     int          // requests in flight of this worker
	Ask     pool.AskFunc // sends a request
	Embed   pool.AskFunc // sends a request for vectors
	Lent    *Lent        // gets the token of the run; nil with a key
	Tell    func(messages.Text)
	working
}

// working is what a Worker has under way.
type working struct {
	link *link

	mu     sync.Mutex // guards the fields below
	who    Who        // of the present lease
	until  time.Time  // when it ends; zero before it has begun
	tasks  map[string]*work
	outbox []*work       // answers for the stream
	mail   chan struct{} // has room for one: there is something in the outbox
	notes  []note
	noted  chan struct{}   // has room for one: there are notes
	run    run             // the zero value if there is none
	cut    string          // the newest coordinator that had a request canceled
	past   map[string]bool // the ids of runs that are over; what is late on its way from one is not asked
}

// work is an attempt.
type work struct {
	order  *order
	cancel context.CancelFunc
	data   []byte // the answer; nil before there is one
	paid   bool
	queued bool // it is in the outbox
	safe   bool // the stream has it
	former bool // it names a lease that is over
}

// UnfitError reports that a worker cannot work for the run that its server has.
type UnfitError struct{ Msg, Advice messages.Text }

func (e *UnfitError) Error() string { return e.Msg.String() }

// Message is the text of Error in any language.
func (e *UnfitError) Message() messages.Text { return e.Msg }

// Hint says what to do.
func (e *UnfitError) Hint() messages.Text { return e.Advice }

// Run works until drain is closed and what is under way has ended, or until ctx ends. It waits for a server and for runs.
func (w *Worker) Run(ctx context.Context, drain <-chan struct{}) error {
	w.tasks, w.mail, w.noted = map[string]*work{}, make(chan struct{}, 1), make(chan struct{}, 1)
	w.who = newWho(w.Version)
	dialing, stop := context.WithCancel(ctx)
	var awaiting errgroup.Group
	awaiting.Go(func() error {
		select {
		case <-drain:
			stop()
		case <-dialing.Done():
		}
		return nil
	})
	l, err := await(dialing, &w.Server, "gigabatch worker", w.Tell)
	stop()
	_ = awaiting.Wait()
	if task.Closed(drain) && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	w.link = l
	defer w.link.nc.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var loops errgroup.Group
	defer loops.Wait()
	defer cancel(nil)
	loops.Go(func() error { w.watch(ctx, cancel); return nil })
	loops.Go(func() error { w.send(ctx); return nil })
	loops.Go(func() error { w.speak(ctx); return nil })
	w.Tell(messages.Sprintf("waiting for a run at %s", Shown(w.Server.URL)))
	for ctx.Err() == nil {
		if w.lease(ctx, drain, &loops) {
			return nil
		}
	}
	if e, ok := errors.AsType[*UnfitError](context.Cause(ctx)); ok {
		return e
	}
	return context.Cause(ctx)
}

// lease works until a lease ends. It reports whether the worker has done what it had after a drain.
func (w *Worker) lease(ctx context.Context, drain <-chan struct{}, loops *errgroup.Group) (done bool) {
	requests, cancel := context.WithCancel(ctx)
	defer cancel()
	sub, err := w.link.nc.Subscribe(toWorker+w.who.ID, func(m *nats.Msg) {
		var o order
		if json.Unmarshal(m.Data, &o) == nil {
			w.obey(requests, &o, task.Closed(drain), loops)
		}
	})
	if err != nil {
		w.rest(ctx, beat/4)
		return false
	}
	defer sub.Unsubscribe()
	var kv jetstream.KeyValue
	tick := time.NewTicker(beat / 10)
	defer tick.Stop()
	stopping := drain
	for next := time.Now(); ; {
		if now := time.Now(); !now.Before(next) {
			kv = w.renew(requests, kv, drain)
			next = now.Add(beat)
		}
		if w.expired() {
			w.forsake(cancel)
			return false
		}
		if task.Closed(drain) && w.idle() {
			if kv != nil {
				ctx, done := context.WithTimeout(context.Background(), 2*beat)
				defer done()
				_ = kv.Delete(ctx, workerKey+w.who.ID)
			}
			return true
		}
		select {
		case <-tick.C:
		case <-stopping:
			stopping, next = nil, time.Now()
		case <-ctx.Done():
			return false
		}
	}
}

func (w *Worker) rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// expired reports whether the lease is over.
func (w *Worker) expired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.until.IsZero() && time.Now().After(w.until)
}

// renew renews the lease.
func (w *Worker) renew(ctx context.Context, kv jetstream.KeyValue, drain <-chan struct{}) jetstream.KeyValue {
	began := time.Now()
	ctx, done := context.WithTimeout(ctx, life/2)
	defer done()
	l := lease{Service: w.Service, Account: w.Account, Start: w.Start, Most: w.Most, Max: w.Max}
	if task.Closed(drain) {
		l.Max = 0
	}
	w.mu.Lock()
	l.Who, l.Run, l.Cut = w.who, w.run.ID, w.cut
	for id, t := range w.tasks {
		if t.safe && w.run.Job != "" && t.order.Job != w.run.Job { // the stream keeps it for its job
			delete(w.tasks, id)
			continue
		}
		l.Held = append(l.Held, held{ID: id, Job: t.order.Job, Key: t.order.Key, Answered: t.data != nil})
	}
	w.mu.Unlock()
	var err error
	if kv == nil {
		kv, err = w.link.bucketOf(ctx)
	}
	if err == nil {
		_, err = kv.Put(ctx, workerKey+l.ID, encode(&l))
	}
	if err != nil {
		return nil
	}
	w.mu.Lock()
	w.until = began.Add(life)
	w.mu.Unlock()
	return kv
}

// forsake cancels the requests of a lease that is over. The next one has another id.
func (w *Worker) forsake(cancel context.CancelFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	cancel()
	for id, t := range w.tasks {
		if t.former = true; t.data == nil || t.safe {
			delete(w.tasks, id)
		}
	}
	w.who.ID, w.until = newWho(w.Version).ID, time.Time{}
}

// idle reports whether everything that was under way is safe.
func (w *Worker) idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.tasks {
		if t.data == nil || t.paid && !t.safe {
			return false
		}
	}
	return true
}

// obey does what a coordinator says.
func (w *Worker) obey(ctx context.Context, o *order, ending bool, loops *errgroup.Group) {
	var again []*work
	defer func() {
		for _, t := range again {
			w.publish(t, o.Run)
		}
	}()
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.Over {
		w.until = time.Now()
	}
	if o.Ping > 0 {
		w.note(o.Run, encode(&answer{Worker: w.who.ID, Ping: o.Ping}))
	}
	for _, id := range o.Done {
		delete(w.tasks, id)
	}
	for _, id := range o.Cancel {
		if t := w.tasks[id]; t != nil && t.data == nil {
			t.cancel()
			delete(w.tasks, id)
			w.cut = o.Run
		}
	}
	for _, id := range o.Again {
		if t := w.tasks[id]; t != nil && t.data != nil {
			again = append(again, t)
		}
	}
	if o.ID == "" || w.tasks[o.ID] != nil || ctx.Err() != nil {
		return
	}
	if ending || w.past[o.Run] {
		why := messages.Sprintf("the worker ends")
		if !ending {
			why = messages.Sprintf("the worker has seen the run end")
		}
		none := newAnswer(o, w.who.ID, nil, &gigachat.Error{Op: opOf(o.Texts != nil), Kind: gigachat.KindNetwork, NotTaken: true, Message: why.String()})
		w.note(o.Run, encode(none))
		return
	}
	if !time.Now().Before(w.until) {
		return
	}
	requests, cancel := context.WithCancel(ctx)
	t := &work{order: o, cancel: cancel}
	w.tasks[o.ID] = t
	loops.Go(func() error {
		defer cancel()
		w.do(requests, t)
		return nil
	})
}

// do makes an attempt.
func (w *Worker) do(ctx context.Context, t *work) {
	o := t.order
	body, err := o.Body, error(nil)
	if o.Large {
		defer w.link.drop(largeRequests, o.ID)
		if body, err = w.link.load(ctx, largeRequests, o.ID); err != nil {
			err = &gigachat.Error{Op: opOf(o.Texts != nil), Kind: gigachat.KindNetwork, NotTaken: true, Message: messages.Sprintf("the request did not come to the worker").String(), Err: err}
		}
	}
	var response *gigachat.ChatResponse
	if err == nil {
		ask := w.Ask
		if len(o.Texts) > 0 {
			ask = w.Embed
		}
		w.sign(o, begun)
		response, err = ask(ctx, body, o.Timeout)
	}
	if ctx.Err() != nil && err != nil { // nobody waits, or the lease is over
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.tasks[o.ID] == t {
			delete(w.tasks, o.ID)
		}
		return
	}
	w.mu.Lock()
	a := newAnswer(o, w.who.ID, response, err)
	t.data, t.paid = encode(a), a.paid()
	w.tasks[o.ID] = t
	w.mu.Unlock()
	if t.paid && err == nil {
		w.sign(o, ended)
	} else if t.paid {
		w.sign(o, lost)
	}
	w.publish(t, o.Run)
}

// watch hears of runs until ctx ends. It ends the work if the worker is not fit for one.
func (w *Worker) watch(ctx context.Context, end context.CancelCauseFunc) {
	for ctx.Err() == nil {
		_, news := w.link.state()
		watching, done := context.WithCancel(ctx)
		kv, err := w.link.bucketOf(watching)
		var entries jetstream.KeyWatcher
		if err == nil {
			entries, err = kv.Watch(watching, runKey)
		}
		if err != nil {
			done()
			w.rest(ctx, beat/2)
			continue
		}
		for open := true; open; {
			select {
			case e, ok := <-entries.Updates():
				open = ok
				if e != nil {
					var r run
					if e.Operation() == jetstream.KeyValuePut {
						_ = json.Unmarshal(e.Value(), &r)
					}
					w.follow(ctx, &r, end)
				}
			case <-news:
				open = false
			case <-ctx.Done():
				open = false
			}
		}
		_ = entries.Stop()
		done()
	}
}

// follow takes in who the coordinator is; r is zero if there is none.
func (w *Worker) follow(ctx context.Context, r *run, end context.CancelCauseFunc) {
	w.mu.Lock()
	before := w.run.ID
	w.run = *r
	if w.past == nil {
		w.past = map[string]bool{}
	}
	w.past[before] = true
	delete(w.past, r.ID)
	w.mu.Unlock()
	if w.Lent != nil {
		w.Lent.use(w.link, r.ID)
	}
	unfit := w.unfit(r)
	switch {
	case unfit != nil:
		w.rest(ctx, 2*beat) // the coordinator hears of the worker
		end(unfit)
	case r.ID == before:
	case r.ID == "":
		w.Tell(messages.Sprintf("the run has ended; waiting for the next one"))
	default:
		w.Tell(messages.Sprintf("working for the run of %s on %s (process %d)", r.Input, r.Host, r.PID))
	}
}

// unfit returns why the worker cannot work for a run, nil if it can.
func (w *Worker) unfit(r *run) *UnfitError {
	switch {
	case r.ID == "":
	case r.Version != w.Version:
		return &UnfitError{
			messages.Sprintf("the run of %s on %s (process %d) is gigabatch %s, and this worker is %s", r.Input, r.Host, r.PID, r.Version, w.Version),
			messages.Sprintf("use the same version everywhere"),
		}
	case w.Account == "" && r.Service != w.Service:
		return &UnfitError{
			messages.Sprintf("the run of %s on %s (process %d) asks %s, and this worker %s", r.Input, r.Host, r.PID, r.Service, w.Service),
			messages.Sprintf("set GIGACHAT_BASE_URL to the same service, or give the worker a key of its own"),
		}
	case r.Files && w.Account != "" && w.Account != r.Account:
		return &UnfitError{
			messages.Sprintf("the run of %s on %s (process %d) attaches files, which a worker with another key cannot read", r.Input, r.Host, r.PID),
			messages.Sprintf("let the worker use the access token of the run"),
		}
	case w.Lent != nil && !(r.Lends && w.link.secret()):
		return &UnfitError{
			messages.Sprintf("the run lends no access token: the connection is not encrypted, or its key makes none"),
			messages.Sprintf("use a server with TLS, or give the worker a key of its own"),
		}
	}
	return nil
}
