package jobs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs/jobstest"
)

// A run that changes nothing leaves the output as it is, with its time: cron jobs and make look at that.
func TestRunThatChangesNothingKeepsTheOutput(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Job)
	}{
		{"beside", func(*Job) {}},
		{"in place", func(j *Job) { j.Settings.InPlace, j.Settings.Output = true, j.Input }},
	} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		sum := g.run(t, tc.change)
		old := time.Now().Add(-time.Hour).Truncate(time.Second)
		if err := os.Chtimes(sum.Output, old, old); err != nil {
			t.Fatal(err)
		}
		again := g.run(t, tc.change)
		info, err := os.Stat(again.Output)
		if err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s: the output is of %v, want %v (%v)", tc.name, info.ModTime(), old, err)
		}
		if again.Completed != 2 || !again.Unchanged || again.Output != sum.Output {
			t.Errorf("%s: got %+v", tc.name, again)
		}
		if err := os.WriteFile(g.input, []byte(jobstest.ReadFile(t, g.input)+"c\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		changed := g.run(t, tc.change)
		if info, err := os.Stat(changed.Output); err != nil || info.ModTime().Equal(old) {
			t.Errorf("%s: a run with a new row left the output as it was (%v)", tc.name, err)
		}
	}
}

// An output that a spreadsheet program has open is left to it: the program would overwrite the answers, or never show them.
func TestOpenOutputIsWrittenAside(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{"~$q.answers.csv", ".~lock.q.answers.csv#"} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.run(t)
		before := g.output(t)
		lock := filepath.Join(filepath.Dir(g.input), mark)
		if err := os.WriteFile(lock, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		g.write(t, "prompt\na\nb\n")
		sum := g.run(t)
		if !sum.Aside || filepath.Base(sum.Output) != "q.answers-2.csv" || !strings.Contains(sum.Note.String(), "open in a spreadsheet program") {
			t.Errorf("%s: output %s, note %q", mark, sum.Output, sum.Note)
		}
		if g.output(t) != before {
			t.Errorf("%s: the open file was changed", mark)
		}
		if got := jobstest.ReadFile(t, sum.Output); !strings.Contains(got, "answer to b") {
			t.Errorf("%s: beside it is\n%s", mark, got)
		}
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		if sum := g.run(t); sum.Aside || !strings.Contains(g.output(t), "answer to b") {
			t.Errorf("%s: after the program let go of it: %+v\n%s", mark, sum, g.output(t))
		}
	}
}
