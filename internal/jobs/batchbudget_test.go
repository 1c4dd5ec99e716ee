package jobs

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// inLedger returns what the ledger has of some days from now on.
func (g *batchRig) inLedger(t *testing.T, from time.Time, days int) (sum cost.Amount) {
	t.Helper()
	for day := range days {
		l := cost.LedgerOf(g.journal())
		l.Sandbox, l.Now = true, func() time.Time { return from.AddDate(0, 0, day) }
		taken, err := l.Today()
		if err != nil {
			t.Fatal(err)
		}
		sum += taken
	}
	return sum
}

// paid returns what the answers of the journal cost.
func (g *batchRig) paid(t *testing.T) (sum cost.Amount) {
	t.Helper()
	j, err := journal.Read(g.journal())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	err = j.Entries(func(e *journal.Entry) {
		r := e.Result
		if r == nil {
			r = e.Spent
		}
		if r != nil && r.Usage.TotalTokens > 0 {
			line, _ := cost.Known().Of(r.Model)
			price, _ := line.In(r.Batch != "")
			sum += price.Of(r.Usage)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// budgetedBatches bounds the completions, and what the batches of a day may cost.
func budgetedBatches(daily cost.Amount) func(*Job) {
	return func(j *Job) {
		most := 60
		j.Settings.MaxTokens, j.Limits.Daily = &most, daily
	}
}

// TestBatchesKeepTheDailyBudget ends and kills runs at random, also with open batches and in the middle of one, and goes on on the next day
// when the budget is used up. In the end, the ledger has what the answers cost, and what killed runs had set aside.
func TestBatchesKeepTheDailyBudget(t *testing.T) {
	t.Parallel()
	runs := 60
	if testing.Short() || raced {
		runs = 8
	}
	limits, exact := 0, 0
	for i := range runs {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 19))
			g := newBatchRig(t, 40, sandbox.Options{Seed: uint64(i), BatchDelay: time.Duration(r.IntN(400)) * time.Second,
				Faults: []sandbox.Fault{{Kind: "500", Rate: 0.1, Attempts: 1}}})
			began := time.Now()
			daily := cost.OfRubles(0.03 + 0.1*r.Float64())
			killed := false
			days := 1
			for n := 0; ; n++ {
				events := -1
				if i%2 == 0 && n < 8 && r.IntN(2) == 0 {
					events = 1 + r.IntN(120)
				}
				sum, died, err := g.start(t, events, budgetedBatches(daily), func(j *Job) { j.Limits.Detach = r.IntN(3) == 0 })
				killed = killed || died
				today := time.Since(began)/(24*time.Hour) + 1
				if got := g.inLedger(t, time.Now(), 1); got > daily {
					t.Fatalf("run %d: the ledger has %v of %v a day", i, got, daily)
				}
				limit, over := errors.AsType[*cost.LimitError](err)
				switch {
				case died:
				case over && limit.Small:
					t.Fatalf("run %d: %v", i, err)
				case over:
					limits++
					time.Sleep(24 * time.Hour)
				case err != nil:
					t.Fatalf("run %d: %v", i, err)
				case sum.Completed == g.rows:
					goto done
				}
				time.Sleep(time.Duration(r.IntN(300)) * time.Second)
				if n > 100 {
					t.Fatalf("run %d is not done after %d processes and %d days", i, n, today)
				}
			}
		done:
			days = int(time.Since(began)/(24*time.Hour)) + 2
			g.check(t)
			ledger, paid := g.inLedger(t, began, days), g.paid(t)
			if ledger < paid || !killed && ledger != paid {
				t.Errorf("run %d: the ledger has %v, and the answers cost %v; killed is %v", i, ledger, paid, killed)
			}
			if ledger == paid {
				exact++
			}
			if t.Failed() {
				t.Logf("said %q", strings.Join(g.said, "; "))
			}
		})
	}
	t.Logf("%d limits, %d of %d exact", limits, exact, runs)
	if limits < runs/4 {
		t.Errorf("%d limits, want more", limits)
	}
}

// What the batches of an earlier run may cost counts against the budget of a run: as long as they are open, it posts no more than fits beside
// them, and it waits for them rather than end, unless it is detached.
func TestOpenBatchesCountInTheNextRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 14, sandbox.Options{BatchDelay: time.Hour})
		budget := func(max cost.Amount, detach bool) func(*Job) {
			return func(j *Job) {
				budgetedBatches(0)(j)
				j.Limits.Cost, j.Limits.Detach = max, detach
			}
		}
		sum, _, err := g.start(t, -1, budget(0, true))
		if err != nil || sum.Batched.Open != 2 || sum.Spent.Open == 0 || sum.Spent.Cost != 0 {
			t.Fatalf("got %v, %+v, %+v", err, sum.Batched, sum.Spent)
		}
		open := sum.Spent.Open
		g.rows = 35
		g.write(t, "id,prompt\n"+numbered(g.rows))
		sum, _, err = g.start(t, -1, budget(open+open/14, true)) // one more line
		limit, ok := errors.AsType[*cost.LimitError](err)
		if !ok || !limit.Open || !strings.Contains(err.Error(), "open batches may cost") || sum == nil {
			t.Fatalf("got %v, %+v", err, sum)
		}
		if sum.Spent.Open > open+open/14 || sum.Spent.Open < open || sum.Batched.Waiting > 15 {
			t.Errorf("%v is set aside of %v, in %+v", sum.Spent.Open, open+open/14, sum.Batched)
		}
		sum = g.finish(t, budget(open+open/2, false))
		if sum.Spent.Open != 0 || sum.Spent.Cost == 0 || sum.Spent.Cost > open+open/2 {
			t.Errorf("got %+v of %v", sum.Spent, open+open/2)
		}
	})
}

// A run that asks live collects the batches that take up its budget, and goes on with what they leave.
func TestLiveRunCollectsWhatItsBudgetNeeds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 14, sandbox.Options{BatchDelay: time.Minute})
		sum, _, err := g.start(t, -1, budgetedBatches(0), func(j *Job) { j.Limits.Detach = true })
		if err != nil || sum.Batched.Open != 2 {
			t.Fatalf("got %v, %+v", err, sum.Batched)
		}
		open := sum.Spent.Open
		g.rows = 21
		g.write(t, "id,prompt\n"+numbered(g.rows))
		sum = g.finish(t, budgetedBatches(0), func(j *Job) { j.Limits.Via, j.Limits.Cost = task.ViaLive, open*21/20 })
		if sum.Batched.Answers != 14 || sum.Spent.Cost > open*21/20 {
			t.Errorf("got %+v, spent %+v of %v", sum.Batched, sum.Spent, open*21/20)
		}
	})
}
