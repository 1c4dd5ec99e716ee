package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/jobs/jobstest"
)

// TestRunGoesOnFromEveryMomentOfACrash copies the journal after each fsync of a run, as a crash at that moment would leave it, and
// continues the run from each copy.
func TestRunGoesOnFromEveryMomentOfACrash(t *testing.T) {
	t.Parallel()
	const rows = 12
	g := newRig(t, "q.csv", "id,prompt\n"+numbered(rows))
	copies := snapshots(t, g)
	want := g.output(t)
	for i, text := range copies {
		c := newRig(t, "q.csv", "id,prompt\n"+numbered(rows))
		jobstest.WriteFile(t, c.journal(), text)
		sum := c.run(t)
		asked := c.takeAsked()
		held := strings.Count(text[:strings.LastIndex(text, "\n")+1], `"state":"completed"`)
		if len(asked)+held != rows {
			t.Errorf("copy %d holds %d results, and %d rows were asked, want %d together", i, held, len(asked), rows)
		}
		if got := c.output(t); got != want || sum.Completed != rows {
			t.Errorf("copy %d: output\n%s\nwant\n%s", i, got, want)
		}
		if c.run(t); c.takeAsked() != nil {
			t.Errorf("copy %d: the run after the next asked again", i)
		}
	}
}

// snapshots runs g and returns the content of the journal after each fsync, and a torn one after each write.
func snapshots(t *testing.T, g *rig) []string {
	t.Helper()
	var mu sync.Mutex // guards copies
	var copies []string
	r := g.new()
	r.tests.sync = syncOnceStarted(r, func(f *os.File) error {
		b, err := os.ReadFile(f.Name())
		mu.Lock()
		defer mu.Unlock()
		copies = append(copies, string(b[:len(b)-3]), string(b))
		return err
	})
	if _, err := r.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if len(copies) < 6 {
		t.Fatalf("%d copies, want more", len(copies))
	}
	return copies
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,p%d\n", i, i)
	}
	return b.String()
}

func TestCrashBetweenJournalAndRenameIsForgiven(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	old := g.output(t)
	g.write(t, "prompt\na\nb\n")
	g.run(t) // the commit of this output is journaled …
	jobstest.WriteFile(t, filepath.Join(g.dir, "q.answers.csv"), old)
	g.run(t) // … but the file still has its previous content
	if want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\n"; g.output(t) != want {
		t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
	}
}
