package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/messages"
)

func openJournal(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := Open(path)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func TestSecondWriterIsToldWhoHoldsTheJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	openJournal(t, path)
	_, err := Open(path)
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("error %v, want a *LockedError", err)
	}
	host, _ := os.Hostname()
	for _, want := range []string{host, fmt.Sprintf("process %d", os.Getpid())} {
		if !strings.Contains(locked.Holder.String(), want) || !strings.Contains(err.Error(), want) {
			t.Errorf("the error %q does not name %q", err, want)
		}
	}
}

// On Windows, the first byte of a lock file belongs to the handle with the lock, and the name of the process comes after it.
func TestNameBesideTheLockedByte(t *testing.T) {
	t.Parallel()
	lock := filepath.Join(t.TempDir(), "j.lock")
	if err := os.WriteFile(lock, []byte("\x00a computer with a long name, process 1234567, since 2026-01-01 00:00:00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sign(lock, 1); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(lock)
		if want := "\x00" + thisProcess(); err != nil || len(text) != len(want) || !ownLock.Match(text) {
			t.Errorf("got %q, error %v; want %q", text, err, want)
		}
		if got, want := holder(lock, 1).String(), fmt.Sprintf("process %d, since ", os.Getpid()); !strings.Contains(got, want) || strings.Contains(got, "\x00") {
			t.Errorf("got the holder %q, want %q", got, want)
		}
	}
}

// A file system that cannot make a folder durable can still have a journal.
func TestFolderThatCannotBeSynced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		fine bool
	}{{syscall.EINVAL, true}, {syscall.ENOTSUP, true}, {syscall.EIO, false}} {
		j, err := OpenWith(filepath.Join(t.TempDir(), "j"), func(f *os.File) error {
			if info, err := f.Stat(); err != nil || info.IsDir() {
				return errors.Join(err, tt.err)
			}
			return f.Sync()
		})
		if (err == nil) != tt.fine || err == nil && j.Close() != nil {
			t.Errorf("%v: got error %v", tt.err, err)
		}
	}
}

// A process that has just taken the lock is named, although its name is not in the lock file yet, or that of another one still is.
func TestHolderIsNamedThatHasYetToSign(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"", "\x00\x00", "host, process 1, since 2026-11-29 10:00:00\n"} {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "j")
			jobstest.WriteFile(t, lockPath(path), before)
			l := flock.New(lockPath(path))
			if ok, err := l.TryLock(); err != nil || !ok {
				t.Fatalf("lock: %v, %v", ok, err)
			}
			signed := make(chan error, 1)
			time.AfterFunc(2*time.Millisecond, func() { signed <- sign(lockPath(path), signAt) })
			_, err := Open(path)
			var locked *LockedError
			if want := fmt.Sprintf("process %d,", os.Getpid()); !errors.As(err, &locked) || !strings.Contains(locked.Holder.String(), want) {
				t.Errorf("the lock file had %q: error %v, want one that names %s", before, err, want)
			}
			if err := errors.Join(<-signed, l.Unlock()); err != nil {
				t.Error(err)
			}
		})
	}
}

// The holder of a lock is named in the language of the reader, what others have written in theirs, and an empty file names nobody.
func TestHolderInTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"h, process 1, since 2026-11-29 10:00:00\n": "h, процесс 1, с 2026-11-29 10:00:00", "the others\n": "the others", "": "процесс неизвестен",
	} {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "j.lock")
			jobstest.WriteFile(t, path, text)
			if got := (messages.Printer{Language: messages.Russian}).Text(holder(path, 0)); got != want {
				t.Errorf("the file has %q: %q, want %q", text, got, want)
			}
		})
	}
}

func TestLockFileStaysAndIsTakenAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	for range 2 {
		j, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path + ".lock")
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("lock file: %v, %v, want one of mode 0600", info, err)
		}
	}
}

func TestJournalIsReadWhileAnotherWritesIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	w := openJournal(t, path)
	want := results()[0]
	if err := w.Record(want); err != nil {
		t.Fatal(err)
	}
	r := readJournal(t, path)
	if _, ok := r.Lookup(want.Key, false); !ok {
		t.Error("the reader does not see what the writer recorded")
	}
	if err := w.Record(results()[1]); err != nil {
		t.Errorf("the writer after the reader came: %v", err)
	}
}

// No file of a journal is written through a symbolic link, whatever it leads to, and nothing is created behind one.
func TestNoFileOfAJournalIsALink(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{"", ".lock", ".edits", ".edits.lock"} {
		for _, target := range []string{"nothing", "empty", "journal"} {
			dir := t.TempDir()
			jobstest.WriteFile(t, filepath.Join(dir, "empty"), "")
			jobstest.WriteFile(t, filepath.Join(dir, "journal"), string(line(t, results()[0])))
			path := filepath.Join(dir, "j")
			if ext != "" {
				jobstest.WriteFile(t, path, string(line(t, results()[0])))
			}
			if err := os.Symlink(target, path+ext); err != nil {
				t.Skip(err)
			}
			_, err := Open(path)
			jobstest.WantUsage(t, err, "--journal")
			if ext != ".lock" {
				jobstest.WantUsage(t, AppendEdit(path, editOf("x", 0)), "--journal")
			}
			if jobstest.Exists(filepath.Join(dir, "nothing")) || jobstest.ReadFile(t, filepath.Join(dir, "empty")) != "" {
				t.Errorf("%q: something was written through the link to %s", ext, target)
			}
		}
	}
}

func TestPlaceWhereLocksDoNotWorkIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	if err := os.Mkdir(path+".lock", 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path)
	var lock *LockError
	if !errors.As(err, &lock) {
		t.Errorf("error %v, want a *LockError", err)
	}
	if jobstest.Exists(path) {
		t.Error("a journal was created although it could not be locked")
	}
}

func readJournal(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := Read(path)
	if err != nil {
		t.Fatalf("ReadJournal: %v", err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}
