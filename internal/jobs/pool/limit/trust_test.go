package limit

import (
	"testing"
	"time"
)

// used returns a quota that has found a limit of 10 streams, all in use since a moment ago, and the slots.
func used(now time.Duration) (*Quota, []Slot) {
	q := &Quota{Start: 10, Max: 64}
	l := Learned{Meters: []Meter{{High: 10, Top: 10, Limit: 10, Interval: firstProbe, Wall: 10}}, Latency: time.Second, RTT: 2 * time.Millisecond, Sent: 100}
	l.Teach(q, 0)
	var all []Slot
	for range 10 {
		s := q.Take(now)
		q.Sent(s, now)
		all = append(all, s)
	}
	return q, all
}

// Of ten requests, five have ended, and nobody has told: the service accepts five more. Once that is known, the limit is what it was.
func TestDistrust(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before, after bool // Distrust is called before requests above the limit are accepted, or later
		want          int
	}{
		"nobody doubts": {false, false, 11}, "it is known at once": {true, false, 10}, "it is known later": {false, true, 10},
	} {
		now := 10 * time.Second
		q, all := used(now)
		if tt.before {
			q.Distrust(now)
		}
		for _, s := range all[:5] { // answered, and asked again, with probes
			for range 3 {
				now += 100 * time.Millisecond
				q.Answered(s, now)
				for {
					now += 20 * time.Millisecond
					if ok, _ := q.Ready(now); !ok {
						break
					}
					s = q.Take(now)
					q.Sent(s, now)
				}
			}
		}
		if tt.after {
			q.Distrust(10 * time.Second)
		}
		if got := q.Width(); got != tt.want && (tt.want == 10 || got < tt.want) {
			t.Errorf("%s: %d requests may be in flight, want %d", name, got, tt.want)
		}
		q.Trust()
		if q.doubted {
			t.Errorf("%s: doubts do not end", name)
		}
	}
}

// A request counts as accepted when no refusal has come, but only if one would have come.
func TestHeard(t *testing.T) {
	t.Parallel()
	now := 10 * time.Second
	q, _ := used(now)
	q.Heard(now)
	if ok, next := q.Ready(now + time.Second); ok || next <= now+time.Second || len(q.open) != 10 {
		t.Errorf("%d requests are open, want 10; ready: %v, look again at %s", len(q.open), ok, next)
	}
	q.Heard(now + time.Second)
	if q.Ready(now + time.Second); len(q.open) != 0 {
		t.Errorf("%d requests are open, want none", len(q.open))
	}
}

// How long a request takes that another quota let start is not known.
func TestLatencyOfHeld(t *testing.T) {
	t.Parallel()
	q := &Quota{Start: 10, Max: 64}
	q.Answered(q.Hold(time.Second), time.Second+time.Millisecond)
	if q.Latency != 0 {
		t.Errorf("the latency is %s, want none", q.Latency)
	}
}
