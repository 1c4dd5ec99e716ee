package share

import (
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

// Pools together may have as many requests in flight as each may have, but with a key that has one stream not more than one, unless the user
// wants more.
func TestBoundsOfPoolsTogether(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		most int
		each []int
		want int
	}{
		"as the users want": {64, []int{5, 5}, 10}, "found automatically": {64, []int{64, 64}, 64},
		"a personal key": {1, []int{1, 1}, 1}, "a personal key with more": {1, []int{5, 5}, 10}, "no limit": {0, []int{2048, 2}, 2050},
	} {
		h := &Hub{Most: tt.most}
		var all []Member
		for _, n := range tt.each {
			all = append(all, h.Join(n, n, func() {}))
		}
		if h.quota.Max != tt.want {
			t.Errorf("%s: %d in flight, want %d", name, h.quota.Max, tt.want)
		}
		all[1].Leave()
		if got, want := h.quota.Max, tt.each[0]; got != want {
			t.Errorf("%s: %d in flight after one has left, want %d", name, got, want)
		}
	}
}

// A pool that does not know what it has in flight keeps all from trying for more, also from another process, until it knows or has left.
func TestDoubts(t *testing.T) {
	t.Parallel()
	h := &Hub{}
	h.Learn(&Learned{Meters: []limit.Meter{{High: 10, Top: 10, Limit: 10, Interval: 10, Since: 100, Wall: 10}}, Latency: time.Second, RTT: time.Millisecond, Sent: 100})
	here := h.Join(10, 64, func() {})
	c := NewClient(task.Sharer{PID: 1})
	g := h.Receive(task.Sharer{PID: 2}, func(*Message) error { return nil })
	c.Follow(func(m *Message) error { g.Hear(m); return nil })
	there := c.Join(10, 64, func() {})
	look := func(name string, want int) {
		t.Helper()
		if r, _ := here.Take(false); r != nil {
			r.Lost()
		}
		if got := here.Width(); got != want {
			t.Errorf("%s: %d requests may be in flight, want %d", name, got, want)
		}
	}
	there.(Doubter).Distrust(time.Now())
	look("doubts there", 10)
	here.(Doubter).Distrust(time.Now())
	there.(Doubter).Distrust(time.Time{})
	look("doubts here", 10)
	there.(Doubter).Distrust(time.Now())
	here.(Doubter).Distrust(time.Time{})
	look("doubts there again", 10)
	there.Leave()
	look("who doubted has left", 11)
}

// A process that was not heard of for a while, and whose connection has held, gets the rights that it has asked for before.
func TestSilentGuestGetsWhatItWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &Hub{Most: 1}
		here := h.Join(1, 1, func() {})
		right, _ := here.Take(false)
		granted := make(chan *Message, 10)
		g := h.Receive(task.Sharer{PID: 2}, func(m *Message) error { granted <- m; return nil })
		g.Hear(&Message{Kind: Joins, Member: 1, Start: 1, Max: 1})
		g.Hear(&Message{Kind: Wants, Member: 1, N: 1})
		time.Sleep(2 * silence)
		if s := h.Tend(task.Sharer{PID: 1}); len(s.Sharers) != 2 || !s.Sharers[1].Silent {
			t.Fatalf("those who share are %+v", s.Sharers)
		}
		g.Hear(&Message{Kind: Ping})
		right.Lost()
		here.Rest()
		time.Sleep(time.Second)
		select {
		case m := <-granted:
			if m.Kind != Grants || m.Member != 1 {
				t.Errorf("it gets %+v", m)
			}
		default:
			t.Error("it gets nothing")
		}
	})
}
