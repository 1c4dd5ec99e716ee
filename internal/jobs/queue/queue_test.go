package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue"
	"gigabatch/internal/jobs/queue/hub"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// A site is a server with a fleet, its workers and a journal in memory.
type site struct {
	t     *testing.T
	hub   *hub.Hub
	fleet *queue.Fleet
	away  bool // the server is in another process, as far as the fleet knows: it may be started again
	said  lines
	left  func() int

	mu      sync.Mutex // guards results
	results map[task.Key]task.Result
}

// lines are what a process has said.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) tell(text messages.Text) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, text.String())
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

const service = "https://api.example/v1"

func newSite(t *testing.T) *site {
	t.Helper()
	h, err := hub.Start(hub.Options{Address: "127.0.0.1:0", Monitor: "127.0.0.1:0", Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(false) })
	s := &site{t: t, hub: h, results: map[task.Key]task.Result{}}
	s.gather()
	return s
}

// gather makes a fleet in the place of one that has ended.
func (s *site) gather() {
	s.t.Helper()
	server := s.server()
	if !s.away {
		server.InProcess = s.hub.Server()
	}
	fleet, err := queue.Gather(s.t.Context(), queue.Options{
		Server: server, Version: "1.0", Input: "in.csv", Service: service, Account: "run", Lend: gigachat.StaticToken("token"), Tell: s.said.tell,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.fleet = fleet
	s.t.Cleanup(func() { fleet.Close() })
}

func (s *site) server() queue.Server { return queue.Server{URL: s.hub.URL()} }

// worker starts a worker. change may alter it. ended receives what Run returns.
func (s *site) worker(ask pool.AskFunc, change func(*queue.Worker)) (said *lines, drain chan struct{}, ended chan error) {
	said, drain, ended = &lines{}, make(chan struct{}), make(chan error, 1)
	w := &queue.Worker{Server: s.server(), Version: "1.0", Service: service, Max: 64, Ask: ask, Lent: &queue.Lent{}, Tell: said.tell}
	if change != nil {
		change(w)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		ended <- w.Run(ctx, drain)
		close(done)
	}()
	s.t.Cleanup(func() { cancel(); <-done })
	return said, drain, ended
}

// tasks are n requests with bodies of that size at least.
func tasks(n, size int) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		for i := range n {
			body := fmt.Appendf(nil, `{"model":"m","n":%d,"text":"%s"}`, i, bytes.Repeat([]byte("x"), size))
			if !yield(task.Task{Key: task.KeyOf(body), Body: body, Model: "m"}, nil) {
				return
			}
		}
	}
}

// execute asks n tasks.
func (s *site) execute(ctx context.Context, drain chan struct{}, n, size, streams int) error {
	p := &pool.Pool{Start: 10, Limits: task.Limits{Concurrency: 64}, Counters: &pool.Counters{},
		Spent: func(task.Result) error { return nil }, Lost: func(task.Key) error { return nil }}
	if streams > 0 {
		p.Start, p.Concurrency = streams, streams
	}
	q := queue.Over(p, s.fleet, queue.Books{Job: "job", Left: s.left, Sum: streams > 0, Find: func(k task.Key) (*task.Result, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r, ok := s.results[k]; ok {
			return &r, nil
		}
		return nil, nil
	}})
	return q.Execute(ctx, drain, tasks(n, size), func(r task.Result) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, twice := s.results[r.Key]; twice {
			s.t.Errorf("the task %s has two results", r.Key)
		}
		s.results[r.Key] = r
		return nil
	})
}

func answer(text string) *gigachat.ChatResponse {
	return &gigachat.ChatResponse{Completion: text, FinishReason: "stop", Model: "m:1", RequestID: text, Usage: gigachat.Usage{TotalTokens: 2, PromptTokens: 1, CompletionTokens: 1}}
}

func (s *site) within(what string, ended <-chan error) error {
	s.t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(time.Minute):
		s.t.Fatalf("%s does not end", what)
		return nil
	}
}

