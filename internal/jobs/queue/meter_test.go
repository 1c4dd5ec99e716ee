package queue

import (
	"testing"
	"time"
)

// TestMeter tells the rate of the last half minute, and forgets what is older.
func TestMeter(t *testing.T) {
	t.Parallel()
	var m meter
	now := time.Unix(0, 0)
	if got := m.perMinute(now); got != 0 {
		t.Errorf("in the beginning, %d a minute", got)
	}
	for _, c := range []struct {
		answers int
		each    time.Duration
		want    int // at the end, within 10 %
	}{
		{10, time.Second, 60}, // not a whole window yet
		{120, 500 * time.Millisecond, 120},
		{3, 30 * time.Second, 2}, // slower than the window
		{0, time.Hour, 0},
	} {
		for range c.answers {
			now = now.Add(c.each)
			m.add(now)
		}
		if c.answers == 0 {
			now = now.Add(c.each)
		}
		if got := m.perMinute(now); got < c.want-1-c.want/10 || got > c.want+1+c.want/10 {
			t.Errorf("after %d answers each %v, %d a minute, want %d", c.answers, c.each, got, c.want)
		}
	}
}
