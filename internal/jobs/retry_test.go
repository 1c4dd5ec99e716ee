package jobs

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// failsTimes makes a row fail for a temporary cause as often as its prompt says after "fails": "fails 2" has an answer at the third attempt.
func failsTimes() (answer func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error), asked *atomic.Int64) {
	asked = &atomic.Int64{}
	attempts := map[string]int{}
	return func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		asked.Add(1)
		var times int
		if _, err := fmt.Sscanf(p, "fails %d", &times); err == nil && attempts[p] < times {
			attempts[p]++
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Status: 500, Message: "oh"}
		}
		return nil, nil
	}, asked
}

// Rows that failed for a temporary cause are asked again at the end, for as long as a round brings answers.
func TestFailedRowsAreAskedAgainAtTheEnd(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString("prompt\n")
	for n := range 30 {
		fmt.Fprintf(&rows, "row %d\n", n)
	}
	rows.WriteString("fails 1\nfails 2\nfails 3\nfails 1000\nfails 3\n")
	g := newRig(t, "q.csv", rows.String())
	var asked *atomic.Int64
	g.AnswerFunc, asked = failsTimes()
	var progress *pool.Progress
	sum := g.run(t, oneAtATime, func(j *Job) { j.Started = func(p *pool.Progress) { progress = p } })
	if sum.Completed != 34 || sum.Failed[task.CauseServer] != 1 || sum.FailedRows() != 1 || sum.Pending != 0 {
		t.Errorf("summary %+v", sum)
	}
	if got, want := asked.Load(), int64(30+2+3+4+5); got != want { // three rounds bring an answer, a fourth does not
		t.Errorf("asked %d times, want %d", got, want)
	}
	s := progress.Snapshot()
	if s.Done != 34 || s.Tasks != 34 || s.Failed != 1 || s.Causes[task.CauseServer] != 1 { // tasks: a row is a duplicate
		t.Errorf("counts %+v", s.Counts)
	}
	if c := s.Tally; c.Completed != 34 || c.FailedRows() != 1 || c.Pending != 0 {
		t.Errorf("live tally %+v", c)
	}
}

// A column that needs another is asked once the other has an answer.
func TestColumnIsAskedAfterTheRoundOfAnother(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\na\nfails 1\nb\n")
	g.AnswerFunc, _ = failsTimes()
	var progress *pool.Progress
	sum := g.run(t, oneAtATime, func(j *Job) { j.Started = func(p *pool.Progress) { progress = p } },
		asks(spec.Column{CompletionColumn: "one", Prompt: "{{text}}"}, spec.Column{CompletionColumn: "two", Prompt: "then {{one}}"}))
	if sum.Completed != 3 {
		t.Errorf("summary %+v", sum)
	}
	if c := progress.Snapshot(); c.Tally.Completed != 3 || c.Done != 6 || c.Tasks != 6 || c.Failed != 0 {
		t.Errorf("counts %+v, tally %+v", c.Counts, c.Tally)
	}
}

// A run that is ended within a round has lost nothing and repeats nothing.
func TestEndInARoundRepeatsNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nfails 1\nfails 1 too\nc\n")
	answer, _ := failsTimes()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := map[string]bool{}
	asked := 0
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if asked++; asked == 7 { // "fails 1 too" in the first round
			cancel()
			return nil, ctx.Err()
		}
		res, err := answer(p, r)
		if err == nil {
			if done[p] {
				t.Errorf("%q was answered twice", p)
			}
			done[p] = true
		}
		return res, err
	}
	if _, err := g.new(oneAtATime).Run(ctx, nil); err == nil {
		t.Error("no error")
	}
	sum := g.run(t, oneAtATime)
	if sum.Completed != 5 || sum.FromJournal != 4 {
		t.Errorf("summary %+v", sum)
	}
}

// A failed row that a later run does not select keeps its error in the output, and a row with an answer its answer, whatever that run asks again.
func TestRowsOutsideARetryKeepWhatTheyHave(t *testing.T) {
	t.Parallel()
	own := func(j *Job) { j.Settings.BlockedFails = true }
	choices := func(j *Job) { own(j); j.Settings.Choices = []string{"answer to fine", "answer to again"} }
	twoColumns := asks(
		spec.Column{CompletionColumn: "one", Prompt: "{{prompt}}", FollowUp: spec.FollowUp{BlockedFails: true}},
		spec.Column{CompletionColumn: "two", Prompt: "then {{one}}"},
	)
	for _, tc := range []struct {
		name   string
		change []func(*Job)
	}{
		{"a column", []func(*Job){own}},
		{"a form", []func(*Job){choices}},
		{"no dedupe", []func(*Job){own, noDedupe}},
		{"columns that need others", []func(*Job){twoColumns}},
		{"in place", []func(*Job){own, inPlace}},
	} {
		for _, again := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, retry %t", tc.name, again), func(t *testing.T) {
				t.Parallel()
				g := newRig(t, "q.csv", "prompt\nlong\nrejected\npassing\nblocked\nfine\nagain\n")
				refused := map[string]gigachat.Kind{
					"rejected": gigachat.KindRejected, "passing": gigachat.KindServer, "again": gigachat.KindServer,
				}
				if again {
					refused["again"] = gigachat.KindRejected
				}
				g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
					text, _, _ := strings.Cut(p, "\n") // the rest is the form
					switch text {
					case "long":
						return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: http.StatusRequestEntityTooLarge}
					case "blocked":
						a := answer("")
						a.FinishReason = "blacklist"
						return a, nil
					}
					res, err := failing(refused)(text, r)
					if res == nil && err == nil {
						res = answer("answer to " + text)
					}
					return res, err
				}
				file := g.output
				job := g.new(tc.change...)
				if job.Settings.InPlace {
					file = func(t *testing.T) string { return jobstest.ReadFile(t, g.input) }
				}
				g.run(t, tc.change...)
				before := strings.Split(strings.TrimSpace(file(t)), "\n")
				clear(refused)
				g.takeAsked()
				g.run(t, append(slices.Clone(tc.change), withRows("7"), func(j *Job) { j.RetryFailed = again })...)
				after := strings.Split(strings.TrimSpace(file(t)), "\n")
				if after[6] == before[6] {
					t.Errorf("the selected row is still %q", after[6])
				}
				if got, want := strings.Join(after[:6], "\n"), strings.Join(before[:6], "\n"); got != want {
					t.Errorf("the other rows are\n%s\nwant what they were\n%s", got, want)
				}
				for _, p := range g.takeAsked() {
					if !strings.Contains(p, "again") {
						t.Errorf("asked %q, which is outside the run", p)
					}
				}
			})
		}
	}
}
