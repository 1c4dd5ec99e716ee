package csv

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// copier rewrites the records of a CSV file, byte for byte, with cells appended or refilled. A record shorter than the header is
// filled up with empty cells. In a longer record, the appended cells come directly after the last column of the header, where their
// names are, and before the cells that have no column. They are then found again when the output is read, and no input is lost. A cell
// whose quote was never closed is quoted properly if cells are added to its record, because a quote in an added cell would close it.
type copier struct {
	*table.Output
	source *source
	syntax csv.Syntax // of the output
	to     io.Writer  // the output, through its encoding
	layout table.Layout
	order  table.Order
	guard  table.Guard
	pass   *table.Pass
	buf    []byte
	page   []byte // a cell in a single-byte encoding
	texts  []byte // the new cells as they are written
	cells  []newCell
}

// newCell is the position of a cell in the texts.
type newCell struct {
	csv.Span
	keep bool
}

func (s *source) copySink(dst string, columns []string) (table.Sink, error) {
	l, err := s.Layout(columns)
	if err != nil {
		return nil, err
	}
	if s.dialect.Whole && len(l.Append) > 0 {
		return nil, &table.Error{Name: s.Path,
			Msg:  messages.Sprintf("no delimiter is left for new columns: the only column contains comma, semicolon, tab and | without quotes"),
			Hint: messages.Sprintf("write an .xlsx or .jsonl file, or put the text in double quotes")}
	}
	o, err := table.NewOutput(&s.Base, dst)
	if err != nil {
		return nil, err
	}
	c := newCopier(s, l)
	c.Output, c.to = o, o
	if !s.Options.UTF8 {
		c.to = charset.NewWriter(o, s.dialect.Encoding)
	}
	top, err := c.top(columns)
	if err == nil {
		_, err = c.to.Write(top)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func newCopier(s *source, l table.Layout) *copier {
	c := &copier{source: s, syntax: s.dialect.Syntax, layout: l, order: table.Order{Cells: len(l.Append) + len(l.Refill)}}
	c.guard.Off = s.Options.FormulaGuardOff
	if c.requotes() {
		c.syntax.Quote = '"'
	}
	return c
}

// requotes reports whether the output uses quotes although the source does not: cells in UTF-8 can be any text.
func (c *copier) requotes() bool { return c.source.Options.UTF8 && c.source.dialect.Quote == 0 }

// top returns everything before the rows.
func (c *copier) top(columns []string) ([]byte, error) {
	s := c.source
	var b []byte
	before := s.before
	if s.Options.UTF8 {
		b = append(b, charset.BOM...)
		if s.dialect.BOM {
			before = before[len(charset.BOM):]
		}
	}
	b = c.appendOld(b, before)
	if s.Headless {
		return b, nil
	}
	names := make([]any, len(columns))
	for i, name := range columns {
		names[i] = name
	}
	for _, r := range c.layout.Refill {
		names[r.Cell] = table.Keep
	}
	if err := c.setCells(names); err != nil {
		return nil, err
	}
	return c.appendRecord(b, &s.head), nil
}

func (c *copier) Write(row table.Row, cells ...any) error {
	rec, ok := row.Record.(*record)
	if !ok {
		return table.ErrForeign
	}
	if err := c.order.Check(row, cells); err != nil {
		return err
	}
	c.pass = rec.pass
	if err := c.leave(rec.above); err != nil {
		return err
	}
	if err := c.setCells(c.guard.Cells(cells)); err != nil {
		return &table.Error{Name: c.source.Path, Line: row.Line, Msg: messages.Sprintf("the text of this row cannot be written"),
			Hint: hintUTF8, Err: err}
	}
	c.buf = c.appendRecord(c.buf[:0], rec.Record)
	_, err := c.to.Write(c.buf)
	return err
}

// leave writes records that are no rows, with empty cells in the new columns.
func (c *copier) leave(records []csv.Record) error {
	for i := range records {
		if err := c.setCells(slices.Repeat([]any{table.Keep}, c.order.Cells)); err != nil {
			return err
		}
		c.buf = c.appendRecord(c.buf[:0], &records[i])
		if _, err := c.to.Write(c.buf); err != nil {
			return err
		}
	}
	return nil
}

var hintUTF8 = messages.Sprintf("write the output as UTF-8")

// Altered returns the number of cells that were guarded.
func (c *copier) Altered() table.Altered { return table.Altered{Guarded: c.guard.Guarded} }

// setCells converts the cells to the texts that will be written. If a row has only one cell, it stays visible even if it is empty,
// because an empty line is not a row.
func (c *copier) setCells(cells []any) error {
	c.texts, c.cells = c.texts[:0], c.cells[:0]
	only := len(c.source.Header)+len(c.layout.Append) == 1
	for _, cell := range cells {
		lo := len(c.texts)
		if err := c.setCell(table.CellText(cell)); err != nil {
			return err
		}
		if only && len(c.texts) == lo && c.syntax.Quote != 0 {
			c.texts = append(c.texts, c.syntax.Quote, c.syntax.Quote)
		}
		c.cells = append(c.cells, newCell{csv.Span{Lo: lo, Hi: len(c.texts)}, cell == table.Keep})
	}
	return nil
}

func (c *copier) setCell(text string) error {
	e := c.source.dialect.Encoding
	if c.source.Options.UTF8 {
		e = charset.UTF8
	}
	if !e.Unicode() {
		var r rune
		var ok bool
		if c.page, r, ok = e.Encode(c.page[:0], text); !ok {
			return &table.EncodingError{Why: messages.Sprintf("%q (U+%04X) is not in %s", r, r, e.Name())}
		}
		text = string(c.page)
	}
	var ok bool
	if c.texts, ok = c.syntax.AppendCell(c.texts, text); !ok {
		return &table.EncodingError{Why: messages.Sprintf("the file does not use quotes, and the text contains a line break or the delimiter")}
	}
	return nil
}

// appendOld appends text of the source to b.
func (c *copier) appendOld(b, old []byte) []byte {
	if e := c.source.dialect.Encoding; c.source.Options.UTF8 && e != charset.UTF8 {
		return e.Decode(b, old)
	}
	return append(b, old...)
}

// appendRecord appends rec to b with its new cells. Half a UTF-16 character at the end of the file is completed; otherwise it would
// damage what follows.
func (c *copier) appendRecord(b []byte, rec *csv.Record) []byte {
	if half := charset.Half(rec.Raw); half >= 0 && len(c.cells) > 0 && c.source.dialect.Encoding.UTF16() {
		whole := *rec
		whole.Raw = append(bytes.Clone(rec.Raw[:half]), "\uFFFD"...)
		rec = &whole
	}
	done := 0
	width := min(len(rec.Cells), len(c.source.Header))
	for i := range rec.Cells {
		at, refills := rec.Cells[i], c.refill(i)
		switch {
		case refills >= 0 && !c.cells[refills].keep:
			b = c.appendOld(b, rec.Raw[done:at.Lo])
			b = append(b, c.text(refills)...)
			done = at.Hi
		case c.mustQuote(rec, i):
			b = c.appendOld(b, rec.Raw[done:at.Lo])
			b = c.syntax.AppendQuoted(b, string(c.appendOld(nil, rec.Raw[at.Lo:at.Hi])))
			done = at.Hi
		}
		if i == width-1 && (len(c.layout.Append) > 0 || c.layout.Reach() > len(rec.Cells)) {
			b = c.appendOld(b, rec.Raw[done:at.Hi])
			b = c.appendMissing(b, len(rec.Cells))
			done = at.Hi
		}
	}
	return c.appendOld(b, rec.Raw[done:])
}

// mustQuote reports whether the cell begins with a quote that is an ordinary character in the source but would not be in the output.
func (c *copier) mustQuote(rec *csv.Record, i int) bool {
	cell := rec.Cell(i)
	return len(c.cells) > 0 && slices.Contains(rec.Loose, i) || c.requotes() && len(cell) > 0 && cell[0] == '"'
}

// refill returns the number of the cell that replaces the one in a column, or -1.
func (c *copier) refill(column int) int {
	for _, r := range c.layout.Refill {
		if r.Column == column {
			return r.Cell
		}
	}
	return -1
}

func (c *copier) text(cell int) []byte { return c.texts[c.cells[cell].Lo:c.cells[cell].Hi] }

// appendMissing appends the cells of the columns from have on, and those of the new columns.
func (c *copier) appendMissing(b []byte, have int) []byte {
	width := c.layout.Reach()
	if len(c.layout.Append) > 0 {
		width = len(c.source.Header)
	}
	for i := have; i < width; i++ {
		b = append(b, c.syntax.Delim)
		if n := c.refill(i); n >= 0 {
			b = append(b, c.text(n)...)
		}
	}
	for _, n := range c.layout.Append {
		b = append(append(b, c.syntax.Delim), c.text(n)...)
	}
	return b
}

// Commit refuses an output that lacks rows of the source.
func (c *copier) Commit(before func(sum [32]byte) error) error {
	p := c.pass
	if p == nil {
		p = c.source.last
	}
	tail, err := p.Complete(c.order.Rows)
	if err == nil {
		err = c.leave(c.source.left)
	}
	if err == nil {
		_, err = c.to.Write(c.appendOld(nil, tail))
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	return c.Output.Commit(before)
}
