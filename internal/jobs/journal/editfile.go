package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// The edits stand beside the journal, in a file of its records that only grows and that has a lock of its own: an edit can be made while
// a run holds the journal. What a crash tears in the middle of a record stays, on a line by itself.
const (
	kindEdit = "edit"
	kindUndo = "undo"

	editsWait  = 10 * time.Second // for the lock; it is held for one record
	editsRetry = 5 * time.Millisecond
)

// editJSON is an edit as it stands in its file.
type editJSON struct {
	Key        string    `json:"key"`
	State      string    `json:"state"`
	Sandbox    bool      `json:"sandbox,omitempty"`
	Occurrence int       `json:"occurrence"`
	Completion string    `json:"completion"`
	At         time.Time `json:"at"`
}

// editsPath returns where the edits of a journal stand, under whatever links it is named.
func editsPath(journal string) string {
	if real, err := filepath.EvalSymlinks(journal); err == nil {
		journal = real
	}
	return journal + ".edits"
}

func editsLockPath(journal string) string { return editsPath(journal) + ".lock" }

// AppendEdit keeps an edit of a cell that the journal's input has, or its undoing. When it returns without an error the edit is on disk.
// Of several edits of a cell the last counts. The journal must be there; a run may hold it. The error is a *UsageError where a file that
// is not ours stands in the way.
func AppendEdit(journal string, e Edit) error {
	if e.Occurrence < 0 {
		return fmt.Errorf("%s: an edit of occurrence %d", journal, e.Occurrence)
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if err := CheckRegular(journal); err != nil {
		return err
	}
	if _, err := os.Stat(journal); err != nil {
		return err
	}
	if err := checkEdits(journal); err != nil {
		return err
	}
	lock, err := lockEdits(journal)
	if err != nil {
		return err
	}
	return errors.Join(appendEdit(editsPath(journal), e, datasync), lock.Unlock())
}

// lockEdits takes the lock of the edits, which is never deleted.
func lockEdits(journal string) (*flock.Flock, error) {
	ctx, stop := context.WithTimeout(context.Background(), editsWait)
	defer stop()
	l := flock.New(editsLockPath(journal), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	_, err := l.TryLockContext(ctx, editsRetry)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%s: another process does not let go of the lock", l.Path())
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, err
	}
	return nil, &LockError{Journal: journal, Err: err}
}

// appendEdit appends a record to a file of edits that nobody else writes. sync makes a file or a folder durable.
func appendEdit(path string, e Edit, sync func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	line, err := newLine(f)
	if err != nil {
		return err
	}
	if line, err = e.append(line); err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		return err
	}
	return errors.Join(sync(f), syncFolder(path, sync))
}

// newLine is what ends the last line of a file, nothing where it has ended.
func newLine(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return nil, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return nil, err
	}
	return []byte("\n"), nil
}

// append appends the line of an edit, newline included.
func (e *Edit) append(b []byte) ([]byte, error) {
	v := editJSON{Key: e.Key.String(), State: kindEdit, Sandbox: e.Sandbox, Occurrence: e.Occurrence, Completion: e.Text, At: e.At.UTC()}
	if e.Undo {
		v.State, v.Completion = kindUndo, ""
	}
	return appendRecord(b, v)
}

// readEdits calls take for every whole record of a file of edits, in order, and returns the file as it was before. Damaged lines are
// passed over; a file that cannot be one of ours is a *UsageError, and one that is not there has none.
func readEdits(path string, take func(Edit)) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, notOurs(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	r := editReading{take: take}
	if err := scanLines(f, r.line); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !r.plausible() {
		return nil, notOurs(path)
	}
	return info, nil
}

// editReading is one reading of a file of edits.
type editReading struct {
	take    func(Edit)
	records int
	begins  bool // the file begins with a record
	foreign int  // lines that no crash could have made of ours
}

func (r *editReading) line(line []byte, off int64, _ int, _ bool) {
	before := r.records
	eachRecord(line, func(h header, at, end int) {
		e, ok := decodeEdit(h, line[at:end])
		if !ok {
			return
		}
		r.records++
		r.begins = r.begins || off == 0 && at == 0
		r.take(e)
	}, func() {})
	if r.records == before && !likeEdit(line) {
		r.foreign++
	}
}

// plausible reports whether the file is one of edits, perhaps a damaged one. A few records in another file do not make it one.
func (r *editReading) plausible() bool {
	return r.begins || r.foreign == 0 || r.records > r.foreign
}

func decodeEdit(h header, line []byte) (Edit, bool) {
	if h.kind != kindEdit && h.kind != kindUndo {
		return Edit{}, false
	}
	var v editJSON
	if json.Unmarshal(line, &v) != nil || v.Occurrence < 0 {
		return Edit{}, false
	}
	return Edit{Key: h.key, Occurrence: v.Occurrence, Text: v.Completion, Undo: h.kind == kindUndo, Sandbox: h.sandbox, At: v.At}, true
}

// likeEdit reports whether a line may be what a crash or a bad block has left of a record: its beginning, perhaps with zeros behind it.
func likeEdit(line []byte) bool {
	line = bytes.TrimRight(line, "\x00")
	return likeKind(line, kindEdit) || likeKind(line, kindUndo)
}

func likeKind(line []byte, kind string) bool {
	head := keyPrefix + noKey + statePrefix + kind + `"`
	n := min(len(line), len(head))
	changed := 0
	for i := range n {
		isDigit := len(keyPrefix) <= i && i < len(keyPrefix)+len(noKey)
		if isDigit && !isHex(line[i]) || !isDigit && line[i] != head[i] {
			changed++
		}
	}
	return changed == 0 || n == len(head) && changed <= maxChanged
}

func isHex(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' }
