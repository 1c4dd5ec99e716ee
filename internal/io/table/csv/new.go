package csv

import (
	"errors"
	"slices"
	"strings"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
)

// writer writes a new CSV file: UTF-8, with LF line ends and commas, or tabs if the extension requires them, or in the dialect that
// the options request.
type writer struct {
	*table.Output
	merge   table.Merge
	guard   table.Guard
	syntax  csv.Syntax
	lineEnd string
	comma   bool // numbers have a decimal comma
	buf     []byte
}

// Create begins a new CSV file at dst with the rows of a source.
func Create(h *table.Base, dst string, columns []string) (table.Sink, error) {
	m, err := table.NewMerge(h, columns)
	if err != nil {
		return nil, err
	}
	o, err := table.NewOutput(h, dst)
	if err != nil {
		return nil, err
	}
	c := &writer{Output: o, merge: m, guard: table.Guard{Off: h.Options.FormulaGuardOff}}
	if err := c.begin(h, tabbed(dst)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// begin chooses the dialect and writes everything before the rows.
func (c *writer) begin(h *table.Base, tabbed bool) error {
	c.syntax, c.lineEnd = csv.Syntax{Delim: ',', Quote: '"'}, "\n"
	if tabbed {
		c.syntax.Delim = '\t'
	}
	if h.Options.CSVDialect == "excel-ru" {
		c.syntax.Delim, c.lineEnd, c.comma = ';', "\r\n", true
		if _, err := c.WriteString(charset.BOM); err != nil {
			return err
		}
	}
	if h.Headless {
		return nil
	}
	return c.line(c.merge.Names())
}

func (c *writer) Write(row table.Row, cells ...any) error {
	all, err := c.merge.Row(row, c.guard.Cells(cells))
	if err != nil {
		return err
	}
	if c.comma {
		for i, cell := range all {
			all[i] = c.withComma(row, i, table.CellText(cell), cells)
		}
	}
	return c.line(all)
}

// withComma returns the text of the i-th cell of a row with a decimal comma, if the cell is a number. What a number is, a workbook knows;
// in other formats, and in the cells given to the sink, it is what looks like one.
func (c *writer) withComma(row table.Row, i int, text string, cells []any) string {
	switch {
	case row.Numbers == nil || i >= c.merge.Width || c.merge.Refilled(i, cells):
		if decimal(text) {
			return strings.Replace(text, ".", ",", 1)
		}
	case slices.Contains(row.Numbers, i):
		return russian(text)
	}
	return text
}

// russian returns a number with a decimal comma and without commas between thousands.
func russian(text string) string {
	figure := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == ',' && figure(i-1) && figure(i+1):
		case c == '.' && figure(i+1):
			b.WriteByte(',')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Altered returns the number of cells that were guarded.
func (c *writer) Altered() table.Altered { return table.Altered{Guarded: c.guard.Guarded} }

func (c *writer) line(cells []any) error {
	b := c.buf[:0]
	for i, cell := range cells {
		if i > 0 {
			b = append(b, c.syntax.Delim)
		}
		b, _ = c.syntax.AppendCell(b, table.CellText(cell))
	}
	if len(b) == 0 {
		b = append(b, `""`...)
	}
	c.buf = append(b, c.lineEnd...)
	_, err := c.Output.Write(c.buf)
	return err
}

// decimal reports whether the text is a number with a decimal point, which a program that expects a comma reads as a date or a text.
func decimal(text string) bool {
	whole, part, ok := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return ok && digits(whole) && digits(part)
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
