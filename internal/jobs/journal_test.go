package jobs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"gigabatch/internal/io/table"
)

func TestOnlyTheHolderOfTheLockCutsATornTail(t *testing.T) {
	t.Parallel()
	lines, _ := smallJournal(t)
	whole := bytes.Join(lines, nil)
	path := filepath.Join(t.TempDir(), "j")
	torn := string(whole[:len(whole)-5])
	writeFile(t, path, torn)
	readJournal(t, path)
	if got := readFile(t, path); got != torn {
		t.Errorf("a reader changed the journal from %d to %d bytes", len(torn), len(got))
	}
	openJournal(t, path)
	if got, want := readFile(t, path), string(bytes.Join(lines[:len(lines)-1], nil)); got != want {
		t.Errorf("the holder left\n%s\nwant\n%s", got, want)
	}
}

func TestNewerFormatIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	b, err := appendRecord(nil, &manifest{Key: noKey, State: kindRun, Format: journalFormat + 1})
	if err != nil {
		t.Fatal(err)
	}
	content := string(b) + `{"key":"torn`
	writeFile(t, path, content)
	_, err = OpenJournal(path)
	var format *FormatError
	if !errors.As(err, &format) || format.Format != journalFormat+1 {
		t.Errorf("error %v, want a *FormatError", err)
	}
	if got := readFile(t, path); got != content {
		t.Errorf("the journal was changed to %q", got)
	}
}

func TestUnknownRecordsOfANewerProgramArePassedOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	b, err := appendRecord(nil, struct {
		Key   string `json:"key"`
		State string `json:"state"`
		Batch string `json:"batch"`
	}{noKey, "batch", "x"})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(b)+string(line(t, results()[0])))
	j := openJournal(t, path)
	if _, ok := j.lookup(results()[0].Key, false); !ok || len(j.Damaged()) > 0 {
		t.Errorf("result found: %t, damage %v", ok, j.Damaged())
	}
}

func TestFileThatIsNoJournalIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"prompt,id\na,1\nb,2", "{\"prompt\":\"a\"}\n", "x", "\n", "\xef\xbb\xbfprompt\n"} {
		path := filepath.Join(t.TempDir(), "q.csv")
		writeFile(t, path, content)
		for name, open := range map[string]func(string) (*Journal, error){"open": OpenJournal, "read": ReadJournal} {
			_, err := open(path)
			var not *NotJournalError
			if !errors.As(err, &not) {
				t.Errorf("%s %q: error %v, want a *NotJournalError", name, content, err)
			}
		}
		if got := readFile(t, path); got != content {
			t.Errorf("%q was changed to %q", content, got)
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
	if _, err := OpenJournal(folder); err == nil {
		t.Error("a folder was opened as a journal")
	}
	if _, err := ReadJournal(filepath.Join(folder, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading no journal: %v, want fs.ErrNotExist", err)
	}
}

func TestManifestHasSettingsAndTexts(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "q\na\n")
	g.run(t, prompt("Say {{q}}"), func(r *Run) { r.Version, r.Settings.System = "1.2.3", "Be brief"; r.Settings.Format = table.CSV })
	h := g.open(t).history
	m := h.last
	if m.Format != journalFormat || m.Version != "1.2.3" || m.Settings.Prompt != "Say {{q}}" || m.Settings.System != "Be brief" || m.Input != "q.csv" || m.Started.IsZero() {
		t.Errorf("manifest %+v", m)
	}
	if h.unended {
		t.Error("the run left no end record")
	}
}
