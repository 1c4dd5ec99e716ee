package cost

import (
	"encoding/json"
	"errors"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
)

const batchModel = "GigaChat-2-Max"

// The price of a line of a batch is half, unless the table says otherwise, and unknown where nobody says what it is.
func TestBatchPrice(t *testing.T) {
	t.Parallel()
	parse := func(text string) *Prices {
		p, err := Parse("p.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, tc := range map[string]struct {
		prices *Prices
		model  string
		want   Price // 0 is unknown
	}{
		"known":             {Known(), "GigaChat-2-Max:2.0.28.2", Price{325_000, 325_000, 0}},
		"known, an odd one": {Known(), "GigaChat-2", Price{32_500, 32_500, 0}},
		"no batches there":  {Known(), "ai-sage/GigaChat3.5-432B-A28B", Price{}},
		"no such model":     {Known(), "GigaChat-3-Ultra", Price{}},
		"own":               {parse("model,input,output,cached\nx,10,20,1\n"), "x", Price{5_000, 10_000, 500}},
		"own, named":        {parse("model;input;output;cached;batch\nx;10;20;1;0,4\n"), "x", Price{4_000, 8_000, 400}},
		"own, in percent":   {parse("model,input,output,cached,batch\nx,10,20,1,25 %\n"), "x", Price{2_500, 5_000, 250}},
		"own, unknown":      {parse("model,input,output,cached,batch\nx,10,20,1,\n"), "x", Price{}},
	} {
		line, _ := tc.prices.Of(tc.model)
		if got, ok := line.In(true); got != tc.want || ok != (tc.want != Price{}) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, ok, tc.want)
		}
		if got, _ := line.In(false); got != line.Price {
			t.Errorf("%s: the price of other requests is %+v, want %+v", name, got, line.Price)
		}
	}
	for _, text := range []string{"325", "0", "-0.5", "half", "NaN", "%"} {
		if _, err := Parse("p.csv", "model,input,output,cached,batch\nx,1,1,1,"+text+"\n"); err == nil {
			t.Errorf("%q is a share", text)
		}
	}
}

// A budget that only lines of open batches use up ends the wait with an error that says so, also for those who waited for these lines before
// they were posted.
func TestOpenBatchesEndTheWait(t *testing.T) {
	t.Parallel()
	claim := Claim{Model: batchModel, Completion: 999, Batch: true} // 0.325 ₽
	s := &Spending{Prices: Known(), Budget: Budget{Cost: Ruble}}
	var of []Reserved
	for range 3 {
		r, wait, err := s.Reserve(claim)
		if err != nil || wait != nil {
			t.Fatal(err)
		}
		of = append(of, r)
	}
	_, wait, err := s.Reserve(claim)
	if wait == nil || err != nil {
		t.Fatalf("got %v, want to wait for what is not posted", err)
	}
	k := s.KeepOpen(of)
	select {
	case <-wait:
	default:
		t.Error("posting wakes nobody")
	}
	_, wait, err = s.Reserve(claim)
	if limit, ok := errors.AsType[*LimitError](err); wait != nil || !ok || !limit.Open || limit.Small {
		t.Errorf("got %v, a wait %v", err, wait != nil)
	}
	if got := s.Spent(); got.Cost != 0 || got.Open != k.Cost || k.Cost != 975_000_000 {
		t.Errorf("got %+v", got)
	}
	for range 2 { // the second time counts nothing
		for _, r := range of {
			s.SettleBatch(r, batchModel, gigachat.Usage{PromptTokens: 1, CompletionTokens: 99})
		}
	}
	s.Collected(k)
	if got := s.Spent(); got.Cost != 3*32_500_000 || got.Saved != got.Cost || got.Open != 0 || got.Tokens != 300 || s.held != (sums{}) {
		t.Errorf("got %+v, held %+v", got, s.held)
	}
	if _, wait, err := s.Reserve(claim); wait != nil || err != nil {
		t.Errorf("after the batch: %v", err)
	}
}

