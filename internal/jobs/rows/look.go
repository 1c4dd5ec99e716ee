package rows

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// looker finds the current states and texts of the rows of a scan. It is not safe for concurrent use.
type looker struct {
	scan     *scan
	journal  *journal.Journal
	edits    map[int]journal.Edit // see placed
	ever     *journal.Edits       // nil if a fresh run may ask cells whose edit was undone
	outcomes []task.Outcome
	buf      []byte
	small    []byte
	text     string // to search for, in lower case
	raw      bool   // JSON never escapes the text
	err      error
}

// edit returns the edit of a cell, and whether it has one.
func (l *looker) edit(row, cell int) (journal.Edit, bool) {
	if len(l.edits) == 0 {
		return journal.Edit{}, false
	}
	e, ok := l.edits[row*l.scan.file.columns+cell]
	return e, ok
}

// at returns the place of the result of a cell in the journal.
func (l *looker) at(k *cellKey) (journal.Place, bool) {
	at, ok := l.journal.Lookup(k.key, l.scan.run.Sandbox())
	if !ok && l.ever != nil && l.ever.Has(k.plain) {
		return l.journal.Latest(k.key, l.scan.run.Sandbox())
	}
	return at, ok
}

// outcome returns the outcome of a cell. It reads the cause of a failure from the journal only if causes is true: a cause there never
// affects the state of a row.
func (l *looker) outcome(row, cell int, k *cellKey, causes bool) task.Outcome {
	if k.fixed {
		return k.found
	}
	if _, ok := l.edit(row, cell); ok {
		return task.Outcome{State: task.Completed, Edited: true}
	}
	at, ok := l.at(k)
	if !ok {
		return task.Outcome{State: task.Pending}
	}
	o := task.Outcome{State: at.State}
	if causes && at.State == task.Failed {
		r, err := l.read(at)
		if err != nil {
			l.err = err
			return o
		}
		o.Cause = r.Cause
	}
	return o
}

// row returns the outcomes of the cells of a row. They are valid until the next call.
func (l *looker) row(i int, e *entry, causes bool) []task.Outcome {
	l.outcomes = l.outcomes[:0]
	for c := range e.cells {
		l.outcomes = append(l.outcomes, l.outcome(i, c, &e.cells[c], causes))
	}
	return l.outcomes
}

func (l *looker) read(at journal.Place) (r *task.Result, err error) {
	r, l.buf, err = l.journal.ReadResult(at, l.buf)
	return r, err
}

// fits reports whether a row passes a filter.
func (l *looker) fits(i int, e *entry, f Filter) bool {
	if f.State != "" {
		cells := l.row(i, e, false)
		edited := slices.ContainsFunc(cells, func(o task.Outcome) bool { return o.Edited })
		if f.State == Edited && !edited || f.State != Edited && task.Worst(cells).State.String() != f.State {
			return false
		}
	}
	return l.text == "" || l.mayContain(i, e) && l.contains(i)
}

// escapedInJSON reports whether JSON may escape a character.
func escapedInJSON(r rune) bool {
	return r < ' ' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

// mayContain searches a row without decoding its JSON. It returns false only if the row does not contain the text.
func (l *looker) mayContain(i int, e *entry) bool {
	if _, patched := l.scan.file.patched()[i]; !l.raw || len(l.edits) > 0 || patched {
		return true
	}
	l.buf = slices.Grow(l.buf[:0], int(e.len))[:e.len]
	if _, err := l.scan.file.texts.ReadAt(l.buf, e.off); err != nil || l.inRaw(l.buf) {
		return true
	}
	for c := range e.cells {
		at, ok := l.at(&e.cells[c])
		if !ok || e.cells[c].fixed {
			continue
		}
		l.buf = slices.Grow(l.buf[:0], int(at.Len))[:at.Len]
		if err := l.journal.Raw(at, l.buf); err != nil || l.inRaw(l.buf) {
			return true
		}
	}
	return false
}

// inRaw reports whether JSON contains the text, ignoring case.
func (l *looker) inRaw(raw []byte) bool {
	l.small = l.small[:0]
	for _, r := range string(raw) { // makes no copy
		l.small = utf8.AppendRune(l.small, unicode.ToLower(r))
	}
	return bytes.Contains(l.small, []byte(l.text))
}

// contains reports whether a prompt or a completion of a row contains the text.
func (l *looker) contains(i int) bool {
	row, err := l.whole(i)
	if err != nil {
		l.err = err
		return false
	}
	return slices.ContainsFunc(row.Cells, func(c Cell) bool {
		return strings.Contains(strings.ToLower(c.Prompt), l.text) || strings.Contains(strings.ToLower(c.Completion), l.text)
	})
}

// whole returns the ith row with its current results and edits.
func (l *looker) whole(i int) (Row, error) {
	row, e, err := l.scan.file.read(i)
	if err != nil {
		return row, err
	}
	row.State = task.Worst(l.row(i, &e, false)).State
	for c := range row.Cells {
		cell, k := &row.Cells[c], &e.cells[c]
		cell.Key = k.plain
		if k.fixed {
			continue
		}
		if at, ok := l.at(k); ok {
			r, err := l.read(at)
			if err != nil {
				return row, err
			}
			cell.take(r)
		}
		if e, ok := l.edit(i, c); ok {
			cell.edit(&e)
		}
	}
	return row, nil
}
