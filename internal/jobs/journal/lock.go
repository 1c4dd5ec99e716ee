package journal

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

// LockedError means that another process writes the journal.
type LockedError struct {
	Journal string
	Holder  messages.Text // host, process and start time, if the lock file has them
}

func (e *LockedError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *LockedError) Message() messages.Text {
	return messages.Sprintf("%s: another run is using this journal (%s)", e.Journal, e.Holder)
}

// LockError means that the journal cannot be locked at all, as on some network file systems.
type LockError struct {
	Journal string
	Err     error
}

func (e *LockError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *LockError) Message() messages.Text {
	return messages.Sprintf("%s: the journal cannot be locked here: %v", e.Journal, e.Err)
}

func (e *LockError) Unwrap() error { return e.Err }

// lockPath returns the path of the lock of a journal.
func lockPath(journal string) string { return journal + ".lock" }

// lockJournal takes the lock of a journal. The lock file is never deleted: a lock on a file that another process may remove protects
// nothing.
func lockJournal(journal string) (*flock.Flock, error) {
	name := lockPath(journal)
	l := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR|atomicfile.NoFollow), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, err
	case err != nil:
		return nil, &LockError{Journal: journal, Err: err}
	case !ok:
		return nil, &LockedError{Journal: journal, Holder: holder(name)}
	}
	if err := sign(name); err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return l, nil
}

// sign writes the name of this process into a lock file. Part of a name, on a full disk, would look like a foreign file to the next run, so the
// file is then left empty.
func sign(lock string) error {
	f, err := openFile(lock, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	if _, err = f.WriteString(thisProcess()); err != nil {
		err = errors.Join(err, f.Truncate(0))
	}
	return errors.Join(err, f.Close())
}

// holder returns the process that a lock file names.
func holder(lock string) messages.Text {
	text, err := os.ReadFile(lock)
	if m := ownLock.FindSubmatch(text); m != nil && len(m[1]) > 0 {
		return messages.Sprintf("%s, process %s, since %s", m[1], m[2], m[3])
	}
	if other := strings.TrimSpace(string(text)); err == nil && other != "" {
		return messages.Verbatim(other)
	}
	return messages.Sprintf("unknown process")
}

// thisProcess returns the content of the lock file, which ownLock matches.
func thisProcess() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s, process %d, since %s\n", host, os.Getpid(), time.Now().Format(time.DateTime))
}

// LastHeld returns when a process last took the lock of a journal, the zero time if none did.
func LastHeld(journal string) time.Time {
	info, err := os.Stat(lockPath(journal))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// Held reports whether a process holds the journal now.
func Held(journal string) bool {
	name := lockPath(journal)
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return false
	}
	l := flock.New(name, flock.SetFlag(os.O_RDONLY|atomicfile.NoFollow))
	defer l.Close()
	free, err := l.TryRLock()
	return err == nil && !free
}
