package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// aJournal creates a journal and returns the paths of the journal and its edits.
func aJournal(t *testing.T) (journal, edits string) {
	t.Helper()
	journal = filepath.Join(t.TempDir(), "q.gigabatch")
	jobstest.WriteFile(t, journal, "")
	return journal, journal + ".edits"
}

func editOf(text string, n int) Edit {
	return Edit{Key: task.KeyOf([]byte("one")), Occurrence: n, Text: text, At: time.Date(2026, 7, 1, 12, 0, n, 0, time.UTC)}
}

func mustEdit(t *testing.T, journal string, e Edit) {
	t.Helper()
	if err := AppendEdit(journal, e); err != nil {
		t.Fatalf("AppendEdit: %v", err)
	}
}

func openEdits(t *testing.T, journal string) *Edits {
	t.Helper()
	e, err := OpenEdits(journal)
	if err != nil {
		t.Fatalf("OpenEdits: %v", err)
	}
	return e
}

// wantTexts fails unless the edits of the cells of one key, by occurrence, are the given ones; "" is none.
func wantTexts(t *testing.T, what string, e *Edits, want ...string) {
	t.Helper()
	for n, text := range want {
		got, ok := e.Lookup(task.KeyOf([]byte("one")), n, false)
		if ok != (text != "") || got.Text != text {
			t.Errorf("%s: occurrence %d has %q (%t), want %q", what, n, got.Text, ok, text)
		}
	}
}

func TestEditsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	journal, path := aJournal(t)
	e := openEdits(t, journal)
	if jobstest.Exists(path) || jobstest.Exists(path+".lock") || e.Size() != 0 {
		t.Error("reading edits created a file")
	}
	first := editOf("один <b>\n\"two\"", 0)
	mustEdit(t, journal, first)
	mustEdit(t, journal, editOf("other", 3))
	mustEdit(t, journal, Edit{Key: first.Key, Text: "of the sandbox", Sandbox: true})
	if changed, err := e.Refresh(); !changed || err != nil {
		t.Errorf("refresh: %t, %v", changed, err)
	}
	if got, ok := e.Lookup(first.Key, 0, false); !ok || got != first {
		t.Errorf("got %+v, want %+v", got, first)
	}
	if got, ok := e.Lookup(first.Key, 0, true); !ok || got.Text != "of the sandbox" || got.At.IsZero() {
		t.Errorf("of the sandbox: got %+v, %t", got, ok)
	}
	size := e.Size()
	if changed, err := e.Refresh(); changed || err != nil || size == 0 {
		t.Errorf("refresh without changes: %t, %v; size %d", changed, err, size)
	}
	mustEdit(t, journal, Edit{Key: first.Key, Undo: true})
	if _, err := e.Refresh(); err != nil || e.Size() <= size {
		t.Errorf("after an undo: %v, size %d, before %d", err, e.Size(), size)
	}
	wantTexts(t, "undone", e, "", "", "", "other")
	if len(e.Ever(first.Key)) == 0 || len(e.Ever(task.KeyOf([]byte("two")))) > 0 {
		t.Error("Ever does not tell which keys were edited")
	}
	mustEdit(t, journal, editOf("again", 0))
	wantTexts(t, "edited again", openEdits(t, journal), "again")
	for _, name := range []string{path, path + ".lock"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, info, err)
		}
	}
	line := strings.SplitAfter(jobstest.ReadFile(t, path), "\n")[1]
	want := `{"key":"` + first.Key.String() + `","state":"edit","occurrence":3,"completion":"other","at":"2026-07-01T12:00:03Z","crc":"`
	if !strings.HasPrefix(line, want) {
		t.Errorf("a record is\n%s\nwant\n%s", line, want)
	}
}

// editTexts are the texts of smallEdits, by occurrence.
var editTexts = []string{"zero", "one\nline", strings.Repeat("long ", 50)}

