package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat/sandbox/meter"
)

// flood asks n prompts at once and returns how many were answered and how many were refused.
func (c *client) flood(n int) (answered, refused int64) {
	c.t.Helper()
	var a, no atomic.Int64
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			switch r := c.ask(fmt.Sprint("prompt ", i)); r.status {
			case http.StatusOK:
				a.Add(1)
			case http.StatusTooManyRequests:
				no.Add(1)
			default:
				c.t.Errorf("got %+v, want 200 or 429", r)
			}
		})
	}
	all.Wait()
	return a.Load(), no.Load()
}

func TestStreamsQuota(t *testing.T) {
	t.Parallel()
	tests := []struct {
		streams int
		scope   string
		want    int64
	}{
		{0, ScopePersonal, 1}, {0, ScopeBusiness, 10}, {0, ScopeCorporate, 10}, {3, ScopePersonal, 3}, {40, ScopeCorporate, 40}, {-1, ScopePersonal, 60},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s, c := opened(t, Options{Streams: tt.streams, Latency: time.Second})
			c.token(tt.scope)
			answered, refused := c.flood(60)
			if answered != tt.want || refused != 60-tt.want {
				t.Errorf("Streams %d, %s: got %d answered and %d refused, want %d and %d", tt.streams, tt.scope, answered, refused, tt.want, 60-tt.want)
			}
			if got := s.Counts(); got.MaxStreams != int(tt.want) || got.Refused != refused || got.Billed != answered || got.Streams != 0 {
				t.Errorf("Streams %d, %s: got %+v", tt.streams, tt.scope, got)
			}
		})
	}
}

func TestSetStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Streams: 10, Latency: time.Second})
		for _, streams := range []int{10, 4, 10, 1} {
			s.SetStreams(streams)
			if got, _ := c.flood(20); got != int64(streams) {
				t.Errorf("got %d answered at a quota of %d", got, streams)
			}
		}
		s.SetStreams(-1)
		if got, _ := c.flood(20); got != 20 {
			t.Errorf("got %d of 20 answered without a quota", got)
		}
		s.SetStreams(0)
		if got, _ := c.flood(20); got != 10 {
			t.Errorf("got %d of 20 answered at the scope's quota, want 10", got)
		}
	})
}

func TestQuotaRefusal(t *testing.T) {
	t.Parallel()
	for _, retryAfter := range []string{"", "1", "-5", "99999999999", "Wed, 21 Oct 2065 07:28:00 GMT", "soon"} {
		synctest.Test(t, func(t *testing.T) {
			_, c := opened(t, Options{Streams: 1, Latency: time.Second, RetryAfter: retryAfter})
			var first sync.WaitGroup
			first.Go(func() { c.ask("first") })
			synctest.Wait()
			r := c.ask("second")
			r.want(t, 429, `{"status":429,"message":"Too Many Requests"}`)
			if got := r.header.Get("Retry-After"); got != retryAfter {
				t.Errorf("got Retry-After %q, want %q", got, retryAfter)
			}
			first.Wait()
		})
	}
}

func TestStreamIsFreeWithTheAnswer(t *testing.T) {
	t.Parallel()
	for _, bytes := range []int{0, 100_000} {
		s, addr := listening(t, Options{Streams: 1, AnswerBytes: bytes, AccessToken: "token"})
		transports := [2]*http.Transport{{}, {}}
		for i := range 150 {
			tr := transports[i%2]
			defer tr.CloseIdleConnections()
			c := &client{t: t, base: "http://" + addr, bearer: "token", transport: tr}
			c.ask("one").wantStatus(t, http.StatusOK)
		}
		if got := s.Counts(); got.Refused != 0 || got.MaxStreams != 1 {
			t.Errorf("got %d refused, %d at once, want 0, 1", got.Refused, got.MaxStreams)
		}
	}
}

func TestStartsQuota(t *testing.T) {
	t.Parallel()
	tests := []struct {
		o    Options
		want int64
		span time.Duration
	}{
		{Options{StartsPerSecond: 5}, 5, time.Second},
		{Options{StartsPerMinute: 7}, 7, time.Minute},
		{Options{StartsPerSecond: 9, StartsPerMinute: 7}, 7, time.Minute},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			tt.o.Streams = -1
			_, c := opened(t, tt.o)
			steps := []struct {
				wait time.Duration
				want int64
			}{{0, tt.want}, {tt.span - 1, 0}, {1, tt.want}}
			for i, step := range steps {
				time.Sleep(step.wait)
				if got, _ := c.flood(20); got != step.want {
					t.Errorf("%+v: step %d: got %d answered, want %d", tt.o, i, got, step.want)
				}
			}
		})
	}
}

func TestUtilisation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Streams: 10, Latency: 2500 * time.Millisecond})
		time.Sleep(time.Minute) // nothing is counted before the first completion
		c.flood(5)
		first := s.Counts()
		near(t, "utilisation", first.Utilisation(Counts{}), 0.5)
		near(t, "BusySeconds", first.BusySeconds, 12.5)
		near(t, "QuotaSeconds", first.QuotaSeconds, 25)
		c.flood(15)
		near(t, "utilisation since", s.Counts().Utilisation(first), 1)

		s.SetStreams(4)
		second := s.Counts()
		time.Sleep(time.Second)
		near(t, "utilisation at rest", s.Counts().Utilisation(second), 0)

		seconds := s.Seconds()
		if got, want := len(seconds), 6; got != want {
			t.Fatalf("got %d seconds, want %d", got, want)
		}
		for i, want := range []meter.Second{
			{Started: 5, Used: 5, Quota: 10}, {Used: 5, Quota: 10}, {Started: 10, Refused: 5, Used: 7.5, Quota: 10}, {Used: 10, Quota: 10},
			{Used: 10, Quota: 10}, {Quota: 4},
		} {
			got := seconds[i]
			near(t, "used", got.Used, want.Used)
			near(t, "quota", got.Quota, want.Quota)
			if got.Started != want.Started || got.Refused != want.Refused {
				t.Errorf("second %d: got %+v, want %+v", i, got, want)
			}
		}
	})
}

func TestUtilisationOfAShrunkQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Streams: 10, Latency: 2 * time.Second})
		time.AfterFunc(time.Second, func() { s.SetStreams(4) })
		c.flood(10)
		got := s.Counts()
		near(t, "BusySeconds", got.BusySeconds, 20)
		near(t, "UsedSeconds", got.UsedSeconds, 14)
		near(t, "QuotaSeconds", got.QuotaSeconds, 14)
	})
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6 {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
