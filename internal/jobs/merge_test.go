package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

func TestOutputHasEveryRowInOrderAndTheInputsBytes(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "\xef\xbb\xbfid;prompt;\"a;b\"\r\n2;\"p\"\"2\nx\";\r\n\r\n1;  ;z\r\n3;p3;\"q\"")
	g.run(t)
	want := "\xef\xbb\xbfid;prompt;\"a;b\";completion;finish_reason;error\r\n2;\"p\"\"2\nx\";;\"answer to p\"\"2\nx\";stop;\r\n\r\n1;  ;z;;;\r\n3;p3;\"q\";answer to p3;stop;"
	if got := g.output(t); got != want {
		t.Errorf("output\n%q\nwant\n%q", got, want)
	}
}

// touching calls change, which changes the input, when each of the first n passes has reached the stage.
func touching(stage string, n int, change func(i int)) (times *int, run func(*Job)) {
	times = new(int)
	return times, func(r *Job) {
		r.tests.reached = func(at string) {
			if at == stage && *times < n {
				*times++
				change(*times)
			}
		}
	}
}

func TestInputChangedDuringTheSecondPassIsReadAgain(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"opened", "read"} {
		for _, in := range []func(*Job){func(*Job) {}, inPlace} {
			for n := range 3 {
				contents := [][]string{{"a", "b"}, {"b", "b"}, {"a", "b", "b"}}
				g := newRig(t, "q.csv", "prompt\na\nb\n")
				_, touch := touching(stage, n, func(i int) { g.write(t, "prompt\n"+strings.Join(contents[i], "\n")+"\n") })
				sum := g.run(t, in, touch)
				want := "prompt,completion,finish_reason,error\n"
				for _, p := range contents[n] {
					want += p + ",answer to " + p + ",stop,\n"
				}
				if got := jobstest.ReadFile(t, sum.Output); got != want || !sum.Note.IsZero() || sum.Rows != strings.Count(want, "\n")-1 {
					t.Errorf("%s: after %d changes: output\n%s\nwant\n%s\nnote %q", stage, n, got, want, sum.Note)
				}
			}
		}
	}
}

func TestInputThatKeepsChangingIsLeftAloneAndSaid(t *testing.T) {
	t.Parallel()
	for _, in := range []func(*Job){func(*Job) {}, inPlace} {
		g := newRig(t, "q.csv", "prompt\na\nnew 0\n")
		times, touch := touching("read", 99, func(i int) { g.write(t, fmt.Sprintf("prompt\na\nnew %d\n", i)) })
		sum := g.run(t, in, touch)
		if *times != 4 {
			t.Errorf("%d passes, want three and the last", *times)
		}
		if got, want := jobstest.ReadFile(t, g.input), "prompt\na\nnew 4\n"; got != want {
			t.Errorf("the input holds %q, want what the user wrote: %q", got, want)
		}
		if out := spec.OutputPath(g.input, false); sum.Output != out || !strings.Contains(sum.Note.String(), out) {
			t.Errorf("the answers are in %s, note %q, want %s", sum.Output, sum.Note, out)
		}
		if got, want := g.output(t), "prompt,completion,finish_reason,error\na,answer to a,stop,\nnew 3,,,pending\n"; got != want {
			t.Errorf("output\n%s\nwant\n%s", got, want)
		}
	}
}

func TestSpareOutputReplacesNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	for _, name := range []string{"q.answers.csv", "q.answers-2.csv"} {
		jobstest.WriteFile(t, filepath.Join(g.dir, name), "mine")
	}
	_, touch := touching("read", 99, func(i int) { g.write(t, fmt.Sprintf("prompt\na\nnew %d\n", i)) })
	sum := g.run(t, inPlace, touch)
	if want := filepath.Join(g.dir, "q.answers-3.csv"); sum.Output != want {
		t.Errorf("output %s, want %s", sum.Output, want)
	}
	for _, name := range []string{"q.answers.csv", "q.answers-2.csv"} {
		if got := jobstest.ReadFile(t, filepath.Join(g.dir, name)); got != "mine" {
			t.Errorf("%s was replaced by %q", name, got)
		}
	}
}