// smallEdits returns the content of a file of edits.
func smallEdits(t *testing.T) string {
	t.Helper()
	var b []byte
	var err error
	for n, text := range editTexts {
		e := editOf(text, n)
		if b, err = e.append(b); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

// A crash in the middle of a record loses only that edit, and the next writer continues after it.
func TestEditsTornAnywhereLoseNoneThatWasKept(t *testing.T) {
	t.Parallel()
	whole := smallEdits(t)
	journal, path := aJournal(t)
	for n := range len(whole) + 1 {
		var want []string
		end := 0
		for _, text := range editTexts {
			end += strings.Index(whole[end:], "\n") + 1
			if n < end-1 { // a record without its newline is complete
				text = ""
			}
			want = append(want, text)
		}
		for _, tail := range []string{"", "\x00\x00\x00"} {
			if tail != "" && n > 0 && whole[n-1] == '}' {
				continue // zeros in place of the newline that the record needs
			}
			jobstest.WriteFile(t, path, whole[:n]+tail)
			what := fmt.Sprintf("torn at byte %d, then %q", n, tail)
			wantTexts(t, what, openEdits(t, journal), want...)
			mustEdit(t, journal, editOf("next", len(want)))
			wantTexts(t, what+", then written", openEdits(t, journal), append(want[:len(want):len(want)], "next")...)
			before := whole[:n] + tail
			rest, only := strings.CutPrefix(jobstest.ReadFile(t, path), before)
			if ended := before == "" || strings.HasSuffix(before, "\n"); !only || strings.HasPrefix(rest, "\n") == ended {
				t.Errorf("%s: appended %q, want the record on a line of its own", what, rest)
			}
		}
	}
}

func TestDamagedEditsAreSkipped(t *testing.T) {
	t.Parallel()
	whole := smallEdits(t)
	first, last := strings.Index(whole, "\n"), strings.LastIndex(whole[:len(whole)-1], "\n")
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"a byte of the first":     {"?" + whole[1:], []string{"", editTexts[1], editTexts[2]}},
		"a byte in the middle":    {whole[:first+70] + "?" + whole[first+71:], []string{editTexts[0], "", editTexts[2]}},
		"a newline between":       {whole[:first] + "?" + whole[first+1:], editTexts},
		"a byte became a newline": {whole[:first+60] + "\n" + whole[first+61:], []string{editTexts[0], "", editTexts[2]}},
		"zeros at the beginning":  {strings.Repeat("\x00", first) + whole[first:], []string{"", editTexts[1], editTexts[2]}},
		"zeros at the end":        {whole[:last+1] + strings.Repeat("\x00", len(whole)-last-1), []string{editTexts[0], editTexts[1], ""}},
		"a kind of the future":    {whole + string(line(t, results()[0])), editTexts},
	} {
		journal, path := aJournal(t)
		jobstest.WriteFile(t, path, c.content)
		wantTexts(t, name, openEdits(t, journal), c.want...)
		mustEdit(t, journal, editOf("next", 3))
		wantTexts(t, name+", then written", openEdits(t, journal), append(c.want[:3:3], "next")...)
	}
}

// foreignEdits returns files that are not files of edits.
func foreignEdits(t *testing.T) []string {
	record := smallEdits(t)
	return []string{
		"mine", "a;b\n1;2\n", `{"key":"abc"}`, "{\n\"a\": 1}\n", "# notes\n" + record[:strings.Index(record, "\n")+1], string(line(t, results()[0])),
		firstRecord, "\x00\x00text", `{"key":"` + noKey + `","state":"pear"`,
	}
}

func TestForeignFilesInThePlaceOfEditsAreRefusedUntouched(t *testing.T) {
	t.Parallel()
	for _, content := range foreignEdits(t) {
		for _, ext := range []string{".edits", ".edits.lock"} {
			journal, _ := aJournal(t)
			jobstest.WriteFile(t, journal+ext, content)
			before := jobstest.Folder(t, filepath.Dir(journal))
			jobstest.WantUsage(t, AppendEdit(journal, editOf("x", 0)), journal+ext, "--journal")
			_, err := Open(journal)
			jobstest.WantUsage(t, err, journal+ext, "--journal")
			if _, err := OpenEdits(journal); ext == ".edits" {
				jobstest.WantUsage(t, err, journal+ext)
			}
			jobstest.WantFolder(t, filepath.Dir(journal), before)
		}
	}
}

func TestEditsThatAreNoRegularFileAreRefused(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".edits", ".edits.lock"} {
		journal, _ := aJournal(t)
		if err := os.Mkdir(journal+ext, 0o700); err != nil {
			t.Fatal(err)
		}
		jobstest.WantUsage(t, AppendEdit(journal, editOf("x", 0)), journal+ext)
		_, err := Open(journal)
		jobstest.WantUsage(t, err, journal+ext)
	}
}

