package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
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
		return nil, &LockedError{Journal: journal, Holder: holder(name, signAt)}
	}
	if err := sign(name, signAt); err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return l, nil
}

// signAt is where the name of the process begins in a lock file. Windows lets only the handle with the lock read or write the locked byte,
// which is the first.
var signAt = map[string]int64{"windows": 1}[runtime.GOOS]

// sign writes the name of this process into a lock file, from the offset at. Part of a name, on a full disk, would look like a foreign file to
// the next run, so the file is then left without one.
func sign(lock string, at int64) error {
	f, err := openFile(lock, os.O_WRONLY)
	if err != nil {
		return err
	}
	if err = f.Truncate(at); err == nil {
		if _, err = f.WriteAt([]byte(thisProcess()), at); err != nil {
			err = errors.Join(err, f.Truncate(at))
		}
	}
	return errors.Join(err, f.Close())
}

// signTime is the time that a process has to write its name after it has locked a file.
const signTime = 20 * time.Millisecond

// holder returns the process that a lock file names from the offset at. It reads the file until it names one and no longer changes, because the
// process that holds the lock may have yet to write its name, even where the name of an earlier one is.
func holder(lock string, at int64) messages.Text {
	read := func() (text []byte, err error) {
		f, err := openFile(lock, os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.NewSectionReader(f, at, maxLock))
	}
	text, err := read()
	for range 50 {
		time.Sleep(signTime)
		before := text
		if text, err = read(); err != nil || bytes.Equal(text, before) && len(bytes.Trim(text, "\x00")) > 0 {
			break
		}
	}
	if m := ownLock.FindSubmatch(text); m != nil && len(m[1]) > 0 {
		return messages.Sprintf("%s, process %s, since %s", m[1], m[2], m[3])
	}
	if other := strings.TrimSpace(string(text)); err == nil && other != "" {
		return messages.Verbatim(other)
	}
	return messages.Sprintf("unknown process")
}

// maxLock is more than a lock file has, in bytes.
const maxLock = 4 << 10

// thisProcess returns the content of the lock file, which ownLock matches.
func thisProcess() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s, process %d, since %s\n", host, os.Getpid(), time.Now().Format(time.DateTime))
}

// CheckFree returns a *LockedError if a process holds the journal now.
func CheckFree(journal string) error {
	if !Held(journal) {
		return nil
	}
	return &LockedError{Journal: journal, Holder: holder(lockPath(journal), signAt)}
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
