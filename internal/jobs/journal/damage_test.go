package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// noSync saves tests that open a journal thousands of times from waiting for the disk.
func noSync(*os.File) error { return nil }

// smallJournal creates a journal with a record of each kind. It returns its lines with newlines, and the results among them.
func smallJournal(t testing.TB) (lines [][]byte, kept []task.Result) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "j")
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	kept = []task.Result{
		{Key: task.KeyOf([]byte("1")), State: task.Completed, Completion: "J* \"да\"\n", At: at},
		{Key: task.KeyOf([]byte("2")), State: task.Failed, Cause: task.CauseServer, Error: "oh", At: at},
		{Key: task.KeyOf([]byte("3")), State: task.Blocked, At: at},
	}
	err = errors.Join(
		j.Start(&Manifest{Key: noKey, State: kindRun, Format: journalFormat, Started: at, Input: "q.csv"}),
		j.Flight(2, false), j.Record(kept[0]), j.Lost(kept[1].Key, false), j.Record(kept[1]), j.Record(kept[2]),
		j.Commit(&Commit{Key: noKey, State: kindCommit, Output: "o", SHA256: strings.Repeat("0", 64)}),
		j.End(&End{Key: noKey, State: kindEnd, Ended: at}), j.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.SplitAfter(b, []byte("\n"))[:8], kept
}

func TestJournalCutAtEveryByteKeepsEveryWholeRecord(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	whole := bytes.Join(lines, nil)
	path := filepath.Join(t.TempDir(), "j")
	for cut := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Read(path)
		if err != nil {
			t.Fatalf("cut at %d: ReadJournal: %v", cut, err)
		}
		wantKept(t, r, whole[:cut], kept, fmt.Sprintf("read, cut at %d", cut))
		r.Close()
		reopen(t, path, whole[:cut], kept, fmt.Sprintf("cut at %d", cut))
	}
}

// reopen opens a journal whose undamaged part contains the records of kept that are in b, and appends to it.
func reopen(t *testing.T, path string, b []byte, kept []task.Result, where string) {
	t.Helper()
	j, err := openLocked(path, noSync)
	if err != nil {
		t.Fatalf("%s: opening: %v", where, err)
	}
	wantKept(t, j, b, kept, where)
	added := task.Result{Key: task.KeyOf([]byte("added")), State: task.Completed, Completion: "added", At: time.Unix(0, 0).UTC()}
	if err := errors.Join(j.Record(added), j.Close()); err != nil {
		t.Fatalf("%s: appending: %v", where, err)
	}
	r, err := Read(path)
	if err != nil {
		t.Fatalf("%s: reading again: %v", where, err)
	}
	defer r.Close()
	wantKept(t, r, b, append(kept, added), where+", reopened")
	text, err := os.ReadFile(path)
	if err != nil || !bytes.HasSuffix(text, line(t, added)) || bytes.Count(text, []byte("\n")) == 0 {
		t.Errorf("%s: the file ends %q", where, text[max(0, len(text)-80):])
	}
	if len(r.Damaged()) > 0 {
		t.Errorf("%s: damage %v, want none", where, r.Damaged())
	}
}

// wantKept fails unless j has exactly those of kept whose record is intact in b or was added later.
func wantKept(t *testing.T, j *Journal, b []byte, kept []task.Result, where string) {
	t.Helper()
	for _, k := range kept {
		want := bytes.Contains(b, bytes.TrimSuffix(line(t, k), []byte("\n"))) || k.Completion == "added"
		p, ok := j.Lookup(k.Key, k.Sandbox)
		if ok != want {
			t.Errorf("%s: %s found: %t, want %t", where, k.Key, ok, want)
		}
		if !ok {
			continue
		}
		if got, _, err := j.ReadResult(p, nil); err != nil || *got != k {
			t.Errorf("%s: read %+v, %v, want %+v", where, got, err, k)
		}
	}
}

func TestChangedByteLosesOnlyItsRecordAndIsCounted(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	whole := bytes.Join(lines, nil)
	path := filepath.Join(t.TempDir(), "j")
	var start, number int
	for i := range whole {
		if i == start+len(lines[number]) {
			start, number = i, number+1
		}
		for _, to := range []byte{whole[i] ^ 1, whole[i] ^ 0x80, '\n', 0} {
			if to == whole[i] {
				continue
			}
			b := bytes.Clone(whole)
			b[i] = to
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := Read(path)
			if err != nil {
				t.Fatalf("byte %d is %q: %v", i, to, err)
			}
			where := fmt.Sprintf("byte %d of line %d is %q", i-start, number+1, to)
			wantKept(t, j, b, kept, where)
			want := []Damage{{Line: number + 1, Offset: int64(start)}}
			if i == len(whole)-1 {
				want = nil // the final newline is repaired silently, as after a crash
			}
			if got := j.Damaged(); !slices.Equal(got, want) {
				t.Errorf("%s: damage %v, want %v", where, got, want)
			}
			j.Close()
			if i == start+len(lines[number])-1 {
				reopenDamaged(t, path, b, kept, where)
			}
		}
	}
}

// reopenDamaged opens a damaged journal for writing.
func reopenDamaged(t *testing.T, path string, b []byte, kept []task.Result, where string) {
	t.Helper()
	j, err := openLocked(path, noSync)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	defer j.Close()
	wantKept(t, j, b, kept, where+", opened")
}

func TestZerosAtTheEndAreCut(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	whole := bytes.Join(lines, nil)
	path := filepath.Join(t.TempDir(), "j")
	for _, b := range [][]byte{append(bytes.Clone(whole), make([]byte, 5000)...), make([]byte, 5000), make([]byte, 3)} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		reopen(t, path, b, kept, fmt.Sprintf("%d bytes", len(b)))
		if text := jobstest.ReadFile(t, path); strings.Contains(text, "\x00") {
			t.Errorf("zeros are left in %d bytes", len(text))
		}
	}
}

func FuzzJournalLoads(f *testing.F) {
	lines, _ := smallJournal(f)
	whole := bytes.Join(lines, nil)
	f.Add(whole, false)
	f.Add(whole[:len(whole)/2], true)
	f.Add([]byte("{\"key\":\"\n\n{\"key\":\""), true)
	f.Add([]byte{0, '\n', 0}, true)
	f.Add(bytes.ReplaceAll(whole, []byte("\n"), nil), true)
	f.Fuzz(func(t *testing.T, b []byte, after bool) {
		if after {
			b = append(bytes.Clone(lines[0]), b...)
		}
		path := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := openLocked(path, noSync)
		if err != nil {
			var not *ForeignError
			var format *FormatError
			if !errors.As(err, &format) && (after || !errors.As(err, &not)) {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		added := task.Result{Key: task.KeyOf([]byte("added")), State: task.Completed, Completion: "added"}
		if err := errors.Join(j.Record(added), j.Close()); err != nil {
			t.Fatal(err)
		}
		r := readJournal(t, path)
		p, ok := r.Lookup(added.Key, false)
		if !ok {
			t.Fatalf("%q: the record appended after it is not found", b)
		}
		if got, _, err := r.ReadResult(p, nil); err != nil || got.Completion != "added" {
			t.Fatalf("%q: read %+v, %v", b, got, err)
		}
	})
}
