package jobs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// rowsNamed returns a table with n rows.
func rowsNamed(n int) string {
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, "row%d\n", i)
	}
	return "prompt\n" + rows.String()
}

func canary(n int) func(*Job) {
	return func(j *Job) { j.Canary = Canary{Rows: n, MaxFailures: 0.1} }
}

// budgeted limits the tokens of a run that asks one row at a time.
func budgeted(tokens int64) func(*Job) {
	return func(j *Job) {
		most := 10
		j.Settings.MaxTokens, j.Limits.Tokens, j.Limits.Concurrency = &most, tokens, 1
	}
}

// A canary is a part of its run: both together keep the budget, and the summary has what both have cost.
func TestCanarySharesTheBudget(t *testing.T) {
	t.Parallel()
	const tokens = 300 // an answer needs 5
	asked := func(change ...func(*Job)) (int, *task.Summary) {
		g := newRig(t, "q.csv", rowsNamed(100))
		sum, err := g.try(t, append(change, budgeted(tokens))...)
		if _, ok := errors.AsType[*cost.LimitError](err); !ok || sum == nil {
			t.Fatalf("%v, summary %+v", err, sum)
		}
		n := len(g.takeAsked())
		if answers := strings.Count(g.output(t), "answer to"); answers != n || sum.Completed != n {
			t.Errorf("%d answers in the output, summary %+v; %d rows were asked", answers, sum, n)
		}
		if sum.Requests != int64(n) || sum.Spent.Tokens != int64(5*n) || sum.PromptTokens+sum.CompletionTokens != int64(5*n) {
			t.Errorf("%d rows were asked, and the summary says %+v", n, sum.Work)
		}
		if st, err := ReadStatus(g.input, ""); err != nil || st.ExitCode == nil || *st.ExitCode != 4 {
			t.Errorf("status %+v, %v; want the exit code 4", st.LastEnd, err)
		}
		g.run(t, budgeted(0)) // the same rows are not asked again
		if rest := len(g.takeAsked()); rest != 100-n {
			t.Errorf("the next run asked %d rows, want %d", rest, 100-n)
		}
		return n, sum
	}
	whole, _ := asked()
	for _, rows := range []int{10, 99} { // the budget is used up after the canary, and in it
		if n, _ := asked(canary(rows)); n != whole || n < 11 || n > 98 {
			t.Errorf("with a canary of %d rows, %d were asked; without, %d", rows, n, whole)
		}
	}
}

// A canary and its run share the time.
func TestCanarySharesTheTime(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{10, 30} {
		synctest.Test(t, func(t *testing.T) {
			g := newRig(t, "q.csv", rowsNamed(40))
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				time.Sleep(time.Second)
				return nil, nil
			}
			sum, err := g.try(t, canary(rows), func(j *Job) { j.Limits.MaxTime, j.Limits.Concurrency = 15500*time.Millisecond, 1 })
			if _, ok := errors.AsType[*cost.LimitError](err); !ok || sum == nil || sum.Interrupted {
				t.Fatalf("%v, summary %+v", err, sum)
			}
			if n := len(g.takeAsked()); n != 16 || strings.Count(g.output(t), "answer to") != n || sum.Completed != n {
				t.Errorf("a canary of %d rows: %d rows were asked, summary %+v", rows, n, sum)
			}
		})
	}
}

// An output that cannot be written after a limit was met is an error of its own, and the end record says so.
func TestLimitAndNoOutput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", rowsNamed(100))
	sub := filepath.Join(g.dir, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		once.Do(func() {
			if err := errors.Join(os.RemoveAll(sub), os.WriteFile(sub, nil, 0o600)); err != nil {
				t.Error(err)
			}
		})
		return nil, nil
	}
	_, err := g.try(t, budgeted(300), func(j *Job) { j.Settings.Output = filepath.Join(sub, "out.csv") })
	if _, ok := errors.AsType[*cost.LimitError](err); !ok || cost.IsLimit(err) {
		t.Errorf("got %v, want a LimitError and why there is no output", err)
	}
	end := g.open(t).Ended()
	if end == nil || end.Limit || !strings.Contains(end.Error, "out.csv") {
		t.Errorf("the end record is %+v", end)
	}
}

