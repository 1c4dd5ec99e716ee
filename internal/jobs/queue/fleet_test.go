package queue

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue/hub"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// newFleetAt returns a fleet of a run at a server.
func newFleetAt(t *testing.T, h *hub.Hub) *Fleet {
	t.Helper()
	f, err := Gather(t.Context(), Options{
		Server: Server{URL: h.URL()}, Version: "1.0", Input: "in.csv", Service: "https://api.example/v1", Account: "run", Tell: func(messages.Text) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestLargeAnswerWhileTheServerIsAway reads an answer whose text is in the store of large things while the server is away. It is not passed
// over: it would leave the stream, and be paid for again.
func TestLargeAnswerWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	h, err := hub.Start(hub.Options{Address: "127.0.0.1:0", Store: store})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { h.Close(false) }()
	f := newFleetAt(t, h)
	defer f.Close()
	key := task.KeyOf([]byte("one"))
	whole := answer{ID: "before.1", Key: key.String(), Response: &gigachat.ChatResponse{Completion: "paid"}}
	if err := f.link.store(t.Context(), largeAnswers, "answer."+whole.ID, encode(&whole)); err != nil {
		t.Fatal(err)
	}
	_, news := f.link.state()
	address := strings.TrimPrefix(h.URL(), "nats://")
	h.Close(false)
	<-news
	read := make(chan struct{})
	go func() {
		defer close(read)
		f.read(encode([]answer{{ID: whole.ID, Key: whole.Key, Large: true}, {ID: "before.2", Key: whole.Key, Large: true}}), 1)
	}()
	if h, err = hub.Start(hub.Options{Address: address, Store: store}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-read:
	case <-time.After(time.Minute):
		t.Fatal("the answer is never read")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if all := f.early[key]; len(all) != 1 || all[0].Response.Completion != "paid" || f.seqs[1] != 1 {
		t.Errorf("of one answer that is kept and one that is gone, %+v are read, and the message has %d", all, f.seqs[1])
	}
}

// TestLateMessageOfALostStream is at a large answer when the server loses its store. The numbers of the new stream have nothing to do with that of
// the message: all answers in it are read.
func TestLateMessageOfALostStream(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	f := newFleetAt(t, h)
	defer f.Close()
	eventually := func(what string, is func() bool) {
		t.Helper()
		for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // other goroutines work
			f.mu.Lock()
			yes := is()
			f.mu.Unlock()
			if yes {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("never: %s", what)
			}
		}
	}
	f.begin(&Books{Job: "job"})
	var made time.Time
	eventually("a stream", func() bool { made = f.made; return f.caught })
	key := task.KeyOf([]byte("one"))
	_, news := f.link.state()
	address := strings.TrimPrefix(h.URL(), "nats://")
	h.Close(true)
	<-news
	read := make(chan struct{})
	go func() {
		defer close(read)
		f.take(encode([]answer{{ID: "before.1", Key: key.String(), Large: true}}), 900, made)
	}()
	newHub(t, hub.Options{Address: address})
	<-read
	eventually("the new stream", func() bool { return !f.made.Equal(made) })
	if _, err := f.link.js.Publish(t.Context(), answered+"job", encode([]answer{*newAnswer(&order{ID: "before.2", Key: key.String()}, "worker", &gigachat.ChatResponse{Completion: "paid"}, nil)})); err != nil {
		t.Fatal(err)
	}
	eventually("the answer", func() bool { return len(f.early[key]) == 1 })
}

// TestLargeRequestWithoutAWorker removes a large request if there is no worker to make it. The server forgets it in any case, and never an answer.
func TestLargeRequestWithoutAWorker(t *testing.T) {
	t.Parallel()
	h, err := hub.Start(hub.Options{Address: "127.0.0.1:0", Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close(true)
	f := newFleetAt(t, h)
	_, _, err = f.give(t.Context(), pool.Attempt{Key: task.KeyOf([]byte("one"))}, make([]byte, f.link.nc.MaxPayload()), time.Minute)
	if e := gigachat.AsError(err); e == nil || !e.NotTaken {
		t.Errorf("without a worker: %v", err)
	}
	answers, err := largeAnswers.open(t.Context(), f.link)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := answers.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	nc, err := nats.Connect(h.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.ObjectStore(t.Context(), largeRequests.name)
	if err != nil {
		t.Fatal(err)
	}
	if status, err := s.Status(t.Context()); err != nil || status.TTL() != time.Hour || kept.TTL() != 0 {
		t.Errorf("requests are forgotten after %s (%v), answers after %s, want an hour and never", status.TTL(), err, kept.TTL())
	}
	if all, err := s.List(t.Context()); !errors.Is(err, jetstream.ErrNoObjectsFound) {
		t.Errorf("the store has %d requests that nobody makes, %v", len(all), err)
	}
}

// TestAdjustWhileAWorkerComes changes how many requests may be in flight while a worker brings its own key. The race detector finds what is
// wrong with that.
func TestAdjustWhileAWorkerComes(t *testing.T) {
	t.Parallel()
	f := &Fleet{}
	f.accounts = []*account{{name: "run", start: 1, most: 8}}
	m := f.Join(0, 8, func() {})
	defer m.Leave()
	came := make(chan struct{})
	go func() {
		defer close(came)
		for i := range 100 {
			f.mu.Lock()
			f.accountOf(&lease{Account: strconv.Itoa(i), Start: 1, Most: 8})
			f.mu.Unlock()
		}
	}()
	for {
		m.Adjust(4)
		select {
		case <-came:
			return
		default:
		}
	}
}

// TestLateAnswerOfAFailedTask takes an answer that comes after its task has failed. It was paid for, so the task is not asked again.
func TestLateAnswerOfAFailedTask(t *testing.T) {
	t.Parallel()
	key := task.KeyOf([]byte("one"))
	for state, taken := range map[task.State]bool{task.Failed: true, task.Completed: false, task.Blocked: false} {
		var recorded, spent, lost int
		q := &Queue{
			pool: &pool.Pool{Counters: &pool.Counters{}}, fleet: &Fleet{},
			Books: Books{Find: func(task.Key) (*task.Result, error) {
				return &task.Result{Key: key, State: state, RequestID: "first"}, nil
			}},
			spent: func(task.Result) error { spent++; return nil },
			lost:  func(task.Key) error { lost++; return nil },
		}
		late := task.Result{Key: key, State: task.Completed, Completion: "late", RequestID: "second"}
		if _, err := q.take(key, late, true, nil, func(task.Result) error { recorded++; return nil }); err != nil {
			t.Error(err)
		}
		if got := recorded == 1; got != taken || (spent+lost == 0) != taken {
			t.Errorf("after a task that is %s: recorded %d times, spent %d, lost %d", state, recorded, spent, lost)
		}
	}
}

// TestLostRequestForVectors loses a request with several texts. Each of them may be paid for twice, but one attempt was lost, whether the run that
// made it lives or was killed; its errors name what was asked for.
func TestLostRequestForVectors(t *testing.T) {
	t.Parallel()
	texts := []task.Key{task.KeyOf([]byte("one")), task.KeyOf([]byte("two")), task.KeyOf([]byte("three"))}
	h, err := hub.Start(hub.Options{Address: "127.0.0.1:0", Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close(true)
	site := newFleetAt(t, h)
	defer site.Close()
	site.texts = func(task.Key) []task.Key { return texts }
	_, _, none := site.give(t.Context(), pool.Attempt{Key: texts[0]}, nil, time.Second)
	if e := gigachat.AsError(none); e == nil || e.Op != "embeddings" || !strings.HasPrefix(none.Error(), "embeddings: ") {
		t.Errorf("without a worker: %v", none)
	}
	lost := 0
	a := newAnswer(&order{Key: texts[0].String(), Texts: texts}, "worker", nil, &gigachat.Error{Op: "embeddings", Kind: gigachat.KindNetwork, Sent: true})
	f := &Fleet{}
	f.settled, f.caught = true, true
	f.early = map[task.Key][]answer{texts[0]: {*a}}
	q := &Queue{
		pool: &pool.Pool{Counters: &pool.Counters{}}, fleet: f,
		Books: Books{Find: func(task.Key) (*task.Result, error) { return nil, nil }},
		lost:  func(task.Key) error { lost++; return nil },
	}
	if late, err := q.former(t.Context(), nil, func(task.Result) error { t.Error("a result is recorded"); return nil }); err != nil {
		t.Error(err)
	} else {
		for _, k := range texts {
			if done, err := late.take(k); done || err != nil {
				t.Errorf("a text that is lost: %v, %v", done, err)
			}
		}
	}
	if n := q.pool.Counters.Lost.Load(); n != 1 || lost != len(texts) {
		t.Errorf("%d attempts are lost, and %d texts, want 1 and %d", n, lost, len(texts))
	}
}

// TestVectorsOfAKilledRun records the vectors that a killed run has asked for when their tasks come, which others count: not before, and no later.
// The tasks that are left are asked.
func TestVectorsOfAKilledRun(t *testing.T) {
	t.Parallel()
	var keys, sent, recorded []task.Key
	for _, text := range []string{"one", "two", "three", "four"} {
		keys = append(keys, task.KeyOf([]byte(text)))
	}
	a := newAnswer(&order{Key: keys[1].String(), Texts: keys[1:3]}, "worker", &gigachat.ChatResponse{Completion: "0 1 [0.5]\n1 1 [0.25]\n", FinishReason: "stop"}, nil)
	f := &Fleet{}
	f.settled, f.caught = true, true
	f.early = map[task.Key][]answer{keys[1]: {*a}}
	q := &Queue{
		pool: &pool.Pool{Counters: &pool.Counters{}}, fleet: f,
		Books: Books{Find: func(task.Key) (*task.Result, error) { return nil, nil }},
	}
	late, err := q.former(t.Context(), nil, func(r task.Result) error {
		if !slices.Contains(sent, r.Key) {
			t.Error("a result is recorded before its task comes")
		}
		recorded = append(recorded, r.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var left []task.Key
	for tk := range late.left(func(yield func(task.Task, error) bool) {
		for _, k := range keys {
			if sent = append(sent, k); !yield(task.Task{Key: k}, nil) {
				return
			}
		}
	}) {
		if left = append(left, tk.Key); tk.Key == keys[3] && len(recorded) != 2 {
			t.Errorf("%d results are recorded when their tasks have come, want 2", len(recorded))
		}
	}
	if !slices.Equal(left, []task.Key{keys[0], keys[3]}) || !slices.Equal(recorded, keys[1:3]) {
		t.Errorf("%d tasks are left and %d recorded, want the first and the last, and the others", len(left), len(recorded))
	}
}

// TestSecretsOfAddresses keeps the credentials of an address out of all texts, also of one that cannot be read.
func TestSecretsOfAddresses(t *testing.T) {
	t.Parallel()
	for address, shown := range map[string]string{
		"nats://u:secret@127.0.0.1:1":                "nats://127.0.0.1:1",
		"nats://u:secret@127.0.0.1:port":             "nats://127.0.0.1:port",
		"nats://u:sec#ret@127.0.0.1:1":               "nats://127.0.0.1:1",
		"nats://127.0.0.1:1,nats://u:se%cret@host:1": "nats://127.0.0.1:1,nats://host:1",
		"nats://127.0.0.1:port":                      "nats://127.0.0.1:port",
	} {
		if got := Shown(address); got != shown {
			t.Errorf("%s is shown as %s, want %s", address, got, shown)
		}
		_, err := dial(t.Context(), &Server{URL: address}, "test", func(messages.Text) {})
		if err == nil || strings.Contains(err.Error(), "sec") || strings.Contains(err.Error(), "cret") {
			t.Errorf("dialing %s: %v", address, err)
		}
	}
}

// TestLentTokenWithoutAConnection hears of a run while the connection is broken. It was secret, so the worker does not end: the run would wait for
// it without end.
func TestLentTokenWithoutAConnection(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	l, err := dial(t.Context(), &Server{URL: h.URL()}, "test", func(messages.Text) {})
	if err != nil {
		t.Fatal(err)
	}
	defer l.nc.Close()
	_, news := l.state()
	h.Close(true)
	<-news
	w := &Worker{Version: "1.0", Lent: &Lent{}}
	w.link = l
	if why := w.unfit(&run{Who: Who{ID: "run", Version: "1.0"}, Lends: true}); why != nil {
		t.Errorf("without a connection: %v", why)
	}
	if why := w.unfit(&run{Who: Who{ID: "run", Version: "1.0"}}); why == nil {
		t.Error("a run that lends no token is taken")
	}
}

// TestRequestThatEndedWithItsRun begins a run at once after another one has ended. A worker has told before that it makes a request, which that run has
// canceled, or whose answer it has. The request counts until the worker tells that it has it no longer, and who waits for it goes on.
func TestRequestThatEndedWithItsRun(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	f := newFleetAt(t, h)
	defer f.Close()
	f.begin(&Books{Job: "job"})
	key := task.KeyOf([]byte("one"))
	l := lease{Who: Who{ID: "worker", Version: "1.0"}, Service: "https://api.example/v1", Max: 8, Held: []held{{ID: "before.1", Job: "job", Key: key.String()}}}
	f.hear(&l, 1)
	f.mu.Lock()
	a := f.inherited(key)
	if a == nil {
		t.Fatal("the request is not taken over")
	}
	a.at, f.caught = a.at.Add(-3*beat), true
	f.mu.Unlock()
	l.Held = nil
	f.hear(&l, 2)
	select {
	case o := <-a.outcome:
		if e := gigachat.AsError(o.err); e == nil || !e.NotTaken {
			t.Errorf("who waits for it gets %+v", o)
		}
	default:
		t.Error("who waits for it gets nothing")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.attempts) > 0 {
		t.Error("it counts without end")
	}
}

// TestLateOrderOfAKilledRun has an order come after its coordinator was replaced: the one that follows may have asked the same already.
func TestLateOrderOfAKilledRun(t *testing.T) {
	t.Parallel()
	w := &Worker{Tell: func(messages.Text) {}, Ask: func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) {
		return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindNetwork, NotTaken: true}
	}}
	w.tasks, w.until, w.noted, w.mail = map[string]*work{}, time.Now().Add(time.Minute), make(chan struct{}, 1), make(chan struct{}, 1)
	var loops errgroup.Group
	begins := func(run string) bool {
		before := len(w.notes)
		w.obey(t.Context(), &order{Run: run, ID: run + "." + strconv.Itoa(before)}, false, &loops)
		if err := loops.Wait(); err != nil {
			t.Fatal(err)
		}
		var first answer
		if err := json.Unmarshal(w.notes[before].data, &first); err != nil {
			t.Fatal(err)
		}
		return first.Sign == begun
	}
	follow := func(id string) {
		w.follow(t.Context(), &run{Who: Who{ID: id}}, func(err error) { t.Error(err) })
	}
	follow("killed")
	if !begins("killed") {
		t.Error("an order of the run is not obeyed")
	}
	follow("")
	if begins("killed") {
		t.Error("a late order of a run that is over is obeyed")
	}
	if !begins("next") { // faster than its entry
		t.Error("an order of a run that begins is not obeyed")
	}
	follow("next")
	if begins("killed") {
		t.Error("a late order of the run before is obeyed")
	}
	follow("killed") // it was only away
	if !begins("killed") {
		t.Error("an order of a run that is back is not obeyed")
	}
}
