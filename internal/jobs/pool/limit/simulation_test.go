package limit

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gigabatch/internal/jobs/task"
)

// service is a simulated service and one client of it, in simulated time. A zero limit is none.
type service struct {
	streams       func(now time.Duration) int
	lag           time.Duration // a stream is released so long after its answer
	starts        int           // within window, sliding
	window        time.Duration
	bucket, burst float64 // starts a second, and how many are saved up
	chance        float64 // share of refusals
	hint          time.Duration
	rtt           time.Duration // there and back; default 2 ms
	latency       func(*rand.Rand) time.Duration
	rows          int

	now     time.Duration
	agenda  agenda
	random  *rand.Rand
	busy    int
	log     []time.Duration // accepted starts
	tokens  float64         // in the bucket at its last start
	tokenAt time.Duration
	waiting []int // how often each waiting row was refused
	wake    time.Duration
	result
}

type result struct {
	done, refused int
	elapsed       time.Duration
}

type item struct {
	at time.Duration
	do func()
}

type agenda []item

func (e agenda) Len() int           { return len(e) }
func (e agenda) Less(i, j int) bool { return e[i].at < e[j].at }
func (e agenda) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *agenda) Push(x any)        { *e = append(*e, x.(item)) }
func (e *agenda) Pop() any          { x := (*e)[len(*e)-1]; *e = (*e)[:len(*e)-1]; return x }

func (s *service) after(d time.Duration, do func()) { heap.Push(&s.agenda, item{s.now + d, do}) }

// way is the time in one direction: half of rtt, a tenth more or less.
func (s *service) way() time.Duration {
	return time.Duration(float64(s.rtt/2) * (.9 + .2*s.random.Float64()))
}

// accepts decides about a start and counts it if it is accepted.
func (s *service) accepts() bool {
	for len(s.log) > 0 && s.now-s.log[0] >= s.window {
		s.log = s.log[1:]
	}
	saved := min(s.burst, s.tokens+s.bucket*(s.now-s.tokenAt).Seconds())
	if s.random.Float64() < s.chance || s.streams != nil && s.busy >= s.streams(s.now) ||
		s.starts > 0 && len(s.log) >= s.starts || s.bucket > 0 && saved < 1 {
		return false
	}
	s.busy++
	s.log = append(s.log, s.now)
	s.tokens, s.tokenAt = saved-1, s.now
	return true
}

// pump starts what q allows.
func (s *service) pump(t *testing.T, q *Quota) {
	for len(s.waiting) > 0 {
		ok, next := q.Ready(s.now)
		switch {
		case ok:
			times := s.waiting[0]
			s.waiting = s.waiting[1:]
			s.send(t, q, times)
			continue
		case next != 0 && next <= s.now:
			t.Fatalf("asks at %s to be asked again at %s", s.now, next)
		case next != 0 && (next < s.wake || s.wake <= s.now):
			s.wake = next
			s.after(next-s.now, func() { s.pump(t, q) })
		}
		return
	}
}

func (s *service) send(t *testing.T, q *Quota, times int) {
	slot := q.Take(s.now)
	q.Sent(slot, s.now)
	s.after(s.way(), func() {
		if !s.accepts() {
			s.after(s.way(), func() {
				s.refused++
				wait := q.Refused(slot, s.now, s.hint, times+1)
				s.after(wait/2+time.Duration(s.random.Int64N(int64(wait/2))), func() {
					s.waiting = append([]int{times + 1}, s.waiting...)
					s.pump(t, q)
				})
				s.pump(t, q)
			})
			return
		}
		s.after(s.latency(s.random), func() {
			s.after(s.lag, func() { s.busy-- })
			s.after(s.way(), func() {
				s.done++
				s.elapsed = s.now
				q.Answered(slot, s.now)
				s.pump(t, q)
			})
		})
	})
}

// run simulates until all rows are answered.
func (s service) run(t *testing.T, seed uint64) (result, task.Belief) {
	s.random, s.tokens, s.waiting = rand.New(rand.NewPCG(seed, 1)), s.burst, make([]int, s.rows)
	if s.rtt == 0 {
		s.rtt = 2 * time.Millisecond
	}
	q := &Quota{Start: 10, Max: 64}
	s.drive(t, q)
	return s.result, q.Belief()
}

// drive simulates until all rows are answered.
func (s *service) drive(t *testing.T, q *Quota) {
	s.pump(t, q)
	for s.done < s.rows && len(s.agenda) > 0 {
		e := heap.Pop(&s.agenda).(item)
		s.now = e.at
		e.do()
	}
}

func lognormal(median time.Duration, sigma float64) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration {
		return time.Duration(float64(median) * math.Exp(sigma*r.NormFloat64()))
	}
}