// The time of a run counts while the service cannot be reached, too. What the journal has is written.
func TestTimeOverWhileConnecting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before bool // an earlier run has asked a row
		canary int
		each   time.Duration
	}{
		"no answer": {}, "refused": {each: time.Millisecond},
		"in the canary":        {canary: 1},
		"continued, no answer": {before: true}, "continued, refused": {before: true, each: time.Millisecond},
		"continued, in the canary": {before: true, canary: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newRig(t, "q.csv", "prompt\na\nb\n")
				if c.before {
					g.run(t, limited(1))
					if err := os.Remove(spec.OutputPath(g.input, false)); err != nil {
						t.Fatal(err)
					}
				}
				attempts, began := 0, time.Now()
				sum, err := g.try(t, canary(c.canary), func(j *Job) {
					j.Connect, j.Limits.MaxTime = unreachable(c.each, &attempts), 90*time.Second
				})
				if took := time.Since(began); !cost.IsLimit(err) || took != 90*time.Second {
					t.Errorf("%v after %v", err, took)
				}
				if !c.before {
					if sum != nil || exists(g.journal()) || exists(spec.OutputPath(g.input, false)) {
						t.Errorf("summary %+v, and there are files", sum)
					}
					return
				}
				if sum == nil || sum.Completed != 1 || sum.Pending != 1 || sum.Interrupted || !strings.Contains(g.output(t), "answer to a") {
					t.Errorf("summary %+v", sum)
				}
				if st, err := ReadStatus(g.input, ""); err != nil || st.ExitCode == nil || *st.ExitCode != 4 {
					t.Errorf("status %+v, %v; want the exit code 4", st.LastEnd, err)
				}
			})
		})
	}
}

// A time that is over while the last answers arrive ends nothing.
func TestTimeOverAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{0, 1, 5} { // of a canary
		synctest.Test(t, func(t *testing.T) {
			g := newRig(t, "q.csv", "prompt\na\n")
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				time.Sleep(500 * time.Millisecond)
				return nil, nil
			}
			sum := g.run(t, canary(rows), func(j *Job) { j.Limits.MaxTime = 400 * time.Millisecond })
			if sum.Completed != 1 || sum.Pending != 0 {
				t.Errorf("summary %+v", sum)
			}
			if end := g.open(t).Ended(); end == nil || end.Limit || end.Error != "" {
				t.Errorf("the end record is %+v", end)
			}
		})
	}
}

// The status of a table whose last run ended with its canary is that of a run which failed, not that of the run before it.
func TestStatusAfterAFailedCanary(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{false, true} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		if before {
			g.run(t)
			g.write(t, "prompt\na\nb\nc\nd\n")
		}
		g.AnswerFunc = stopping("d", gigachat.KindRejected)
		all := func(j *Job) { j.Canary = Canary{Rows: 4} }
		if !before {
			g.write(t, "prompt\nd\n")
		}
		_, err := g.try(t, all)
		failed, ok := errors.AsType[*CanaryError](err)
		if !ok {
			t.Fatalf("got %v, want a CanaryError", err)
		}
		st, err := ReadStatus(g.input, "")
		if err != nil || st.State != task.RunFailed || st.Error != failed.Error() || st.ExitCode == nil || *st.ExitCode != 1 {
			t.Errorf("status %s, %+v, %v", st.State, st.LastEnd, err)
		}
		g.AnswerFunc = nil
		g.run(t, retryFailed, all)
		if st, err := ReadStatus(g.input, ""); err != nil || st.State != task.RunCompleted || *st.ExitCode != 0 {
			t.Errorf("status after the next run %s, %+v, %v", st.State, st.LastEnd, err)
		}
	}
}

// A budget needs a bound on the completions that are still to be asked, and of no other column.
func TestBudgetOfTheColumnsToAsk(t *testing.T) {
	t.Parallel()
	most := 10
	column := func(name, prompt string, maxTokens *int) spec.Column {
		return spec.Column{CompletionColumn: name, Prompt: prompt, Params: spec.Params{Model: "GigaChat-2", MaxTokens: maxTokens}}
	}
	of := func(b string, bound *int) func(*Job) {
		return func(j *Job) {
			j.Settings.Column = spec.Column{}
			j.Settings.Columns = []spec.Column{column("a", "A {{prompt}}", nil), column("b", b, &most), column("c", "C {{b}}", bound)}
		}
	}
	g := newRig(t, "q.csv", "prompt\nx\n")
	g.run(t, of("B {{prompt}}", &most))
	g.takeAsked()
	budget := func(j *Job) { j.Limits.Tokens = 100_000 }
	_, err := g.try(t, of("new B {{prompt}}", nil), budget)
	if _, ok := errors.AsType[*spec.UsageError](err); !ok {
		t.Errorf("a column without a bound: got %v, want a UsageError", err)
	}
	g.run(t, of("new B {{prompt}}", &most), budget)
	if asked := g.takeAsked(); len(asked) != 2 {
		t.Errorf("asked %q, want the columns b and c", asked)
	}
}
