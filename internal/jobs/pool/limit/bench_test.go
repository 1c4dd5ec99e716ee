package limit

import (
	"testing"
	"time"
)

// BenchmarkQuota runs rows through a quota of 40 requests in flight, each of which takes 100 ms.
func BenchmarkQuota(b *testing.B) {
	q, now := &Quota{Start: 10, Max: 64}, time.Duration(0)
	var flying []Slot
	for b.Loop() {
		for {
			ok, _ := q.Ready(now)
			if !ok && len(flying) > 0 {
				q.Answered(flying[0], now)
				flying = flying[1:]
			}
			now += 100 * time.Millisecond / 40
			if !ok {
				continue
			}
			s := q.Take(now)
			q.Sent(s, now)
			if len(flying) < 40 {
				flying = append(flying, s)
				break
			}
			now += time.Millisecond
			q.Refused(s, now, 0, 1)
		}
	}
}
