package jobs

import (
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
)

// A run over a journal of another reading version says how many rows it asks; a run over its own says nothing.
func TestReadingVersion(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "prompt\na\nb\n")
	g.run(t)
	if got := g.open(t).Last().Reading; got != 1 {
		t.Errorf("got reading version %d in the manifest, want 1", got)
	}
	jobstest.WriteFile(t, g.input, "prompt\na\nb\nc\n")
	if g.run(t); len(g.plan.Notes) > 0 {
		t.Errorf("got %q over a journal of the same version", g.plan.Notes)
	}
	j, err := journal.Open(g.journal())
	if err != nil {
		t.Fatal(err)
	}
	older := *j.Last()
	older.Reading = 0
	if err := j.Start(&older); err != nil {
		t.Fatal(err)
	}
	if err := j.End(&journal.End{}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if g.run(t); len(g.plan.Notes) > 0 || g.open(t).Last().Reading != 1 {
		t.Errorf("got %q with nothing to ask, reading version %d", g.plan.Notes, g.open(t).Last().Reading)
	}
	if j, err = journal.Open(g.journal()); err != nil {
		t.Fatal(err)
	}
	if err := j.Start(&older); err != nil {
		t.Fatal(err)
	}
	j.Close()
	jobstest.WriteFile(t, g.input, "prompt\na\nb\nc\nd\ne\n")
	g.run(t)
	if n := g.plan.Notes; len(n) != 1 || !strings.Contains(n[0].String(), "(reading version 0, now 1)") || !strings.Contains(n[0].String(), "2 rows are asked") {
		t.Errorf("got %q, want a note of the other version with 2 rows", n)
	}
}
