package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

// csvSource is a CSV file. Its first record is the header. Records may be ragged: a cell that is missing reads as "",
// and cells beyond the header have no column and so no value, but are carried over by the sink. Beyond a header of one column
// they are an error: there a text was cut.
type csvSource struct {
	header
	dialect dialect
	head    csvRecord
	last    *pass
}

func openCSV(f *input) (Source, error) {
	d, err := detect(f)
	if err != nil {
		return nil, err
	}
	rec, err := d.scanner(f).next()
	if errors.Is(err, io.EOF) {
		return nil, &Error{Name: f.name, Msg: "empty file", Hint: hintHeader}
	}
	if err != nil {
		return nil, err
	}
	s := &csvSource{header: header{name: f.name, id: f.id}, dialect: d, head: rec.clone()}
	s.columns = rec.values(nil, len(rec.cells))
	return s, d.checkHeader(f, rec, s.columns)
}

func (r *csvRecord) clone() csvRecord {
	return csvRecord{raw: bytes.Clone(r.raw), line: r.line, cells: slices.Clone(r.cells)}
}

func (s *csvSource) Format() Format { return CSV }
func (s *csvSource) Close() error   { return nil }

func (s *csvSource) Rows() iter.Seq2[Row, error] { return s.rows(s.read) }

// read yields the rows of f until they end or are wanted no longer.
func (s *csvSource) read(f *input, yield func(Row, error) bool) error {
	scan := s.dialect.scanner(f)
	if rec, err := scan.next(); err != nil || !bytes.Equal(rec.raw, s.head.raw) {
		return s.changed()
	}
	p := &pass{}
	s.last, scan.rec.pass = p, p
	row := Row{Columns: s.columns, rec: &scan.rec}
	for {
		rec, err := scan.next()
		if errors.Is(err, io.EOF) {
			p.ended, p.tail = true, bytes.Clone(scan.tail())
			return nil
		}
		if err != nil {
			return err
		}
		row.Line = rec.line
		row.Values = rec.values(row.Values[:0], len(s.columns))
		row.extra = rec.extra(row.extra[:0], len(s.columns))
		if len(s.columns) == 1 && row.Extra() > 0 {
			return s.cutProse(rec)
		}
		if !yield(row, nil) {
			return nil
		}
		row.Index++
		p.rows++
	}
}

// cutProse is the error of a text that was cut at delimiters of its own.
func (s *csvSource) cutProse(rec *csvRecord) error {
	return &Error{Name: s.name, Line: rec.line, Msg: fmt.Sprintf("the row has %d cells but the header has one column", len(rec.cells)),
		Hint: "put the text in double quotes"}
}

func (s *csvSource) Sink(dst string, columns ...string) (Sink, error) {
	if format, ok := s.target(dst); ok && (format != CSV || s.converts(dst)) {
		return newSink(&s.header, dst, format, columns)
	}
	return s.copySink(dst, columns)
}

// converts says whether the extension of dst asks for another delimiter than the source has.
func (s *csvSource) converts(dst string) bool {
	if tabbed(dst) {
		return s.dialect.delim != '\t'
	}
	return tabbed(s.name) && s.dialect.delim == '\t'
}
