package board

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
)

// edit edits the answer of a row by hand.
func edit(t *testing.T, b *Board, id string, row int, text string, undo bool) {
	t.Helper()
	r, err := rowOf(t.Context(), b, id, row)
	if err != nil {
		t.Fatal(err)
	}
	c := r.Cells[0]
	if err := change(t.Context(), b, id, row, c.Key.String(), rows.Change{Version: c.Version(), Text: text, Undo: undo}); err != nil {
		t.Fatal(err)
	}
}

func wantUnwritten(t *testing.T, b *Board, id string, want int) {
	t.Helper()
	if i, err := b.Run(id); err != nil || i.Unwritten != want {
		t.Errorf("%d edits are not in the output, %v; want %d", i.Unwritten, err, want)
	}
}

// The run says how many edits its output lacks, undoings included, and only Write or a run writes the output.
func TestEditsThatTheOutputLacks(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\na\nb\n"})
	id := start(t, b, &Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	until(t, b, id, inState(Completed))
	out := filepath.Join(b.Dir, "q.sandbox.csv")
	wantUnwritten(t, b, id, 0)
	before := read(t, out)
	edit(t, b, id, 0, "mine", false)
	edit(t, b, id, 1, "too", false)
	wantUnwritten(t, b, id, 2)
	edit(t, b, id, 1, "", true)
	wantUnwritten(t, b, id, 1)
	if got := read(t, out); got != before {
		t.Errorf("an edit changed the output:\n%s", got)
	}
	for range 2 { // the second time nothing is to be written
		if done, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); err != nil || !done.Note.IsZero() {
			t.Fatalf("Save: %+v, %v", done, err)
		}
		wantUnwritten(t, b, id, 0)
		if got := read(t, out); !strings.Contains(got, "a,mine,") || strings.Contains(got, "too") {
			t.Errorf("the output:\n%s", got)
		}
	}
	written := read(t, out)
	edit(t, b, id, 0, "", true)
	wantUnwritten(t, b, id, 1)
	if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); err != nil {
		t.Fatal(err)
	}
	wantUnwritten(t, b, id, 0)
	write(t, out, written) // as after a crash between the journal and the rename
	edit(t, b, id, 1, "later", false)
	wantUnwritten(t, b, id, 2)
	if s.count() != 2 {
		t.Errorf("%d requests, want 2", s.count())
	}
}

// An edit that changes nothing in the output leaves it untouched.
func TestWritingTheSameOutputLeavesIt(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\na\n"})
	id := start(t, b, &Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	until(t, b, id, inState(Completed))
	out := filepath.Join(b.Dir, "q.sandbox.csv")
	was, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, b, id, 0, "re a", false)
	wantUnwritten(t, b, id, 1)
	if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); err != nil {
		t.Fatal(err)
	}
	wantUnwritten(t, b, id, 0)
	if is, err := os.Stat(out); err != nil || !os.SameFile(was, is) || !is.ModTime().Equal(was.ModTime()) {
		t.Errorf("the output was replaced: %v", err)
	}
}

// Write leaves an output alone that another program has open or has changed, and does not write beside a process that holds the journal.
func TestWriteRespectsOthers(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\na\n"})
	id := start(t, b, &Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	until(t, b, id, inState(Completed))
	out := filepath.Join(b.Dir, "q.sandbox.csv")
	edit(t, b, id, 0, "mine", false)
	refused := func(what string, words ...string) {
		t.Helper()
		before := read(t, out)
		_, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"})
		if err == nil || read(t, out) != before {
			t.Fatalf("%s: error %v, output\n%s", what, err, read(t, out))
		}
		for _, w := range words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %v, want one with %q", what, err, w)
			}
		}
		wantUnwritten(t, b, id, 1)
		if i, err := b.Run(id); err != nil || i.State != Completed || i.Error != nil {
			t.Errorf("%s: the run is %s, %v", what, i.State, i.Error)
		}
	}
	mark := filepath.Join(b.Dir, ".~lock.q.sandbox.csv#")
	write(t, mark, "somebody")
	refused("open", "open in a spreadsheet program")
	if err := os.Remove(mark); err != nil {
		t.Fatal(err)
	}
	was := read(t, out)
	write(t, out, was+"another row\n")
	refused("changed", "not what this journal last wrote")
	if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new", Where: Where{Overwrite: true}}); err != nil || !strings.Contains(read(t, out), "mine") || strings.Contains(read(t, out), "another row") {
		t.Errorf("replacing it by choice: %v, output\n%s", err, read(t, out))
	}
	edit(t, b, id, 0, "again", false)
	wantUnwritten(t, b, id, 1)
	j, err := journal.Open(spec.JournalPath(filepath.Join(b.Dir, "q.csv")))
	if err != nil {
		t.Fatal(err)
	}
	var locked *journal.LockedError
	if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); !errors.Is(err, ErrElsewhere) && !errors.As(err, &locked) {
		t.Errorf("beside another process: %v", err)
	}
	j.Close()
	e, err := b.entry(id)
	if err != nil {
		t.Fatal(err)
	}
	e.refresh()
	if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); err != nil || !strings.Contains(read(t, out), "again") {
		t.Errorf("Write: %v", err)
	}
	wantUnwritten(t, b, id, 0)
}
