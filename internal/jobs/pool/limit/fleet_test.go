package limit

import (
	"container/heap"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// fleet is a service whose requests are sent by workers on other machines, each as far away as it is. A request that was sent by a worker
// that is killed goes on at the service; the coordinator hears of the loss when the lease is over.
type fleet struct {
	service
	quota   int
	workers []time.Duration // the time there and back from the coordinator to the service, over each worker
	kept    time.Duration   // an answer is written to a disk before the coordinator has it
	killed  time.Duration   // between two kills; 0 for none
	asked   int             // requests that came to the service
	most    int             // in flight at once
	found   time.Duration   // when the quota was used to the full for the first time
	used    float64         // integral of the requests in flight, in seconds, since then
	since   time.Duration   // of the last change of what is in flight
}

// change adds to the requests in flight.
func (f *fleet) change(n int) {
	if f.found > 0 {
		f.used += float64(f.busy) * (f.now - f.since).Seconds()
	}
	f.since = f.now
	f.busy += n
	f.most = max(f.most, f.busy)
	if f.found == 0 && f.busy >= f.quota {
		f.found = f.now
	}
}

func (f *fleet) pump(t *testing.T, q *Quota) {
	for {
		ok, next := q.Ready(f.now)
		if !ok {
			if next != 0 && next <= f.now {
				t.Fatalf("asks at %s to be asked again at %s", f.now, next)
			}
			if next != 0 && (next < f.wake || f.wake <= f.now) {
				f.wake = next
				f.after(next-f.now, func() { f.pump(t, q) })
			}
			return
		}
		times := 0
		if len(f.waiting) > 0 {
			times, f.waiting = f.waiting[0], f.waiting[1:]
		}
		f.send(t, q, times)
	}
}

func (f *fleet) send(t *testing.T, q *Quota, times int) {
	slot := q.Take(f.now)
	q.Sent(slot, f.now)
	who := f.random.IntN(len(f.workers))
	way := func() time.Duration { return time.Duration(float64(f.workers[who]/2) * (.9 + .2*f.random.Float64())) }
	lost := false
	if f.killed > 0 && f.random.Float64() < 11/f.killed.Seconds()/float64(len(f.workers)) { // its worker is killed before it has the answer
		lost = true
	}
	f.after(way(), func() {
		f.asked++
		if f.busy >= f.quota {
			f.after(way(), func() {
				f.refused++
				wait := q.Refused(slot, f.now, 0, times+1)
				f.after(wait/2+time.Duration(f.random.Int64N(int64(wait/2))), func() {
					f.waiting = append(f.waiting, times+1)
					f.pump(t, q)
				})
				f.pump(t, q)
			})
			return
		}
		f.change(1)
		takes := f.latency(f.random)
		f.after(takes, func() { f.change(-1) })
		if lost {
			f.after(time.Duration(f.random.Int64N(int64(takes)))+4500*time.Millisecond, func() {
				q.Lost(slot, f.now)
				f.pump(t, q)
			})
			return
		}
		f.after(takes+f.kept+way(), func() {
			f.done++
			q.Answered(slot, f.now)
			f.pump(t, q)
		})
	})
}

// TestFleet simulates 100 workers at a quota of 1,000 whose answers take 2 to 20 seconds, for half an hour: at least 95 % of the quota is
// used once it is found, and few requests are refused.
func TestFleet(t *testing.T) {
	t.Parallel()
	const half = 30 * time.Minute
	seeds := uint64(1)
	if os.Getenv("GIGABATCH_LONG") != "" {
		seeds = 5
	}
	for _, c := range []struct {
		name   string
		far    time.Duration // the farthest worker
		killed time.Duration
	}{
		{name: "near", far: 20 * time.Millisecond},
		{name: "over the world", far: 300 * time.Millisecond},

		{name: "one killed each minute", far: 100 * time.Millisecond, killed: time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for seed := range seeds {
				f := fleet{quota: 1000, kept: 10 * time.Millisecond, killed: c.killed}
				f.random = rand.New(rand.NewPCG(seed, 20))
				f.latency = func(r *rand.Rand) time.Duration {
					return 2*time.Second + time.Duration(r.Int64N(int64(18*time.Second)))
				}
				for range 100 {
					f.workers = append(f.workers, 2*time.Millisecond+time.Duration(f.random.Int64N(int64(c.far))))
				}
				q := &Quota{Start: 10, Max: 2048}
				f.pump(t, q)
				for f.now < half && len(f.agenda) > 0 {
					e := heap.Pop(&f.agenda).(item)
					f.now = e.at
					e.do()
				}
				f.change(0)
				use := 100 * f.used / (f.now - f.found).Seconds() / float64(f.quota)
				refusals := 100 * float64(f.refused) / float64(f.asked)
				t.Logf("seed %d: found after %.0f s, %.1f %% used, %.2f %% of %d requests refused, believes %+v", seed, f.found.Seconds(), use, refusals, f.asked, q.Belief())
				if f.found == 0 || use < 95 || refusals > 2 {
					t.Errorf("seed %d: %.1f %% used and %.2f %% refused, want at least 95 %% and at most 2 %%", seed, use, refusals)
				}
			}
		})
	}
}
