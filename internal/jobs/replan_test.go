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
	"gigabatch/internal/jobs/jobstest"
)

func oneAtATime(r *Job) { r.Limits.Concurrency = 1 }

func TestInputThatGrowsDuringTheRunIsPlannedAgain(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "a" {
			g.write(t, "prompt\na\nb\nc\nd\n")
		}
		return nil, nil
	}
	sum := g.run(t, oneAtATime)
	g.wantAsked(t, "a b c d")
	if sum.Completed != 4 || sum.Pending != 0 {
		t.Errorf("completed %d, pending %d; want 4 and 0", sum.Completed, sum.Pending)
	}
}

func TestModelsOfAChangedInputAreChecked(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.jsonl", `{"messages":[{"role":"user","content":"a"}]}`+"\n")
	missing := errors.New("no such model")
	_, err := g.try(t, func(r *Job) {
		r.Connect = func(ctx context.Context, models []string) (*Service, error) {
			g.write(t, `{"messages":[{"role":"user","content":"b"}],"model":"gone"}`+"\n")
			svc, err := g.connect(ctx, models)
			svc.Check = func(models []string) error {
				if strings.Join(models, " ") == "gone" {
					return missing
				}
				return nil
			}
			return svc, err
		}
	})
	if !errors.Is(err, missing) {
		t.Errorf("got %v, want %v", err, missing)
	}
	g.wantAsked(t, "")
}

func TestInputThatKeepsChangingIsLeftPending(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\n0\nlast\n")
	text := "prompt\n0\n"
	more := 0
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		more++
		text += fmt.Sprintf("more %d\n", more)
		g.write(t, text+"last\n")
		return nil, nil
	}
	sum := g.run(t, oneAtATime)
	// Two rows in the first round, and the two that their requests have inserted in the next one.
	if n := len(g.takeAsked()); n != 2*DefaultMaxRounds || sum.Pending != 2 || !sum.Growing {
		t.Errorf("asked %d times, pending %d, growing %t; want %d, 2 and true", n, sum.Pending, sum.Growing, 2*DefaultMaxRounds)
	}
}

func TestInterruptedRetryLeavesOldFailuresPending(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = failing(map[string]gigachat.Kind{"a": gigachat.KindRejected, "b": gigachat.KindRejected})
	g.run(t)
	drain := make(chan struct{})
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		close(drain)
		return nil, nil
	}
	sum, err := g.new(retryFailed, oneAtATime).Run(t.Context(), drain)
	if err != nil || sum.Pending != 1 || sum.Completed != 1 || sum.FailedRows() != 0 {
		t.Errorf("summary %+v, error %v; want one completed and one pending", sum, err)
	}
	if want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,,,pending\n"; g.output(t) != want {
		t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
	}
}

func TestLimitLeavesTheOtherAnswersOfTheOutput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	before := g.output(t)
	if sum := g.run(t, limited(1)); sum.Rows != 1 || g.output(t) != before {
		t.Errorf("%d rows counted, output\n%s\nwant 1 and\n%s", sum.Rows, g.output(t), before)
	}
}

func TestPlainRunAfterAnInterruptedFreshOneAsksNothingAgain(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.run(t)
	interrupted(t, g, "b")
	g.run(t)
	g.wantAsked(t, "")
	g.run(t, fresh) // continues
	g.wantAsked(t, "b c")
}

func TestOutputIsFoundFromAnyFolder(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	out := filepath.Join(g.dir, "out", "answers.csv")
	if err := os.Mkdir(filepath.Dir(out), 0o700); err != nil {
		t.Fatal(err)
	}
	g.run(t, func(r *Job) { r.Settings.Output = out })
	moved := filepath.Join(filepath.Dir(g.dir), "moved")
	if err := os.Rename(g.dir, moved); err != nil {
		t.Fatal(err)
	}
	r := &Job{Input: filepath.Join(moved, "q.csv")}
	sum, err := r.Rewrite(t.Context(), false, nil)
	if want := filepath.Join(moved, "out", "answers.csv"); err != nil || sum.Output != want {
		t.Errorf("written %+v, error %v; want %s", sum, err, want)
	}
}

func TestReadOnlyInputIsNotWrittenInPlace(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	if err := os.Chmod(g.input, 0o444); err != nil {
		t.Fatal(err)
	}
	_, err := g.try(t, inPlace)
	jobstest.WantUsage(t, err, "read-only")
	g.wantAsked(t, "")
}

func TestStatusTellsARunningRunFromAKilledOne(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	var during *Status
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		var err error
		if during, err = ReadStatus(g.input, ""); err != nil {
			t.Error(err)
		}
		return nil, nil
	}
	g.run(t)
	after, err := ReadStatus(g.input, "")
	if err != nil || !during.Running || during.Ended || after.Running || !after.Ended {
		t.Errorf("during %+v, after %+v, error %v", during, after, err)
	}
}

// The results of this run stay valid when the input changes and is planned again. Only the round at the end asks a row again that failed
// for a temporary cause.
func TestRowThatFailedInThisRunIsNotAskedAgainForAChangedInput(t *testing.T) {
	t.Parallel()
	for kind, asked := range map[gigachat.Kind]string{gigachat.KindRejected: "a b c", gigachat.KindServer: "a a b c"} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		refuse := failing(map[string]gigachat.Kind{"a": kind})
		g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if p == "b" {
				g.write(t, "prompt\na\nb\nc\n")
			}
			return refuse(p, r)
		}
		sum := g.run(t, oneAtATime, retryFailed)
		g.wantAsked(t, asked)
		if sum.FailedRows() != 1 || sum.Completed != 2 {
			t.Errorf("%s: summary %+v; want one failed and two completed", kind, sum)
		}
	}
}

// The output of a read-only input is read-only too, and a later run replaces it.
func TestReadOnlyInputIsRunAgain(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	if err := os.Chmod(g.input, 0o444); err != nil {
		t.Fatal(err)
	}
	g.run(t)
	before := g.output(t)
	g.takeAsked()
	g.run(t)
	g.wantAsked(t, "")
	if got := g.output(t); got != before {
		t.Errorf("output\n%s\nwant\n%s", got, before)
	}
}
