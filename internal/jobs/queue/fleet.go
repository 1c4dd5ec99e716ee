package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Options are those of a Fleet.
type Options struct {
	Server  Server
	Version string               // of the program
	Input   string               // of the run, for those who look
	Service string               // the base URL of the API
	Account string               // what tells the key of the run from others
	Lend    gigachat.TokenSource // of workers without a key; nil if there is none
	Tell    func(messages.Text)  // something that the user should know
}

// Fleet is the workers of a run, as its coordinator sees them. It is safe for concurrent use.
type Fleet struct {
	options Options
	link    *link
	self    run
	ctx     context.Context // until Close
	cancel  context.CancelFunc
	loops   sync.WaitGroup
	tasks   tasksLeft

	mu      sync.Mutex                // guards the fields below; it is taken before that of a hub
	failed  error                     // the fleet belongs to another run
	number  int                       // of the newest attempt
	texts   func(task.Key) []task.Key // the tasks of a request for vectors; nil if there are no such requests
	workers map[string]*worker
	refused map[string]bool // workers that get no tasks; true if it is because their lease is over
	members
	mail
}

// worker is one of the fleet.
type worker struct {
	lease
	account  *account
	revision uint64
	renewed  bool // the lease, since this coordinator is there
	heard    time.Time
	echo
	answered meter
	mine     map[string]*attempt // that it makes
	ended    int                 // of these, whose answer is on its way
	stale    map[string]int      // how often it has told of an answer that has not come
	done     []string            // what it is told with the next order
	former   bool                // it has had attempts of an earlier coordinator
}

// Gather connects with the workers of a server, for which it waits. The caller must Close the fleet.
func Gather(ctx context.Context, o Options) (*Fleet, error) {
	for {
		l, err := await(ctx, &o.Server, "gigabatch run "+o.Input, o.Tell)
		if err != nil {
			return nil, err
		}
		f, err := newFleet(ctx, o, l)
		if err == nil {
			return f, nil
		}
		l.nc.Close()
		if e, ok := errors.AsType[*ServerError](err); !ok || !e.Passing() || ctx.Err() != nil {
			return nil, err
		}
	}
}

func newFleet(ctx context.Context, o Options, l *link) (*Fleet, error) {
	f := &Fleet{
		options: o, link: l, workers: map[string]*worker{}, refused: map[string]bool{},
		mail: mail{attempts: map[string]*attempt{}, early: map[task.Key][]answer{}, inbox: inbox{seqs: map[uint64]int{}, of: map[task.Key][]*item{}}},
	}
	f.self = run{Who: newWho(o.Version), Input: o.Input, Service: o.Service, Account: o.Account, Lends: o.Lend != nil && l.secret()}
	f.accounts, f.began = []*account{{name: o.Account}}, time.Now()
	f.ctx, f.cancel = context.WithCancel(context.Background())
	lease := &claim{link: l, server: &o.Server}
	err := f.serverError(lease.take(ctx, &f.self))
	if lease.former.Service == o.Service {
		f.learned = lease.former.Learned
	}
	if err == nil {
		_, err = l.nc.Subscribe(toRun+f.self.ID, func(m *nats.Msg) { f.read(m.Data, 0) })
	}
	if err == nil && f.self.Lends {
		_, err = l.nc.Subscribe(forTokens+f.self.ID, func(m *nats.Msg) { f.loops.Go(func() { lend(f.ctx, o.Lend, m) }) })
	}
	if err != nil {
		f.cancel()
		return nil, err
	}
	f.claim = lease
	f.loops.Go(func() { f.renew(lease) })
	f.loops.Go(f.watch)
	f.loops.Go(f.tend)
	f.loops.Go(func() { f.tasks.tell(f.ctx, l) })
	return f, nil
}

// renew renews the lease of the coordinator until Close.
func (f *Fleet) renew(lease *claim) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		f.mu.Lock()
		self := f.self
		self.Learned = f.memories()
		held := lease.holds()
		f.mu.Unlock()
		if err := lease.renew(f.ctx, &f.mu, &self); err != nil && f.ctx.Err() == nil {
			f.fail(err)
		}
		f.mu.Lock()
		if !held && lease.holds() {
			f.wake()
		}
		f.mu.Unlock()
		select {
		case <-tick.C:
		case <-f.ctx.Done():
			return
		}
	}
}

