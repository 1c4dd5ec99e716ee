package table

import (
	"errors"
	"strings"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
)

// csvNew writes a new CSV file: UTF-8, lines ended by LF, cells separated by commas, or by tabs where the extension
// says so; or the dialect that the options ask for.
type csvNew struct {
	*output
	merge   merge
	guard   formulaGuard
	syntax  csv.Syntax
	lineEnd string
	comma   bool // numbers have a decimal comma
	buf     []byte
}

func newCSVSink(h *base, dst string, columns []string) (Sink, error) {
	m, err := newMerge(h, columns)
	if err != nil {
		return nil, err
	}
	o, err := newOutput(h, dst)
	if err != nil {
		return nil, err
	}
	c := &csvNew{output: o, merge: m, guard: formulaGuard{off: h.options.FormulaGuardOff}}
	if err := c.begin(h, tabbed(dst)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// begin chooses the dialect and writes what stands before the rows.
func (c *csvNew) begin(h *base, tabbed bool) error {
	c.syntax, c.lineEnd = csv.Syntax{Delim: ',', Quote: '"'}, "\n"
	if tabbed {
		c.syntax.Delim = '\t'
	}
	if h.options.CSVDialect == "excel-ru" {
		c.syntax.Delim, c.lineEnd, c.comma = ';', "\r\n", true
		if _, err := c.WriteString(charset.BOM); err != nil {
			return err
		}
	}
	if h.headless {
		return nil
	}
	return c.line(c.merge.names())
}

func (c *csvNew) Write(row Row, cells ...any) error {
	all, err := c.merge.row(row, c.guard.guard(cells))
	if err != nil {
		return err
	}
	return c.line(all)
}

// Altered tells how many cells were guarded.
func (c *csvNew) Altered() Altered { return Altered{Guarded: c.guard.guarded} }

func (c *csvNew) line(cells []any) error {
	b := c.buf[:0]
	for i, cell := range cells {
		if i > 0 {
			b = append(b, c.syntax.Delim)
		}
		text := cellText(cell)
		if c.comma && decimal(text) {
			text = strings.Replace(text, ".", ",", 1)
		}
		b, _ = c.syntax.AppendCell(b, text)
	}
	if len(b) == 0 {
		b = append(b, `""`...)
	}
	c.buf = append(b, c.lineEnd...)
	_, err := c.output.Write(c.buf)
	return err
}

func (c *csvNew) Commit(before func(sum [32]byte) error) error { return c.commit(before) }

// decimal says whether the text is a number with a decimal point, which a program that expects a comma takes for a date or a text.
func decimal(text string) bool {
	whole, part, ok := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return ok && digits(whole) && digits(part)
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
