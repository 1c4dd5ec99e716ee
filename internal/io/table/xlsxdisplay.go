package table

import (
	"strconv"

	"gigabatch/internal/io/ooxml"
)

// display shows the values of cells as a sheet does.
type display struct {
	book    *ooxml.Book
	raw     bool            // as they are stored
	formats []*numberFormat // of each style, nil for General
	scratch scratch
}

func newDisplay(book *ooxml.Book, raw bool) display {
	d := display{book: book, raw: raw}
	if raw {
		return d
	}
	known := map[string]*numberFormat{}
	d.formats = make([]*numberFormat, book.Styles.Len())
	for style := range d.formats {
		code := formatCode(book.Styles.NumberFormat(style))
		if code == "" {
			continue
		}
		f, ok := known[code]
		if !ok {
			f = newNumberFormat(code)
			known[code] = f
		}
		d.formats[style] = f
	}
	return d
}

// value is the text of a cell that has a value or a formula.
func (d *display) value(row *ooxml.Row, c *ooxml.Cell) (string, error) {
	v, err := d.book.Value(row, c)
	if err != nil || v == "" || d.raw {
		return v, err
	}
	switch c.Type {
	case ooxml.Bool:
		return boolText(v), nil
	case ooxml.Err:
		return v, nil
	}
	f := d.format(c.Style)
	switch {
	case c.Type == ooxml.Date:
		return d.date(f, v), nil
	case c.Type == ooxml.Number && isNumber(v):
		return d.number(f, v), nil
	case f == nil:
		return v, nil
	}
	return f.text(v), nil
}

// format is the number format of a style, nil for General.
func (d *display) format(style int) *numberFormat {
	if style < 0 || style >= len(d.formats) {
		return nil
	}
	return d.formats[style]
}

func (d *display) number(f *numberFormat, stored string) string {
	n, err := strconv.ParseFloat(stored, 64)
	if f == nil || err != nil {
		return general(stored)
	}
	s := f.section(n)
	switch {
	case s == nil:
		return general(stored)
	case !s.isDate():
		return s.show(n, stored)
	case d.book.Date1904:
		n += days1904
	}
	if n < 0 || n >= lastDay {
		return general(stored) // a sheet shows it as no date either
	}
	return d.serial(s, n)
}

// serial shows a date.
func (d *display) serial(s *section, days float64) string {
	if s.kind == dateSection {
		return s.date(days)
	}
	return d.scratch.show(s, general(strconv.FormatFloat(days, 'f', -1, 64)))
}

// date shows a date that is stored as text.
func (d *display) date(f *numberFormat, stored string) string {
	if f == nil {
		return stored
	}
	days, ok := isoSerial(stored)
	if !ok {
		return stored
	}
	s := f.section(days)
	if s == nil || !s.isDate() {
		return stored
	}
	return d.serial(s, days)
}

func (d *display) close() error { return d.scratch.close() }

func boolText(stored string) string {
	switch stored {
	case "0", "false":
		return "FALSE"
	case "1", "true":
		return "TRUE"
	}
	return stored
}
