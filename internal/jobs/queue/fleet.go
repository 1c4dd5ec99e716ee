package queue

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

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

	mu      sync.Mutex // guards the fields below; it is taken before that of a hub
	failed  error      // the fleet belongs to another run
	number  int        // of the newest attempt
	workers map[string]*worker
	refused map[string]bool // workers that get no tasks; true if it is because their lease is over
	members
	mail
}

// members is the part of the fleet in the quota.
type members struct {
	accounts []*account
	member   *member
	listed   bool // the bucket was read
	settled  bool // the workers that were there in the beginning have said what they have
}

// mail is what has come from the workers, and what is awaited.
type mail struct {
	attempts map[string]*attempt   // that are under way, by id
	early    map[task.Key][]answer // that nobody has awaited
	inbox
}

// inbox is the part of a stream that belongs to the job.
type inbox struct {
	made   time.Time           // of the stream
	last   uint64              // message that was read
	until  uint64              // that was there in the beginning
	caught bool                // all of these were read
	seqs   map[uint64]int      // how many answers of a message are not in the journal
	of     map[task.Key][]item // the same, by key
}

// item is a message of the stream.
type item struct {
	seq   uint64
	large string // the name of what it is about in the store of large things
}

// worker is one of the fleet.
type worker struct {
	lease
	account  *account
	revision uint64
	renewed  bool // the lease, since this coordinator is there
	heard    time.Time
	mine     map[string]*attempt // that it makes
	stale    map[string]int      // how often it has told of an answer that has not come
	done     []string            // what it is told with the next order
	former   bool                // it has had attempts of an earlier coordinator
}

// attempt is one that a worker makes.
type attempt struct {
	id      string
	key     task.Key
	worker  *worker
	order   *order // nil if an earlier coordinator gave it
	at      time.Time
	outcome chan outcome // has room for one
	right   share.Right  // for an attempt of an earlier coordinator
	waited  bool         // somebody waits for the outcome of an attempt of an earlier coordinator
}

type outcome struct {
	response *gigachat.ChatResponse
	err      error
}

// BusyError reports that the workers of a server work for another run.
type BusyError struct {
	URL string
	By  Who
	Of  string // the input of that run
}

func (e *BusyError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *BusyError) Message() messages.Text {
	return messages.Sprintf("the workers at %s work for another run: %s (%s, process %d)", Shown(e.URL), e.Of, e.By.Host, e.By.PID)
}

// Hint says what to do.
func (e *BusyError) Hint() messages.Text {
	return messages.Sprintf("wait until it has ended, or use another server or another account of it")
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
		mail: mail{attempts: map[string]*attempt{}, early: map[task.Key][]answer{}, inbox: inbox{seqs: map[uint64]int{}, of: map[task.Key][]item{}}},
	}
	f.self = run{Who: newWho(o.Version), Input: o.Input, Service: o.Service, Account: o.Account, Lends: o.Lend != nil && l.secret()}
	f.accounts = []*account{{name: o.Account}}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	revision, err := f.take(ctx)
	if err == nil {
		_, err = l.nc.Subscribe(toRun+f.self.ID, func(m *nats.Msg) { f.read(m.Data, 0) })
	}
	if err == nil && f.self.Lends {
		_, err = l.nc.Subscribe(forTokens+f.self.ID, func(m *nats.Msg) { f.loops.Go(func() { f.lend(m) }) })
	}
	if err != nil {
		f.cancel()
		return nil, err
	}
	f.loops.Go(func() { f.renew(revision) })
	f.loops.Go(f.watch)
	f.loops.Go(f.tend)
	return f, nil
}

func newWho(version string) Who {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return Who{ID: nuid.Next(), Host: host, PID: os.Getpid(), Version: version}
}

// take makes this run the one that the workers work for. It fails if another one lives.
func (f *Fleet) take(ctx context.Context) (revision uint64, err error) {
	ctx, done := context.WithTimeout(ctx, 2*patient)
	defer done()
	kv, err := f.link.bucketOf(ctx)
	if err != nil {
		return 0, f.serverError(err)
	}
	for began, first := time.Now(), uint64(0); ; {
		entry, err := kv.Get(ctx, runKey)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			revision, err := kv.Create(ctx, runKey, encode(&f.self))
			return revision, f.serverError(err)
		}
		if err != nil {
			return 0, f.serverError(err)
		}
		var other run
		_ = json.Unmarshal(entry.Value(), &other)
		switch {
		case first == 0:
			first = entry.Revision()
		case entry.Revision() != first:
			return 0, &BusyError{URL: f.options.Server.URL, By: other.Who, Of: other.Input}
		case time.Since(began) > over:
			revision, err := kv.Update(ctx, runKey, encode(&f.self), first)
			return revision, f.serverError(err)
		}
		select {
		case <-time.After(beat / 4):
		case <-ctx.Done():
			return 0, f.serverError(ctx.Err())
		}
	}
}

func (f *Fleet) serverError(err error) error {
	if err == nil {
		return nil
	}
	return &ServerError{URL: f.options.Server.URL, Err: err}
}