// TestVersions refuses a worker of another release, with a word on both sides.
func TestVersions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, _, ended := s.worker(nil, func(w *queue.Worker) { w.Version = "2.0" })
	err := s.within("the worker", ended)
	if _, ok := errors.AsType[*queue.UnfitError](err); !ok || !strings.Contains(err.Error(), "gigabatch 1.0, and this worker is 2.0") {
		t.Errorf("the worker ends with %v", err)
	}
	if said := s.said.text(); !strings.Contains(said, "is gigabatch 2.0 and this is 1.0, so it gets no tasks") {
		t.Errorf("the run says %q", said)
	}
	_, _, ended = s.worker(nil, func(w *queue.Worker) { w.Service = "https://other.example/v1" })
	if err := s.within("the worker", ended); !strings.Contains(fmt.Sprint(err), "asks https://api.example/v1, and this worker https://other.example/v1") {
		t.Errorf("a worker of another service ends with %v", err)
	}
}

// TestOwnKeys adds the speeds of keys up: each has a quota of its own.
func TestOwnKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var all, one atomic.Int64
	var most [3]atomic.Int64
	ask := func(n int) pool.AskFunc {
		var mine atomic.Int64
		return func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			defer mine.Add(-1)
			now := mine.Add(1)
			for most[n].Load() < now {
				most[n].Store(now)
			}
			if all.Add(1); now > 3 {
				one.Add(1)
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRateLimited, Status: 429}
			}
			time.Sleep(30 * time.Millisecond) // the service works
			return answer(string(body)), nil
		}
	}
	for n, account := range []string{"", "b", "c"} {
		s.worker(ask(n), func(w *queue.Worker) {
			if w.Account = account; account != "" {
				w.Lent, w.Start, w.Most = nil, 3, 3
			}
		})
	}
	if err := s.execute(t.Context(), nil, 300, 0, 3); err != nil {
		t.Fatal(err)
	}
	if len(s.results) != 300 {
		t.Errorf("%d results, want 300", len(s.results))
	}
	for n := range most {
		if got := most[n].Load(); got < 2 || got > 4 {
			t.Errorf("worker %d had %d requests in flight, want up to 3", n, got)
		}
	}
}

// TestLarge brings requests and answers that are larger than a message.
func TestLarge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.worker(func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		return answer(string(body)), nil
	}, nil)
	const size = 13 << 19 // in base64, more than a message of the hub may have
	if err := s.execute(t.Context(), nil, 2, size, 2); err != nil {
		t.Fatal(err)
	}
	for tk := range tasks(2, size) {
		if got := s.results[tk.Key].Completion; got != string(tk.Body) {
			t.Errorf("an answer of %d bytes came as %d", len(tk.Body), len(got))
		}
	}
}

// TestRawBytes keeps the bytes of an odd answer and of an error, whatever they are.
func TestRawBytes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	odd := "\xff\x00{"
	s.worker(func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		if bytes.Contains(body, []byte(`"n":0`)) {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "no", Body: odd, Usage: gigachat.Usage{TotalTokens: 7}}
		}
		r := answer("a")
		r.Raw = odd
		return r, nil
	}, nil)
	if err := s.execute(t.Context(), nil, 2, 0, 2); err != nil {
		t.Fatal(err)
	}
	for tk := range tasks(2, 0) {
		r := s.results[tk.Key]
		if failed := bytes.Contains(tk.Body, []byte(`"n":0`)); r.Raw != odd || failed != (r.State == task.Failed) || failed && (r.Error != "chat: 422: no" || r.Usage.TotalTokens != 7) {
			t.Errorf("%s came as %+v", tk.Body, r)
		}
	}
}

// TestWords ends a run with the error of a worker.
func TestWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	refused := &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Status: 402, Message: "Payment Required"}
	s.worker(func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) { return nil, refused }, nil)
	err := s.execute(t.Context(), nil, 20, 0, 2)
	if p, ok := errors.AsType[*pool.PackageError](err); !ok || p.Error() != "m: chat: 402: Payment Required" {
		t.Errorf("the run ends with %v", err)
	}
}

