package jobs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
)

func TestBadInputChangesNothingOnDiskAndReachesNobody(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, file, content, word string }{
		{"empty", "q.csv", "", "empty"},
		{"header only", "q.csv", "prompt\n", "no rows"},
		{"bad JSON at line 2", "q.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\n", ":2:"},
		{"bad request at line 2", "q.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}\n{\"messages\":3}\n", ":2:"},
		{"no workbook", "q.xlsx", "prompt\na\n", "workbook"},
		{"unknown format", "q.doc", "prompt\na\n", "format"},
		{"which column", "q.csv", "a,b\n1,2\n", "which column"},
	} {
		for _, journal := range []bool{false, true} {
			g := newRig(t, tc.file, tc.content)
			if journal {
				good := newRig(t, "q.csv", "prompt\na\n")
				good.run(t)
				jobstest.WriteFile(t, g.journal(), jobstest.ReadFile(t, good.journal()))
				jobstest.WriteFile(t, g.journal()+".lock", "")
			}
			before := jobstest.Folder(t, g.dir)
			sum, err := g.try(t)
			if err == nil || !strings.Contains(err.Error(), tc.word) || sum != nil {
				t.Errorf("%s: error %v, want one with %q", tc.name, err, tc.word)
			}
			if g.connects != 0 {
				t.Errorf("%s: connected", tc.name)
			}
			after := jobstest.Folder(t, g.dir)
			if journal {
				after[filepath.Base(g.journal())+".lock"] = "" // its content names the last holder
			}
			wantSame(t, tc.name, before, after)
		}
	}
}

func wantSame(t *testing.T, name string, before, after map[string]string) {
	t.Helper()
	for file := range before {
		if after[file] != before[file] {
			t.Errorf("%s: %s was changed", name, file)
		}
	}
	for file := range after {
		if _, ok := before[file]; !ok {
			t.Errorf("%s: %s was made", name, file)
		}
	}
}

func TestInputThatIsNoFileIsRefused(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	for _, input := range []string{filepath.Join(g.dir, "none.csv"), g.dir} {
		before := jobstest.Folder(t, g.dir)
		_, err := g.try(t, func(r *Job) { r.Input = input })
		var bad *table.Error
		if !errors.As(err, &bad) {
			t.Errorf("%s: error %v, want a *table.Error", input, err)
		}
		jobstest.WantFolder(t, g.dir, before)
	}
}

func TestUnwritablePlacesAreFoundBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	folder := filepath.Join(g.dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	before := jobstest.Folder(t, g.dir)
	for name, change := range map[string]func(*Job){
		"output in no folder":  func(r *Job) { r.Settings.Output = filepath.Join(g.dir, "none", "o.csv") },
		"output is a folder":   func(r *Job) { r.Settings.Output = folder },
		"journal in no folder": func(r *Job) { r.Journal = filepath.Join(g.dir, "none", "j") },
		"journal is a folder":  func(r *Job) { r.Journal = folder },
	} {
		if _, err := g.try(t, change); err == nil || g.connects != 0 {
			t.Errorf("%s: error %v after %d connects, want one after none", name, err, g.connects)
		}
	}
	delete(before, "folder")
	after := jobstest.Folder(t, g.dir)
	delete(after, "folder")
	delete(after, "folder.lock")
	wantSame(t, "all", before, after)
}

func TestServiceThatCannotBeReachedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	before := jobstest.Folder(t, g.dir)
	bad := errors.New("no key")
	_, err := g.try(t, func(r *Job) { r.Connect = failConnect(bad) })
	if !errors.Is(err, bad) {
		t.Errorf("error %v, want %v", err, bad)
	}
	jobstest.WantFolder(t, g.dir, before)
}
