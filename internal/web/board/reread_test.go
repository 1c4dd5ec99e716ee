package board

import (
	"path/filepath"
	"testing"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/rows"
)

// A run whose answers were written when cells were read differently says so, but only if rows are pending.
func TestRunOfAnotherReadingVersion(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\nold a\nb\n"})
	id := start(t, b, &Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	until(t, b, id, inState(Completed))
	j, err := journal.Open(filepath.Join(b.Dir, "q.csv.gigabatch"))
	if err != nil {
		t.Fatal(err)
	}
	older := *j.Last()
	older.Reading = 0
	if err := j.Start(&older); err != nil {
		t.Fatal(err)
	}
	if err := j.End(&journal.End{Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	until(t, b, id, func(i Info) bool { return i.Completed == 2 && !i.Reread })
	write(t, filepath.Join(b.Dir, "q.csv"), "prompt\na\nb\n") // stands for the same file, read differently
	if _, err := rowsOf(b, id, 0, 2, rows.Query{}); err != nil {
		t.Fatal(err)
	}
	until(t, b, id, func(i Info) bool { return i.Pending == 1 && i.Reread })
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	until(t, b, id, func(i Info) bool { return i.State == Completed && i.Completed == 2 && !i.Reread })
}
