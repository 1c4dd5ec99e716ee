package table

import "errors"

// csvCopy writes the records of a CSV file again, byte for byte, with cells appended or refilled. A record shorter than
// the header gets empty cells up to it. Of a longer one the appended cells come right after the last column of the
// header, where their names are, and before the cells that have no column: so they are found again when the output is
// read, and nothing of the input is lost.
type csvCopy struct {
	*output
	source *csvSource
	layout layout
	order  order
	pass   *pass
	buf    []byte
}

func (s *csvSource) copySink(dst string, columns []string) (Sink, error) {
	l, err := s.layoutFor(columns)
	if err != nil {
		return nil, err
	}
	o, err := newOutput(&s.header, dst)
	if err != nil {
		return nil, err
	}
	c := &csvCopy{output: o, source: s, layout: l, order: order{columns: len(columns)}}
	if _, err := o.Write(c.appendHeader(nil, columns)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// appendHeader appends the header as it stands with the new names.
func (c *csvCopy) appendHeader(b []byte, columns []string) []byte {
	if c.source.dialect.bom {
		b = append(b, bom...)
	}
	names := make([]any, len(columns))
	for i, name := range columns {
		names[i] = name
	}
	return c.appendRecord(b, &c.source.head, names, nil)
}

func (c *csvCopy) Write(row Row, cells ...any) error {
	rec, ok := row.rec.(*csvRecord)
	if !ok {
		return errForeign
	}
	if err := c.order.check(row, cells); err != nil {
		return err
	}
	c.pass = rec.pass
	c.buf = c.appendRecord(c.buf[:0], rec, cells, c.layout.refill)
	_, err := c.output.Write(c.buf)
	return err
}

// appendRecord appends rec to b with its new cells.
func (c *csvCopy) appendRecord(b []byte, rec *csvRecord, cells []any, refills []refill) []byte {
	done, have := 0, len(rec.cells)
	for len(refills) > 0 && refills[0].column < have {
		at, cell := rec.cells[refills[0].column], cells[refills[0].cell]
		refills = refills[1:]
		if cell != Keep {
			b = append(b, rec.raw[done:at.lo]...)
			b = c.appendCell(b, cell)
			done = at.hi
		}
	}
	if len(refills) > 0 || len(c.layout.append) > 0 {
		end := rec.cells[min(have, len(c.source.columns))-1].hi
		b = append(b, rec.raw[done:end]...)
		b = c.appendMissing(b, have, cells, refills)
		done = end
	}
	return append(b, rec.raw[done:]...)
}

// appendMissing appends the cells of the columns from have on, and those of the new columns.
func (c *csvCopy) appendMissing(b []byte, have int, cells []any, refills []refill) []byte {
	width := c.layout.reach()
	if len(c.layout.append) > 0 {
		width = len(c.source.columns)
	}
	for i := have; i < width; i++ {
		b = append(b, c.source.dialect.delim)
		if len(refills) > 0 && refills[0].column == i {
			b = c.appendCell(b, cells[refills[0].cell])
			refills = refills[1:]
		}
	}
	for _, n := range c.layout.append {
		b = append(b, c.source.dialect.delim)
		b = c.appendCell(b, cells[n])
	}
	return b
}

// appendCell keeps the only cell of a row visible when it is empty: an empty line would be no row.
func (c *csvCopy) appendCell(b []byte, cell any) []byte {
	n := len(b)
	b = appendCSV(b, cell, c.source.dialect.delim)
	if len(b) == n && len(c.source.columns)+len(c.layout.append) == 1 {
		b = append(b, `""`...)
	}
	return b
}

// Commit refuses an output that lacks rows of the source.
func (c *csvCopy) Commit(before func(sum [32]byte) error) error {
	p := c.pass
	if p == nil {
		p = c.source.last
	}
	tail, err := p.complete(c.order.rows)
	if err == nil {
		_, err = c.output.Write(tail)
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	return c.commit(before)
}
