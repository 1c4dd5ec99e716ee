package board

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/blast"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// dear prices a token at a ruble.
func dear(t *testing.T) *cost.Prices {
	t.Helper()
	p, err := cost.Parse("prices.csv", "model,input,output,cached,date\nGigaChat-2,1000000,1000000,0,2026-11-01\n")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A start that asks again more than blast.UsualAbove what has an answer is refused, unless it confirms the figures of the plan: by their number
// and by their cost. Nothing is sent and nothing has changed then.
func TestRepetitionMustBeConfirmed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		rows   int
		prices *cost.Prices
	}{{"many requests", blast.UsualAbove.Requests + 1, cost.Known()}, {"dear requests", 100, dear(t)}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", tt.rows)})
			b.Prices = tt.prices
			id := start(t, b, &Spec{Input: "q.csv"})
			until(t, b, id, inState(Completed))
			edited := &Spec{Input: "q.csv", Columns: asking("now {{prompt}}")}
			p, err := b.Plan(t.Context(), edited)
			if err != nil {
				t.Fatal(err)
			}
			if p.Blast == nil || !p.Blast.Confirm || p.Blast.Requests != tt.rows || p.Blast.Cost == nil || *p.Blast.Cost <= 0 ||
				len(p.Blast.Reasons) != 1 || !strings.Contains(p.Blast.Reasons[0].String(), "the prompt changed") {
				t.Fatalf("the plan has the blast %+v, want %d requests because of the prompt, to be confirmed", p.Blast, tt.rows)
			}
			if all := p.Estimate.Cost.Likely; *p.Blast.Cost > all || *p.Blast.Cost < all*99/100 {
				t.Errorf("all requests cost %v, and those that are asked again %v", all, *p.Blast.Cost)
			}
			journal := read(t, filepath.Join(b.Dir, "q.csv.gigabatch"))
			fewer, cheaper, free := p.Blast.Confirmed, p.Blast.Confirmed, p.Blast.Confirmed
			fewer.Requests--
			less := *p.Blast.Cost - 1
			cheaper.Cost, free.Cost = &less, nil
			for name, confirmed := range map[string]*Confirmed{"nothing": nil, "fewer requests": &fewer, "a lower cost": &cheaper} {
				edited.Confirm = confirmed
				_, err := b.Start(t.Context(), edited)
				wantCure(t, name+" confirmed", err, spec.CureConfirm)
				if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("at most %s requests", messages.English.Digits(int64(tt.rows)))) {
					t.Errorf("%s confirmed: the error is %v, want the figures in it", name, err)
				}
			}
			if n := s.count(); n != tt.rows {
				t.Errorf("%d requests, want those %d of the first run only", n, tt.rows)
			}
			if now := read(t, filepath.Join(b.Dir, "q.csv.gigabatch")); now != journal {
				t.Error("the journal has changed")
			}
			if i, err := b.Run(id); err != nil || i.State != Completed || i.Error != nil {
				t.Errorf("after the refusals, the run is %+v, %v", i, err)
			}
			edited.Confirm = &p.Blast.Confirmed
			until(t, b, start(t, b, edited), func(i Info) bool { return i.State == Completed && s.count() == 2*tt.rows })
		})
	}
}

// What is asked again within blast.UsualAbove is in the plan and needs no confirmation. A first run asks nothing again.
func TestSmallRepetitionIsShown(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", 5)})
	p, err := b.Plan(t.Context(), &Spec{Input: "q.csv"})
	if err != nil || p.Blast != nil {
		t.Fatalf("a first run has the blast %+v, %v", p.Blast, err)
	}
	until(t, b, start(t, b, &Spec{Input: "q.csv"}), inState(Completed))
	edited := &Spec{Input: "q.csv", Columns: asking("now {{prompt}}")}
	p, err = b.Plan(t.Context(), edited)
	if err != nil || p.Blast == nil || p.Blast.Requests != 5 || p.Blast.Confirm {
		t.Fatalf("the plan has the blast %+v, %v, want 5 requests that need no confirmation", p.Blast, err)
	}
	until(t, b, start(t, b, edited), inState(Completed))
}

