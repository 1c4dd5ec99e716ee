package limit

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"
)

// A quota goes on where another one has stopped: it believes the same, and does not exceed it more often.
func TestLearned(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]service{
		"streams": {streams: func(time.Duration) int { return 7 }, rows: 600},
		"starts":  {starts: 20, window: time.Second, rows: 600},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &made
			s.random, s.rtt, s.waiting = rand.New(rand.NewPCG(1, 1)), 2*time.Millisecond, make([]int, s.rows)
			s.latency = func(r *rand.Rand) time.Duration {
				return 200*time.Millisecond + time.Duration(r.IntN(200))*time.Millisecond
			}
			first := &Quota{Start: 10, Max: 64}
			s.drive(t, first)
			before, refused := first.Belief(), s.refused
			if before.Streams == 0 && before.Starts == 0 {
				t.Fatalf("nothing was found out: %+v", before)
			}
			text, err := json.Marshal(LearnedBy(first, s.now))
			if err != nil {
				t.Fatal(err)
			}
			var l Learned
			if err := json.Unmarshal(text, &l); err != nil {
				t.Fatal(err)
			}
			second := &Quota{Start: 10, Max: 64}
			l.Teach(second, s.now)
			if got := second.Belief(); got != before {
				t.Errorf("the second believes %+v, the first %+v", got, before)
			}
			s.done, s.refused, s.waiting = 0, 0, make([]int, s.rows)
			s.drive(t, second)
			t.Logf("%d refused before, %d after", refused, s.refused)
			if s.refused > refused || s.refused > 6 {
				t.Errorf("%d refused before, %d after", refused, s.refused)
			}
		})
	}
}
