package board

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/spec"
)

func wantCure(t *testing.T, what string, err error, want spec.Cure) {
	t.Helper()
	var wrong *spec.UsageError
	if !errors.As(err, &wrong) || wrong.Cure != want {
		t.Errorf("%s: got %v, want an error with the cure %q", what, err, want)
	}
}

// After the output was saved by another program, everything that would replace it is refused, and can be done beside it or, if the user says
// so, in its place. Nothing is asked twice.
func TestOutputSavedByAnotherProgram(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		where  Where
		output string
	}{
		"new file":  {Where{NewOutput: true}, "q.sandbox-2.csv"},
		"overwrite": {Where{Overwrite: true}, "q.sandbox.csv"},
	} {
		for _, action := range []string{"start", "continue"} {
			t.Run(name+", "+action, func(t *testing.T) {
				t.Parallel()
				b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
				id := start(t, b, &Spec{Input: "q.csv"})
				until(t, b, id, inState(Completed))
				usual := filepath.Join(b.Dir, "q.sandbox.csv")
				saved := strings.ReplaceAll(read(t, usual), "\n", "\r\n")
				write(t, usual, saved)
				write(t, filepath.Join(b.Dir, "q.csv"), "prompt\none\ntwo\n")
				plain := &Spec{Input: "q.csv"}
				_, planErr := b.Plan(t.Context(), plain)
				_, tryErr := b.Try(t.Context(), plain, 1)
				_, startErr := b.Start(t.Context(), plain)
				for what, err := range map[string]error{"plan": planErr, "try": tryErr, "start": startErr, "continue": b.Continue(t.Context(), id, false)} {
					wantCure(t, what, err, spec.CureOutput)
				}
				for round := range 2 {
					placed := &Spec{Input: "q.csv", Where: c.where}
					plan, err := b.Plan(t.Context(), placed)
					if err != nil || plan.Output != c.output || plan.Tasks != 1-round {
						t.Fatalf("the plan is %+v, %v", plan, err)
					}
					if action == "start" {
						start(t, b, placed)
					} else if err := b.ContinueAs(t.Context(), id, Again{Where: c.where}); err != nil {
						t.Fatal(err)
					}
					i := until(t, b, id, func(i Info) bool { return i.State == Completed && i.Completed == 2 && !i.Here })
					if i.Output != c.output || s.count() != 2 {
						t.Errorf("%d requests, %+v", s.count(), i)
					}
				}
				if text := read(t, filepath.Join(b.Dir, c.output)); strings.Count(text, "re ") != 2 {
					t.Errorf("the output is %s", text)
				}
				if now := read(t, usual); c.where.NewOutput && now != saved {
					t.Errorf("the saved file is now %s", now)
				}
				if err := b.Continue(t.Context(), id, true); err != nil { // the new place is that of the run from now on
					t.Error(err)
				}
				until(t, b, id, func(i Info) bool { return !i.Here })
				sameStatus(t, b, "q.csv")
			})
		}
	}
}

// Beside columns of the user, ours get free names: those without answers always, those with answers if the user says so.
func TestColumnsOfTheUser(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{
		"error.csv":  "prompt,error,error_2\none,E1,\n",
		"answer.csv": "prompt,completion,error\none,mine,E1\n",
		"schema.csv": "prompt,kind\none,mine\n",
	})
	for name, c := range map[string]struct {
		spec   Spec
		header string
	}{
		"error.csv":  {Spec{}, "prompt,error,error_2,completion,completion.error"},
		"answer.csv": {Spec{}, "prompt,completion,error,completion.2,completion.error"},
		"schema.csv": {Spec{Columns: Columns{{Shape: spec.Shape{Schema: []byte(`{"type":"object","properties":{"kind":{"type":"string"}}}`)}}}}, "prompt,kind,completion.kind,error"},
	} {
		sp := c.spec
		sp.Input = name
		if name != "error.csv" {
			_, err := b.Plan(t.Context(), &sp)
			wantCure(t, name, err, spec.CureColumns)
			sp.NewColumns = true
		}
		if _, err := b.Plan(t.Context(), &sp); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		id := start(t, b, &sp)
		until(t, b, id, inState(Completed))
		output := filepath.Join(b.Dir, spec.OutputPath(name, true))
		text := read(t, output)
		if header, _, _ := strings.Cut(text, "\n"); strings.TrimSpace(header) != c.header {
			t.Errorf("%s: the header is %s, want %s", name, header, c.header)
		}
		if !strings.Contains(text, "mine") && !strings.Contains(text, "E1") {
			t.Errorf("%s: the texts of the user are gone: %s", name, text)
		}
		if err := os.Remove(output); err != nil {
			t.Fatal(err)
		}
		if err := b.Continue(t.Context(), id, false); err != nil { // the names are part of the run
			t.Errorf("%s: continuing it: %v", name, err)
			continue
		}
		until(t, b, id, func(i Info) bool { return i.State != Planning && !i.Here })
		if again := read(t, output); again != text {
			t.Errorf("%s: written again it is %s, want %s", name, again, text)
		}
		sameStatus(t, b, name)
	}
	if s.count() != 3 {
		t.Errorf("%d requests, want 3", s.count())
	}
}

// An output written in place that another program has changed can be written to a new file.
func TestInPlaceOutputSavedByAnotherProgram(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
	j := elsewhere(b, s, &Spec{})
	j.Settings.Output, j.Settings.InPlace = j.Input, true
	if _, err := j.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	id := IDOf(journalID)
	untilSeen(t, b, id, inState(Completed))
	changed := "prompt,completion,finish_reason,error\nother,user's,,\ntwo,,,\n"
	write(t, filepath.Join(b.Dir, "q.csv"), changed)
	wantCure(t, "continue", b.Continue(t.Context(), id, false), spec.CureOutput)
	if err := b.ContinueAs(t.Context(), id, Again{Where: Where{NewOutput: true}}); err != nil {
		t.Fatal(err)
	}
	i := until(t, b, id, func(i Info) bool { return i.State == Completed && i.Completed == 2 && !i.Here })
	if i.Output != "q.answers.csv" || read(t, filepath.Join(b.Dir, "q.csv")) != changed || s.count() != 3 {
		t.Errorf("%d requests, %+v", s.count(), i)
	}
}