// Continuing a run whose rows have changed asks them again. Its plan says so, and above blast.UsualAbove it must be confirmed. When more rows
// have changed since the plan was shown, the confirmation does not hold.
func TestContinueMustBeConfirmed(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", 200) + lines("bad", 1)})
	b.Prices = dear(t)
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Completed))
	change := func(n int) { // of the rows
		write(t, filepath.Join(b.Dir, "q.csv"), "prompt\n"+lines("new", n)+strings.Join(strings.SplitAfter(lines("p", 200), "\n")[n:], "")+lines("bad", 1))
	}
	change(120)
	p, err := b.PlanAgain(t.Context(), id, Again{RetryFailed: true})
	if err != nil || p.Blast == nil || p.Blast.Requests != 120 || !p.Blast.Confirm || p.Tasks != 121 {
		t.Fatalf("the plan is %+v with the blast %+v, %v, want 121 requests, 120 of them to be confirmed", p, p.Blast, err)
	}
	wantCure(t, "without a confirmation", b.ContinueAs(t.Context(), id, Again{}), spec.CureConfirm)
	change(150)
	stale := b.ContinueAs(t.Context(), id, Again{Confirm: &p.Blast.Confirmed})
	wantCure(t, "with a stale confirmation", stale, spec.CureConfirm)
	if stale == nil || !strings.Contains(stale.Error(), "at most 150 requests") {
		t.Errorf("the error is %v, want the new figures in it", stale)
	}
	if n := s.count(); n != 201 {
		t.Errorf("%d requests, want the 201 of the first run", n)
	}
	if p, err = b.PlanAgain(t.Context(), id, Again{}); err != nil {
		t.Fatal(err)
	}
	if err := b.ContinueAs(t.Context(), id, Again{Confirm: &p.Blast.Confirmed}); err != nil {
		t.Fatal(err)
	}
	until(t, b, id, func(i Info) bool { return i.State == Completed && s.count() == 201+150 })
}

// A run ends in order at its budget: it says so, with what was spent, and goes on with another budget. No answer is paid for twice. A board
// that sees only the journal says the same.
func TestBudget(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		budget Budget
		more   Budget
	}{
		{"tokens", Budget{Tokens: 400}, Budget{Tokens: 100_000}},
		{"rubles", Budget{Cost: 400}, Budget{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", 60)})
			b.Prices = dear(t)
			most := 100
			id := start(t, b, &Spec{Input: "q.csv", Budget: tt.budget, Columns: Columns{{Params: spec.Params{MaxTokens: &most}}}})
			i := until(t, b, id, func(i Info) bool { return !i.Alive() })
			if i.State != Limited || i.Error == nil || !strings.Contains(i.Error.Error.String(), "is used up") {
				t.Fatalf("the run is %s with %+v, want one that stopped at its limit", i.State, i.Error)
			}
			if i.Budget != tt.budget.of(cost.Budget{}) || i.Spent == nil || i.Spent.Tokens != int64(5*s.count()) || i.Spent.Tokens > 400 ||
				i.Spent.Cost != cost.Amount(i.Spent.Tokens)*cost.Ruble || i.Spent.Day != "2026-11-01" {
				t.Errorf("spent %+v of %+v for %d answers", i.Spent, i.Budget, s.count())
			}
			other := another(t, b)
			if j := until(t, other, id, func(j Info) bool { return !j.Alive() }); j.State != Limited || j.Budget != i.Budget || !reflect.DeepEqual(j.Spent, i.Spent) {
				t.Errorf("another board says %s, spent %+v of %+v", j.State, j.Spent, j.Budget)
			}
			if err := b.ContinueAs(t.Context(), id, Again{Budget: &tt.more}); err != nil {
				t.Fatal(err)
			}
			i = until(t, b, id, func(i Info) bool { return !i.Alive() })
			if i.State != Completed || i.Completed != 60 || s.count() != 60 || i.Budget != tt.more.of(cost.Budget{}) {
				t.Errorf("the run with another budget is %s: %d rows for %d requests, budget %+v", i.State, i.Completed, s.count(), i.Budget)
			}
		})
	}
}

// A run shows what it spends while it works, with its budget.
func TestSpentOfALiveRun(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 8)})
	most := 100
	id := start(t, b, &Spec{Input: "q.csv", Budget: Budget{Cost: 5, Tokens: 9000}, Columns: Columns{{Params: spec.Params{MaxTokens: &most}}}})
	s.let(2)
	i := until(t, b, id, func(i Info) bool { return i.Spent != nil && i.Spent.Tokens == 10 })
	if i.State != Running || i.Spent.Cost != 10*cost.Ruble*65/1_000_000 || i.Budget != (cost.Budget{Tokens: 9000, Cost: 5 * cost.Ruble}) {
		t.Errorf("the run is %s and has spent %+v of %+v", i.State, i.Spent, i.Budget)
	}
	close(s.goOn)
	until(t, b, id, inState(Completed))
}

