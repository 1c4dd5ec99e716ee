package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"gigabatch/internal/io/filelock"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// MovedError means that another program deleted or replaced the file of a journal while a run held it. Everything recorded before and
// since is in the file To, so it is a task.ErrKept.
type MovedError struct {
	Journal  string
	To       string // the path of the new journal: Journal itself, unless another file is there
	Replaced bool
}

func (e *MovedError) Error() string { return e.Message().String() }

func (e *MovedError) Unwrap() error { return task.ErrKept }

// Message returns the text of Error for any language.
func (e *MovedError) Message() messages.Text {
	if !e.Replaced {
		return messages.Sprintf("%s: another program deleted the journal during the run; every answer is in a new one of the same name", e.Journal)
	}
	return messages.Sprintf("%s: another program replaced the journal during the run; every answer is in %s", e.Journal, e.To)
}

// ErrOverwritten means that another program wrote into the file of a journal.
var ErrOverwritten = messages.Errorf("another program has written into it")

// home makes sure that what is written to a file can be found under its name.
type home struct {
	path  string
	file  *os.File
	sync  func(*os.File) error
	twin  *os.File                   // the new journal, nil while the file is under its name
	moved atomic.Pointer[MovedError] // nil while the file is under its name
}

// check is called once a write ended at the offset end. If another program has deleted or replaced the file, check copies all of it to a new
// journal, which later writes keep equal. The error is ErrOverwritten if the file does not end there.
func (h *home) check(lines []byte, end int64) error {
	mine, err := h.file.Stat()
	if err != nil {
		return err
	}
	if mine.Size() != end {
		return ErrOverwritten
	}
	now, err := os.Lstat(h.path)
	if err == nil && (os.SameFile(now, mine) || now.Size() == end && endsWith(h.path, lines, end)) {
		return nil
	}
	return h.rescue(end)
}

// endsWith reports whether a file contains lines just before the offset end. Some network file systems change the numbers by which files are
// told apart, so the content decides.
func endsWith(path string, lines []byte, end int64) bool {
	if CheckRegular(path) != nil {
		return false
	}
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	got := make([]byte, len(lines))
	n, _ := f.ReadAt(got, end-int64(len(lines)))
	return bytes.Equal(got[:n], lines)
}

// rescue copies the first end bytes of the file, which its descriptor still reaches, to a new journal.
func (h *home) rescue(end int64) (err error) {
	to := h.path
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	const flags = os.O_RDWR | os.O_CREATE | os.O_APPEND | os.O_EXCL
	f, err := os.OpenFile(to, flags, 0o600)
	for i := 1; errors.Is(err, fs.ErrExist) && i < 1000; i++ {
		to = rescuePath(h.path, i)
		f, err = os.OpenFile(to, flags, 0o600)
	}
	if err != nil {
		return err
	}
	if err = filelock.Lock(f); err == nil {
		_, err = io.Copy(f, io.NewSectionReader(h.file, 0, end))
	}
	if err = errors.Join(err, h.sync(f), syncFolder(to, h.sync)); err != nil {
		return errors.Join(err, f.Close())
	}
	h.twin = f
	h.moved.Store(&MovedError{Journal: h.path, To: to, Replaced: to != h.path})
	return nil
}

// write appends lines that end at the offset end, and returns once they are on disk under a name.
func (h *home) write(lines []byte, end int64) error {
	if _, err := h.file.Write(lines); err != nil {
		return err
	}
	if h.twin != nil {
		if _, err := h.twin.Write(lines); err != nil {
			return err
		}
		return h.sync(h.twin)
	}
	if err := h.sync(h.file); err != nil {
		return err
	}
	return h.check(lines, end)
}

// close closes the new journal, if there is one.
func (h *home) close() error {
	if h.twin == nil {
		return nil
	}
	return h.twin.Close()
}

// rescuePath returns the ith name for a journal whose own name is taken.
func rescuePath(journal string, i int) string {
	base, suffix := strings.CutSuffix(journal, ".gigabatch")
	base += ".rescued"
	if i > 1 {
		base = fmt.Sprintf("%s-%d", base, i)
	}
	if suffix {
		base += ".gigabatch"
	}
	return base
}