// renew renews the lease of the coordinator until Close.
func (f *Fleet) renew(revision uint64) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var kv jetstream.KeyValue
	for {
		f.mu.Lock()
		entry := encode(&f.self)
		f.mu.Unlock()
		ctx, done := context.WithTimeout(f.ctx, patient)
		var err error
		if kv == nil {
			kv, err = f.link.bucketOf(ctx)
		}
		if err == nil {
			next := revision
			if next, err = kv.Update(ctx, runKey, entry, revision); err == nil {
				revision = next
			}
		}
		if err != nil && f.ctx.Err() == nil && kv != nil {
			switch now, getErr := kv.Get(ctx, runKey); {
			case errors.Is(getErr, jetstream.ErrKeyNotFound): // the store was lost, or nothing was heard for long
				if next, createErr := kv.Create(ctx, runKey, entry); createErr == nil {
					revision = next
				}
			case getErr == nil:
				var other run
				_ = json.Unmarshal(now.Value(), &other)
				if other.ID == f.self.ID {
					revision = now.Revision() // its answer was lost
				} else {
					f.fail(&BusyError{URL: f.options.Server.URL, By: other.Who, Of: other.Input})
				}
			}
		}
		if err != nil {
			kv = nil
		}
		done()
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
		return
	case w == nil:
		w = &worker{account: f.accountOf(l), mine: map[string]*attempt{}, stale: map[string]int{}}
		f.workers[l.ID] = w
	case w.revision == revision:
		return
	}
	w.renewed = w.revision != 0
	w.lease, w.revision, w.heard = *l, revision, time.Now()
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
			f.adopt(w, h.ID, key)
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
		if a.order != nil && !has[id] && time.Since(a.at) > 2*beat {
			again := *a.order
			f.tell(w, &again)
		}
	}
}

// adopt takes over an attempt that an earlier coordinator gave. The caller holds f.mu.
func (f *Fleet) adopt(w *worker, id string, key task.Key) {
	a := &attempt{id: id, key: key, worker: w, at: time.Now(), outcome: make(chan outcome, 1)}
	f.attempts[id], w.mine[id], w.former = a, a, true
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
	switch {
	case a.right == nil:
	case o.err == nil:
		a.right.Answered()
	default:
		a.right.Lost()
	}
	a.outcome <- o
}

// left removes a worker. What it has may have been paid for.
func (f *Fleet) left(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.workers[id]
	if w == nil {
		return
	}
	delete(f.workers, id)
	f.refused[id] = true
	for _, a := range w.mine {
		f.close(a, outcome{err: &gigachat.Error{
			Op: "chat", Kind: gigachat.KindNetwork, Sent: true, Message: messages.Sprintf("the worker on %s (process %d) is gone", w.Host, w.PID).String(),
		}})
	}
	f.wake()
}

// tell sends an order to a worker, with what else it is to know. The caller holds f.mu.
func (f *Fleet) tell(w *worker, o *order) {
	o.Run, o.Done = f.self.ID, w.done
	w.done = nil
	_ = f.link.nc.Publish(toWorker+w.ID, encode(o)) // what does not arrive is told again after a beat
}

// tend ends the leases of workers that say nothing, and removes answers from the stream that are in the journal.
func (f *Fleet) tend() {
	tick := time.NewTicker(beat / 4)
	defer tick.Stop()
	waiting := time.Now()
	for n, began := 0, time.Now(); ; n++ {
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
			settled = settled && (w.renewed || time.Since(began) > over)
			heard := w.heard
			if since.After(heard) {
				heard = since
			}
			if !since.IsZero() && time.Since(heard) > over {
				gone = append(gone, id)
			}
			if len(w.done) > 0 {
				f.tell(w, &order{})
			}
		}
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
		if n%4 == 0 {
			f.purge()
		}
	}
}

// purge removes from the stream what the journal has.
func (f *Fleet) purge() {
	f.mu.Lock()
	first, subject, caught := f.last+1, answered+f.self.Job, f.caught
	for seq := range f.seqs {
		first = min(first, seq)
	}
	f.mu.Unlock()
	if !caught || first <= 1 {
		return
	}
	ctx, done := context.WithTimeout(f.ctx, patient)
	defer done()
	if s, err := f.link.js.Stream(ctx, stream); err == nil {
		_ = s.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeSequence(first)) // it is tried again
	}
}

// lend answers a worker that asks for a token.
func (f *Fleet) lend(m *nats.Msg) {
	var ask loan
	if json.Unmarshal(m.Data, &ask) != nil {
		return
	}
	if ask.Refused != "" {
		f.options.Lend.Invalidate(gigachat.Token{AccessToken: ask.Refused})
		return
	}
	ctx, done := context.WithTimeout(f.ctx, 2*time.Minute)
	defer done()
	reply := loan{}
	switch t, err := f.options.Lend.Token(ctx); {
	case err != nil:
		reply.Error = newAnswer(&order{}, "", nil, err)
	default:
		reply.Token, reply.Fresh = t.AccessToken, time.Minute
		if s, ok := f.options.Lend.(interface{ Fresh() time.Duration }); ok {
			reply.Fresh = s.Fresh()
		}
	}
	_ = m.Respond(encode(&reply))
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
	if kv, err := f.link.js.KeyValue(ctx, bucket); err == nil && mine {
		_ = kv.Delete(ctx, runKey) // else its lease ends by itself
	}
	if s, err := f.link.js.Stream(ctx, stream); err == nil {
		empty = s.CachedInfo().State.Msgs == 0
	}
	_ = f.link.nc.FlushWithContext(ctx) // so that workers forget what has come
	return empty
}