// A budget that cannot be kept is refused before anything is sent, with a code that leads to its field.
func TestBudgetsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", 5)})
	most := 100
	bounded := Columns{{Params: spec.Params{MaxTokens: &most}}}
	for name, wrong := range map[string]*Spec{
		"no limit of the answer":   {Budget: Budget{Tokens: 1000}},
		"a price that is unknown":  {Budget: Budget{Cost: 10}, Columns: Columns{{Params: spec.Params{Model: "GigaChat-4", MaxTokens: &most}}}},
		"the price of a follow-up": {Budget: Budget{Cost: 10}, Columns: Columns{{Params: bounded[0].Params, FollowUp: spec.FollowUp{BlockedModel: "GigaChat-4"}}}},
		"a negative amount":        {Budget: Budget{Cost: -1}, Columns: bounded},
		"a fortune":                {Budget: Budget{Cost: 1e30}, Columns: bounded},
		"less than an amount":      {Budget: Budget{Cost: 1e-12}, Columns: bounded},
		"negative tokens":          {Budget: Budget{Tokens: -1}, Columns: bounded},
	} {
		wrong.Input = "q.csv"
		_, err := b.Plan(t.Context(), wrong)
		wantCure(t, name+", planned", err, spec.CureBudget)
		_, err = b.Start(t.Context(), wrong)
		wantCure(t, name+", started", err, spec.CureBudget)
	}
	if s.count() != 0 {
		t.Errorf("%d requests were sent", s.count())
	}
	if _, err := os.Stat(filepath.Join(b.Dir, "q.csv.gigabatch")); err == nil {
		t.Error("there is a journal")
	}
}

// A trial keeps to the budget, too, and says so. A journal with nothing but a trial has a report.
func TestTrialWithinABudget(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", 5)})
	most := 100
	sp := &Spec{Input: "q.csv", Budget: Budget{Tokens: 150}, Columns: Columns{{Params: spec.Params{MaxTokens: &most}}}}
	_, err := b.Try(t.Context(), sp, 5)
	wantCure(t, "a trial beyond the budget", err, spec.CureBudget)
	asked := s.count()
	if asked == 0 || asked == 5 {
		t.Errorf("%d requests within the budget, want some of 5", asked)
	}
	sp.Budget = Budget{Tokens: 5000}
	if _, err := b.Try(t.Context(), sp, 5); err != nil || s.count() != 5 {
		t.Errorf("with a larger budget: %v, %d requests", err, s.count())
	}
	i := until(t, b, IDOf("q.csv.gigabatch"), inState(Tried))
	if r, err := b.Report(t.Context(), i.ID, messages.Printer{}); err != nil || !strings.Contains(string(r.HTML), "Report on q.csv") {
		t.Errorf("the report on a trial: %v", err)
	}
}

// The follow-ups of a spec are those of the column.
func TestFollowUps(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\n" + lines("p", 2)})
	all := spec.FollowUp{RaiseLength: true, BlockedModel: "GigaChat-2-Max", FallbackModel: "GigaChat-2-Pro"}
	id := start(t, b, &Spec{Input: "q.csv", Columns: Columns{{FollowUp: all}}})
	until(t, b, id, inState(Completed))
	j, err := jobs.Resume(filepath.Join(b.Dir, "q.csv.gigabatch"))
	want := spec.FollowUp{RaiseLength: true, BlockedModel: "GigaChat-2-Max", FallbackModel: "GigaChat-2-Pro"}
	if err != nil || j.Settings.FollowUp != want {
		t.Errorf("got %+v, %v, want %+v", j.Settings.FollowUp, err, want)
	}
}

// The report on a run is in the language of the reader, also while the run is in progress. It names no path outside the folder.
func TestReport(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"sub/q.csv": "prompt\n" + lines("slow", 4)})
	id := start(t, b, &Spec{Input: "sub/q.csv"})
	s.let(1)
	until(t, b, id, func(i Info) bool { return i.Completed == 1 })
	for _, language := range []messages.Language{messages.English, messages.Russian} {
		r, err := b.Report(t.Context(), id, messages.Printer{Language: language, Page: true, Folder: b.Dir})
		if err != nil {
			t.Fatal(err)
		}
		title := map[messages.Language]string{messages.English: "Report on q.csv", messages.Russian: "Отчёт по файлу q.csv"}[language]
		if page := string(r.HTML); r.Name != "q.csv.report.html" || !strings.Contains(page, "<h1>"+title+"</h1>") || strings.Contains(page, b.Dir) {
			t.Errorf("%v: the report %s is %.600s, want the title %q and no path", language, r.Name, page, title)
		}
	}
	close(s.goOn)
	until(t, b, id, inState(Completed))
	if _, err := b.Report(t.Context(), "none", messages.Printer{}); err == nil {
		t.Error("there is a report on a run that does not exist")
	}
}

// A journal that names a table outside the folder has no report.
func TestReportOnAFileOutside(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\na\n"})
	outside := filepath.Join(t.TempDir(), "secret.csv")
	write(t, outside, "prompt\nsecret\n")
	runs(t, s, filepath.Join(b.Dir, "x.csv.gigabatch"), outside, filepath.Join(b.Dir, "x.out.csv"))
	id := IDOf("x.csv.gigabatch")
	untilSeen(t, b, id, func(i Info) bool { return i.State != "" })
	if r, err := b.Report(t.Context(), id, messages.Printer{}); err == nil {
		t.Errorf("got a report: %.200s", r.HTML)
	}
}
