package xlsx

import (
	"strings"

	"gigabatch/internal/io/numfmt"
	"gigabatch/internal/io/ooxml"
)

// display formats the values of cells as a sheet shows them.
type display struct {
	book    *ooxml.Book
	raw     bool             // as they are stored
	formats []*numfmt.Format // of each style
	dates   numfmt.Workbook
	scratch scratch
}

func newDisplay(book *ooxml.Book, raw bool) *display {
	d := &display{book: book, raw: raw}
	if raw {
		return d
	}
	d.dates = numfmt.Workbook{Date1904: book.Date1904, ISO: true, Foreign: d.scratch.show}
	known := map[string]*numfmt.Format{}
	d.formats = make([]*numfmt.Format, book.Styles.Len())
	for style := range d.formats {
		code := numfmt.Code(book.Styles.NumberFormat(style))
		f, ok := known[code]
		if !ok {
			f = numfmt.Parse(code)
			known[code] = f
		}
		d.formats[style] = f
	}
	return d
}

// value returns the text of a cell that has a value or a formula.
func (d *display) value(row *ooxml.Row, c *ooxml.Cell) (string, error) {
	v, err := d.book.Value(row, c)
	if err != nil || v == "" || d.raw {
		return v, err
	}
	var f *numfmt.Format
	if c.Style >= 0 && c.Style < len(d.formats) {
		f = d.formats[c.Style]
	}
	switch {
	case c.Type == ooxml.Bool:
		return boolText(v), nil
	case c.Type == ooxml.Err:
		return v, nil
	case c.Type == ooxml.Date:
		return f.Date(v, &d.dates), nil
	case c.Type == ooxml.Number && numfmt.IsNumber(v):
		if d.dates.ISO {
			return strings.TrimSpace(f.Number(v, &d.dates)), nil // spaces only align numbers, and programs differ in them
		}
		return f.Number(v, &d.dates), nil
	}
	if strings.IndexByte(v, '\r') >= 0 {
		v = strings.ReplaceAll(v, "\r\n", "\n") // as other programs save it
	}
	return f.Text(v), nil
}

// isNumber reports whether a cell is a number, and not a date or a duration.
func (d *display) isNumber(c *ooxml.Cell) bool {
	return c.Type == ooxml.Number && (d.raw || c.Style < 0 || c.Style >= len(d.formats) || !d.formats[c.Style].IsTime())
}

func boolText(stored string) string {
	switch stored {
	case "0", "false":
		return "FALSE"
	case "1", "true":
		return "TRUE"
	}
	return stored
}
