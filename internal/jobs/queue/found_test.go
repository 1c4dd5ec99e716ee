package queue

import (
	"context"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue/hub"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// TestFound kills a run that has a request in flight. The next one knows what came of it once the worker has the answer; it does not, if the worker
// is killed, too, has canceled the request, or if the run before was another one.
func TestFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		killed string
		end    func(f *Fleet, id string, release, kill func())
		known  bool
	}{
		"answered": {"1", func(_ *Fleet, _ string, release, _ func()) { release() }, true},
		"killed":   {"1", func(_ *Fleet, _ string, _, kill func()) { kill() }, false},
		"canceled": {"1", func(f *Fleet, id string, _, _ func()) {
			f.link.nc.Publish(id, encode(&order{Run: f.self.ID, Cancel: []string{f.self.ID + ".1"}}))
		}, false},
		"after another run":    {"0", func(_ *Fleet, _ string, release, _ func()) { release() }, false},
		"after one that ended": {"", func(_ *Fleet, _ string, release, _ func()) { release() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, hub.Options{})
			first := newFleetAt(t, h)
			first.begin(&Books{Job: "job", Heritage: Heritage{Run: "1"}})
			begun, answered := make(chan struct{}), make(chan struct{})
			w := &Worker{Server: Server{URL: h.URL()}, Version: "1.0", Service: "https://api.example/v1", Max: 8, Tell: func(messages.Text) {}}
			w.Ask = func(ctx context.Context, _ []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
				close(begun)
				select {
				case <-answered:
					return &gigachat.ChatResponse{Completion: "paid", FinishReason: "stop"}, nil
				case <-ctx.Done():
					return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Sent: true}
				}
			}
			working, kill := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = w.Run(working, nil)
			}()
			defer func() { kill(); <-ended }()
			eventually := func(what string, is func() bool) {
				t.Helper()
				for until := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) { // other goroutines work
					if time.Now().After(until) {
						t.Fatalf("never: %s", what)
					}
				}
			}
			first.accounts[0].start, first.accounts[0].most = 1, 8
			m := first.Join(1, 8, func() {})
			var a pool.Attempt
			a.Key = task.KeyOf([]byte("one"))
			eventually("a right", func() bool { a.Right, _ = m.Take(false); return a.Right != nil })
			if _, _, err := first.give(t.Context(), a, []byte("one"), time.Minute); err != nil {
				t.Fatal(err)
			}
			<-begun
			kv, err := first.link.bucketOf(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.mu.Lock()
			id := w.who.ID
			w.mu.Unlock()
			lease := func(has string) func() bool {
				return func() bool {
					e, err := kv.Get(t.Context(), workerKey+id)
					own, err2 := kv.Get(t.Context(), runKey)
					return err == nil && err2 == nil && strings.Contains(string(e.Value()), has) && runOf(own).Run == "1"
				}
			}
			eventually("a lease with the request", lease(`"held":[{`))
			first.cancel() // it is killed
			first.loops.Wait()
			if name == "canceled" {
				c.end(first, toWorker+id, nil, nil)
				eventually("a lease without the request", lease(`"cut":`))
			}
			first.link.nc.Close()
			second := newFleetAt(t, h)
			defer second.Close()
			found := make(chan struct{}, 9)
			second.begin(&Books{Job: "job", Heritage: Heritage{Run: "2", Killed: c.killed, Found: func() error { found <- struct{}{}; return nil }}})
			locked := func(is func() bool) func() bool {
				return func() bool {
					second.mu.Lock()
					defer second.mu.Unlock()
					return is()
				}
			}
			if name != "canceled" {
				eventually("the attempt is taken over", locked(func() bool { return len(second.attempts) == 1 }))
				c.end(second, id, func() { close(answered) }, kill)
			}
			eventually("all is known that can be", locked(func() bool { return second.settled && second.caught && len(second.attempts) == 0 }))
			select {
			case <-found:
				if !c.known {
					t.Error("it is said to be known what came of the request")
				}
			case <-time.After(3 * beat):
				if c.known {
					t.Error("what came of the request does not count as known")
				}
			}
		})
	}
}