// TestDrain awaits what is under way and leaves the rest.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	drain, release := make(chan struct{}), make(chan struct{})
	var begun atomic.Int64
	s.worker(func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		if begun.Add(1) == 4 {
			close(drain)
			time.AfterFunc(100*time.Millisecond, func() { close(release) })
		}
		<-release
		return answer(string(body)), nil
	}, nil)
	if err := s.execute(t.Context(), drain, 100, 0, 4); err != nil {
		t.Fatal(err)
	}
	if n := int64(len(s.results)); n != begun.Load() || n < 4 || n > 5 {
		t.Errorf("%d results of %d requests, want all of about 4", n, begun.Load())
	}
}

// TestWorkerEnds lets a worker finish what it has, and gives the rest to another one.
func TestWorkerEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var first, second atomic.Int64
	var stop sync.Once
	var drain chan struct{}
	var ended chan error
	ready := make(chan struct{})
	_, drain, ended = s.worker(func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		<-ready
		if first.Add(1) > 5 {
			stop.Do(func() { close(drain) })
		}
		time.Sleep(20 * time.Millisecond) // the service works
		return answer(string(body)), nil
	}, nil)
	close(ready)
	go func() {
		<-drain
		s.worker(func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			second.Add(1)
			return answer(string(body)), nil
		}, nil)
	}()
	if err := s.execute(t.Context(), nil, 60, 0, 4); err != nil {
		t.Fatal(err)
	}
	if err := s.within("the worker", ended); err != nil {
		t.Errorf("the worker that ends returns %v", err)
	}
	if n := first.Load() + second.Load(); len(s.results) != 60 || n != 60 {
		t.Errorf("%d results of %d requests, want 60 of 60", len(s.results), n)
	}
}

// look returns what a client of the server uses.
func (s *site) look() (*nats.Conn, jetstream.JetStream, jetstream.KeyValue) {
	s.t.Helper()
	nc, err := nats.Connect(s.hub.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		s.t.Fatal(err)
	}
	kv, err := js.KeyValue(s.t.Context(), "gigabatch")
	for until := time.Now().Add(time.Minute); err != nil; kv, err = js.KeyValue(s.t.Context(), "gigabatch") {
		if time.Now().After(until) {
			s.t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // other goroutines make it
	}
	return nc, js, kv
}

// quiet fails if more than a few messages come to the stream of answers in six seconds: a worker that is asked for an answer again is asked
// each second.
func (s *site) quiet(js jetstream.JetStream) {
	s.t.Helper()
	first := uint64(0)
	for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // other goroutines work
		i, err := js.Stream(s.t.Context(), "gigabatch_answers")
		if err == nil && i.CachedInfo().State.LastSeq > first && first == 0 {
			first, until = i.CachedInfo().State.LastSeq, time.Now().Add(6*time.Second)
		}
		if err == nil && first > 0 && i.CachedInfo().State.LastSeq > first+2 {
			s.t.Fatalf("the answer came %d times more", i.CachedInfo().State.LastSeq-first)
		}
		if time.Now().After(until) {
			if first == 0 {
				s.t.Fatal("the answer does not come")
			}
			return
		}
	}
}