// What was set aside for an open batch counts in the next process, which has another budget, and without one, too.
func TestRestore(t *testing.T) {
	t.Parallel()
	claim := Claim{Model: batchModel, Completion: 999, Batch: true} // 0.325 ₽
	for name, daily := range map[string][2]Amount{"always": {5 * Ruble, 5 * Ruble}, "at first": {5 * Ruble, 0}, "later": {0, 5 * Ruble}} {
		all, now := ledgers(t, 1)
		first := &Spending{Prices: Known(), Budget: Budget{Daily: daily[0]}, Ledger: all[0]}
		var of []Reserved
		for range 4 {
			r, _, err := first.Reserve(claim)
			if err != nil {
				t.Fatal(err)
			}
			of = append(of, r)
		}
		k := inJournal(t, first.KeepOpen(of))
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		ledger := func(want Amount) {
			t.Helper()
			if got, err := all[0].Today(); got != want || err != nil {
				t.Errorf("%s: the ledger has %v, error %v; want %v", name, got, err, want)
			}
		}
		began := *now
		if daily[0] > 0 {
			ledger(k.Cost)
		} else {
			ledger(0)
		}
		*now = now.Add(2 * time.Hour) // the next day
		second := &Spending{Prices: Known(), Budget: Budget{Cost: 2 * Ruble, Daily: daily[1]}, Ledger: all[0]}
		used := gigachat.Usage{CompletionTokens: 100}
		lines := second.Restore(k, 3, func(yield func(string, gigachat.Usage) bool) { yield(batchModel+":2.0", used) })
		if got := second.Spent(); len(lines) != 3 || got.Open != k.Cost-32_500_000 || got.Cost != 0 {
			t.Errorf("%s: %d lines, %+v", name, len(lines), got)
		}
		if _, _, err := second.Reserve(Claim{Model: batchModel, Completion: 1500}); err == nil { // 0.98 ₽ of 0.73 ₽
			t.Errorf("%s: open batches do not count", name)
		}
		if again := second.Restore(k, 3, nil); !slices.Equal(again, lines) {
			t.Errorf("%s: restored twice", name)
		}
		second.SettleBatch(lines[0], batchModel, used)
		second.Free(lines[1])
		second.SettleBatch(lines[2], "GigaChat-3-Ultra", used)
		ledger(0)
		second.Collected(k)
		if got := second.Spent(); got.Cost != 32_500_000 || got.Saved != got.Cost || got.Open != 0 || !slices.Equal(got.Unpriced, []string{"GigaChat-3-Ultra"}) {
			t.Errorf("%s: %+v", name, got)
		}
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
		ledger(0)
		if *now = began; daily[0] > 0 {
			ledger(2 * 32_500_000)
		} else {
			ledger(0)
		}
	}
}

// inJournal writes k into a record of a batch and reads it.
func inJournal(t *testing.T, k Kept) Kept {
	t.Helper()
	type record struct {
		ID   string `json:"id"`
		File string `json:"file"`
		Kept
	}
	line, err := json.Marshal(record{"batch_1", "f", k})
	var back record
	if err == nil {
		err = json.Unmarshal(line, &back)
	}
	if err != nil || !reflect.DeepEqual(back.Kept, k) {
		t.Fatalf("%s: got %+v, error %v", line, back, err)
	}
	return back.Kept
}

// world is what a service and a journal know of the runs of a job, for TestRandomBatches.
type world struct {
	open    []*openBatch
	spent   Amount // by all processes
	surplus Amount // what killed processes had taken beyond what they spent and kept
}

type openBatch struct {
	kept  Kept
	lines []*openLine
	maybe Amount // in this process
}

type openLine struct {
	claim  Claim
	result *gigachat.Usage // journaled
	held   Reserved        // of this process
}

func most(c Claim) sums {
	return costOf(c, gigachat.Usage{PromptTokens: int(float64(c.Characters)*firstRatio) + 1, CompletionTokens: int(c.Completion)})
}

func costOf(c Claim, u gigachat.Usage) sums {
	line, _ := Known().Of(c.Model)
	price, _ := line.In(c.Batch)
	return sums{int64(u.PromptTokens + u.CompletionTokens), price.Of(u)}
}

func usage(r *rand.Rand, c Claim) gigachat.Usage {
	return gigachat.Usage{PromptTokens: r.IntN(c.Characters/2 + 2), CompletionTokens: int(r.Int64N(c.Completion + 1))}
}

