package board

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

// Saving says what it will do, and does it: into a file beside the table, or into the table itself. Saying it changes nothing.
func TestSave(t *testing.T) {
	t.Parallel()
	b, s := openWith(t, map[string]string{"q.csv": "prompt,note\none,x\nbad,y\n"}, func(o *Options) { o.Sandbox = false })
	b.Connect = s.real
	id := start(t, b, &Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	until(t, b, id, inState(Completed))
	table, output := filepath.Join(b.Dir, "q.csv"), filepath.Join(b.Dir, "q.answers.csv")
	if err := os.Remove(output); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ how, output, says string }{
		{"new", "q.answers.csv", "q.answers.csv is a new file: a copy of q.csv with these columns: \"completion\", \"error\""},
		{"in_place", "q.csv", "the answers go into q.csv itself, into these columns: \"completion\", \"error\""},
		{"new", "q.answers.csv", "q.answers.csv is written again"},
	} {
		before := jobstest.Folder(t, b.Dir)
		dry, err := Answers{Board: b}.Save(t.Context(), id, Saving{How: c.how, Dry: true})
		if err != nil || dry.Output != c.output || !strings.HasPrefix(dry.Says[0].String(), c.says) {
			t.Fatalf("%s would do %+v, %v", c.how, dry, err)
		}
		jobstest.WantFolder(t, b.Dir, before)
		if done, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: c.how}); err != nil || done.Output != c.output {
			t.Fatalf("%s has done %+v, %v", c.how, done, err)
		}
		if got := read(t, filepath.Join(b.Dir, c.output)); !strings.HasPrefix(got, "prompt,note,completion,error\none,x,re one,\nbad,y,,") {
			t.Errorf("%s: %q", c.output, got)
		}
	}
	if err := b.Continue(t.Context(), id, false); err != nil { // the columns in the table are ours
		t.Errorf("going on after the answers went into the table: %v", err)
	}
	until(t, b, id, func(i Info) bool { return i.State == Completed && !i.Here })
	if s.count() != 2 {
		t.Errorf("%d requests, want 2", s.count())
	}
	changed := strings.Replace(read(t, output), "re one", "mine", 1)
	write(t, output, changed)
	for _, dry := range []bool{true, false} {
		_, err := Answers{Board: b}.Save(t.Context(), id, Saving{How: "new", Dry: dry})
		wantCure(t, "an output that another program has changed", err, spec.CureOutput)
	}
	if read(t, output) != changed {
		t.Error("the change of another program is gone")
	}
	write(t, filepath.Join(b.Dir, ".~lock.q.csv#"), ",me,here,;")
	var wrong *spec.UsageError
	if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "in_place", Dry: true}); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "open in a spreadsheet program") {
		t.Errorf("a table that is open: %v", err)
	}
	if !strings.HasPrefix(read(t, table), "prompt,note,completion,error\n") {
		t.Errorf("the table is %q", read(t, table))
	}
}

// Nothing is saved while a run is in progress, nor the answers of a sandbox into the table.
func TestSaveRefuses(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\nslow\n"})
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Running))
	if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); !errors.Is(err, ErrBusy) {
		t.Errorf("during a run: %v", err)
	}
	close(s.goOn)
	until(t, b, id, inState(Completed))
	for how, want := range map[string]string{"in_place": "sandbox", "away": "no way of saving"} {
		if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: how, Dry: true}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", how, err)
		}
	}
	if _, err := (Answers{Board: b}).Save(t.Context(), IDOf("no.csv.gigabatch"), Saving{How: "new"}); !errors.Is(err, ErrNoRun) {
		t.Errorf("a table without a run: %v", err)
	}
}