// TestForeignAnswer has a worker keep an answer for a run that does not come back, while another run uses it.
func TestForeignAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	release, begun := make(chan struct{}), make(chan struct{})
	s.worker(func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		if string(body) != "foreign" {
			close(begun)
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return answer(string(body)), nil
	}, nil)
	ended := make(chan error, 1)
	go func() { ended <- s.execute(t.Context(), nil, 1, 0, 1) }()
	<-begun
	nc, js, kv := s.look()
	keys, err := kv.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys.Keys() {
		if id, ok := strings.CutPrefix(key, "worker."); ok {
			order := fmt.Sprintf(`{"run":"gone","id":"gone.1","job":"other","key":"%s","body":"Zm9yZWlnbg=="}`, task.KeyOf([]byte("foreign")))
			if err := nc.Publish("gigabatch.worker."+id, []byte(order)); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.quiet(js)
	close(release)
	if err := s.within("the run", ended); err != nil {
		t.Fatal(err)
	}
}

// TestForeignRequest begins a run while a worker still has a request of another one that was killed, about the same. The request counts in the quota
// until it ends, and no longer: its answer goes to the run that comes back for it.
func TestForeignRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	release, begun := make(chan struct{}), make(chan struct{})
	var asked atomic.Int64
	s.worker(func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		if string(body) == "foreign" {
			close(begun)
			select {
			case <-release:
			case <-ctx.Done():
			}
		} else if asked.Add(1) == 1 && !task.Closed(release) {
			t.Error("a request begins although the quota is used up")
		}
		return answer(string(body)), nil
	}, nil)
	nc, _, kv := s.look()
	var id string
	for lease := ""; !strings.Contains(lease, `"gone.1"`); time.Sleep(20 * time.Millisecond) { // other goroutines work
		keys, err := kv.Keys(t.Context())
		if err != nil && !errors.Is(err, jetstream.ErrNoKeysFound) {
			t.Fatal(err)
		}
		for _, key := range keys {
			if entry, err := kv.Get(t.Context(), key); err == nil && strings.HasPrefix(key, "worker.") {
				lease = string(entry.Value())
				if id == "" {
					id = strings.TrimPrefix(key, "worker.")
					for tk := range tasks(1, 0) {
						order := fmt.Sprintf(`{"run":"gone","id":"gone.1","job":"other","key":"%s","body":"Zm9yZWlnbg=="}`, tk.Key)
						if err := nc.Publish("gigabatch.worker."+id, []byte(order)); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		}
	}
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- s.execute(t.Context(), nil, 2, 0, 1) }()
	time.AfterFunc(time.Second, func() { close(release) })
	if err := s.within("the run", ended); err != nil {
		t.Fatal(err)
	}
	if len(s.results) != 2 || asked.Load() != 2 {
		t.Errorf("%d results of %d requests, want 2 of 2", len(s.results), asked.Load())
	}
}

// TestStreamThatIsDeleted deletes the stream of answers in the middle of a run. A worker makes it again, and the run reads it from its beginning.
func TestStreamThatIsDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, js, _ := s.look()
	s.worker(func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		if bytes.Contains(body, []byte(`"n":900,`)) {
			if err := js.DeleteStream(t.Context(), "gigabatch_answers"); err != nil {
				t.Error(err)
			}
		}
		return answer(string(body)), nil
	}, nil)
	ended := make(chan error, 1)
	go func() { ended <- s.execute(t.Context(), nil, 902, 0, 1) }()
	if err := s.within("the run", ended); err != nil {
		t.Fatal(err)
	}
	if len(s.results) != 902 {
		t.Errorf("%d results, want 902", len(s.results))
	}
}

// TestAnswerOfAnEarlierLease has an answer come while the server is away for longer than a lease.
func TestAnswerOfAnEarlierLease(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	h, err := hub.Start(hub.Options{Address: "127.0.0.1:0", Store: store})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, hub: h, away: true, results: map[task.Key]task.Result{}}
	defer func() { s.hub.Close(false) }()
	s.gather()
	away, late, release, begun := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{}, 9)
	var again atomic.Int64
	var over sync.Once
	s.worker(func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		begun <- struct{}{}
		if bytes.Contains(body, []byte(`"n":0`)) {
			if again.Add(1) == 1 {
				<-away
				return answer("first"), nil
			}
			return answer(string(body)), nil
		}
		select {
		case <-release:
		case <-ctx.Done():
			over.Do(func() { close(late) })
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Sent: true, Err: ctx.Err()}
		}
		return answer(string(body)), nil
	}, nil)
	ended := make(chan error, 1)
	go func() { ended <- s.execute(t.Context(), nil, 2, 0, 2) }()
	<-begun
	<-begun
	address := strings.TrimPrefix(h.URL(), "nats://")
	h.Close(false)
	close(away)
	<-late // the lease is over
	if s.hub, err = hub.Start(hub.Options{Address: address, Store: store}); err != nil {
		t.Fatal(err)
	}
	_, js, _ := s.look()
	s.quiet(js)
	close(release)
	if err := s.within("the run", ended); err != nil {
		t.Fatal(err)
	}
	if len(s.results) != 2 {
		t.Errorf("%d results, want 2", len(s.results))
	}
}

