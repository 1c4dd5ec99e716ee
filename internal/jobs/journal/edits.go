package journal

import (
	"cmp"
	"io/fs"
	"iter"
	"os"
	"slices"
	"sync"
	"time"

	"gigabatch/internal/jobs/task"
)

// Edit is a text by which a person replaces a completion, or the undoing of such a replacement. It belongs to a request, as results do, so
// the rows around it can be sorted, inserted and deleted.
type Edit struct {
	Key        task.Key // of the request as rendered from the row, before ways, repairs, parts and Occurrence
	Occurrence int      // index of the cell among all cells of the input with this key: row by row, columns in the order of their tasks
	Text       string   // "" with Undo
	Undo       bool     // the result in the journal counts again
	Sandbox    bool     // for runs of a sandbox only, else for runs of the real service only
	At         time.Time
	Asked      string // identifies what the column asked, in the way of who edits; "" if that is not known
}

// Edits are the edits of a journal as of the last read. Safe for concurrent use.
type Edits struct {
	path string

	mu    sync.RWMutex // guards all below
	info  fs.FileInfo  // of the file, nil if it does not exist
	last  map[editedCell]Edit
	texts map[task.Key][]string // all texts ever set, whatever the origin
	log   []logged              // all records in order
}

// logged is a record and its place.
type logged struct {
	off int64
	Edit
}

// editedCell identifies the cell of an edit.
type editedCell struct {
	key        task.Key
	occurrence int
	sandbox    bool
}

// OpenEdits reads the edits of a journal, which need not have any. It keeps no file open. The error is a *spec.UsageError if the file is
// foreign.
func OpenEdits(journal string) (*Edits, error) {
	e := &Edits{path: editsPath(journal)}
	_, err := e.Refresh()
	return e, err
}

// Refresh reads the edits again if the file has changed, and reports whether it has.
func (e *Edits) Refresh() (changed bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	info, err := os.Lstat(e.path)
	switch {
	case absent(err):
		changed = e.info != nil
		e.info, e.last, e.texts, e.log = nil, nil, nil, nil
		return changed, nil
	case err != nil:
		return false, err
	case e.info != nil && os.SameFile(info, e.info) && info.Size() == e.info.Size(): // the file only grows
		return false, nil
	}
	last, texts := map[editedCell]Edit{}, map[task.Key][]string{}
	var log []logged
	info, err = readEdits(e.path, func(d Edit, off int64) {
		log = append(log, logged{off, d})
		last[editedCell{d.Key, d.Occurrence, d.Sandbox}] = d
		if !d.Undo && !slices.Contains(texts[d.Key], d.Text) {
			texts[d.Key] = append(texts[d.Key], d.Text)
		}
	})
	if err != nil {
		return true, err
	}
	e.info, e.last, e.texts, e.log = info, last, texts, log
	return true, nil
}

// Lookup returns the edit of a cell. ok is false if the cell has none or the edit was undone.
func (e *Edits) Lookup(k task.Key, occurrence int, sandbox bool) (d Edit, ok bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	d, ok = e.last[editedCell{k, occurrence, sandbox}]
	return d, ok && !d.Undo
}

// Ever returns all texts that ever replaced a completion of the request with the given key. A nil receiver has none. The slice must not be
// changed.
func (e *Edits) Ever(k task.Key) []string {
	if e == nil {
		return nil
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.texts[k]
}

// Since returns all edits and undoings after the file had a size, in order.
func (e *Edits) Since(size int64) (all []Edit) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	from, _ := slices.BinarySearchFunc(e.log, size, func(l logged, size int64) int { return cmp.Compare(l.off, size) })
	for _, l := range e.log[from:] {
		all = append(all, l.Edit)
	}
	return all
}

// All yields all edits and undoings in order, each with its offset in the file.
func (e *Edits) All() iter.Seq2[int64, Edit] {
	e.mu.RLock()
	log := e.log
	e.mu.RUnlock()
	return func(yield func(int64, Edit) bool) {
		for _, l := range log {
			if !yield(l.off, l.Edit) {
				return
			}
		}
	}
}

// Active returns the number of cells with an edit that was not undone.
func (e *Edits) Active(sandbox bool) int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	n := 0
	for cell, edit := range e.last {
		if cell.sandbox == sandbox && !edit.Undo {
			n++
		}
	}
	return n
}

// Asked returns the number of cells with an edit that was not undone, by what their columns asked.
func (e *Edits) Asked(sandbox bool) map[string]int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	all := map[string]int{}
	for cell, edit := range e.last {
		if cell.sandbox == sandbox && !edit.Undo && edit.Asked != "" {
			all[edit.Asked]++
		}
	}
	return all
}

// Latest returns the time of the last edit or undoing, the zero time if there is none.
func (e *Edits) Latest() time.Time {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if len(e.log) == 0 {
		return time.Time{}
	}
	return e.log[len(e.log)-1].At
}

// None reports whether nothing was ever edited.
func (e *Edits) None() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return len(e.texts) == 0
}

// Size returns the length of the file in bytes. It grows with each edit and each undoing.
func (e *Edits) Size() int64 {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.info == nil {
		return 0
	}
	return e.info.Size()
}
