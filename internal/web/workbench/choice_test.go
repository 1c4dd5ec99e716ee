package workbench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/web/board"
)

// The version that somebody has gone back to is shown after a restart, with what it asks and the edits that it has, also after a trial. What a
// later run over the table asks is shown instead. A foreign file in the place of the choice stays.
func TestKeepAVersion(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	run := func(columns board.Columns) (id string) {
		id = start(t, w, &board.Spec{Input: "q.csv", Columns: columns})
		until(t, w, id, inState(board.Completed))
		return id
	}
	first := named("Mood", "{{prompt}}")
	run(first)
	id := run(named("Mood", "Now {{prompt}}", "Note", "N {{prompt}}"))
	table := func() *Opened {
		t.Helper()
		o, err := w.Table(id)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	o := table()
	newest, oldest := o.Versions[0], o.Versions[1]
	together := oldest.Asked[0].ID + joint + newest.Asked[1].ID
	if o.Shown != "" || strings.Join(o.Written["q.sandbox.csv"], joint) != newest.ID {
		t.Errorf("shown %q, written %q, want that of %q", o.Shown, o.Written, newest.ID)
	}
	at := &Reading{Version: together}
	row, _, err := w.RowOf(t.Context(), id, at, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := row.Cells[0]
	if _, err := w.EditIn(t.Context(), id, at, 0, c.Key.String(), rows.Change{Column: c.Column, Version: c.Version(), Text: "mine"}); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Keep(id, together); got != together || err != nil {
		t.Fatalf("Keep: %q, %v", got, err)
	}
	if _, err := w.Keep(id, "strange"); err == nil {
		t.Error("a version that the table does not have is kept")
	}
	if _, err := w.Try(t.Context(), &board.Spec{Input: "q.csv", Columns: named("Mood", "Try {{prompt}}")}, 1); err != nil {
		t.Fatal(err)
	}
	w = another(t, board.Options{Dir: w.Dir, Sandbox: true, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.connect})
	o = table()
	if o.Shown != together || len(o.Spec.Columns) != 2 || o.Spec.Columns[0].Prompt != "{{prompt}}" || o.Spec.Columns[1].Prompt != "N {{prompt}}" {
		t.Errorf("after a restart: %q, %+v", o.Shown, o.Spec)
	}
	if got := o.Versions[2].Asked[0].Edited; got != 1 || o.Versions[1].Asked[0].Edited != 0 {
		t.Errorf("the version has %d edits, want 1: %+v", got, o.Versions)
	}
	what, err := w.Shown(id, together)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (board.Answers{Board: w.Board}).Save(t.Context(), id, board.Saving{How: "new", Shown: what}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(table().Written["q.sandbox.csv"], joint); got != together {
		t.Errorf("written %q, want %q", got, together)
	}
	run(named("Mood", "Then {{prompt}}"))
	if o = table(); o.Shown != "" || o.Spec.Columns[0].Prompt != "Then {{prompt}}" {
		t.Errorf("after a run: %q, %+v", o.Shown, o.Spec)
	}
	path := filepath.Join(w.Dir, "q.csv.gigabatch.shown")
	if got, err := w.Keep(id, ""); got != "" || err != nil {
		t.Errorf("Keep the newest: %q, %v", got, err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the newest version has a file: %v", err)
	}
	write(t, path, "notes")
	if _, err := w.Keep(id, oldest.ID); err == nil || table().Shown != "" {
		t.Errorf("a foreign file is taken for a choice, %v", err)
	}
	if text, err := os.ReadFile(path); string(text) != "notes" {
		t.Errorf("the foreign file has %q, %v", text, err)
	}
}

// A trial is the newest version without being the one that a table shows by itself, so that going to it is a choice, too.
func TestKeepATrial(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: asking("First {{prompt}}")})
	until(t, w, id, inState(board.Completed))
	if _, err := w.Try(t.Context(), &board.Spec{Input: "q.csv", Columns: asking("Try {{prompt}}")}, 1); err != nil {
		t.Fatal(err)
	}
	table := func() *Opened {
		t.Helper()
		o, err := w.Table(id)
		if err != nil || len(o.Versions) != 2 {
			t.Fatalf("%+v, %v", o, err)
		}
		return o
	}
	o := table()
	trial, whole := o.Versions[0].ID, o.Versions[1].ID
	for _, tt := range []struct{ keep, shown, prompt string }{{trial, trial, "Try {{prompt}}"}, {whole, "", "First {{prompt}}"}} {
		if got, err := w.Keep(id, tt.keep); got != tt.shown || err != nil {
			t.Errorf("Keep: %q, %v, want %q", got, err, tt.shown)
		}
		if o := table(); o.Shown != tt.shown || o.Spec.Columns[0].Prompt != tt.prompt {
			t.Errorf("the table shows %q with the prompt %q, want %q with %q", o.Shown, o.Spec.Columns[0].Prompt, tt.shown, tt.prompt)
		}
	}
}
