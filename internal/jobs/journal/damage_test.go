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
			want := []Damage{{Line: number + 1, Offset: int64(start), Joined: i == start+len(lines[number])-1}}
			switch {
			case i == len(whole)-1:
				want = nil // the final newline is repaired silently, as after a crash
			case i == start && to == '\n': // a blank line, and the rest of the record
				want[0].Line, want[0].Offset = number+2, int64(start)+1
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

// foreignText are changes that other programs make to a text file: git, mail, editors.
var foreignText = map[string]func(string) string{
	"CRLF":         func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"CRLF, cut":    func(s string) string { return strings.TrimSuffix(strings.ReplaceAll(s, "\n", "\r\n"), "\n") },
	"CRCRLF":       func(s string) string { return strings.ReplaceAll(s, "\n", "\r\r\n") },
	"BOM":          func(s string) string { return "\xEF\xBB\xBF" + s },
	"BOM and CRLF": func(s string) string { return "\xEF\xBB\xBF" + strings.ReplaceAll(s, "\n", "\r\n") },
	"blank lines":  func(s string) string { return "\n\r\n" + strings.ReplaceAll(s, "\n", "\n\n  \n") },
	"spaces":       func(s string) string { return "  " + strings.ReplaceAll(s, "\n", " \t \n\t") },
	"no newline":   func(s string) string { return strings.TrimSuffix(s, "\n") + "  " },
}

func TestJournalThatOtherProgramsTouchedIsWhole(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	whole := string(bytes.Join(lines, nil))
	path := filepath.Join(t.TempDir(), "j")
	for name, change := range foreignText {
		text := change(whole)
		jobstest.WriteFile(t, path, text)
		if err := strange(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		j := readJournal(t, path)
		wantKept(t, j, []byte(whole), kept, name)
		if d := j.Damaged(); len(d) > 0 || j.Unended() || j.Whole() == nil {
			t.Errorf("%s: damage %v, unended %t, run %v", name, d, j.Unended(), j.Whole())
		}
		texts := 0
		if err := j.Texts(func(string, bool) { texts++ }); err != nil || texts != 1 {
			t.Errorf("%s: %d texts, %v; want 1", name, texts, err)
		}
		reopen(t, path, []byte(whole), kept, name)
		if got := jobstest.ReadFile(t, path); !strings.HasPrefix(got, strings.TrimRight(text, " \t\r\n")) {
			t.Errorf("%s: what was there has changed", name)
		}
	}
}

// A crash may tear a journal with CRLF at any byte.
func TestJournalWithCRLFCutAtEveryByte(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	whole := []byte(foreignText["BOM and CRLF"](string(bytes.Join(lines, nil))))
	path := filepath.Join(t.TempDir(), "j")
	for cut := len("\xEF\xBB\xBF") + 1; cut <= len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		reopen(t, path, whole[:cut], kept, fmt.Sprintf("cut at %d", cut))
	}
}

// A mail program wraps long lines: one record is one damage, however many lines it has become.
func TestWrappedRecordIsOneDamage(t *testing.T) {
	t.Parallel()
	lines, _ := smallJournal(t)
	first := string(lines[2])
	wrapped := first[:60] + "\r\n" + first[60:90] + "\r\n" + first[90:100] + "\r\n" + first[100:]
	path := filepath.Join(t.TempDir(), "j")
	jobstest.WriteFile(t, path, string(lines[0])+wrapped+string(lines[3])+"<<<<<<< ours\n"+string(lines[4])+
		string(bytes.TrimSpace(lines[5]))+string(lines[6]))
	at := len(lines[0])
	conflict := at + len(wrapped) + len(lines[3])
	joined := conflict + len("<<<<<<< ours\n") + len(lines[4])
	want := []Damage{{Line: 2, Offset: int64(at)}, {Line: 7, Offset: int64(conflict)}, {Line: 9, Offset: int64(joined), Joined: true}}
	if got := readJournal(t, path).Damaged(); !slices.Equal(got, want) {
		t.Errorf("damage %v, want %v", got, want)
	}
}

// A damaged newline loses no record beside it, even if the next record is damaged, too.
func TestDamagedNewlineBeforeADamagedRecord(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	path := filepath.Join(t.TempDir(), "j")
	for i := range lines[:len(lines)-1] {
		for _, at := range []int{0, 3, len(keyPrefix), 50} {
			all := make([][]byte, len(lines))
			for n, l := range lines {
				all[n] = bytes.Clone(l)
			}
			all[i][len(all[i])-1] = 'J'
			all[i+1][at] ^= 1
			b := bytes.Join(all, nil)
			jobstest.WriteFile(t, path, string(b))
			where := fmt.Sprintf("the newline of line %d and byte %d of the next", i+1, at)
			j := readJournal(t, path)
			wantKept(t, j, b, kept, where)
			if d := j.Damaged(); len(d) != 1 || d[0].Joined {
				t.Errorf("%s: damage %v, want one place with a record that is lost", where, d)
			}
		}
	}
}

// A reader that follows a journal with CRLF sees no damage, however the lines arrive.
func TestFollowedJournalWithCRLF(t *testing.T) {
	t.Parallel()
	lines, kept := smallJournal(t)
	whole := foreignText["CRLF"](string(bytes.Join(lines, nil)))
	path := filepath.Join(t.TempDir(), "j")
	jobstest.WriteFile(t, path, whole[:len(lines[0])])
	j := readJournal(t, path)
	for cut := len(lines[0]) + 1; cut <= len(whole); cut++ {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(whole[cut-1 : cut]); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if _, err := j.Follow(); err != nil {
			t.Fatal(err)
		}
	}
	wantKept(t, j, bytes.Join(lines, nil), kept, "followed")
	if d := j.Damaged(); len(d) > 0 {
		t.Errorf("damage %v", d)
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