func TestInputReplacedBetweenAskingAndMergingGetsItsOwnAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	n := 0
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if n++; n == 2 {
			g.write(t, "prompt\nb\na\nc\n")
		}
		return nil, nil
	}
	sum := g.run(t, func(r *Job) { r.Limits.Concurrency = 1 })
	want := "prompt,completion,finish_reason,error\nb,answer to b,stop,\na,answer to a,stop,\nc,answer to c,stop,\n"
	if got := g.output(t); got != want || sum.Pending != 0 {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}

func TestInputSwappedUnderTheLastPassGetsItsOwnAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		jobstest.WriteFile(t, spec.OutputPath(g.input, false), "mine") // so that the last pass follows at once
		return nil, nil
	}
	passes := 0
	sum := g.run(t, func(r *Job) {
		r.Limits.Concurrency = 1
		r.tests.reached = func(stage string) {
			if stage == "opened" {
				passes++
			}
			if stage == "opened" && passes == 2 {
				g.write(t, "prompt\nb\na\n")
			}
		}
	})
	want := "prompt,completion,finish_reason,error\nb,answer to b,stop,\na,answer to a,stop,\n"
	if got := jobstest.ReadFile(t, sum.Output); passes != 2 || got != want {
		t.Errorf("%d passes, output\n%s\nwant\n%s", passes, got, want)
	}
}

func TestOtherFormatsAreANewFile(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	out := filepath.Join(g.dir, "out.jsonl")
	g.run(t, func(r *Job) { r.Settings.Output = out })
	want := `{"prompt":"a","completion":"answer to a","finish_reason":"stop","error":null}` + "\n"
	if got := jobstest.ReadFile(t, out); got != want {
		t.Errorf("output %q, want %q", got, want)
	}
}

func TestWorkbookIsAnsweredAndAskedOnce(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n")
	book := filepath.Join(g.dir, "q.xlsx")
	g.run(t, func(r *Job) { r.Settings.Output = book })
	g.input = book
	g.takeAsked()
	renamed := func(r *Job) { r.Settings.CompletionColumn = "reply"; r.Settings.OutputColumns = []string{"completion"} }
	g.run(t, renamed)
	g.wantAsked(t, "a b")
	g.run(t, renamed)
	g.wantAsked(t, "")
	src, err := open.Open(spec.OutputPath(book, false), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for row, err := range src.Rows() {
		p, _ := row.Value("prompt")
		if got, _ := row.Value("reply"); err != nil || got != "answer to "+p {
			t.Errorf("row %d: %q beside %q, %v", row.Index, got, p, err)
		}
	}
}

func TestCancelDuringTheSecondPassLeavesNoTrace(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := g.new(func(r *Job) { r.tests.reached = func(string) { cancel() } }).Run(ctx, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	entries, err := os.ReadDir(g.dir)
	for _, e := range entries {
		if strings.Contains(e.Name(), "answers") || strings.HasSuffix(e.Name(), ".tmp") {
			t.Errorf("%s is left, %v", e.Name(), err)
		}
	}
}

func TestSummaryCountsWhatTheOutputHolds(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,a\n3,\n4,cut\n5,bad\n6,no\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("x")
		switch p {
		case "cut":
			a.FinishReason = "length"
		case "bad":
			a.FinishReason = "blacklist"
		case "no":
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected}
		}
		return a, nil
	}
	s := g.run(t)
	if s.Rows != 6 || s.Completed != 3 || s.Truncated != 1 || s.Blocked != 1 || s.FailedRows() != 1 || s.Skipped != 1 || s.Pending != 0 ||
		s.Duplicates != 1 || s.FromJournal != 0 || s.Requests != 4 || s.PromptTokens != 9 || s.CompletionTokens != 6 || s.Output != spec.OutputPath(g.input, false) {
		t.Errorf("summary %+v", s)
	}
	if s := g.run(t); s.FromJournal != 5 || s.Requests != 0 || s.Completed != 3 {
		t.Errorf("summary of the second run %+v", s)
	}
}
