package sandbox

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTransportHoldsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := opened(t, Options{Streams: -1, Latency: 10 * time.Second})
		start := time.Now()
		answered, _ := c.flood(100)
		if answered != 100 {
			t.Errorf("got %d of 100 answered", answered)
		}
		if got, want := time.Since(start), 10*time.Second; got != want {
			t.Errorf("took %v of the fake clock, want %v", got, want)
		}
	})
}

func TestJitter(t *testing.T) {
	t.Parallel()
	took := func(seed uint64) (times []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			_, c := opened(t, Options{Seed: seed, Latency: time.Second, Jitter: time.Second})
			for range 20 {
				start := time.Now()
				c.ask("one").wantStatus(t, 200)
				times = append(times, time.Since(start))
			}
		})
		return times
	}
	first, again, other := took(7), took(7), took(8)
	distinct := map[time.Duration]bool{}
	for i, got := range first {
		distinct[got] = true
		if got < time.Second || got >= 2*time.Second || got != again[i] {
			t.Errorf("attempt %d took %v and then %v, want the same from 1 s to 2 s", i, got, again[i])
		}
	}
	if slices.Equal(first, other) {
		t.Error("another seed gives the same latencies")
	}
	if len(distinct) < 15 {
		t.Errorf("got %d different times of 20", len(distinct))
	}
}

func TestTransportTakesAnyHost(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{})
	for _, base := range []string{"http://localhost", "https://api.giga.chat", "https://ngw.devices.sberbank.ru:9443", "http://10.0.0.1:8080"} {
		c.base = base
		c.ask("one").wantStatus(t, http.StatusOK)
	}
	if got, want := s.Billed("one"), 4; got != want {
		t.Errorf("billed %d times, want %d", got, want)
	}
	if s.Transport() != c.transport {
		t.Error("Transport returned another one")
	}
}

func TestCloseEndsTheTransport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Latency: time.Hour})
		var all sync.WaitGroup
		all.Go(func() { wantLost(t, c.ask("one"), "") })
		synctest.Wait()
		s.Close()
		all.Wait()
		if r := c.ask("two"); !errors.Is(r.err, net.ErrClosed) {
			t.Errorf("got %+v after Close, want net.ErrClosed", r)
		}
		s.Close()
	})
}

func TestTransportOfAClosedSandbox(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	s.Close()
	c := &client{t: t, base: "http://any", transport: s.Transport()}
	if r := c.ask("one"); !errors.Is(r.err, net.ErrClosed) {
		t.Errorf("got %+v, want net.ErrClosed", r)
	}
}
