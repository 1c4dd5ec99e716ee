package jobs

import (
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// interrupted makes a fresh run that gets the answers to all prompts before stop and then ends.
func interrupted(t *testing.T, g *rig, stop string, change ...func(*Job)) {
	t.Helper()
	g.AnswerFunc = stopping(stop, gigachat.KindPayment)
	if _, err := g.try(t, append(change, fresh, func(r *Job) { r.Limits.Concurrency = 1 })...); err == nil {
		t.Fatal("the run was not interrupted")
	}
	g.AnswerFunc = nil
	g.takeAsked()
}

func TestFreshRunAsksEverythingAnewAndDeletesNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	before := jobstest.ReadFile(t, g.journal())
	g.takeAsked()
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer("new " + p), nil
	}
	g.run(t, fresh)
	g.wantAsked(t, "a b")
	if want := "prompt,completion,finish_reason,error\na,new a,stop,\nb,new b,stop,\n"; g.output(t) != want {
		t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
	}
	if !strings.HasPrefix(jobstest.ReadFile(t, g.journal()), before) {
		t.Error("the journal lost what it held")
	}
	out := g.output(t)
	g.run(t)
	g.wantAsked(t, "")
	if g.output(t) != out {
		t.Errorf("the next run wrote\n%s\nwant\n%s", g.output(t), out)
	}
	g.run(t, fresh)
	g.wantAsked(t, "a b")
}

// A fresh run of some rows redoes these, and the others keep their answers, also where one of them asks the same as a selected row.
func TestFreshRunOfSomeRowsKeepsTheOthers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\nb\n")
	g.run(t)
	g.takeAsked()
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer("new " + p), nil
	}
	redo := func(j *Job) { j.Settings.Rows = "3" }
	sum := g.run(t, redo, fresh)
	g.wantAsked(t, "b")
	want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,new b,stop,\nc,answer to c,stop,\nb,new b,stop,\n"
	if g.output(t) != want {
		t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
	}
	if sum.Rows != 1 || sum.Completed != 1 {
		t.Errorf("got %d rows, %d completed, want the selected one", sum.Rows, sum.Completed)
	}
	g.run(t)
	g.wantAsked(t, "")
	if g.output(t) != want {
		t.Errorf("without --rows the output is\n%s\nwant\n%s", g.output(t), want)
	}
}

// An interrupted fresh run of some rows leaves these pending, and the others keep their answers.
func TestInterruptedFreshRunOfSomeRows(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nc\nb\nc\nc\n")
	g.run(t)
	g.takeAsked()
	redo := func(j *Job) { j.Settings.Rows = "4-5" }
	interrupted(t, g, "c", redo)
	g.takeAsked()
	const want = "prompt,completion,finish_reason,error\na,answer to a,stop,\nc,answer to c,stop,\nb,answer to b,stop,\nc,,,pending\nc,answer to c,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	g.run(t, redo, fresh)
	g.wantAsked(t, "c")
}

func TestInterruptedFreshRunGoesOnWithTheSameCommand(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		before []string // prompts answered before the fresh run
		change []func(*Job)
		asked  string // by repeating the same command
	}{
		{"over old answers", []string{"x"}, nil, "b c"},
		{"over a new journal", nil, nil, "b c"},
		{"with a limit", []string{"x"}, []func(*Job){limited(2)}, "b"},
	} {
		g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
		if tc.before != nil {
			g.run(t)
		}
		interrupted(t, g, "b", tc.change...)
		g.run(t, append(tc.change, fresh)...)
		g.wantAsked(t, tc.asked)
		g.run(t, append(tc.change, fresh)...)
		if asked := g.takeAsked(); len(asked) != strings.Count(tc.asked, " ")+2 {
			t.Errorf("%s: a fresh run after one that ended asked %q", tc.name, asked)
		}
	}
}

func TestInterruptedFreshRunLeavesOldAnswersOut(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	interrupted(t, g, "b")
	if want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,,,pending\n"; g.output(t) != want {
		t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
	}
}

func TestAnotherRunDoesNotGoOnWithAnInterruptedFreshOne(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	please := withPrompt("{{prompt}} please")
	g.run(t, please)
	interrupted(t, g, "b")
	g.run(t, please)
	g.wantAsked(t, "")
}

func TestFreshWithLimitLeavesOtherRowsTheirAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.run(t)
	g.takeAsked()
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer("new " + p), nil
	}
	g.run(t, fresh, limited(1))
	g.wantAsked(t, "a")
	g.run(t)
	g.wantAsked(t, "")
	want := "prompt,completion,finish_reason,error\na,new a,stop,\nb,answer to b,stop,\nc,answer to c,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}

func TestFreshFailureReplacesTheOldAnswer(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	g.takeAsked()
	g.AnswerFunc = failing(map[string]gigachat.Kind{"a": gigachat.KindRejected})
	g.run(t, fresh)
	g.wantAsked(t, "a")
	for range 2 {
		if sum := g.run(t); sum.Failed[task.CauseRejected] != 1 {
			t.Errorf("failed %v, want the fresh failure", sum.Failed)
		}
	}
	g.wantAsked(t, "")
}

func TestFreshRunAfterAnInterruptedPlainOneAsksEverything(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = stopping("b", gigachat.KindPayment)
	if _, err := g.try(t, func(r *Job) { r.Limits.Concurrency = 1 }); err == nil {
		t.Fatal("the run was not interrupted")
	}
	g.AnswerFunc = nil
	g.takeAsked()
	g.run(t, fresh)
	g.wantAsked(t, "a b")
}

// A fresh run whose canary or preview asked all rows has ended, so the next one asks them again.
func TestFreshRunAfterASampleOfAllRows(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{false, true} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		if before {
			g.run(t)
			g.takeAsked()
		}
		g.run(t, fresh, canary(5))
		g.wantAsked(t, "a b")
		g.run(t, fresh)
		g.wantAsked(t, "a b")
		if _, _, err := g.new(fresh).Preview(t.Context(), nil, 5); err != nil {
			t.Fatal(err)
		}
		g.wantAsked(t, "a b")
		g.run(t, fresh)
		g.wantAsked(t, "") // those of the preview
		g.run(t, fresh)
		g.wantAsked(t, "a b")
	}
}
