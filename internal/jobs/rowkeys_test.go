package jobs

import (
	"os"
	"testing"

	"gigabatch/internal/jobs/jobstest"
)

// Older releases left an index of the rows beside the journal. The next run removes it, but keeps a file of the user with the same name.
func TestRowIndexOfOlderReleasesIsRemoved(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	name := g.journal() + ".rows"
	jobstest.WriteFile(t, name, "gigabatch rows 1\x00\x01\x02")
	g.run(t)
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("the row index is still there: %v", err)
	}
	jobstest.WriteFile(t, name, "prompt\nmine\n")
	g.run(t)
	if got := jobstest.ReadFile(t, name); got != "prompt\nmine\n" {
		t.Errorf("the user's own file is now %q", got)
	}
}