func TestEditsAreNoJournal(t *testing.T) {
	t.Parallel()
	_, path := aJournal(t)
	jobstest.WriteFile(t, path, smallEdits(t))
	before := jobstest.Folder(t, filepath.Dir(path))
	_, err := Open(path)
	var not *ForeignError
	if !errors.As(err, &not) {
		t.Errorf("error %v, want a *ForeignError", err)
	}
	jobstest.WantFolder(t, filepath.Dir(path), before)
}

func TestEditWithoutAJournalIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := AppendEdit(filepath.Join(dir, "j"), editOf("x", 0)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
	journal, _ := aJournal(t)
	if err := AppendEdit(journal, editOf("x", -1)); err == nil {
		t.Error("an edit of no occurrence was taken")
	}
	jobstest.WantFolder(t, dir, map[string]string{})
}

func TestWritersOfEditsWaitForEachOther(t *testing.T) {
	t.Parallel()
	const writers, each = 4, 15
	journal, path := aJournal(t)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				if err := AppendEdit(journal, editOf(fmt.Sprintf("%d by %d", i, w), w*each+i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	reader := openEdits(t, journal)
	for range 50 {
		if _, err := reader.Refresh(); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
	var want []string
	for w := range writers {
		for i := range each {
			want = append(want, fmt.Sprintf("%d by %d", i, w))
		}
	}
	if _, err := reader.Refresh(); err != nil {
		t.Error(err)
	}
	wantTexts(t, "all", reader, want...)
	if n := strings.Count(jobstest.ReadFile(t, path), "\n"); n != writers*each {
		t.Errorf("%d lines, want %d", n, writers*each)
	}
}

// When AppendEdit returns, the file and then its name are on disk.
func TestEditIsOnDiskWhenItIsAcknowledged(t *testing.T) {
	t.Parallel()
	journal, path := aJournal(t)
	var synced []string
	sync := func(f *os.File) error {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			b = nil // the folder
		}
		synced = append(synced, filepath.Base(f.Name())+" "+fmt.Sprint(strings.Count(string(b), "\n")))
		return nil
	}
	for n := range 2 {
		if err := appendEdit(path, editOf("x", n), sync); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Base(filepath.Dir(journal)) + " 0"
	if got, want := strings.Join(synced, ", "), "q.gigabatch.edits 1, "+folder+", q.gigabatch.edits 2, "+folder; got != want {
		t.Errorf("synced %s, want %s", got, want)
	}
	broken := errors.New("no more room")
	if err := appendEdit(path, editOf("x", 2), func(*os.File) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

// Edits whose file is deleted no longer count, and are there again with the file.
func TestEditsWhoseFileIsDeleted(t *testing.T) {
	t.Parallel()
	journal, path := aJournal(t)
	mustEdit(t, journal, editOf("mine", 0))
	e := openEdits(t, journal)
	content := jobstest.ReadFile(t, path)
	for range 2 {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		for _, want := range []bool{true, false} {
			if changed, err := e.Refresh(); err != nil || changed != want {
				t.Errorf("deleted: changed %t, error %v, want %t", changed, err, want)
			}
		}
		if _, ok := e.Lookup(editOf("", 0).Key, 0, false); ok || e.Size() != 0 || len(e.Ever(editOf("", 0).Key)) > 0 {
			t.Errorf("deleted: an edit is found, of %d bytes", e.Size())
		}
		jobstest.WriteFile(t, path, content)
		if changed, err := e.Refresh(); err != nil || !changed || e.Size() != int64(len(content)) {
			t.Errorf("there again: changed %t, error %v, %d bytes", changed, err, e.Size())
		}
		if d, ok := e.Lookup(editOf("", 0).Key, 0, false); !ok || d.Text != "mine" {
			t.Errorf("there again: %+v, %t", d, ok)
		}
	}
}

func FuzzEdits(f *testing.F) {
	e := editOf("text", 1)
	line, err := e.append(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add([]byte(`{"key":"`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		journal, path := aJournal(t)
		jobstest.WriteFile(t, path, string(content))
		before, err := OpenEdits(journal)
		if err != nil {
			return
		}
		mustEdit(t, journal, editOf("next", 1<<20))
		after := openEdits(t, journal)
		if len(after.last) < len(before.last) || !strings.HasPrefix(jobstest.ReadFile(t, path), string(content)) {
			t.Errorf("%q: %d edits before the next, %d after", content, len(before.last), len(after.last))
		}
		wantTexts(t, "next", &Edits{last: map[editedCell]Edit{{editOf("", 0).Key, 0, false}: after.last[editedCell{editOf("", 0).Key, 1 << 20, false}]}}, "next")
	})
}
