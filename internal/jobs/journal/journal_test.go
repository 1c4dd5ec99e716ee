package journal

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"gigabatch/internal/jobs/jobstest"
)

func TestOnlyTheHolderOfTheLockCutsATornTail(t *testing.T) {
	t.Parallel()
	lines, _ := smallJournal(t)
	whole := bytes.Join(lines, nil)
	path := filepath.Join(t.TempDir(), "j")
	torn := string(whole[:len(whole)-5])
	jobstest.WriteFile(t, path, torn)
	readJournal(t, path)
	if got := jobstest.ReadFile(t, path); got != torn {
		t.Errorf("a reader changed the journal from %d to %d bytes", len(torn), len(got))
	}
	openJournal(t, path)
	if got, want := jobstest.ReadFile(t, path), string(bytes.Join(lines[:len(lines)-1], nil)); got != want {
		t.Errorf("the holder left\n%s\nwant\n%s", got, want)
	}
}

func TestNewerFormatIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	b, err := appendRecord(nil, &Manifest{Key: noKey, State: kindRun, Format: journalFormat + 1})
	if err != nil {
		t.Fatal(err)
	}
	content := string(b) + `{"key":"torn`
	jobstest.WriteFile(t, path, content)
	_, err = Open(path)
	var format *FormatError
	if !errors.As(err, &format) || format.Format != journalFormat+1 {
		t.Errorf("error %v, want a *FormatError", err)
	}
	if got := jobstest.ReadFile(t, path); got != content {
		t.Errorf("the journal was changed to %q", got)
	}
}

func TestUnknownRecordsOfANewerProgramAreSkipped(t *testing.T) {
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
	jobstest.WriteFile(t, path, string(b)+string(line(t, results()[0])))
	j := openJournal(t, path)
	if _, ok := j.Lookup(results()[0].Key, false); !ok || len(j.Damaged()) > 0 {
		t.Errorf("result found: %t, damage %v", ok, j.Damaged())
	}
}

func TestFileThatIsNoJournalIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"prompt,id\na,1\nb,2", "{\"prompt\":\"a\"}\n", "x", "\n", "\xef\xbb\xbfprompt\n"} {
		path := filepath.Join(t.TempDir(), "q.csv")
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
