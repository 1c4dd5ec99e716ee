package sandbox

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat/sandbox/meter"
)

func TestBilling(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{Faults: []Fault{{Kind: ResetAfter, Contains: "lost", Attempts: 1}, {Kind: "500", Contains: "error", Attempts: 2}}})
	for _, prompt := range []string{"one", "two", "two", "lost", "lost", "error", "error", "error"} {
		c.ask(prompt)
	}
	for prompt, want := range map[string]int{"one": 1, "two": 2, "lost": 2, "error": 1, "never": 0} {
		if got := s.Billed(prompt); got != want {
			t.Errorf("%q: billed %d times, want %d", prompt, got, want)
		}
	}
	if got, want := s.Attempts("error"), 3; got != want {
		t.Errorf("got %d attempts, want %d", got, want)
	}
	got := s.Counts()
	if got.Billed != 6 || got.BilledPrompts != 4 || got.BilledTwice != 2 {
		t.Errorf("got %d billed, %d prompts, %d twice, want 6, 4, 2", got.Billed, got.BilledPrompts, got.BilledTwice)
	}
	if want := map[int]int64{200: 5, 500: 2}; !maps.Equal(got.Statuses, want) {
		t.Errorf("got statuses %v, want %v", got.Statuses, want)
	}
	if want := map[string]int64{"reset-after": 1, "500": 2}; !maps.Equal(got.Faults, want) {
		t.Errorf("got faults %v, want %v", got.Faults, want)
	}
}

// TestBilledWhenTheClientIsGone checks that a completion is billed although its client has gone.
func TestBilledWhenTheClientIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Latency: time.Hour})
		var all sync.WaitGroup
		all.Go(func() { c.ask("one") })
		synctest.Wait()
		if got := s.Counts().Streams; got != 1 {
			t.Errorf("got %d streams in use, want 1", got)
		}
		c.transport.(interface{ CloseIdleConnections() }).CloseIdleConnections()
		s.Close()
		all.Wait()
		if got := s.Billed("one"); got != 1 {
			t.Errorf("billed %d times, want 1", got)
		}
	})
}

func TestCountsOverHTTP(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{Faults: []Fault{{Kind: "500", First: 1}}})
	c.ask("one")
	c.ask("one")
	c.bearer = ""
	var got Counts
	c.get("/sandbox/counts").decode(t, &got)
	want := s.Counts()
	if got.Requests != 2 || got.Billed != 1 || got.Requests != want.Requests || !maps.Equal(got.Statuses, want.Statuses) || !maps.Equal(got.Faults, want.Faults) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var seconds []meter.Second
	c.get("/sandbox/seconds").decode(t, &seconds)
	if len(seconds) == 0 || seconds[0].Started == 0 {
		t.Errorf("got %+v, want what was started", seconds)
	}
}

func TestOnChat(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // guards seen
	seen := map[string]int{}
	_, c := opened(t, Options{Streams: -1, OnChat: func(prompt string) {
		mu.Lock()
		defer mu.Unlock()
		seen[prompt]++
	}})
	c.flood(20)
	c.post("/v1/chat/completions", bodyOf("refused", `,"temperature":0`))
	for i := range 20 {
		if got := seen[fmt.Sprint("prompt ", i)]; got != 1 {
			t.Errorf("prompt %d was seen %d times, want once", i, got)
		}
	}
	if len(seen) != 20 {
		t.Errorf("got %d prompts seen, want 20", len(seen))
	}
}

// TestLedgerIsExact bills from many goroutines.
func TestLedgerIsExact(t *testing.T) {
	t.Parallel()
	var l ledger
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 1000 {
				l.bill(hashOf(fmt.Append(nil, i)), 2)
			}
		})
	}
	all.Wait()
	if l.billed.Load() != 8000 || l.once.Load() != 1000 || l.twice.Load() != 1000 || l.tokens.Load() != 16000 {
		t.Errorf("got %d billed, %d prompts, %d twice, %d tokens, want 8000, 1000, 1000, 16000",
			l.billed.Load(), l.once.Load(), l.twice.Load(), l.tokens.Load())
	}
}
