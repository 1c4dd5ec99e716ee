package csv

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"gigabatch/internal/io/stream"
	"gigabatch/internal/messages"
)

// Record is a record as it is written in the file; for UTF-16, as charset.NewReader returns it. Positions are relative to the start of
// Raw.
type Record struct {
	Raw   []byte // blank lines before the record, the record, and its line end
	Line  int    // on which the record begins
	Cells []Span
	Loose []int // the indexes of cells that begin with a quote that is an ordinary character

	buf, inner []byte
	ends       []int
}

// Span is a cell with its quotes.
type Span struct{ Lo, Hi int }

// Clone returns a copy that stays valid.
func (r *Record) Clone() Record {
	return Record{Raw: bytes.Clone(r.Raw), Line: r.Line, Cells: slices.Clone(r.Cells), Loose: slices.Clone(r.Loose)}
}

// Cell returns cell i as it is written in the file.
func (r *Record) Cell(i int) []byte { return r.Raw[r.Cells[i].Lo:r.Cells[i].Hi] }

// Values appends the texts of the first n cells to vs, with "" for missing cells. The texts share one string.
func (r *Record) Values(vs []string, d *Dialect, n int) []string {
	return r.texts(vs, d, 0, n)
}

// Beyond appends the texts of the cells after the first n to vs.
func (r *Record) Beyond(vs []string, d *Dialect, n int) []string {
	return r.texts(vs, d, n, max(n, len(r.Cells)))
}

func (r *Record) texts(vs []string, d *Dialect, from, to int) []string {
	have := min(to, len(r.Cells))
	if from >= to {
		return vs
	}
	b, ends, plain := r.buf[:0], r.ends[:0], d.Encoding.IsPlain(r.Raw)
	for i := from; i < have; i++ {
		b = r.value(b, d, i, plain)
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

// value appends the text of a cell to b. plain reports that the bytes of the record are its text.
func (r *Record) value(b []byte, d *Dialect, i int, plain bool) []byte {
	cell := r.Cell(i)
	if d.Quote != 0 && len(cell) > 0 && cell[0] == d.Quote && !slices.Contains(r.Loose, i) {
		r.inner = d.unquote(r.inner[:0], cell)
		cell = r.inner
	}
	if plain {
		return append(b, cell...)
	}
	return d.Encoding.Decode(b, cell)
}

// Fault is a problem with the text of a record. The record can be read nevertheless.
type Fault struct {
	Line      int
	Msg, Hint messages.Text
}

// Fault returns the first problem with the text of the record, or nil.
func (r *Record) Fault(d *Dialect) *Fault {
	bad, loose := d.Encoding.Bad(r.Raw), -1
	if len(r.Loose) > 0 {
		loose = r.Cells[r.Loose[0]].Lo
	}
	switch {
	case loose >= 0 && (bad < 0 || loose < bad):
		line, column := r.at(d, loose)
		return &Fault{
			Line: line, Msg: messages.Sprintf("the quote opened at character %d is never closed; it is read as an ordinary character", column),
			Hint: messages.Sprintf(`close the quote, or double it ("") if it is part of the text`),
		}
	case bad >= 0:
		line, column := r.at(d, bad)
		return &Fault{
			Line: line, Msg: d.Encoding.Damage(r.Raw[bad], column),
			Hint: messages.Sprintf("fix the text, or specify the encoding if it is not %s", d.Encoding.Name()),
		}
	}
	return nil
}

// at returns the line of a byte of Raw and the number of the character on that line, both from 1.
func (r *Record) at(d *Dialect, offset int) (line, column int) {
	before := r.Raw[r.Cells[0].Lo:offset]
	return r.Line + d.lines(before), utf8.RuneCount(d.Encoding.Decode(nil, before[d.lastLine(before):])) + 1
}
