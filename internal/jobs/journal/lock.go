package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"gigabatch/internal/messages"
)

// LockedError says that another process writes the journal.
type LockedError struct {
	Journal string
	Holder  string // host, process and since when, as far as the lock file says
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: another run holds this journal (%s)", e.Journal, e.Holder)
}

// LockError says that the journal could not be locked at all, as on some network file systems.
type LockError struct {
	Journal string
	Err     error
}

func (e *LockError) Error() string {
	return fmt.Sprintf("%s: the journal cannot be locked here: %v", e.Journal, e.Err)
}

func (e *LockError) Unwrap() error { return e.Err }

// lockPath returns the path of the lock of a journal. A journal has one lock, whatever links lead to it.
func lockPath(journal string) string {
	if real, err := filepath.EvalSymlinks(journal); err == nil {
		journal = real
	}
	return journal + ".lock"
}

// lockJournal takes the lock of a journal. The lock file is never deleted: a lock on a file that another process may remove protects
// nothing.
func lockJournal(journal string) (*flock.Flock, error) {
	name := lockPath(journal)
	l := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, err
	case err != nil:
		return nil, &LockError{Journal: journal, Err: err}
	case !ok:
		text, err := os.ReadFile(name)
		holder := strings.TrimSpace(string(text))
		if err != nil || holder == "" {
			holder = "which process is not known"
		}
		return nil, &LockedError{Journal: journal, Holder: holder}
	}
	if err := os.WriteFile(name, []byte(thisProcess()), 0o600); err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return l, nil
}

// errTaken is the error of lockFile if another descriptor has the lock.
var errTaken = messages.Errorf("the file is locked")

// thisProcess returns the content of the lock file, which ownLock matches.
func thisProcess() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s, process %d, since %s\n", host, os.Getpid(), time.Now().Format(time.DateTime))
}

// Held reports whether a process holds the journal now.
func Held(journal string) bool {
	name := lockPath(journal)
	if _, err := os.Stat(name); err != nil {
		return false
	}
	l := flock.New(name, flock.SetFlag(os.O_RDONLY))
	defer l.Close()
	free, err := l.TryRLock()
	return err == nil && !free
}
