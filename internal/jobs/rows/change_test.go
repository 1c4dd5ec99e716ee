package rows

import (
	"errors"
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
