package csv

import (
	"errors"
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
	return c.line(all)
}

// Altered returns the number of cells that were guarded.
func (c *writer) Altered() table.Altered { return table.Altered{Guarded: c.guard.Guarded} }

func (c *writer) line(cells []any) error {
	b := c.buf[:0]
	for i, cell := range cells {
		if i > 0 {
			b = append(b, c.syntax.Delim)
		}
		text := table.CellText(cell)
		if c.comma && decimal(text) {
			text = strings.Replace(text, ".", ",", 1)
		}
		b, _ = c.syntax.AppendCell(b, text)
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
