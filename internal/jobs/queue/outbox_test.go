package queue

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"gigabatch/internal/jobs/queue/hub"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// TestOutboxOfAFullServer sends two answers, of which one is larger than a message, while the server has no room for them. Both are kept once it
// has, however the two attempts at them fall together.
func TestOutboxOfAFullServer(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	limit := func(most int64) {
		t.Helper()
		l := server.JetStreamAccountLimits{MaxMemory: -1, MaxStore: most, MaxStreams: -1, MaxConsumers: -1}
		if err := h.Server().GlobalAccount().UpdateJetStreamLimits(map[string]server.JetStreamAccountLimits{"": l}); err != nil {
			t.Fatal(err)
		}
	}
	w := &Worker{Tell: func(messages.Text) {}}
	l, err := dial(t.Context(), &Server{URL: h.URL()}, "test", w.Tell)
	if err != nil {
		t.Fatal(err)
	}
	defer l.nc.Close()
	w.link, w.tasks, w.mail = l, map[string]*work{}, make(chan struct{}, 1)
	if _, err := l.streamOf(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := largeAnswers.open(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if _, err := l.js.Publish(t.Context(), answered+"other", nil); err != nil {
		t.Fatal(err)
	}
	limit(1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.send(ctx)
	}()
	defer func() { cancel(); <-ended }()
	var all []*work
	for id, size := range map[string]int{"small": 1, "large": l.limit() + 1} {
		data := encode(&answer{ID: id, Key: task.KeyOf([]byte(id)).String(), Raw: bytes.Repeat([]byte("x"), size)})
		w.tasks[id] = &work{order: &order{ID: id, Job: "job", Key: task.KeyOf([]byte(id)).String()}, data: data, paid: true}
	}
	for _, id := range []string{"small", "large"} {
		all = append(all, w.tasks[id])
		w.publish(w.tasks[id], "run")
		for until := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // the sender works
			w.mu.Lock()
			taken := len(w.outbox) == 0 || id == "large"
			w.mu.Unlock()
			if taken {
				break
			}
			if time.Now().After(until) {
				t.Fatal("an answer stays in the outbox")
			}
		}
	}
	time.Sleep(2 * beat) // the server refuses both
	limit(-1)
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // the sender works
		w.mu.Lock()
		safe := all[0].safe && all[1].safe
		w.mu.Unlock()
		if safe {
			break
		}
		if time.Now().After(until) {
			t.Fatal("an answer never comes to the server")
		}
	}
}

// TestLargeAnswerIsStoredOnce sends a large answer again, since the coordinator is still loading it. It stays as it is at the server meanwhile; one that
// is no longer there is stored again.
func TestLargeAnswerIsStoredOnce(t *testing.T) {
	t.Parallel()
	h := newHub(t, hub.Options{})
	w := &Worker{Tell: func(messages.Text) {}}
	l, err := dial(t.Context(), &Server{URL: h.URL()}, "test", w.Tell)
	if err != nil {
		t.Fatal(err)
	}
	defer l.nc.Close()
	w.link = l
	key := task.KeyOf([]byte("one")).String()
	one := &work{order: &order{ID: "run.1", Job: "job", Key: key}, data: encode(&answer{ID: "run.1", Key: key, Raw: make([]byte, l.limit())}), paid: true}
	stored := func() string {
		t.Helper()
		w.outbox = append(w.outbox, one)
		if batch, _ := w.pack(t.Context(), 1); len(batch) != 1 {
			t.Fatalf("%d answers are taken", len(batch))
		}
		s, err := largeAnswers.open(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		info, err := s.GetInfo(t.Context(), "answer.run.1")
		if err != nil {
			t.Fatal(err)
		}
		return info.NUID
	}
	first := stored()
	if stored() != first {
		t.Error("the answer is stored a second time")
	}
	l.drop(largeAnswers, "answer.run.1")
	if stored() == first {
		t.Error("an answer that is gone is not stored again")
	}
}
