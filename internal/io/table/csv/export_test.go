package csv

import (
	"bytes"
	"errors"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
)

// MemCopy returns what a sink of CSV would write.
func MemCopy(src table.Source, columns []string, cells ...any) ([]byte, error) {
	return MemAnswers(src, columns, func(table.Row) []any { return cells })
}

// Nameless reports whether new columns of a CSV file have no names by which they can be found, or no space.
func Nameless(src table.Source) bool {
	s := src.(*source)
	return s.Headless || s.dialect.Whole
}

// MemAnswers returns a copy with different cells for each row.
func MemAnswers(src table.Source, columns []string, cells func(table.Row) []any) ([]byte, error) {
	s := src.(*source)
	l, err := s.Layout(columns)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	c := newCopier(s, l)
	top, err := c.top(columns)
	if err != nil {
		return nil, err
	}
	w := charset.NewWriter(&out, s.dialect.Encoding)
	c.to, c.order.Cells = w, len(columns)
	_, err = w.Write(top)
	for row, e := range s.Rows() {
		if e != nil {
			return out.Bytes(), errors.Join(err, e)
		}
		if e := c.leave(row.Record.(*record).above); e != nil {
			err = e
		}
		if e := c.setCells(cells(row)); e != nil {
			err = e
			continue
		}
		_, e = w.Write(c.appendRecord(nil, row.Record.(*record).Record))
		err = errors.Join(err, e)
	}
	err = errors.Join(err, c.leave(s.left))
	_, e := w.Write(s.last.Tail)
	return out.Bytes(), errors.Join(err, e)
}

// DialectOf returns what was detected about a source, BeforeOf everything before its header.
func DialectOf(src table.Source) csv.Dialect { return src.(*source).dialect }
func BeforeOf(src table.Source) []byte       { return src.(*source).before }

// Headless reports whether no row contains the column names.
func Headless(src table.Source) bool { return src.(*source).Headless }
