package rows

import (
	"errors"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
)

// Of two editors who saw the same answer, the second one is refused and gets the text of the first. The same holds for an undoing.
func TestSecondEditorIsRefused(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("good", "bad", "fair")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\na\nb\na\n")
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer("good"), nil }
			g.run(t, form)
			one, two := g.view(t), g.view(t)
			seen, _, err := two.Row(t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			g.edit(t, one, 2, "", "bad", false)
			var changed *ChangedError
			if err := two.Edit(t.Context(), 2, change(seen, "", "fair", false)); !errors.As(err, &changed) {
				t.Fatalf("the second editor: %v, want a *ChangedError", err)
			}
			if now := changed.Now; now.Completion != "bad" || now.Edited.IsZero() || now.Original != "good" {
				t.Errorf("the other's answer is %+v", now)
			}
			mine := change(seen, "", "fair", false)
			mine.Version = changed.Now.Version()
			if err := two.Edit(t.Context(), 2, mine); err != nil {
				t.Errorf("the second editor insists: %v", err)
			}
			if err := one.Edit(t.Context(), 2, change(&Row{Cells: []Cell{changed.Now}}, "", "", true)); !errors.As(err, &changed) {
				t.Errorf("undoing the edit of another: %v, want a *ChangedError", err)
			}
			g.edit(t, one, 2, "", "", true)
			if err := two.Edit(t.Context(), 2, change(&Row{Cells: []Cell{changed.Now}}, "", "bad", false)); !errors.As(err, &changed) {
				t.Errorf("after an undoing: %v, want a *ChangedError", err)
			}
			g.edit(t, two, 0, "", "fair", false) // the other row with the same request is nobody else's
		})
	}
}

// A run completes a row while somebody writes its answer by hand.
func TestEditorOfARowThatWasCompleted(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("good", "bad")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\nx\n")
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer("good"), nil }
			g.run(t, form)
			g.write(t, "prompt\nx\na\n")
			v := g.view(t)
			seen, _, err := v.Row(t.Context(), 1)
			if err != nil || seen.Cells[0].Version() != "none" {
				t.Fatalf("row %+v, %v", seen, err)
			}
			g.run(t, form)
			var changed *ChangedError
			if err := v.Edit(t.Context(), 1, change(seen, "", "bad", false)); !errors.As(err, &changed) || changed.Now.Completion != "good" {
				t.Errorf("Edit: %v, %+v", err, changed)
			}
		})
	}
}

// A fresh run asks no row that is edited, so the answer from before it is there when the edit is undone: on the page, in the status, and in
// the output.
func TestUndoneAfterAFreshRun(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("good", "bad")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\na\nb\n")
			text := "good"
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer(text), nil }
			g.run(t, form)
			v := g.view(t)
			g.edit(t, v, 0, "", "bad", false)
			text = "bad"
			g.takeAsked()
			g.run(t, form, func(j *jobs.Job) { j.Fresh = true })
			if asked := g.takeAsked(); len(asked) != 1 || !strings.HasPrefix(asked[0], "b") {
				t.Errorf("the fresh run asked %q", asked)
			}
			for _, v := range []*View{v, g.view(t)} {
				row, _, err := v.Row(t.Context(), 0)
				if err != nil || row.Cells[0].Original != "good" {
					t.Errorf("the edited row is %+v, %v", row, err)
				}
			}
			v = g.view(t)
			g.edit(t, v, 0, "", "", true)
			for _, v := range []*View{v, g.view(t)} {
				if c := wholeCounts(t, v); c.Completed != 2 || c.Pending != 0 {
					t.Errorf("counts %+v", c)
				}
				if got := told(g.wholeRows(t, v, Query{})); got != "0:completed a>good|1:completed b>bad" {
					t.Errorf("rows %s", got)
				}
			}
			if st, err := jobs.ReadStatus(g.input, ""); err != nil || st.Completed != 2 {
				t.Errorf("status %+v, %v", st, err)
			}
			if sum, err := (&jobs.Job{Input: g.input}).Rewrite(t.Context(), false, nil); err != nil || sum.Completed != 2 {
				t.Errorf("output %+v, %v", sum, err)
			}
			g.takeAsked()
			g.run(t, form)
			g.wantAsked(t, "")
			g.run(t, form, func(j *jobs.Job) { j.Fresh = true })
			if asked := g.takeAsked(); len(asked) != 2 {
				t.Errorf("the next fresh run asked %q", asked)
			}
		})
	}
}
