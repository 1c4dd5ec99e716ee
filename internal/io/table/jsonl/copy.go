package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
)

// copier rewrites the records of a JSONL file or an array, byte for byte, with members added after the last one, or with the values of
// existing members replaced. Where lines become an array, or an array becomes lines, only the objects are kept.
type copier struct {
	*table.Output
	frame        // of the output
	kept    bool // the output has the frame of the source
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

func (s *source) copySink(dst string, columns []string, array bool) (table.Sink, error) {
	if _, err := s.Layout(columns); err != nil {
		return nil, err
	}
	o, err := table.NewOutput(&s.Base, dst)
	if err != nil {
		return nil, err
	}
	kept := array == s.array
	if s.bom && kept {
		if _, err := o.WriteString(charset.BOM); err != nil {
			return nil, errors.Join(err, o.Close())
		}
	}
	return &copier{Output: o, frame: frame{array: array}, kept: kept, source: s, inPlace: s.Is(dst), columns: columns,
		order: table.Order{Cells: len(columns)}}, nil
}

func (c *copier) Write(row table.Row, cells ...any) error {
	rec, ok := row.Record.(*record)
	if !ok {
		return table.ErrForeign
	}
	err := c.order.Check(row, cells)
	if err != nil {
		return err
	}
	c.pass = rec.pass
	if c.kept {
		c.buf = c.appendRecord(c.buf[:0], rec, cells)
	} else if c.buf, err = c.reframe(c.buf[:0], rec, cells); err != nil {
		return err
	}
	_, err = c.Output.Write(c.buf)
	return err
}

// appendRecord appends rec to b with its new members.
func (c *copier) appendRecord(b []byte, rec *record, cells []any) []byte {
	b = append(b, rec.raw[:rec.object.Lo]...)
	return append(c.appendObject(b, rec, cells), rec.raw[rec.object.Hi:]...)
}

// reframe appends the object of rec to b as an element of an array, or as a line.
func (c *copier) reframe(b []byte, rec *record, cells []any) ([]byte, error) {
	b = c.begin(b)
	from := len(b)
	if b = c.appendObject(b, rec, cells); !c.array {
		var line bytes.Buffer
		if err := json.Compact(&line, b[from:]); err != nil {
			return nil, err
		}
		b = append(b[:from], line.Bytes()...)
	}
	return c.end(b), nil
}

// appendObject appends the object of rec to b with its new members.
func (c *copier) appendObject(b []byte, rec *record, cells []any) []byte {
	done := rec.object.Lo
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
	return append(b, rec.raw[end:rec.object.Hi]...)
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
	if len(rec.members) > 0 {
		first := rec.members[0]
		if rec.raw[first.Value.Lo-1] == ' ' {
			comma, colon = ", ", ": "
		}
		if indent := rec.raw[rec.object.Lo+1 : first.Key.Lo]; bytes.IndexByte(indent, '\n') >= 0 {
			comma = "," + string(indent)
		}
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
	switch {
	case err == nil && !c.kept:
		_, err = c.Output.Write(c.close(nil))
	case err == nil && (c.inPlace || c.source.torn == 0): // a line that is not complete would make another file invalid
		_, err = c.Output.Write(tail)
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	return c.Output.Commit(before)
}