// TestServices runs rows through services that limit this or that, and bounds the time and the refusals.
func TestServices(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	always := func(n int) func(time.Duration) int { return func(time.Duration) int { return n } }
	between := func(n, then int, from, to time.Duration) func(time.Duration) int {
		return func(now time.Duration) int {
			if now >= from && now < to {
				return then
			}
			return n
		}
	}
	same := func(*rand.Rand) time.Duration { return 100 * ms }
	short, llm := lognormal(50*ms, .5), lognormal(5*time.Second, .5)
	for _, c := range []struct {
		name    string
		service service
		elapsed time.Duration // at most
		refused int           // at most
		streams int           // believed; -1 for any
		starts  int           // believed, at least 97 % and at most 101 %; -1 for any
	}{
		{"no limit", service{latency: short, rows: 4000}, 4 * time.Second, 0, 0, 0},
		{"1 at once", service{streams: always(1), latency: same, rows: 500}, 51500 * ms, 12, 1, 0},
		{"10 at once", service{streams: always(10), latency: same, rows: 2000}, 20700 * ms, 15, 10, 0},
		{"10 at once, Retry-After 1 s", service{streams: always(10), latency: same, hint: time.Second, rows: 2000}, 20800 * ms, 15, 10, 0},
		{"10 at once, Retry-After an hour", service{streams: always(10), latency: same, hint: time.Hour, rows: 2000}, 20700 * ms, 15, 10, 0},
		{"40 at once", service{streams: always(40), latency: lognormal(200*ms, 1), rows: 2000}, 22 * time.Second, 40, 40, 0},
		{"40 at once, seconds each", service{streams: always(40), latency: llm, rows: 1000}, 170 * time.Second, 25, -1, 0},
		{"10, then 4, then 10", service{streams: between(10, 4, 8*time.Second, 16*time.Second), latency: same, rows: 2000}, 26 * time.Second, 45, 10, 0},
		{"64, then 4, then 64", service{streams: between(64, 4, 4*time.Second, 8*time.Second), latency: same, rows: 4000}, 11 * time.Second, 25, -1, 0},
		{"10, then none for ten minutes", service{streams: between(10, 0, 3*time.Second, 603*time.Second), latency: same, rows: 2000}, 625 * time.Second, 190, -1, -1},
		{"100 a second", service{starts: 100, window: time.Second, latency: short, rows: 2000}, 20600 * ms, 40, -1, 100},
		{"100 a second, Retry-After 1 s", service{starts: 100, window: time.Second, latency: short, hint: time.Second, rows: 2000}, 20500 * ms, 40, -1, 100},
		{"300 a minute", service{starts: 300, window: time.Minute, latency: short, rows: 3000}, 550 * time.Second, 60, -1, 300},
		{"300 a minute, seconds each", service{starts: 300, window: time.Minute, latency: llm, rows: 3000}, 600 * time.Second, 60, -1, 300},
		{"50 in 10 s, Retry-After 10 s", service{starts: 50, window: 10 * time.Second, latency: short, hint: 10 * time.Second, rows: 500}, 110 * time.Second, 25, -1, 50},
		{"10 at once and 300 a minute", service{streams: always(10), starts: 300, window: time.Minute, latency: same, rows: 1500}, 370 * time.Second, 45, 10, 300},
		{"a bucket of 100, 100 a second", service{bucket: 100, burst: 100, latency: short, rows: 2000}, 20 * time.Second, 200, -1, -1},
		{"5 % by chance", service{chance: .05, latency: short, rows: 4000}, 4500 * ms, 260, -1, -1},
		{"10 at once and 5 % by chance", service{streams: always(10), chance: .05, latency: short, rows: 2000}, 12500 * ms, 150, 10, -1},
		{"100 a second and 5 % by chance", service{starts: 100, window: time.Second, chance: .05, latency: short, rows: 2000}, 21500 * ms, 160, -1, 100},
		{"10 at once, released 50 ms late", service{streams: always(10), lag: 50 * ms, latency: llm, rows: 1000}, 620 * time.Second, 40, 10, 0},
		{"10 at once, far away", service{streams: always(10), rtt: 40 * ms, latency: same, rows: 2000}, 32 * time.Second, 100, 10, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(5) {
				got, belief := c.service.run(t, seed)
				t.Logf("seed %d: %s, %d refused, believes %+v", seed, got.elapsed.Round(ms), got.refused, belief)
				if got.done != c.service.rows || got.elapsed > c.elapsed || got.refused > c.refused {
					t.Errorf("seed %d: %+v, want %d in %s, at most %d refused", seed, got, c.service.rows, c.elapsed, c.refused)
				}
				if c.streams >= 0 && belief.Streams != c.streams {
					t.Errorf("seed %d: believes %+v, want %d at once", seed, belief, c.streams)
				}
				if c.starts >= 0 && (100*belief.Starts < 97*c.starts || 100*belief.Starts > 101*c.starts) {
					t.Errorf("seed %d: believes %+v, want %d starts", seed, belief, c.starts)
				}
			}
		})
	}
}
