package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

// notJournals returns files that resemble journals.
func notJournals(t *testing.T) []string {
	record := string(line(t, results()[0]))
	return []string{
		`{"key":"abc","v":1}`, "{\"key\":\"abc\",\"v\":1}\n{\"key\":\"b\"", `{"key":"` + "\n", "\x00\x00text", "\x00\n\x00",
		firstRecord + `,"format":1` + "\n", strings.Repeat("\x00", 5000) + "x", `{"key":"0000x`,
		"# notes\n" + record + "more of them", "# notes\n" + record + "more\nof them\n",
	}
}

func TestFileLikeAJournalIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	for _, content := range notJournals(t) {
		dir := t.TempDir()
		path := filepath.Join(dir, "data.jsonl")
		jobstest.WriteFile(t, path, content)
		for name, open := range map[string]func(string) (*Journal, error){"open": Open, "read": Read} {
			_, err := open(path)
			var not *ForeignError
			if !errors.As(err, &not) {
				t.Errorf("%s %q: error %v, want a *ForeignError", name, content, err)
			}
		}
		if got := jobstest.ReadFile(t, path); got != content {
			t.Errorf("%q was changed to %q", content, got)
		}
	}
}

func TestJournalTornInItsFirstRecordIsContinued(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", `{`, `{"key":"000`, firstRecord, firstRecord + `,"format":1`, `{"key":"` + "\x00\x00\x00", "\x00", strings.Repeat("\x00", 5000)} {
		path := filepath.Join(t.TempDir(), "j")
		jobstest.WriteFile(t, path, content)
		j := openJournal(t, path)
		if err := j.Record(results()[0]); err != nil {
			t.Errorf("%q: %v", content, err)
		}
		if got, want := jobstest.ReadFile(t, path), string(line(t, results()[0])); got != want {
			t.Errorf("%q: became %q, want %q", content, got, want)
		}
	}
}

// A bad block of a journal, even the first one, loses only its own content.
func TestJournalWhoseBeginningIsDamagedIsRead(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	for _, first := range []string{strings.Repeat("\x00", len(lines[0])-1) + "\n", "?" + string(lines[0][1:])} {
		rest := ""
		for _, l := range lines[1:] {
			rest += string(l)
		}
		path := filepath.Join(t.TempDir(), "j")
		jobstest.WriteFile(t, path, first+rest)
		wantKept(t, readJournal(t, path), []byte(rest), kept, "first line damaged")
		wantKept(t, openJournal(t, path), []byte(rest), kept, "first line damaged")
	}
}

// Files in the place of the journal's own files must not be replaced.
func TestFilesBesideTheJournalAreNotOverwritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ext, content string }{
		{".lock", "[[package]]\nname = \"attrs\"\n"}, {".lock", "x"}, {".lock", "a, process 1, since 2026-01-01 00:00:00\nmore\n"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "poetry")
		jobstest.WriteFile(t, path+c.ext, c.content)
		before := jobstest.Folder(t, dir)
		_, err := Open(path)
		var usage *spec.UsageError
		if !errors.As(err, &usage) || !strings.Contains(usage.Msg.String(), path+c.ext) || !strings.Contains(usage.Hint.String(), "--journal") {
			t.Errorf("%s: error %v, want a *UsageError that names it", c.ext, err)
		}
		jobstest.WantFolder(t, dir, before)
	}
}

func TestFilesBesideTheJournalThatAreOursAreTaken(t *testing.T) {
	t.Parallel()
	for ext, contents := range map[string][]string{
		".lock": {"", "\x00\x00", "a b, process 7, since 2026-01-01 00:00:00\n", thisProcess()},
		".rows": {"", "a;b\n1;2\n"},
	} {
		for _, content := range contents {
			path := filepath.Join(t.TempDir(), "j")
			jobstest.WriteFile(t, path+ext, content)
			openJournal(t, path)
		}
	}
}

// A journal has one writer, whatever name it is opened by.
func TestJournalOfTwoNamesHasOneWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	journal, other := filepath.Join(dir, "j"), filepath.Join(dir, "other")
	jobstest.WriteFile(t, journal, "")
	if err := os.Link(journal, other); err != nil {
		t.Skip(err)
	}
	first := openJournal(t, other)
	_, err := Open(journal)
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Errorf("error %v, want a *LockedError", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openJournal(t, journal)
}