// TestLeaseOver ends the lease of a worker that does not notice. It begins anew, and the run goes on with it.
func TestLeaseOver(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, _, kv := s.look()
	var asked, canceled atomic.Int64
	s.worker(func(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		if asked.Add(1) != 10 {
			return answer(string(body)), nil
		}
		keys, err := kv.Keys(t.Context())
		for _, key := range keys {
			if strings.HasPrefix(key, "worker.") {
				err = errors.Join(err, kv.Delete(t.Context(), key))
			}
		}
		if err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		canceled.Add(1)
		return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Sent: true, Err: ctx.Err()}
	}, nil)
	ended := make(chan error, 1)
	go func() { ended <- s.execute(t.Context(), nil, 60, 0, 4) }()
	if err := s.within("the run", ended); err != nil {
		t.Fatal(err)
	}
	if len(s.results) != 60 || canceled.Load() != 1 {
		t.Errorf("%d results and %d canceled requests, want 60 and 1", len(s.results), canceled.Load())
	}
}

// TestTwoRuns refuses a second run at the same server.
func TestTwoRuns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, err := queue.Gather(t.Context(), queue.Options{Server: s.server(), Version: "1.0", Input: "other.csv", Service: service, Tell: s.said.tell})
	if busy, ok := errors.AsType[*queue.BusyError](err); !ok || busy.Of != "in.csv" {
		t.Errorf("a second run gets the workers: %v", err)
	}
	s.fleet.Close()
	s.gather()
}

// TestAddresses lets a server be reached from other machines only with TLS and credentials.
func TestAddresses(t *testing.T) {
	t.Parallel()
	tls := hub.Options{Cert: "c", Key: "k"}
	for _, c := range []struct {
		address string
		o       hub.Options
		ok      bool
	}{
		{"127.0.0.1:0", hub.Options{}, true},
		{"[::1]:4222", hub.Options{}, true},
		{"localhost:4222", hub.Options{}, true},
		{"0.0.0.0:4222", hub.Options{}, false},
		{":4222", hub.Options{}, false},
		{"10.0.0.1:4222", tls, false},
		{"10.0.0.1:4222", hub.Options{User: "u", Password: "p"}, false},
		{"10.0.0.1:4222", hub.Options{Cert: "c", Key: "k", User: "u", Password: "p"}, true},
		{"10.0.0.1:4222", hub.Options{Cert: "c", Key: "k", Token: "t"}, true},
		{"10.0.0.1:4222", hub.Options{Cert: "c", Key: "k", User: "u"}, false},
		{"127.0.0.1", hub.Options{}, false},
		{"127.0.0.1:0", hub.Options{Monitor: "127.0.0.1:8222"}, true},
		{"127.0.0.1:0", hub.Options{Monitor: "0.0.0.0:8222"}, false},
		{"127.0.0.1:0", hub.Options{Monitor: ":8222", Cert: "c", Key: "k", User: "u", Password: "p"}, true},
		{"127.0.0.1:0", hub.Options{Monitor: "8222"}, false},
		{"127.0.0.1:x", hub.Options{}, false},
	} {
		c.o.Address = c.address
		if err := c.o.Check(); (err == nil) != c.ok {
			t.Errorf("%s with %+v: %v", c.address, c.o, err)
		}
	}
}

// TestServerThatIsKilledAtTheStart waits for a server that breaks the connections with which a run begins.
func TestServerThatIsKilledAtTheStart(t *testing.T) {
	t.Parallel()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, dir := at.Addr().String(), t.TempDir()
	served := make(chan *hub.Hub, 1)
	go func() {
		defer close(served)
		c, err := at.Accept()
		if err != nil {
			return
		}
		_ = c.(*net.TCPConn).SetLinger(0) // a reset
		c.Close()
		at.Close()
		if h, err := hub.Start(hub.Options{Address: address, Store: dir}); err == nil {
			served <- h
		}
	}()
	said := &lines{}
	fleet, err := queue.Gather(t.Context(), queue.Options{
		Server: queue.Server{URL: "nats://" + address}, Version: "1.0", Input: "in.csv", Service: service, Account: "run", Lend: gigachat.StaticToken("token"), Tell: said.tell,
	})
	if err != nil {
		t.Error(err)
	} else {
		fleet.Close()
	}
	if h := <-served; h != nil {
		h.Close(true)
	}
}
