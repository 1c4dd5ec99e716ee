package cost

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
)

func ledgers(t *testing.T, n int) (all []*Ledger, now *time.Time) {
	t.Helper()
	zone := time.FixedZone("MSK", 3*3600)
	at := time.Date(2026, 11, 29, 23, 0, 0, 0, zone)
	now = &at
	dir := t.TempDir()
	for range n {
		all = append(all, &Ledger{Path: filepath.Join(dir, LedgerName), Now: func() time.Time { return *now }})
	}
	return all, now
}

// TestLedgerShared runs several runs at once over one ledger, as processes of one folder have it, and checks that they share the budget.
func TestLedgerShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all, _ := ledgers(t, 8)
		const budget = 100 * Ruble
		var group sync.WaitGroup
		spent := make([]Amount, len(all))
		for i, l := range all {
			group.Go(func() {
				s := &Spending{Prices: Known(), Budget: Budget{Daily: budget}, Ledger: l}
				defer s.Close()
				for {
					r, wait, err := s.Reserve(Claim{Model: "GigaChat-2-Max", Completion: 1000}) // 0.65 ₽
					if _, ok := errors.AsType[*LimitError](err); ok {
						spent[i] = s.Spent().Cost
						return
					}
					switch {
					case err != nil:
						t.Error(err)
						return
					case wait != nil:
						<-wait
					default:
						s.Keep(r)
					}
				}
			})
		}
		group.Wait()
		var sum Amount
		for _, a := range spent {
			sum += a
		}
		const request = 1001 * 650 * Ruble / 1_000_000
		if sum > budget || sum <= budget-request*Amount(len(all)) {
			t.Errorf("the runs spent %v of %v", sum, Amount(budget))
		}
		if taken, err := all[0].Today(); err != nil || taken != sum {
			t.Errorf("the ledger has %v, error %v; want %v", taken, err, sum)
		}
	})
}

// TestLedgerLeavesRoom checks that a run sets aside little more than its requests in flight may cost, so that another one can begin, and that
// this one waits for a while if nothing is left.
func TestLedgerLeavesRoom(t *testing.T) {
	t.Parallel()
	claim := Claim{Model: "GigaChat-2-Max", Completion: 1000} // 0.65 ₽
	for _, tc := range []struct {
		name       string
		inFlight   int // of the first run
		first      int // its rows
		takes      time.Duration
		rows, want int // of the second run
	}{
		{"two in flight", 2, 30, time.Second, 30, 30},
		{"all set aside, and soon free", 15, 15, 2 * time.Second, 30, 30},
		{"all set aside for long", 15, 15, time.Hour, 30, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			run := func(inFlight, rows int, takes time.Duration) (answered int, err error) {
				s := &Spending{
					Prices: Known(), Budget: Budget{Daily: 10 * Ruble}, Ledger: &Ledger{Path: filepath.Join(dir, LedgerName)},
				}
				defer s.Close()
				var group sync.WaitGroup
				defer group.Wait()
				slots := make(chan bool, inFlight)
				for range rows {
					slots <- true
					r, wait, err := s.Reserve(claim)
					for wait != nil {
						<-wait
						r, wait, err = s.Reserve(claim)
					}
					if err != nil {
						return answered, err
					}
					answered++
					group.Go(func() {
						time.Sleep(takes)
						s.Settle(r, gigachat.Usage{PromptTokens: 5, CompletionTokens: 5})
						<-slots
					})
				}
				return answered, nil
			}
			var first sync.WaitGroup
			first.Go(func() {
				if n, err := run(tc.inFlight, tc.first, tc.takes); n != tc.first || err != nil {
					t.Errorf("%s: the first run asked %d rows, error %v", tc.name, n, err)
				}
			})
			time.Sleep(700 * time.Millisecond)
			began := time.Now()
			n, err := run(2, tc.rows, 10*time.Millisecond)
			if _, over := errors.AsType[*LimitError](err); n != tc.want || over != (n < tc.rows) || err != nil && !over {
				t.Errorf("%s: the second run asked %d rows, error %v; want %d", tc.name, n, err, tc.want)
			}
			if took := time.Since(began); err != nil && (took < 3*time.Second || took > 5*time.Second) {
				t.Errorf("%s: the second run ended after %v", tc.name, took)
			}
			first.Wait()
			spent := Amount(tc.first+n) * 10 * 650 * Ruble / 1_000_000
			if taken, err := (&Ledger{Path: filepath.Join(dir, LedgerName)}).Today(); taken != spent || err != nil {
				t.Errorf("%s: the ledger has %v, error %v; want %v", tc.name, taken, err, spent)
			}
		})
	}
}