// TestRandomBatches runs random jobs that post batches and ask live, are ended or killed at any time, also between posting and collecting and
// in the middle of a batch, and go on in another process, perhaps after midnight. No request is sent that may cost more than the budget has
// left, nobody waits for what nobody frees, and after all is collected, the ledger has what was spent and what killed processes had left.
func TestRandomBatches(t *testing.T) {
	t.Parallel()
	runs := 1000
	if testing.Short() || raced {
		runs = 100
	}
	var limits, opens, waits, killed int
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 17))
		dir := t.TempDir()
		now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
		daily := seed%3 == 0
		w := &world{}
		processes := 1 + r.IntN(6)
		days := map[string]time.Time{}
		for n := range processes {
			last := n == processes-1
			now = now.Add(2 * time.Minute) // so that nobody waits for what the killed one might give back
			s := &Spending{Prices: Known(), Ledger: &Ledger{Path: filepath.Join(dir, LedgerName), Now: func() time.Time { return now }}}
			s.Budget = Budget{Cost: Amount(1+r.Int64N(20)) * Ruble / 10}
			switch {
			case seed%3 == 1:
				s.Budget = Budget{Tokens: 200 + r.Int64N(4000)}
			case daily:
				s.Budget = Budget{Daily: Amount(5+r.Int64N(20)) * Ruble / 10}
			}
			w.restore(s)
			var billed sums // by this process, at most
			var packing, live []*openLine
			inFlight := func() (all sums) {
				for _, l := range slices.Concat(packing, live) {
					all.add(most(l.claim), 1)
				}
				return all
			}
			collect := func(b *openBatch, l *openLine) {
				maybe := s.total.Maybe
				defer func() { b.maybe += s.total.Maybe - maybe }()
				switch r.IntN(8) {
				case 0:
					s.Free(l.held)
				case 1:
					s.Keep(l.held)
					billed.add(most(l.claim), 1)
				default:
					u := usage(r, l.claim)
					l.result = &u
					billed.add(costOf(l.claim, u), 1)
					w.spent += costOf(l.claim, u).cost
					s.SettleBatch(l.held, batchModel, u)
				}
			}
			finish := func(b *openBatch) {
				for _, l := range b.lines {
					if !l.held.over() {
						collect(b, l)
					}
				}
				w.open = slices.DeleteFunc(w.open, func(o *openBatch) bool { return o == b })
				s.Collected(b.kept)
				w.spent += b.maybe
			}
			steps := r.IntN(80)
			for range steps {
				switch do := r.IntN(20); {
				case do < 11:
					l := &openLine{claim: Claim{batchModel, r.IntN(200), 0, 1 + r.Int64N(400), do < 9}}
					held, wait, err := s.Reserve(l.claim)
					limit, over := errors.AsType[*LimitError](err)
					switch {
					case wait != nil:
						if waits++; len(packing)+len(live) == 0 {
							t.Fatalf("seed %d: waits for nobody", seed)
						}
					case over:
						limits++
						if limit.Open {
							opens++
						}
						if limit.Open && s.open.tokens == 0 || len(packing)+len(live) > 0 {
							t.Errorf("seed %d: Open is %v, %d in flight", seed, limit.Open, len(packing)+len(live))
						}
					case err != nil:
						t.Fatal(err)
					default:
						l.held = held
						if l.claim.Batch {
							packing = append(packing, l)
						} else {
							live = append(live, l)
						}
						all := billed
						all.add(inFlight(), 1)
						all.add(w.worst(), 1)
						if s.Cost > 0 && all.cost > s.Cost || s.Tokens > 0 && all.tokens > s.Tokens {
							t.Fatalf("seed %d: %+v may be spent of %+v", seed, all, s.Budget)
						}
					}
				case do < 14 && len(packing) > 0:
					b := &openBatch{lines: packing}
					packing = nil
					var of []Reserved
					for _, l := range b.lines {
						of = append(of, l.held)
					}
					b.kept = s.KeepOpen(of)
					w.open = append(w.open, b)
				case do < 16 && len(live) > 0:
					u := usage(r, live[0].claim)
					billed.add(costOf(live[0].claim, u), 1)
					w.spent += costOf(live[0].claim, u).cost
					s.Settle(live[0].held, u)
					live = live[1:]
				case do < 19 && len(w.open) > 0:
					b := w.open[r.IntN(len(w.open))]
					if i := r.IntN(len(b.lines) + 1); i == len(b.lines) {
						finish(b)
					} else if !b.lines[i].held.over() {
						collect(b, b.lines[i])
					}
				case do == 19:
					now = now.Add(time.Duration(r.IntN(6)) * time.Hour)
				}
				days[now.Format(time.DateOnly)] = now
			}
			if !last && r.IntN(2) == 0 {
				killed++
				w.surplus += s.leased - s.apart - s.total.Cost
				continue
			}
			for last && len(w.open) > 0 {
				finish(w.open[0])
			}
			for _, l := range slices.Concat(packing, live) {
				s.Free(l.held)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if last && (s.held != sums{} || s.open.sums != sums{} || s.apart != 0 || len(s.open.of) > 0) {
				t.Errorf("seed %d: after all is collected, %+v is held, %v is apart", seed, s.held, s.apart)
			}
		}
		var taken Amount
		for _, now = range days {
			day, err := (&Ledger{Path: filepath.Join(dir, LedgerName), Now: func() time.Time { return now }}).Today()
			if err != nil {
				t.Fatal(err)
			}
			taken += day
		}
		if want := w.spent + w.surplus; daily && taken != want || !daily && taken != 0 {
			t.Errorf("seed %d: the ledger has %v, want %v", seed, taken, want)
		}
	}
	t.Logf("%d limits, %d of them for open batches; %d waits, %d kills", limits, opens, waits, killed)
	if limits < runs || opens < runs/2 || waits < runs || killed < runs/4 {
		t.Errorf("%d limits, %d of them for open batches; %d waits, %d kills: want more of each", limits, opens, waits, killed)
	}
}

// restore gives a new process what is open.
func (w *world) restore(s *Spending) {
	for _, b := range w.open {
		var open []*openLine
		var collected iter.Seq2[string, gigachat.Usage] // nil is none
		for _, l := range b.lines {
			if l.held = (Reserved{}); l.result == nil {
				open = append(open, l)
				continue
			}
			collected = func(yield func(string, gigachat.Usage) bool) {
				for _, l := range b.lines {
					if l.result != nil && !yield(batchModel, *l.result) {
						return
					}
				}
			}
		}
		for i, held := range s.Restore(b.kept, len(open), collected) {
			open[i].held = held
		}
		b.maybe = 0
	}
}

// worst is what the lines of open batches may cost that have not ended in this process.
func (w *world) worst() (all sums) {
	for _, b := range w.open {
		for _, l := range b.lines {
			if !l.held.over() {
				all.add(most(l.claim), 1)
			}
		}
	}
	return all
}
