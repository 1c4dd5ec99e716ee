package jobs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

func TestRunStopsAtOnceWhenTheJournalCannotBeWritten(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\n"+manyPrompts(500))
	bad := errors.New("no space left on device")
	var syncs, failed atomic.Int32
	r := g.new(func(r *Job) {
		r.Limits.Concurrency = 4
		r.tests.sync = syncOnceStarted(r, func(*os.File) error {
			if syncs.Add(1) >= 5 {
				failed.Add(1)
				return bad
			}
			return nil
		})
	})
	sum, err := r.Run(t.Context(), nil)
	var broken *journal.WriteError
	if !errors.As(err, &broken) || !errors.Is(err, bad) || broken.Journal != g.journal() {
		t.Fatalf("error %v, want a *JournalError that wraps %v", err, bad)
	}
	if n := strings.Count(err.Error(), bad.Error()); n != 1 {
		t.Errorf("the error says it %d times: %v", n, err)
	}
	if failed.Load() != 1 {
		t.Errorf("fsync was called %d times after it had failed", failed.Load()-1)
	}
	if asked := len(g.takeAsked()); asked > 50 {
		t.Errorf("%d rows were asked though the journal failed early", asked)
	}
	if sum == nil || sum.Output != "" || exists(spec.OutputPath(g.input, false)) {
		t.Errorf("an output was written: %+v", sum)
	}
}

func TestDamagedRowIsAskedAgainAndCounted(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.run(t)
	g.takeAsked()
	text := jobstest.ReadFile(t, g.journal())
	jobstest.WriteFile(t, g.journal(), strings.Replace(text, "answer to b", "answer to X", 1))
	sum := g.run(t)
	g.wantAsked(t, "b")
	at := int64(strings.LastIndex(text[:strings.Index(text, "answer to b")], "\n") + 1)
	if d := g.plan.Damaged; len(d) != 1 || d[0].Offset != at || d[0].Line != strings.Count(text[:at], "\n")+1 || sum.Damaged != 1 {
		t.Errorf("damage %v, counted %d, want one at byte %d", d, sum.Damaged, at)
	}
}

// A run refuses files that are not ours before it sends anything, even if it has no journal yet.
func TestRunRefusesForeignFilesInThePlaceOfEdits(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".edits", ".edits.lock"} {
		for _, again := range []bool{false, true} {
			g := newRig(t, "q.csv", "prompt\na\n")
			if again {
				g.run(t)
			}
			jobstest.WriteFile(t, g.journal()+ext, "mine")
			before, connects := jobstest.Folder(t, g.dir), g.connects
			_, err := g.try(t)
			jobstest.WantUsage(t, err, g.journal()+ext, "--journal")
			if g.connects != connects {
				t.Errorf("%s, again %t: connected", ext, again)
			}
			jobstest.WantFolder(t, g.dir, before)
		}
	}
}

func TestJournalIsPrivateAndARegularFile(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	for _, name := range []string{g.journal(), g.journal() + ".lock"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want mode 0600", name, info.Mode(), err)
		}
	}
	folder := t.TempDir()
	if _, err := journal.Open(folder); err == nil {
		t.Error("a folder was opened as a journal")
	}
	if _, err := journal.Read(filepath.Join(folder, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading no journal: %v, want fs.ErrNotExist", err)
	}
}

func TestManifestHasSettingsAndTexts(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "q\na\n")
	g.run(t, withPrompt("Say {{q}}"), func(r *Job) { r.Version, r.Settings.System = "1.2.3", "Be brief"; r.Settings.Format = table.CSV })
	j := g.open(t)
	m := j.Last()
	if m.Format != 1 || m.Version != "1.2.3" || m.Settings.Prompt != "Say {{q}}" || m.Settings.System != "Be brief" || m.Input != "q.csv" || m.Started.IsZero() {
		t.Errorf("manifest %+v", m)
	}
	if j.Unended() {
		t.Error("the run left no end record")
	}
}

func TestSecondRunIsRefusedAndAsksNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	openJournal(t, g.journal())
	_, err := g.try(t)
	var locked *journal.LockedError
	if !errors.As(err, &locked) || g.connects != 0 {
		t.Errorf("error %v after %d connects, want a *LockedError and none", err, g.connects)
	}
}
