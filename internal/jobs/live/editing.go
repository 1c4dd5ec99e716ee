package live

import (
	"slices"
	"sync"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/task"
)

// Editing follows the edits that are made while the tasks of a traversal are asked, also by other processes. A task of a row that was
// edited since the traversal began is not asked: the next traversal finds out whether the row, or another one, still needs it. Safe for
// concurrent use.
type Editing struct {
	edits *journal.Edits
	since int64 // the length of the edits when the traversal began

	mu     sync.Mutex // guards all below
	length int64      // the length of the edits that edited is made from
	edited map[task.Key]bool
	rows   map[task.Key][]task.Key // by task handed to the pool: the requests of the cells of its row
}

// OpenEditing opens the edits of a journal. It must be called before the rows are resolved, so that no edit is missed.
func OpenEditing(path string) (*Editing, error) {
	edits, err := journal.OpenEdits(path)
	if err != nil {
		return nil, err
	}
	return &Editing{edits: edits, since: edits.Size(), length: edits.Size(), rows: map[task.Key][]task.Key{}}, nil
}

// refresh looks for edits. If they cannot be read, the known ones count; writing the output reports the error. The caller holds mu.
func (e *Editing) refresh() {
	e.edits.Refresh()
	size := e.edits.Size()
	if size == e.length {
		return
	}
	e.length, e.edited = size, map[task.Key]bool{}
	for _, edit := range e.edits.Since(e.since) {
		e.edited[edit.Key] = true
	}
}

// Changed reports whether anything was edited since the traversal began.
func (e *Editing) Changed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refresh()
	return len(e.edited) > 0
}

// Handed notes that a task of a row is handed to the pool, and reports false if the row was edited.
func (e *Editing) Handed(t *task.Task, row []resolve.Cell) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refresh()
	var plain []task.Key
	for i := range row {
		plain = append(plain, row[i].Plain)
	}
	if e.hit(plain) {
		return false
	}
	e.rows[t.Key] = plain
	return true
}

// Wants reports whether a task is still to be asked.
func (e *Editing) Wants(k task.Key) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refresh()
	return !e.hit(e.rows[k])
}

// hit reports whether one of the requests was edited. The caller holds mu.
func (e *Editing) hit(plain []task.Key) bool {
	return len(e.edited) > 0 && slices.ContainsFunc(plain, func(k task.Key) bool { return e.edited[k] })
}

// Recorded forgets a task that has a result.
func (e *Editing) Recorded(k task.Key) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.rows, k)
}
