package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/stream"
)

// csvRecord is a record as it stands in the file, or for UTF-16 as charset.NewReader gives it. Positions count from the start of raw.
type csvRecord struct {
	raw   []byte // blank lines before the record, the record, and its line end
	line  int    // where the record begins
	cells []span
	loose []int // the numbers of cells that begin with a quote which is a letter
	pass  *pass

	buf, inner []byte
	ends       []int
}

// span is a cell with its quotes.
type span struct{ lo, hi int }

func (r *csvRecord) clone() csvRecord {
	return csvRecord{raw: bytes.Clone(r.raw), line: r.line, cells: slices.Clone(r.cells), loose: slices.Clone(r.loose)}
}

// cell is the cell of that number as it stands.
func (r *csvRecord) cell(i int) []byte { return r.raw[r.cells[i].lo:r.cells[i].hi] }

// values appends the texts of the first n cells to vs, with "" for cells that the record lacks. One string holds them all.
func (r *csvRecord) values(vs []string, d *dialect, n int) []string {
	return r.texts(vs, d, 0, n)
}

// extra appends the texts of the cells after the first n to vs.
func (r *csvRecord) extra(vs []string, d *dialect, n int) []string {
	return r.texts(vs, d, n, max(n, len(r.cells)))
}

func (r *csvRecord) texts(vs []string, d *dialect, from, to int) []string {
	have := min(to, len(r.cells))
	b, ends := r.buf[:0], r.ends[:0]
	for i := from; i < have; i++ {
		b = r.value(b, d, i)
		ends = append(ends, len(b))
	}
	r.buf, r.ends = b, ends
	if cap(b) > stream.Size {
		r.buf, r.inner = nil, nil
	}
	text, lo := string(b), 0
	for _, hi := range ends {
		vs = append(vs, text[lo:hi])
		lo = hi
	}
	for i := max(from, have); i < to; i++ {
		vs = append(vs, "")
	}
	return vs
}

// value appends the text of a cell to b.
func (r *csvRecord) value(b []byte, d *dialect, i int) []byte {
	cell := r.cell(i)
	if d.quote == 0 || len(cell) == 0 || cell[0] != d.quote || slices.Contains(r.loose, i) {
		return d.encoding.Decode(b, cell)
	}
	r.inner = d.unquote(r.inner[:0], cell)
	return d.encoding.Decode(b, r.inner)
}

// fault is the first thing that is wrong with the record's text, nil if nothing is.
func (r *csvRecord) fault(name string, d *dialect) *Error {
	bad, loose := d.encoding.Bad(r.raw), -1
	if len(r.loose) > 0 {
		loose = r.cells[r.loose[0]].lo
	}
	switch {
	case loose >= 0 && (bad < 0 || loose < bad):
		return r.faultAt(name, d, loose, "a quote is opened at character %d and not closed; it is taken as a letter", `close the quote, or double it if it is part of the text ("")`)
	case bad >= 0:
		return r.faultAt(name, d, bad, damage(d.encoding, r.raw[bad]), "correct the text, or name the encoding if it is another one than "+d.encoding.Name())
	}
	return nil
}

// damage is the message about that byte, with a verb for its place in the line.
func damage(e *charset.Encoding, c byte) string {
	switch {
	case c == 0:
		return "there is a NUL byte at character %d; it reads as \uFFFD"
	case e.Wide():
		return "there is half a character at character %d; it reads as \uFFFD"
	}
	return "the byte 0x" + strings.ToUpper(fmt.Sprintf("%02x", c)) + " at character %d is not " + e.Name() + "; it reads as \uFFFD"
}

func (r *csvRecord) faultAt(name string, d *dialect, at int, msg, hint string) *Error {
	before := r.raw[r.cells[0].lo:at]
	column := utf8.RuneCount(d.encoding.Decode(nil, before[d.lastLine(before):])) + 1
	return &Error{Name: name, Line: r.line + d.lines(before), Msg: fmt.Sprintf(msg, column), Hint: hint}
}
