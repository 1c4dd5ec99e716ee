package jobs

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
)

// Somebody else edits rows while the run asks the first one. Their tasks are asked only if another row needs them.
func TestPendingRowEditedDuringTheRunIsNotAsked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		input  string
		edit   func(t *testing.T, g *rig)
		asked  string
		output []string
	}{
		"edited": {"x\na\nb\n", func(t *testing.T, g *rig) { g.byHand(t, 1, 0, "mine") }, "b x", []string{"a,mine,,", "b,answer to b,stop,"}},
		"a row with the same request": {"x\na\na\nb\n", func(t *testing.T, g *rig) { g.byHand(t, 1, 0, "mine") }, "a b x",
			[]string{"a,mine,stop,", "a,answer to a,stop,", "b,answer to b,stop,"}},
		"all rows with the same request": {"x\na\na\nb\n", func(t *testing.T, g *rig) { g.byHand(t, 1, 0, "mine"); g.byHand(t, 2, 0, "mine too") }, "b x",
			[]string{"a,mine,,", "a,mine too,,", "b,answer to b,stop,"}},
		"edited and undone": {"x\na\nb\n", func(t *testing.T, g *rig) { g.byHand(t, 1, 0, "mine"); g.undo(t, 1, 0) }, "a b x",
			[]string{"a,answer to a,stop,", "b,answer to b,stop,"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\n"+tc.input)
			g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				if p == "x" {
					tc.edit(t, g)
				}
				return nil, nil
			}
			sum := g.run(t, oneAtATime)
			g.wantAsked(t, tc.asked)
			g.wantOutput(t, name, append([]string{outHeader, "x,answer to x,stop,"}, tc.output...)...)
			if sum.Pending != 0 || sum.Completed != sum.Rows {
				t.Errorf("summary %+v", sum)
			}
		})
	}
}

// An edit of a row that was edited before the run began is undone during the run: the same run asks the row.
func TestEditUndoneDuringTheRunIsAsked(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\nw\n")
	g.run(t)
	g.write(t, "prompt\nw\na\nx\n")
	g.byHand(t, 1, 0, "mine")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "x" {
			g.undo(t, 1, 0)
		}
		return nil, nil
	}
	g.takeAsked()
	g.run(t, oneAtATime)
	g.wantAsked(t, "a x")
	g.wantOutput(t, "undone", outHeader, "w,answer to w,stop,", "a,answer to a,stop,", "x,answer to x,stop,")
}

// A column that uses an edited answer is asked with the edited text, and the answer itself is not asked.
func TestColumnsThatUseAPendingAnswerEditedDuringTheRun(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\nx\na\n")
	two := asks(spec.Column{CompletionColumn: "one", Prompt: "1 {{text}}"}, spec.Column{CompletionColumn: "two", Prompt: "2 {{one}}"})
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "1 x" {
			g.byHand(t, 1, 0, "mine", two)
		}
		return answer("A" + p), nil
	}
	g.run(t, two, oneAtATime)
	if got, want := strings.Join(g.takeAsked(), "|"), "1 x|2 A1 x|2 mine"; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	g.wantOutput(t, "edited", "text,one,two,error", "x,A1 x,A2 A1 x,", "a,mine,A2 mine,")
}

// Before anything is asked, a run says how many edits it does not use because the model, a parameter or the prompt has changed.
func TestRunSaysWhichEditsItDoesNotUse(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Job){
		"model": model("GigaChat-2-Pro"), "max_tokens": func(r *Job) { n := 77; r.Settings.MaxTokens = &n }, "prompt": withPrompt("Now {{prompt}}"),
		"nothing": func(*Job) {}, "rows": limited(2),
	} {
		g := newRig(t, "q.csv", "prompt\na\nb\na\n")
		g.run(t)
		g.byHand(t, 0, 0, "mine")
		g.byHand(t, 2, 0, "mine, too")
		g.write(t, "prompt\na\nb\na\nc\n")
		want := 2
		if name == "nothing" || name == "rows" {
			want = 0
		}
		_, p, err := g.new(change).DryRun(t.Context(), 0)
		if err != nil || p.Unused != want || (want > 0) != strings.HasPrefix(p.UnusedEdits().String(), "2 answers") {
			t.Errorf("%s: %d edits are not used, %v; want %d: %s", name, p.Unused, err, want, p.UnusedEdits())
		}
		g.run(t, change)
		if _, p, err := g.new(change).DryRun(t.Context(), 0); err != nil || p.Unused != 0 { // once is enough
			t.Errorf("%s: again %d edits are not used, %v", name, p.Unused, err)
		}
	}
}

// A row is edited while its task waits for another attempt, which is then not made.
func TestRowEditedBetweenTwoAttemptsIsNotAskedAgain(t *testing.T) {
	g := newRig(t, "q.csv", "prompt\na\n")
	synctest.Test(t, func(t *testing.T) {
		var attempts atomic.Int32
		g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if attempts.Add(1) == 1 {
				g.byHand(t, 0, 0, "mine")
			}
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Message: "not now"}
		}
		sum := g.run(t, oneAtATime, func(r *Job) { r.Limits.MaxAttempts = 3 })
		if attempts.Load() != 1 || sum.Completed != 1 || sum.Edited != 1 {
			t.Errorf("%d attempts, summary %+v", attempts.Load(), sum)
		}
	})
	g.wantOutput(t, "edited", outHeader, "a,mine,,")
}
