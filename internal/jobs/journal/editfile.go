package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"gigabatch/internal/messages"
)

// The edits of a journal are in a file beside it, in records of the same form. The file only grows and has a lock of its own, so that an
// edit can be made while a run holds the journal. A record that a crash cut short stays, on a line by itself.
const (
	kindEdit = "edit"
	kindUndo = "undo"

	maxEditsWait = 10 * time.Second // for the lock; it is held for one record
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
}

// editsPath returns the path of the edits of a journal. A journal has one file of edits, whatever links lead to it.
func editsPath(journal string) string {
	if real, err := filepath.EvalSymlinks(journal); err == nil {
		journal = real
	}
	return journal + ".edits"
}

func editsLockPath(journal string) string { return editsPath(journal) + ".lock" }

// AppendEdit records an edit of a cell of the journal's input, or its undoing. If it returns nil the edit is on disk. Of several edits of a
// cell the last counts. The journal must exist; a run may hold it. The error is a *spec.UsageError if a file that is not ours is in the
// place of the edits or their lock. Safe for concurrent use, by several processes too.
func AppendEdit(journal string, e Edit) error {
	if e.Occurrence < 0 {
		return messages.Errorf("%s: an edit of occurrence %d", journal, e.Occurrence)
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

// lockEdits takes the lock of the edits. The lock file is never deleted.
func lockEdits(journal string) (*flock.Flock, error) {
	ctx, stop := context.WithTimeout(context.Background(), maxEditsWait)
	defer stop()
	l := flock.New(editsLockPath(journal), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	_, err := l.TryLockContext(ctx, editsRetry)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, messages.Errorf("%s: another process does not let go of the lock", l.Path())
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
		if last[0] != '\n' { // a crash cut the last record short
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

// append appends the line of an edit, newline included.
func (e *Edit) append(b []byte) ([]byte, error) {
	v := editJSON{Key: e.Key.String(), State: kindEdit, Sandbox: e.Sandbox, Occurrence: e.Occurrence, Completion: e.Text, At: e.At.UTC()}
	if e.Undo {
		v.State, v.Completion = kindUndo, ""
	}
	return appendRecord(b, v)
}

// readEdits calls take for every whole record of a file of edits, in order, and returns the state of the file before. Damaged lines are
// ignored. A file that does not exist has no records. The error is a *spec.UsageError if the file cannot be ours. A damaged file is ours if
// it begins with a record, or if most of its lines are records.
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
	records, foreign := 0, 0 // foreign lines are those that no crash could have made of ours
	begins := false          // the file begins with a record
	err = scanLines(f, func(line []byte, off int64, _ int, _ bool) {
		before := records
		eachRecord(line, func(h header, at, end int) {
			if h.kind != kindEdit && h.kind != kindUndo {
				return
			}
			var v editJSON
			if json.Unmarshal(line[at:end], &v) != nil || v.Occurrence < 0 {
				return
			}
			records++
			begins = begins || off == 0 && at == 0
			take(Edit{Key: h.key, Occurrence: v.Occurrence, Text: v.Completion, Undo: h.kind == kindUndo, Sandbox: h.sandbox, At: v.At})
		}, func() {})
		if line = bytes.TrimRight(line, "\x00"); records == before && !isLike(line, kindEdit) && !isLike(line, kindUndo) {
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

// isLike reports whether a line may be what a crash or a bad block has left of a record of that kind: its beginning.
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
