package jsonl

import (
	"bytes"
	"errors"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
)

// copier rewrites the records of a JSONL file, byte for byte, with members added after the last one, or with the values of existing
// members replaced.
type copier struct {
	*table.Output
	source  *source
	inPlace bool
	columns []string
	order   table.Order
	pass    *table.Pass
	buf     []byte
	edits   []edit
}

// edit is a cell that replaces a range of a record.
type edit struct {
	jsontext.Span
	cell int
}

func (s *source) copySink(dst string, columns []string) (table.Sink, error) {
	if _, err := s.Layout(columns); err != nil {
		return nil, err
	}
	o, err := table.NewOutput(&s.Base, dst)
	if err != nil {
		return nil, err
	}
	if s.bom {
		if _, err := o.WriteString(charset.BOM); err != nil {
			return nil, errors.Join(err, o.Close())
		}
	}
	return &copier{Output: o, source: s, inPlace: s.Is(dst), columns: columns, order: table.Order{Cells: len(columns)}}, nil
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
	c.buf = c.appendRecord(c.buf[:0], rec, cells)
	_, err := c.Output.Write(c.buf)
	return err
}

// appendRecord appends rec to b with its new members.
func (c *copier) appendRecord(b []byte, rec *record, cells []any) []byte {
	done := 0
	for _, e := range c.replaced(rec) {
		if cells[e.cell] != table.Keep {
			b = append(b, rec.raw[done:e.Lo]...)
			b = appendValue(b, cells[e.cell])
			done = e.Hi
		}
	}
	end := rec.object.Lo + 1
	if n := len(rec.members); n > 0 {
		end = rec.members[n-1].Value.Hi
	}
	b = append(b, rec.raw[done:end]...)
	b = c.appendMembers(b, rec, cells)
	return append(b, rec.raw[end:]...)
}

// replaced returns the members that cells replace, by position.
func (c *copier) replaced(rec *record) []edit {
	c.edits = c.edits[:0]
	for i, m := range rec.members {
		key := rec.key(m)
		for n, name := range c.columns {
			if string(key) == name && rec.lastOf(i, key) {
				c.edits = append(c.edits, edit{m.Value, n})
			}
		}
	}
	return c.edits
}

// lastOf reports whether no member after i has that key.
func (r *record) lastOf(i int, key []byte) bool {
	for _, m := range r.members[i+1:] {
		if bytes.Equal(r.key(m), key) {
			return false
		}
	}
	return true
}

// appendMembers appends the members that rec lacks, with the same spacing as its own.
func (c *copier) appendMembers(b []byte, rec *record, cells []any) []byte {
	comma, colon := ",", ":"
	if len(rec.members) > 0 && rec.raw[rec.members[0].Value.Lo-1] == ' ' {
		comma, colon = ", ", ": "
	}
	first := len(rec.members) == 0
	for n, name := range c.columns {
		if c.has(n) || cells[n] == table.Keep {
			continue
		}
		if !first {
			b = append(b, comma...)
		}
		first = false
		b = jsontext.AppendString(b, name)
		b = append(b, colon...)
		b = appendValue(b, cells[n])
	}
	return b
}

// has reports whether the n-th cell replaces a member.
func (c *copier) has(n int) bool {
	for _, e := range c.edits {
		if e.cell == n {
			return true
		}
	}
	return false
}

// Commit refuses an output that lacks rows of the source.
func (c *copier) Commit(before func(sum [32]byte) error) error {
	p := c.pass
	if p == nil {
		p = c.source.last
	}
	tail, err := p.Complete(c.order.Rows)
	if err == nil && (c.inPlace || c.source.torn == 0) { // a line that is not complete would make another file invalid
		_, err = c.Output.Write(tail)
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	return c.Output.Commit(before)
}
