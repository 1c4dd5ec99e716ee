package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"gigabatch/internal/io/filelock"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// MovedError means that another program deleted, replaced or overwrote the file of a journal while a run held it. Everything recorded before
// and since is in the file To, so it is a task.ErrKept.
type MovedError struct {
	Journal     string
	To          string // the path of the new journal: Journal itself, unless another file is there
	Replaced    bool
	Overwritten bool // To has only what this run recorded, and what is there: earlier results are not where they were
	Lost        bool // the first results of this run are gone
}

func (e *MovedError) Error() string { return e.Message().String() }

func (e *MovedError) Unwrap() error { return task.ErrKept }

// Message returns the text of Error for any language.
func (e *MovedError) Message() messages.Text {
	switch {
	case e.Replaced:
		return messages.Sprintf("%s: another program replaced the journal during the run; every answer is in %s", e.Journal, e.To)
	case e.Overwritten && e.Lost:
		return messages.Sprintf("%s: another program overwrote the journal during the run; the newest answers are in it again", e.Journal)
	case e.Overwritten:
		return messages.Sprintf("%s: another program overwrote the journal during the run; the answers of this run are in it again", e.Journal)
	}
	return messages.Sprintf("%s: another program deleted the journal during the run; every answer is in a new one of the same name", e.Journal)
}

// home makes sure that what is written to a file can be found under its name.
type home struct {
	path   string
	file   *os.File
	sync   func(*os.File) error
	twin   *os.File                   // the new journal, nil while the file is under its name
	moved  atomic.Pointer[MovedError] // nil while the file is under its name and unchanged by others
	recent []byte                     // the newest lines, at most maxRecent bytes
	lost   bool                       // recent does not begin with the first line
}

// maxRecent limits how much is written again if another program overwrites the file.
const maxRecent = 8 << 20

// keep adds lines to the recent ones.
func (h *home) keep(lines []byte) {
	if len(h.recent)+len(lines) > maxRecent {
		h.lost = true
		half := h.recent[min(len(h.recent), max(maxRecent/2, len(lines))):]
		h.recent = append(h.recent[:0], half[bytes.IndexByte(half, '\n')+1:]...)
	}
	h.recent = append(h.recent, lines...)
}

// check is called once lines were written up to the offset end. If another program has deleted or replaced the file, all of it is copied to a
// new journal, which later writes keep equal. If the program has overwritten it, the recent lines are written again.
func (h *home) check(lines []byte, end int64) error {
	mine, err := h.file.Stat()
	if err != nil {
		return err
	}
	now, err := os.Lstat(h.path)
	there, whole := err == nil && os.SameFile(now, mine), mine.Size() == end
	switch {
	case whole && (there || err == nil && now.Size() == end && endsWith(h.path, lines, end)):
		return nil
	case whole:
		return h.rescue(io.NewSectionReader(h.file, 0, end))
	case !there || !isJournal(h.path):
		err := h.rescue(bytes.NewReader(h.recent))
		if err == nil {
			moved := *h.moved.Load()
			moved.Overwritten, moved.Lost = true, h.lost
			h.moved.Store(&moved)
		}
		return err
	}
	if err := h.restore(); err != nil {
		return err
	}
	h.moved.Store(&MovedError{Journal: h.path, To: h.path, Overwritten: true, Lost: h.lost})
	return nil
}

// restore writes those of the recent lines again that the file lacks. A second copy of the others would look like another run.
func (h *home) restore() error {
	absent := map[string]bool{}
	for line := range bytes.Lines(h.recent) {
		absent[string(line)] = true
	}
	r := bufio.NewReader(io.NewSectionReader(h.file, 0, math.MaxInt64))
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		delete(absent, string(line))
	}
	if len(absent) == 0 {
		return nil
	}
	again := []byte("\n") // what is there may end with half a line
	for line := range bytes.Lines(h.recent) {
		if absent[string(line)] {
			again = append(again, line...)
		}
	}
	if _, err := h.file.Write(again); err != nil {
		return err
	}
	return h.sync(h.file)
}

func isJournal(path string) bool {
	j, err := Read(path)
	return err == nil && j.Close() == nil
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

// rescue writes a new journal with a content.
func (h *home) rescue(content io.Reader) (err error) {
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
		_, err = io.Copy(f, content)
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
	if len(lines) > 1 { // not the end of a line that a crash left without one
		h.keep(lines)
	}
	if err := h.sync(h.file); err != nil || h.moved.Load() != nil {
		return err
	}
	return h.check(lines, end)
}

// close closes the new journal, if there is one. A program that overwrites the file may have gone on after that was noticed.
func (h *home) close() error {
	switch {
	case h.twin != nil:
		return h.twin.Close()
	case h.moved.Load() != nil:
		return h.restore()
	}
	return nil
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
