package rows

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// looker finds the current states and texts of the rows of a scan. It is not safe for concurrent use.
type looker struct {
	through  bool // all rows of the scan were read when the looker was made
	scan     *scan
	journal  *journal.Journal
	edits    map[int]journal.Edit // see placed
	ever     *journal.Edits       // nil if a fresh run may ask cells whose edit was undone
	was      *looker              // of Query.Was, nil if there is none
	outcomes []task.Outcome
	page
	records records
	buf     []byte // of a result
	small   []byte // a text in lower case
	err     error
}

// another returns a looker for another goroutine.
func (l *looker) another() *looker {
	m := &looker{through: l.through, scan: l.scan, journal: l.journal, edits: l.edits, ever: l.ever}
	if l.was != nil {
		m.was = l.was.another()
	}
	return m
}

// edit returns the edit of a cell, and whether it has one.
func (l *looker) edit(row, cell int) (journal.Edit, bool) {
	if len(l.edits) == 0 {
		return journal.Edit{}, false
	}
	e, ok := l.edits[row*len(l.scan.columns)+cell]
	return e, ok
}

// at returns the place of the result of a cell in the journal.
func (l *looker) at(k *cellKey) (journal.Place, bool) {
	at, ok := l.journal.Lookup(k.key, l.scan.run.Sandbox())
	if !ok && l.ever != nil && len(l.ever.Ever(k.plain)) > 0 {
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

// completion returns the completion of a cell of the kth row of the page, whatever its state, valid until the next call. With answers,
// it is nil unless the cell is completed.
func (l *looker) completion(k, cell, field int, answers bool) []byte {
	key := &l.entries[k].cells[cell]
	if key.fixed {
		if answers && key.found.State != task.Completed {
			return nil
		}
		return l.texts[k].completion(cell, field)
	}
	if e, ok := l.edit(l.first+k, cell); ok {
		return []byte(e.Text)
	}
	at, ok := l.at(key)
	if !ok || answers && at.State != task.Completed {
		return nil
	}
	text, err := l.records.completion(l.journal, at)
	if err != nil {
		l.err = err
	}
	return text
}

// text returns the text of a column in the kth row of the page, without the white space around it. It is valid until the next call.
func (l *looker) text(k int, at ref) []byte {
	if at.input > 0 {
		return bytes.TrimSpace(l.texts[k].value(at.input - 1))
	}
	return bytes.TrimSpace(l.completion(k, at.answer-1, at.field-1, true))
}

// fits reports whether the kth row of the page passes a query.
func (l *looker) fits(k int, p *plan) bool {
	for i := range p.tests {
		if !l.passes(k, &p.tests[i]) {
			return false
		}
	}
	return p.text == "" || l.contains(k, p)
}

// passes reports whether the kth row of the page passes a filter.
func (l *looker) passes(k int, t *test) bool {
	switch t.op {
	case InState, ForCause:
		cells := l.row(l.first+k, &l.entries[k], t.op == ForCause)
		if t.answer > 0 {
			cells = cells[t.answer-1 : t.answer]
		}
		if t.op == ForCause {
			return slices.ContainsFunc(cells, func(o task.Outcome) bool {
				return o.State == task.Failed && slices.Contains(t.values, string(o.Cause))
			})
		}
		return slices.Contains(t.values, task.Worst(cells).State.String()) || slices.ContainsFunc(cells, func(o task.Outcome) bool {
			lost := o.State == task.Failed && o.Cause != task.CauseNeeds || o.State == task.Blocked // what needs a lost cell is lost with it
			return lost && slices.Contains(t.values, o.State.String()) || o.Edited && slices.Contains(t.values, Edited) ||
				o.Outdated && slices.Contains(t.values, Outdated)
		})
	case Changed:
		return l.changed(k, t)
	}
	text := l.text(k, t.ref)
	switch t.op {
	case Contains:
		return l.has(text, t.values[0])
	case Equals, OneOf:
		return slices.Contains(t.values, string(text))
	case NotEquals:
		return string(text) != t.values[0]
	case Empty:
		return len(text) == 0
	case Filled:
		return len(text) > 0
	}
	return t.than.Holds(string(text))
}

// aligned reports whether the other view has the kth row of the page at the same place.
func (l *looker) aligned(k int) bool {
	if k >= len(l.was.texts) {
		return false
	}
	row, was := l.texts[k], l.was.texts[k]
	line, sheet, _, _ := row.head()
	otherLine, otherSheet, _, _ := was.head()
	return line == otherLine && bytes.Equal(sheet, otherSheet)
}

// changed reports whether the answer of the kth row of the page differs from that of the other view at the same place, and both exist.
func (l *looker) changed(k int, t *test) bool {
	if t.was == (ref{}) || !l.aligned(k) {
		return false
	}
	before, text := l.was.text(k, t.was), l.text(k, t.ref)
	return len(before) > 0 && len(text) > 0 && !bytes.Equal(before, text)
}

// has reports whether a text contains another, ignoring case. part is in lower case.
func (l *looker) has(text []byte, part string) bool {
	if len(text) == 0 || part == "" {
		return part == ""
	}
	l.small = lower(l.small[:0], text)
	return bytes.Contains(l.small, []byte(part))
}

// lower appends a text in lower case, as strings.ToLower writes it.
func lower(b, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c < utf8.RuneSelf:
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b = append(b, c)
			i++
		case (c == 0xD0 || c == 0xD1) && i+1 < len(text) && text[i+1]&0xC0 == 0x80: // Cyrillic, the usual case of the others
			d := text[i+1]
			switch {
			case c == 0xD0 && 0x90 <= d && d <= 0x9F: // А to П
				b = append(b, 0xD0, d+0x20)
			case c == 0xD0 && 0xA0 <= d && d <= 0xAF: // Р to Я
				b = append(b, 0xD1, d-0x20)
			case c == 0xD0 && d < 0x90 || c == 0xD1 && d >= 0xA0:
				r, _ := utf8.DecodeRune(text[i:])
				b = utf8.AppendRune(b, unicode.ToLower(r))
			default:
				b = append(b, c, d)
			}
			i += 2
		default:
			r, size := utf8.DecodeRune(text[i:])
			b = utf8.AppendRune(b, unicode.ToLower(r))
			i += size
		}
	}
	return b
}

