package limit

import (
	"testing"
	"time"
)

// TestPace checks the bucket alone.
func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	p := NewPace(0, 600) // 10 a second
	if at := p.Ready(now); at.After(now) {
		t.Errorf("the first request waits for %s", at.Sub(now))
	}
	r := p.Take(now)
	p.Settle(&r, 70, 20, 80)
	if got, want := p.Ready(now).Sub(now), 10*time.Second; (got - want).Abs() > time.Millisecond {
		t.Errorf("after 100 tokens: waits for %s, want %s", got, want)
	}
	r = p.Take(now.Add(10 * time.Second))
	p.Refund(&r)
	if at := p.Ready(now.Add(10 * time.Second)); at.After(now.Add(10*time.Second + time.Millisecond)) {
		t.Errorf("waits for %s after a refund", at.Sub(now))
	}
	if p.Ready(now.Add(time.Hour)); p.balance > p.rate {
		t.Errorf("%f tokens saved up in an idle hour", p.balance)
	}
}