// TestLedgerDays checks what counts: neither other days nor what runs against a sandbox take.
func TestLedgerDays(t *testing.T) {
	t.Parallel()
	all, now := ledgers(t, 2)
	l, sandbox := all[0], all[1]
	sandbox.Sandbox = true
	want := func(of *Ledger, want Amount) {
		t.Helper()
		if got, err := of.Today(); got != want || err != nil {
			t.Errorf("got %v, error %v; want %v", got, err, want)
		}
	}
	take := func(of *Ledger, need, want Amount) {
		t.Helper()
		if got, _, err := of.take(need*Ruble, 10*Ruble); got.amount != want || err != nil {
			t.Errorf("took %v, error %v; want %d", got, err, want)
		}
	}
	take(l, 4, 4*Ruble+6*Ruble/64)
	take(sandbox, 10, 10*Ruble)
	if err := l.give(lease{l.day(), 6 * Ruble / 64}); err != nil {
		t.Fatal(err)
	}
	take(l, 6, 6*Ruble) // no more than is left
	take(l, 1, 0)
	want(l, 10*Ruble)
	if err := l.give(lease{l.day(), 3 * Ruble}); err != nil {
		t.Fatal(err)
	}
	want(l, 7*Ruble)
	before := *now
	*now = now.Add(2 * time.Hour) // past midnight in Moscow, not yet in UTC
	want(l, 0)
	take(l, 10, 10*Ruble)
	want(sandbox, 0)
	*now = before // the clock was wrong for a while
	want(l, 7*Ruble)
	want(sandbox, 10*Ruble)
}

// TestLedgerKeepsFewDays checks that the ledger stays small, and loses none of the newest days.
func TestLedgerKeepsFewDays(t *testing.T) {
	t.Parallel()
	all, now := ledgers(t, 2)
	l, sandbox := all[0], all[1]
	sandbox.Sandbox = true
	for range 12 {
		*now = now.AddDate(0, 0, 1)
		for i := range Amount(5) {
			for _, of := range all {
				if _, _, err := of.take(2, i+2); err != nil {
					t.Fatal(err)
				}
				if err := of.give(lease{of.day(), 1}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for back := range 3 {
		for _, of := range all {
			if got, err := of.Today(); got != 5 || err != nil {
				t.Errorf("%d days ago: got %d, error %v; want 5", back, got, err)
			}
		}
		*now = now.AddDate(0, 0, -1)
	}
	if text, err := os.ReadFile(l.Path); err != nil || bytes.Count(text, []byte("{")) > 20+7*2 {
		t.Errorf("the ledger has\n%s, error %v", text, err)
	}
	many := slices.Repeat([]entry{{Day: "2026-11-29", Took: 3}, {Day: "2026-11-29", Took: -1}}, 501)
	if got := kept(many); len(got) != 1 || got[0].Took != 501*2 {
		t.Errorf("%d entries became %v", len(many), got)
	}
}

// A run that goes on after midnight gives back to each day what it has taken on that day.
func TestLedgerAcrossMidnight(t *testing.T) {
	t.Parallel()
	all, now := ledgers(t, 2)
	claim := Claim{Model: "GigaChat-2-Max", Completion: 1000} // 0.65 ₽
	run := func(l *Ledger) (*Spending, Reserved) {
		s := &Spending{Prices: Known(), Budget: Budget{Daily: 100 * Ruble}, Ledger: l}
		r, _, err := s.Reserve(claim)
		if err != nil {
			t.Fatal(err)
		}
		return s, r
	}
	a, first := run(all[0])
	*now = now.Add(2 * time.Hour)
	b, second := run(all[1])
	b.Keep(second)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	a.Free(first)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := all[0].Today(); got != second.cost || err != nil {
		t.Errorf("after midnight, the ledger has %v, error %v; want %v", got, err, second.cost)
	}
	*now = now.Add(-2 * time.Hour)
	if got, err := all[0].Today(); got != 0 || err != nil {
		t.Errorf("before midnight, the ledger has %v, error %v; want 0", got, err)
	}
}

// TestLedgerOfOthers checks that a line which a killed process left incomplete does not count, and that a file of another program is refused.
func TestLedgerOfOthers(t *testing.T) {
	t.Parallel()
	all, _ := ledgers(t, 1)
	l := all[0]
	if _, _, err := l.take(Ruble, 10*Ruble); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(l.Path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		if err := os.WriteFile(l.Path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if took, _, err := l.take(2*Ruble, 2*Ruble); took.amount != 2*Ruble || err != nil {
			t.Fatalf("cut at %d: took %v, error %v", cut, took.amount, err)
		}
		if sum, err := l.Today(); sum != 2*Ruble || err != nil {
			t.Fatalf("cut at %d: the ledger has %v, error %v", cut, sum, err)
		}
	}
	for _, text := range []string{"model,price\n", "[1, 2]\n{}", "hello"} {
		if err := os.WriteFile(l.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := l.take(Ruble, 10*Ruble)
		if _, ok := errors.AsType[*LedgerError](err); !ok {
			t.Errorf("%q: got %v, want a LedgerError", text, err)
		}
		if after, _ := os.ReadFile(l.Path); string(after) != text {
			t.Errorf("%q was changed to %q", text, after)
		}
	}
}
