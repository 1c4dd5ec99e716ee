package rows

import (
	"encoding/binary"
	"encoding/json"
	"slices"
)

// stored is a row as a scan stores it: numbers, and texts with their lengths before them, so that one text is found without decoding the
// others. It is the line, the sheet, the path, the number of values, the values, the number of cells, and cellTexts texts for each cell.
type stored []byte

// cellTexts is the number of texts of a cell: its prompt, its completion, its fields, which are texts in a text, and its other content
// as JSON, "" for none.
const cellTexts = 4

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// appendRow appends a row as it is stored.
func appendRow(b []byte, row *Row) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(row.Line))
	b = appendText(appendText(b, row.Sheet), row.Path)
	b = binary.AppendUvarint(b, uint64(len(row.Values)))
	for _, v := range row.Values {
		b = appendText(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(row.Cells)))
	for i := range row.Cells {
		c := row.Cells[i]
		b = appendText(appendText(b, c.Prompt), c.Completion)
		var fields []byte
		for _, text := range c.Fields {
			fields = appendText(fields, text)
		}
		b = append(binary.AppendUvarint(b, uint64(len(fields))), fields...)
		c.Prompt, c.Completion, c.Column = "", "", ""
		var rest []byte
		if c.Attempts > 0 || c.Cause != "" || c.Error != "" || !c.At.IsZero() || !c.Edited.IsZero() || c.Before != nil {
			var err error
			if rest, err = json.Marshal(&c); err != nil {
				return b, err
			}
		}
		b = append(binary.AppendUvarint(b, uint64(len(rest))), rest...)
	}
	return b, nil
}

// number cuts off a number, text a text.
func (b *stored) number() int {
	n, size := binary.Uvarint(*b)
	*b = (*b)[size:]
	return int(n)
}

func (b *stored) text() []byte {
	n := b.number()
	t := (*b)[:n]
	*b = (*b)[n:]
	return t
}

func (b *stored) skip(texts int) {
	for range texts {
		b.text()
	}
}

// head cuts off everything before the values, and returns the line, the sheet, the path and the number of the values.
func (b *stored) head() (line int, sheet, path []byte, values int) {
	return b.number(), b.text(), b.text(), b.number()
}

// value returns the cell of an input column, nil if the row has none.
func (b stored) value(i int) []byte {
	if _, _, _, n := b.head(); i >= n {
		return nil
	}
	b.skip(i)
	return b.text()
}

// cells cuts off everything before the cells, and returns their number.
func (b *stored) cells() int {
	_, _, _, n := b.head()
	b.skip(n)
	return b.number()
}

// completion returns the completion of a cell, or one of its fields if field is not negative.
func (b stored) completion(cell, field int) []byte {
	if b.cells() <= cell {
		return nil
	}
	b.skip(cell*cellTexts + 1)
	if field < 0 {
		return b.text()
	}
	b.text()
	for fields := stored(b.text()); len(fields) > 0; field-- {
		if text := fields.text(); field == 0 {
			return text
		}
	}
	return nil
}

// row returns the ith row of a file. e is its entry.
func (f *scratchFile) row(i int, e *entry, b stored) (row Row, err error) {
	line, sheet, path, n := b.head()
	row = Row{Index: i, Line: line, Sheet: string(sheet), Path: string(path)}
	if n > 0 {
		row.Values = make([]string, n)
	}
	for v := range row.Values {
		row.Values[v] = string(b.text())
	}
	for c := range b.number() {
		prompt, completion, fields := b.text(), b.text(), stored(b.text())
		cell := Cell{}
		if e.cells[c].fixed {
			cell.State = e.cells[c].found.State
		}
		if rest := b.text(); len(rest) > 0 {
			if err = json.Unmarshal(rest, &cell); err != nil {
				return row, err
			}
		}
		cell.Column, cell.Prompt, cell.Completion = f.columns[c].CompletionColumn, string(prompt), string(completion)
		for len(fields) > 0 {
			cell.Fields = append(cell.Fields, string(fields.text()))
		}
		row.Cells = append(row.Cells, cell)
	}
	return row, nil
}

// page is a range of the rows of a file that is read at once. A page can be used again. It is not safe for concurrent use.
type page struct {
	first   int
	entries []entry
	texts   []stored // parallel to entries
	keys    []cellKey
	buf     []byte
	changed []byte // the texts of rows that differ from the file
}

const (
	rowsPerPage  = 1024
	bytesPerPage = 1 << 20 // after which a page ends early
)

// load reads rows from the ith on, but none from the endth on. It reads at least one.
func (f *scratchFile) load(p *page, i, end int) error {
	size, n := int(f.size()), min(rowsPerPage, end-i)
	p.first, p.entries, p.texts, p.changed = i, p.entries[:0], p.texts[:0], p.changed[:0]
	p.keys = slices.Grow(p.keys[:0], n*len(f.columns))[:n*len(f.columns)]
	p.buf = slices.Grow(p.buf[:0], n*size)[:n*size]
	if _, err := f.entries.ReadAt(p.buf, int64(i)*int64(size)); err != nil {
		return err
	}
	total := 0
	for k := range n {
		e := entry{cells: p.keys[k*len(f.columns) : (k+1)*len(f.columns) : (k+1)*len(f.columns)]}
		e.decode(p.buf[k*size:])
		if total += int(e.len); k > 0 && total > bytesPerPage {
			total -= int(e.len)
			break
		}
		p.entries = append(p.entries, e)
	}
	p.buf = slices.Grow(p.buf[:0], total)[:total]
	if _, err := f.texts.ReadAt(p.buf, p.entries[0].off); err != nil && total > 0 {
		return err
	}
	at := 0
	for k := range p.entries {
		p.texts = append(p.texts, stored(p.buf[at:at+int(p.entries[k].len)]))
		at += int(p.entries[k].len)
	}
	patches := f.patched()
	if len(patches) == 0 {
		return nil
	}
	for k := range p.entries {
		patch, ok := patches[i+k]
		if !ok {
			continue
		}
		from := len(p.changed)
		var err error
		if p.changed, err = appendRow(p.changed, patch.row); err != nil {
			return err
		}
		p.entries[k], p.texts[k] = *patch.entry, stored(p.changed[from:len(p.changed):len(p.changed)])
	}
	return nil
}
