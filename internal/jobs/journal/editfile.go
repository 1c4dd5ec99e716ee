package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

// The edits of a journal are in a separate file with records of the same form. The file only grows and has its own lock, so that an edit
// can be made while a run holds the journal. A record truncated by a crash stays on its own line.
const (
	kindEdit = "edit"
	kindUndo = "undo"

	maxEditsWait = 10 * time.Second // for the lock, which is held for one record
	editsRetry   = 5 * time.Millisecond
)

// editJSON is the record of an edit.
type editJSON struct {
	Key        string    `json:"key"`
	State      string    `json:"state"`
	Sandbox    bool      `json:"sandbox,omitempty"`
	Occurrence int       `json:"occurrence"`
	Completion string    `json:"completion"`
	At         time.Time `json:"at"`
	Asked      string    `json:"asked,omitempty"`
}

// editsPath returns the path of the edits of a journal.
func editsPath(journal string) string { return journal + ".edits" }

func editsLockPath(journal string) string { return editsPath(journal) + ".lock" }

// AppendEdit records an edit, or the undoing of an edit, of a cell of the journal's input. If it returns nil, the edit is on disk. The last
// edit of a cell counts. The journal must exist; a run can hold it. The error is a *spec.UsageError if a foreign file is in the place of
// the edits or their lock. Safe for concurrent use, also by several processes.
func AppendEdit(journal string, e Edit) error {
	return AppendEditIf(journal, e, func() error { return nil })
}

// AppendEditIf is AppendEdit for an edit that depends on the others: check is called while no other process can edit. If it returns an
// error, nothing is recorded.
func AppendEditIf(journal string, e Edit, check func() error) error {
	if e.Occurrence < 0 {
		return errors.New("the occurrence of an edit is negative")
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
	if err = check(); err == nil {
		err = appendEdit(editsPath(journal), e, datasync)
	}
	return errors.Join(err, lock.Unlock())
}

// lockEdits takes the lock of the edits. The lock file is never deleted.
func lockEdits(journal string) (*flock.Flock, error) {
	ctx, stop := context.WithTimeout(context.Background(), maxEditsWait)
	defer stop()
	l := flock.New(editsLockPath(journal), flock.SetFlag(os.O_CREATE|os.O_RDWR|atomicfile.NoFollow), flock.SetPermissions(0o600))
	_, err := l.TryLockContext(ctx, editsRetry)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, messages.Errorf("%s: another process keeps the file locked", l.Path())
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, err
	}
	return nil, &LockError{Journal: journal, Err: err}
}

// appendEdit appends a record to a file of edits that no other process writes. sync makes a file or a folder durable.
func appendEdit(path string, e Edit, sync func(*os.File) error) error {
	f, err := openFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var line []byte
	if info.Size() > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, info.Size()-1); err != nil {
			return err
		}
		if last[0] != '\n' { // a crash truncated the last record
			line = []byte("\n")
		}
	}
	if line, err = e.append(line); err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		return err
	}
	return errors.Join(sync(f), syncFolder(path, sync))
}

// append appends the line of an edit, including the newline.
func (e *Edit) append(b []byte) ([]byte, error) {
	v := editJSON{Key: e.Key.String(), State: kindEdit, Sandbox: e.Sandbox, Occurrence: e.Occurrence, Completion: e.Text, At: e.At.UTC(), Asked: e.Asked}
	if e.Undo {
		v.State, v.Completion = kindUndo, ""
	}
	return appendRecord(b, v)
}

// readEdits calls take for each whole record of a file of edits, in order, with the offset of its line, and returns the file information
// from before reading. Damaged lines are ignored. A missing file has no records. The error is a *spec.UsageError if the file is foreign. A
// damaged file is ours if it begins with a record, or if most of its lines are records.
func readEdits(path string, take func(e Edit, off int64)) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case absent(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, notOurs(path)
	}
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	records, foreign := 0, 0 // foreign lines are those that no crash could have produced
	begins := false          // the file begins with a record
	err = scanLines(f, func(l textLine) {
		before := records
		eachRecord(l.text, func(h header, at, end int) {
			if h.kind != kindEdit && h.kind != kindUndo {
				return
			}
			var v editJSON
			if json.Unmarshal(l.text[at:end], &v) != nil || v.Occurrence < 0 {
				return
			}
			records++
			begins = begins || l.number == 1 && at == 0
			take(Edit{Key: h.key, Occurrence: v.Occurrence, Text: v.Completion, Undo: h.kind == kindUndo, Sandbox: h.sandbox, At: v.At, Asked: v.Asked}, l.off)
		}, func() {})
		if line := bytes.TrimRight(l.text, "\x00"); records == before && !isLike(line, kindEdit) && !isLike(line, kindUndo) {
			foreign++
		}
	})
	if err != nil {
		return nil, messages.Errorf("%s: %w", path, err)
	}
	if !begins && foreign > 0 && records <= foreign {
		return nil, notOurs(path)
	}
	return info, nil
}

// absent reports whether an error says that a file does not exist, or cannot exist because its name would be too long.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG)
}

// isLike reports whether a line may be the beginning of a record of the given kind, left by a crash or a bad block.
func isLike(line []byte, kind string) bool {
	head := keyPrefix + noKey + statePrefix + kind + `"`
	n := min(len(line), len(head))
	changed := 0
	for i := range n {
		isDigit := len(keyPrefix) <= i && i < len(keyPrefix)+len(noKey)
		if isDigit && !strings.ContainsRune("0123456789abcdef", rune(line[i])) || !isDigit && line[i] != head[i] {
			changed++
		}
	}
	return changed == 0 || n == len(head) && changed <= maxChanged
}
