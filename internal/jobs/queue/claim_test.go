package queue

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue/hub"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// newHub starts a server.
func newHub(t *testing.T, o hub.Options) *hub.Hub {
	t.Helper()
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if o.Store == "" {
		o.Store = t.TempDir()
	}
	h, err := hub.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(true) })
	return h
}

// gather is Gather of another run, which may be refused.
func gather(t *testing.T, h *hub.Hub) (*Fleet, error) {
	return Gather(t.Context(), Options{Server: Server{URL: h.URL()}, Version: "1.0", Input: "other.csv", Service: "https://api.example/v1", Account: "run", Tell: func(messages.Text) {}})
}

// writes lets a server take writes, or refuse them, as a cluster without a leader does, which can be read all the same.
func writes(t *testing.T, h *hub.Hub, yes bool) {
	t.Helper()
	l := server.JetStreamAccountLimits{MaxMemory: -1, MaxStore: -1, MaxStreams: -1, MaxConsumers: -1}
	if !yes {
		l.MaxMemory = 1
	}
	a := h.Server().GlobalAccount()
	if err := a.UpdateJetStreamLimits(map[string]server.JetStreamAccountLimits{"": l}); err != nil {
		t.Fatal(err)
	}
}

// TestLeaseThatCannotBeRenewed takes no writes for so long that the lease of a run ends. The run sends nothing from then on. Another one that has
// waited meanwhile does not begin as soon as there are writes again: the first one has the time to renew its lease, and goes on.
func TestLeaseThatCannotBeRenewed(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	f := newFleetAt(t, h)
	defer f.Close()
	holds := func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.claim.holds()
	}
	if !holds() {
		t.Error("a run that begins has no lease")
	}
	type result struct {
		f   *Fleet
		err error
	}
	second := make(chan result, 1)
	began := time.Now()
	go func() {
		f, err := gather(t, h)
		second <- result{f, err}
	}()
	time.Sleep(100 * time.Millisecond) // the second one looks
	writes(t, h, false)
	time.Sleep(over - 200*time.Millisecond - time.Since(began))
	if holds() {
		t.Error("a run has a lease that it could not renew")
	}
	_, _, err := f.give(t.Context(), pool.Attempt{Key: task.KeyOf([]byte("one"))}, nil, time.Minute)
	if e := gigachat.AsError(err); e == nil || !e.NotTaken {
		t.Errorf("a request of a run without a lease: %v", err)
	}
	writes(t, h, true)
	select {
	case r := <-second:
		if _, busy := errors.AsType[*BusyError](r.err); !busy {
			t.Errorf("the second run begins %v after the first one was last heard of: %v", time.Since(began), r.err)
		}
		if r.f != nil {
			r.f.Close()
		}
	case <-time.After(time.Minute):
		t.Fatal("the second run waits without end")
	}
	for until := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) { // the server has it before the run knows
		if time.Now().After(until) {
			t.Fatal("the first run does not get its lease again")
		}
	}
}

// TestStoreThatIsLost loses the lease of a run that lives, with the store of the server. Another run that comes at once does not take its workers.
func TestStoreThatIsLost(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	f := newFleetAt(t, h)
	defer f.Close()
	address := strings.TrimPrefix(h.URL(), "nats://")
	h.Close(true)
	h = newHub(t, hub.Options{Address: address})
	other, err := gather(t, h)
	if _, busy := errors.AsType[*BusyError](err); !busy {
		t.Errorf("another run begins: %v", err)
	}
	if other != nil {
		other.Close()
	}
}

// TestEndOfALostLease ends a run that does not know yet that another one has the workers. That one keeps its lease.
func TestEndOfALostLease(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	f := newFleetAt(t, h)
	kv, err := f.link.bucketOf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.cancel()
	f.loops.Wait()
	if _, err := kv.Put(t.Context(), runKey, encode(&run{Who: Who{ID: "other"}})); err != nil {
		t.Fatal(err)
	}
	l, err := dial(t.Context(), &Server{URL: h.URL()}, "test", func(messages.Text) {})
	if err != nil {
		t.Fatal(err)
	}
	defer l.nc.Close()
	f.Close()
	if kv, err = l.bucketOf(t.Context()); err != nil {
		t.Fatal(err)
	}
	if entry, err := kv.Get(t.Context(), runKey); err != nil || runOf(entry).ID != "other" {
		t.Errorf("the lease of the other run: %v", err)
	}
}
