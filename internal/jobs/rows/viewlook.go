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

// looker finds out how the rows of a scan stand now. It is not safe for concurrent use.
type looker struct {
	scan    *scan
	journal *journal.Journal
	edits   map[int]journal.Edit // see placed
	buf     []byte
	small   []byte
	text    string // looked for, in small letters
	raw     bool   // the text stands in JSON as it is, but for its case
	err     error
}

func (v *View) looker(s *scan, text string) *looker {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &looker{scan: s, journal: s.run.journal, edits: s.placed.at, text: strings.ToLower(text), raw: !strings.ContainsFunc(text, escapedInJSON)}
}

// edit is the edit of a cell.
func (l *looker) edit(row, cell int) (journal.Edit, bool) {
	if len(l.edits) == 0 {
		return journal.Edit{}, false
	}
	e, ok := l.edits[row*l.scan.file.asks+cell]
	return e, ok
}

// at is where the result of a cell stands.
func (l *looker) at(k *viewKey) (journal.Place, bool) {
	return l.journal.Lookup(k.key, l.scan.run.Sandbox)
}

// state is how a cell stands.
func (l *looker) state(row, cell int, k *viewKey) task.State {
	if k.deep {
		return k.state
	}
	if _, ok := l.edit(row, cell); ok {
		return task.Completed
	}
	at, ok := l.at(k)
	if !ok {
		return task.Pending
	}
	return at.State
}

// outcome is how a cell stands, as a tally counts it. The cause of a failure that would have to be read from the journal is left out: it is
// none that changes how the row stands.
func (l *looker) outcome(row, cell int, k *viewKey) task.Outcome {
	o := task.Outcome{State: l.state(row, cell, k)}
	if o.State == task.Failed && k.deep {
		o.Cause = causes[k.cause]
	}
	if _, edited := l.edit(row, cell); edited || k.edited {
		o.Edited = true
	}
	return o
}

// rowState is the state of the cell that has come least far.
func (l *looker) rowState(row int, e *viewEntry) task.State {
	outcomes := make([]task.Outcome, 0, 4)
	for i := range e.cells {
		outcomes = append(outcomes, l.outcome(row, i, &e.cells[i]))
	}
	return task.Worst(outcomes).State
}

// fits reports whether a filter lets a row through.
func (l *looker) fits(i int, e *viewEntry, f ViewFilter) bool {
	switch {
	case f.State == Edited && !l.isEdited(i, e):
		return false
	case f.State != "" && f.State != Edited && l.rowState(i, e).String() != f.State:
		return false
	}
	return l.text == "" || l.mayContain(i, e) && l.contains(i)
}

// escapedInJSON reports whether JSON may write a character otherwise than as it is.
func escapedInJSON(r rune) bool {
	return r < ' ' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

// mayContain looks through a row without reading its JSON: most rows can be told by that not to have the text.
func (l *looker) mayContain(i int, e *viewEntry) bool {
	if !l.raw || len(l.edits) > 0 {
		return true
	}
	l.buf = slices.Grow(l.buf[:0], int(e.len))[:e.len]
	if _, err := l.scan.file.rows.ReadAt(l.buf, e.off); err != nil || l.inRaw(l.buf) {
		return true
	}
	for c := range e.cells {
		if at, ok := l.at(&e.cells[c]); ok && !e.cells[c].deep && l.inJournal(at) {
			return true
		}
	}
	return false
}

func (l *looker) inJournal(at journal.Place) bool {
	l.buf = slices.Grow(l.buf[:0], int(at.Len))[:at.Len]
	err := l.journal.Raw(at, l.buf)
	return err != nil || l.inRaw(l.buf)
}

// inRaw reports whether the text stands in JSON, whatever its case.
func (l *looker) inRaw(raw []byte) bool {
	l.small = l.small[:0]
	for _, r := range string(raw) { // no copy is made of it
		l.small = utf8.AppendRune(l.small, unicode.ToLower(r))
	}
	return bytes.Contains(l.small, []byte(l.text))
}

// isEdited reports whether an answer of a row was edited by hand.
func (l *looker) isEdited(row int, e *viewEntry) bool {
	for c := range e.cells {
		if _, ok := l.edit(row, c); ok || e.cells[c].edited {
			return true
		}
	}
	return false
}

// contains reports whether the text stands in a prompt or an answer of a row.
func (l *looker) contains(i int) bool {
	row, err := l.row(i)
	if err != nil {
		l.err = err
		return false
	}
	for j := range row.Cells {
		c := &row.Cells[j]
		if strings.Contains(strings.ToLower(c.Prompt), l.text) || strings.Contains(strings.ToLower(c.Completion), l.text) {
			return true
		}
	}
	return false
}

// row is the ith row as it stands now.
func (l *looker) row(i int) (ViewRow, error) {
	row, e, err := l.scan.file.read(i)
	if err != nil {
		return row, err
	}
	for j := range row.Cells {
		row.Cells[j].Key = e.cells[j].plain
		if err := l.fill(&row.Cells[j], &e.cells[j]); err != nil {
			return row, err
		}
		if e, ok := l.edit(i, j); ok {
			row.Cells[j].edit(&e)
		}
	}
	return row, nil
}

// fill looks up what a cell came to.
func (l *looker) fill(c *ViewCell, k *viewKey) error {
	if k.deep {
		return nil
	}
	at, ok := l.at(k)
	if !ok {
		c.State = task.Pending
		return nil
	}
	r, buf, err := l.journal.ReadResult(at, l.buf)
	l.buf = buf
	if err == nil {
		c.take(r)
	}
	return err
}