// contains reports whether a cell of the input, a prompt or a completion of the kth row of the page contains the text of a plan.
func (l *looker) contains(k int, p *plan) bool {
	b, part := l.texts[k], p.text
	_, _, _, values := b.head()
	for range values {
		if l.has(b.text(), part) {
			return true
		}
	}
	if p.inputs {
		return false
	}
	for c := range b.number() {
		prompt := b.text()
		b.skip(cellTexts - 1)
		if l.has(prompt, part) || l.has(l.completion(k, c, -1, false), part) {
			return true
		}
	}
	return false
}

// load reads a page of the rows of the scan, and the rows of the other view at the same places.
func (l *looker) load(i, end int) error {
	err := l.scan.file.load(&l.page, i, end)
	if err != nil || l.was == nil {
		return err
	}
	l.was.entries, l.was.texts = l.was.entries[:0], l.was.texts[:0]
	if most := min(i+len(l.entries), l.was.scan.file.rows()); i < most {
		if err = l.was.scan.file.load(&l.was.page, i, most); i+len(l.was.entries) < most { // their texts are longer
			l.entries, l.texts = l.entries[:len(l.was.entries)], l.texts[:len(l.was.entries)]
		}
	}
	return err
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

const (
	minAhead = 4 << 10
	maxAhead = 256 << 10
)

// records reads records of a journal. Those that are near each other are read at once, because the rows are asked about in their order.
type records struct {
	off   int64 // of what is read
	read  []byte
	ahead int // how much more than one record is read
	space []byte
}

// completion returns the completion of a record, valid until the next call.
func (r *records) completion(j *journal.Journal, at journal.Place) ([]byte, error) {
	n := int64(at.Len)
	if at.Off < r.off || at.Off+n > r.off+int64(len(r.read)) {
		near := r.off-maxAhead <= at.Off && at.Off <= r.off+int64(len(r.read))+maxAhead
		r.ahead = min(max(minAhead, 2*r.ahead), maxAhead)
		if !near {
			r.ahead = 0
		}
		from := max(0, at.Off-int64(r.ahead/4)) // some were answered earlier than the row before
		to := at.Off + n + int64(r.ahead)
		r.read = slices.Grow(r.read[:0], int(to-from))[:to-from]
		got, err := j.ReadAt(r.read, from)
		r.off, r.read = from, r.read[:got]
		if at.Off+n > from+int64(got) {
			return nil, err
		}
	}
	record := r.read[at.Off-r.off:][:n]
	r.space = slices.Grow(r.space[:0], len(record))[:len(record)]
	text, err := journal.Completion(record, r.space)
	return []byte(text), err
}
