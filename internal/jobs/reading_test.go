package jobs

import (
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// readOtherwise makes the last run of a journal one of another reading version, which wrote the output and ended.
func (g *rig) readOtherwise(t *testing.T) {
	t.Helper()
	j, err := journal.Open(g.journal())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	older := *j.Last()
	older.Reading = 0
	if err := j.Start(&older); err != nil {
		t.Fatal(err)
	}
	if c, ok := j.Committed(filepath.Base(spec.OutputPath(g.input, false))); ok {
		again := *c
		again.Edits++ // else the record would add nothing
		if err := j.Commit(&again); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.End(&journal.End{}); err != nil {
		t.Fatal(err)
	}
}

func wantReadingNote(t *testing.T, when string, p *Plan, want string) {
	t.Helper()
	if want == "" && len(p.Notes) > 0 || want != "" && (len(p.Notes) != 1 || !strings.Contains(p.Notes[0].String(), want)) {
		t.Errorf("%s: got %q, want %q", when, p.Notes, want)
	}
}

// A run over a journal of another reading version says how many rows it asks; a run over its own says nothing.
func TestReadingVersion(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "prompt\na\nb\n")
	g.run(t)
	if got := g.open(t).Last().Reading; got != 1 {
		t.Errorf("got reading version %d in the manifest, want 1", got)
	}
	jobstest.WriteFile(t, g.input, "prompt\na\nb\nc\n")
	g.run(t)
	wantReadingNote(t, "over a journal of the same version", g.plan, "")
	g.readOtherwise(t)
	if g.run(t); len(g.plan.Notes) > 0 || g.open(t).Last().Reading != 1 {
		t.Errorf("got %q with nothing to ask, reading version %d", g.plan.Notes, g.open(t).Last().Reading)
	}
	jobstest.WriteFile(t, g.input, "prompt\na\nb\nc\nd\n")
	g.run(t)
	wantReadingNote(t, "once every row was answered", g.plan, "")
	g.readOtherwise(t)
	jobstest.WriteFile(t, g.input, "prompt\na\nb\nc\nd\ne\nf\n")
	g.run(t)
	wantReadingNote(t, "with another version", g.plan, "(reading version 0, now 1); 2 rows are asked")
}

// The other reading is said until a run over all rows has left none pending: in the plan, in the status, and by what would write the output
// without these answers.
func TestReadingVersionIsSaidWhileAnswersOfItCount(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "prompt\nold a\nold b\nold c\n")
	g.run(t)
	g.readOtherwise(t)
	g.write(t, "prompt\na\nb\nc\n") // stands for the same file, read differently
	elsewhere := func(j *Job) { j.Settings.Output = filepath.Join(g.dir, "other.csv") }
	g.run(t, limited(1), elsewhere)
	wantReadingNote(t, "a run of some rows", g.plan, "(reading version 0, now 1); 1 row is asked")
	g.run(t, limited(2), elsewhere)
	wantReadingNote(t, "another run of some rows", g.plan, "(reading version 0, now 1); 1 row is asked")
	if st, err := ReadStatus(g.input, ""); err != nil || st.Reread {
		t.Errorf("status: %+v, error %v; want nothing, because no row of the last run is pending", st, err)
	}
	if _, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil); err == nil || !strings.Contains(err.Error(), "(reading version 0, now 1)") {
		t.Errorf("Rewrite: got error %v, want the reading versions", err)
	}
	g.write(t, "prompt\na\nd\nc\n")
	if st, err := ReadStatus(g.input, ""); err != nil || !st.Reread || st.Pending != 1 {
		t.Errorf("status: %+v, error %v; want that one pending row may have an answer", st, err)
	}
	g.write(t, "prompt\na\nb\nc\n")
	g.run(t)
	wantReadingNote(t, "a run of all rows", g.plan, "(reading version 0, now 1); 1 row is asked")
	g.write(t, "prompt\na\nb\nc\nd\n")
	if st, err := ReadStatus(g.input, ""); err != nil || st.Reread || st.Pending != 1 {
		t.Errorf("status: %+v, error %v; want that the row is new", st, err)
	}
	g.run(t)
	wantReadingNote(t, "every row was answered", g.plan, "")
	if _, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil); err != nil {
		t.Errorf("Rewrite: %v", err)
	}
}

// The runs of another input in the same journal do not decide what is said of this one.
func TestReadingVersionIsThatOfTheInput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "prompt\nold a\n")
	g.run(t)
	g.readOtherwise(t)
	second := filepath.Join(g.dir, "second.csv")
	jobstest.WriteFile(t, second, "prompt\nz\n")
	other := func(j *Job) {
		j.Journal, j.Input, j.Settings.Output = g.journal(), second, filepath.Join(g.dir, "second.answers.csv")
	}
	g.run(t, other)
	if _, err := (&Job{Input: second, Journal: g.journal()}).Rewrite(t.Context(), false, nil); err != nil {
		t.Errorf("Rewrite of the other input: %v", err)
	}
	if _, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil); err == nil || !strings.Contains(err.Error(), "(reading version 0, now 1)") {
		t.Errorf("Rewrite: got error %v, want the reading versions", err)
	}
	g.write(t, "prompt\na\n")
	g.run(t)
	wantReadingNote(t, "this input", g.plan, "(reading version 0, now 1); 1 row is asked")
}

// A run of some rows does not take answers of another reading version out of the output.
func TestReadingVersionKeepsOtherRows(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "prompt\nold a\nold b\nold c\n")
	g.run(t, limited(2))
	g.readOtherwise(t)
	before := g.output(t)
	g.takeAsked()
	g.write(t, "prompt\na\nb\nc\n")
	_, err := g.try(t, limited(1))
	if err == nil || !strings.Contains(err.Error(), "may have answers for 1 row that this run does not select") {
		t.Errorf("got error %v, want that a row would be lost", err)
	}
	g.wantAsked(t, "")
	if got := g.output(t); got != before {
		t.Errorf("output\n%s\nwant\n%s", got, before)
	}
	job := g.new(limited(1))
	if err := job.Free(true, false); err != nil || job.Settings.Output == spec.OutputPath(g.input, false) {
		t.Errorf("the free output is %s, error %v; want another file", job.Settings.Output, err)
	}
	if _, err := job.Run(t.Context(), nil); err != nil {
		t.Errorf("another output: %v", err)
	}
	if got := g.output(t); got != before {
		t.Errorf("output after a run with another\n%s\nwant\n%s", got, before)
	}
	g.run(t, limited(2)) // takes no answer out of the output
	g.run(t, limited(1)) // the output has the present reading
	if got := g.output(t); !strings.Contains(got, "answer to b") {
		t.Errorf("output without the answer to a row that was not selected:\n%s", got)
	}
}
