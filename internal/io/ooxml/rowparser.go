package ooxml

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"gigabatch/internal/messages"
)

// rowParser finds the cells of rows.
type rowParser struct{ prefix string }

// parse reads the row whose start tag is m and whose candidate end is the end of raw. It returns false if the row does not end there.
func (x *rowParser) parse(r *Row, raw []byte, m markup, before int) (bool, error) {
	*r = Row{Raw: raw, tag: m, Number: before, Cells: r.Cells[:0]}
	if err := r.attributes(before); err != nil {
		return false, err
	}
	r.close = m.hi
	if m.kind == emptyTag {
		return true, nil
	}
	return x.cells(r)
}

func (r *Row) attributes(before int) error {
	r.Number = before + 1
	custom := false
	for p := r.tag.attrs.lo; ; {
		a, ok := nextAttr(r.Raw, r.tag.attrs, &p)
		if !ok {
			break
		}
		value := a.value.of(r.Raw)
		var err error
		switch string(a.name.of(r.Raw)) {
		case "r":
			if len(value) > 0 {
				r.Number, err = strconv.Atoi(string(value))
			}
		case "s":
			r.Style = styleNumber(value)
		case "spans":
			r.spans = a.value
		case "hidden":
			r.Hidden = isTrue(value)
		case "customFormat":
			custom = isTrue(value)
		}
		if err != nil {
			return errXML
		}
	}
	if !custom {
		r.Style = 0
	}
	return checkRow(r.Number, before)
}

// styleNumber returns the style that an attribute names. Programs take an invalid one for 0.
func styleNumber(value []byte) int {
	n, err := strconv.Atoi(string(value))
	if err != nil {
		return 0
	}
	return n
}

func checkRow(n, before int) error {
	switch {
	case n > MaxRows:
		return refuse(messages.Sprintf("a sheet cannot hold more; the workbook may be damaged"),
			"the sheet has a row %d, but the last possible row is %d", n, MaxRows)
	case n <= before:
		return refuse(hintSave, "the rows of the sheet are out of order: row %d is after row %d", n, before)
	}
	return nil
}

// cells reads the cells of a row, and reports whether the row ends at its candidate end.
func (x *rowParser) cells(r *Row) (bool, error) {
	column := 0
	for p := r.tag.hi; ; {
		m, err := next(r.Raw, p)
		if err != nil {
			return whole(err)
		}
		switch {
		case m.kind == endTag:
			r.close = m.lo
			return m.hi == len(r.Raw), nil
		case m.kind > emptyTag:
			p = m.hi
			continue
		}
		isCell := string(m.name.of(r.Raw)) == x.prefix+"c"
		if !isCell && m.kind == startTag {
			end, err := elementEnd(r.Raw, m)
			if err != nil {
				return whole(err)
			}
			p = end.hi
			continue
		}
		if p = m.hi; !isCell {
			continue
		}
		c, err := x.cell(r.Raw, m, column, r.Number)
		if err != nil {
			return whole(err)
		}
		column, p = c.Column, c.hi
		r.Cells = append(r.Cells, c)
	}
}

// whole reports that an element that is cut off continues after its candidate end.
func whole(err error) (bool, error) {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return false, err
}

// cell reads the cell whose tag is m. before is the column of the preceding cell.
func (x *rowParser) cell(b []byte, m markup, before, row int) (c Cell, err error) {
	c = Cell{span: m.span, Column: before + 1}
	if err := c.attributes(b, m, before, row); err != nil {
		return c, err
	}
	if m.kind == emptyTag {
		return c, nil
	}
	for p := m.hi; ; {
		t, err := next(b, p)
		if err != nil {
			return c, err
		}
		switch t.kind {
		case endTag:
			if !bytes.Equal(t.name.of(b), m.name.of(b)) {
				return c, errXML
			}
			c.hi = t.hi
			return c, nil
		case startTag:
			end, err := elementEnd(b, t)
			if err != nil {
				return c, err
			}
			x.content(&c, b, t, span{t.hi, end.lo})
			p = end.hi
		case emptyTag:
			x.content(&c, b, t, span{t.hi, t.hi})
			p = t.hi
		default:
			p = t.hi
		}
	}
}

// content records the child element of a cell whose tag is t.
func (x *rowParser) content(c *Cell, b []byte, t markup, content span) {
	name := t.name.of(b)
	switch string(name[min(len(x.prefix), len(name)):]) {
	case "f":
		c.Formula = true
		text := content.of(b)
		c.logical = bytes.EqualFold(text, []byte("TRUE()")) || bytes.EqualFold(text, []byte("FALSE()"))
		if kind := string(t.attribute(b, "t")); kind == "array" || kind == "dataTable" {
			c.Spill, _ = parseArea(string(t.attribute(b, "ref")))
		}
	case "v":
		if c.Type != Inline {
			c.value, c.has = content, c.Type != Number || !content.empty()
			c.Formula = c.Formula && !(c.logical && c.Type == Bool)
		}
	case "is":
		if c.Type == Inline {
			c.value, c.has = content, true
		}
	}
}

func (c *Cell) attributes(b []byte, m markup, before, row int) error {
	for p := m.attrs.lo; ; {
		a, ok := nextAttr(b, m.attrs, &p)
		if !ok {
			break
		}
		value := a.value.of(b)
		var err error
		switch string(a.name.of(b)) {
		case "r":
			if len(value) > 0 {
				c.Column, err = columnOf(value, row)
			}
		case "s":
			c.Style = styleNumber(value)
		case "t":
			if len(value) == 0 {
				continue // as if absent
			}
			t, known := cellTypes[string(value)]
			if c.Type = t; !known {
				err = messages.Errorf("a cell has the unknown type %q", value)
			}
		}
		if err != nil {
			return err
		}
	}
	if c.Column <= before {
		return refuse(hintSave, "the cells of row %d are out of order: %s is after %s", row, ColumnName(c.Column), ColumnName(before))
	}
	if c.Column > MaxColumns {
		return refuse(messages.Sprintf("a sheet cannot hold more; the workbook may be damaged"),
			"cell %s of the sheet is in column %d, but the last possible column is %d", CellName(c.Column, row), c.Column, MaxColumns)
	}
	return nil
}
