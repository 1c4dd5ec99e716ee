//go:build unix

package oracle

import (
	"fmt"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"

	"gigabatch/internal/gigachat/sandbox"
)

// TestWorkersCutOff delays what a worker sends, or hears, for longer than its lease, or cuts its connection. Another worker gets its requests,
// the quota is kept, and the run heals by itself.
func TestWorkersCutOff(t *testing.T) {
	t.Parallel()
	late := &toxics.ToxicWrapper{Toxic: &toxics.LatencyToxic{Latency: 7000}, Type: "latency", BufferSize: 1024, Toxicity: 1}
	for n, how := range []string{"what it sends is late", "what it hears is late", "the connection is cut"} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			const rows, streams = 250, 6
			k := newCrew(t, sandbox.Options{Latency: 200 * time.Millisecond, Streams: streams}, rows)
			r := newRoad(t, k.address)
			k.workers = append(k.workers, k.begin("worker nats://"+r.address))
			x := k.start("")
			k.await(40)
			k.work("")
			if n == 2 {
				r.close()
			} else {
				r.poison(late, n == 0)
			}
			time.Sleep(6 * time.Second) // longer than a lease
			if n == 2 {
				if err := r.open(); err != nil {
					t.Fatal(err)
				}
			} else {
				r.poison(nil, n == 0)
			}
			k.end(how, x, rows, false)
			// A request of the worker that was answered just before leaves room for another one while its answer is on its way to the store.
			if c := k.box.Counts(); c.MaxStreams > streams || c.Billed-rows > 2*streams {
				t.Errorf("%s: %d requests at once, and %d billed for %d rows; the quota is %d", how, c.MaxStreams, c.Billed, rows, streams)
			}
		})
	}
}