// fail makes all attempts fail.
func (f *Fleet) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = err
	for _, a := range f.attempts {
		f.close(a, outcome{err: err})
	}
	f.wake()
}

// watch hears of the workers until Close.
func (f *Fleet) watch() {
	for f.ctx.Err() == nil {
		_, news := f.link.state()
		f.mu.Lock()
		f.wake() // the server may be back
		f.mu.Unlock()
		ctx, done := context.WithCancel(f.ctx)
		kv, err := f.link.bucketOf(ctx)
		var w jetstream.KeyWatcher
		if err == nil {
			w, err = kv.Watch(ctx, workerKey+"*")
		}
		if err != nil {
			done()
			f.pause(beat / 2)
			continue
		}
		for open := true; open; {
			select {
			case <-time.After(2 * beat): // else a server that is lost may be noticed later than the end of all leases
				f.mu.Lock()
				open = len(f.workers) == 0
				f.mu.Unlock()
			case e, ok := <-w.Updates():
				switch {
				case !ok:
					open = false
				case e == nil: // all that was there is told
					f.mu.Lock()
					f.listed = true
					f.mu.Unlock()
				case e.Operation() != jetstream.KeyValuePut:
					f.left(strings.TrimPrefix(e.Key(), workerKey))
				default:
					var l lease
					if json.Unmarshal(e.Value(), &l) == nil && l.ID != "" {
						f.hear(&l, e.Revision())
					}
				}
			case <-news:
				open = false
			case <-f.ctx.Done():
				open = false
			}
		}
		_ = w.Stop()
		done()
	}
}

func (f *Fleet) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-f.ctx.Done():
	}
}

// hear takes in the lease of a worker.
func (f *Fleet) hear(l *lease, revision uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.workers[l.ID]
	switch over, refused := f.refused[l.ID]; {
	case over: // it does not know yet: its clock stood still, or only the coordinator did not hear of it
		f.tell(&worker{lease: *l}, &order{Over: true})
		return
	case refused, f.unfit(l):
		f.unsure = f.unsure || len(l.Held) > 0 || l.Run == f.claim.former.ID
		return
	case w == nil:
		w = &worker{account: f.accountOf(l), mine: map[string]*attempt{}, stale: map[string]int{}}
		f.workers[l.ID] = w
	case w.revision == revision:
		return
	}
	f.unsure = f.unsure || l.Cut != "" && l.Cut == f.claim.former.ID
	w.renewed = w.revision != 0
	w.lease, w.revision, w.heard = *l, revision, time.Now()
	if w.asOf.IsZero() {
		f.tell(w, w.ping(&order{}, f.began))
	}
	f.compare(w)
	f.wake()
}

// unfit reports whether a worker may not work for this run, and says why. The caller holds f.mu.
func (f *Fleet) unfit(l *lease) bool {
	var why messages.Text
	switch {
	case l.Version != f.self.Version:
		why = messages.Sprintf("the worker on %s (process %d) is gigabatch %s and this is %s, so it gets no tasks", l.Host, l.PID, l.Version, f.self.Version)
	case l.Account == "" && l.Service != f.self.Service:
		why = messages.Sprintf("the worker on %s (process %d) asks %s and this run asks %s, so it gets no tasks", l.Host, l.PID, l.Service, f.self.Service)
	case f.self.Files && l.Account != "" && l.Account != f.self.Account:
		why = messages.Sprintf("the worker on %s (process %d) has a key of its own, which cannot read the files of this run, so it gets no tasks", l.Host, l.PID)
	default:
		return false
	}
	f.refused[l.ID] = false
	f.options.Tell(why)
	return true
}

// tell sends an order to a worker, with what else it is to know. The caller holds f.mu.
func (f *Fleet) tell(w *worker, o *order) {
	o.Run, o.Done = f.self.ID, w.done
	w.done = nil
	_ = f.link.nc.Publish(toWorker+w.ID, encode(o)) // what does not arrive is told again after a beat
}

// left removes a worker. What it has may have been paid for.
func (f *Fleet) left(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.workers[id]
	if w == nil {
		return
	}
	f.doubt(f.workers) // it may be the reason
	f.misses(w)
	delete(f.workers, id)
	f.refused[id] = true
	for _, a := range w.mine {
		if a.order != nil && a.order.Large {
			f.loops.Go(func() { f.link.drop(largeRequests, a.id) }) // the worker cannot
		}
		f.close(a, outcome{err: &gigachat.Error{
			Op: f.op(), Kind: gigachat.KindNetwork, Sent: true, Message: messages.Sprintf("the worker on %s (process %d) is gone", w.Host, w.PID).String(),
		}})
	}
	f.wake()
}

// tend ends the leases of workers that say nothing, and removes answers from the stream that are in the journal.
func (f *Fleet) tend() {
	tick := time.NewTicker(beat / 4)
	defer tick.Stop()
	waiting := time.Now()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-f.ctx.Done():
			return
		}
		since, _ := f.link.state()
		var gone []string
		f.mu.Lock()
		settled := f.listed
		for id, w := range f.workers {
			settled = settled && (w.renewed || time.Since(f.began) > over)
			heard := w.heard
			if since.After(heard) {
				heard = since
			}
			if !since.IsZero() && time.Since(heard) > over {
				gone = append(gone, id)
			}
			f.tell(w, w.ping(&order{}, f.began))
		}
		f.doubt(f.workers)
		if settled && !f.settled {
			f.settled = true
			f.wake()
		}
		if len(f.workers) > 0 || f.member == nil {
			waiting = time.Now()
		}
		f.mu.Unlock()
		for _, id := range gone {
			f.left(id)
		}
		if time.Since(waiting) > 2*beat {
			waiting = time.Now().Add(10 * time.Minute)
			f.options.Tell(messages.Sprintf("no worker is there; the run waits for one at %s", Shown(f.options.Server.URL)))
		}
		f.tellFound()
		if n%4 == 0 {
			f.purge()
		}
	}
}

// Join implements share.Quota, for one pool at a time.
func (f *Fleet) Join(_, most int, wake func()) share.Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &member{fleet: f, most: most, timer: time.AfterFunc(time.Hour, wake)}
	m.timer.Stop()
	f.member = m
	for _, a := range f.accounts {
		a.join(m)
	}
	return m
}

// sharers returns the workers, in the order of their hosts. The caller holds f.mu.
func (f *Fleet) sharers() (all []task.Sharer) {
	now := time.Now()
	for _, w := range f.workers {
		all = append(all, task.Sharer{
			Host: w.Host, PID: w.PID, What: "worker", Version: w.Version, InFlight: len(w.mine), Rate: w.answered.perMinute(now),
			Seen: w.heard.UTC().Truncate(time.Millisecond), Silent: w.silent(),
		})
	}
	slices.SortFunc(all, func(a, b task.Sharer) int { return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.PID, b.PID)) })
	return all
}

func (f *Fleet) serverError(err error) error {
	if err == nil || errors.As(err, new(*BusyError)) {
		return err
	}
	return &ServerError{URL: f.options.Server.URL, Err: err}
}

// Close leaves the workers to other runs. It reports whether no answer is left in the stream.
func (f *Fleet) Close() (empty bool) {
	f.purge()
	f.cancel()
	f.loops.Wait()
	f.mu.Lock()
	for _, w := range f.workers {
		if len(w.done) > 0 {
			f.tell(w, &order{})
		}
	}
	mine := f.failed == nil
	f.mu.Unlock()
	ctx, done := context.WithTimeout(context.Background(), 2*time.Second)
	defer done()
	defer f.link.nc.Close()
	if since, _ := f.link.state(); since.IsZero() {
		return false
	}
	if mine {
		f.claim.end(ctx)
	}
	if s, err := f.link.js.Stream(ctx, stream); err == nil {
		empty = s.CachedInfo().State.Msgs == 0
	}
	_ = f.link.nc.FlushWithContext(ctx) // so that workers forget what has come
	return empty
}

// silent reports whether a worker may be gone.
func (w *worker) silent() bool { return time.Since(w.heard) > 3*beat/2 }
