package table

import (
	"bytes"
	"errors"
	"io"
	"iter"
)

// csvSource is a CSV file. Records may be ragged: a cell that is missing reads as "",
// and cells beyond the header have no column and so no value, but are carried over by the sink. Damaged text stops no row: see
// Row.Fault.
type csvSource struct {
	base
	dialect dialect
	before  []byte    // what stands before the header, as the scanner reads it
	above   int       // the records among it
	titles  int       // the lines of these
	head    csvRecord // the header, or the first record where there is none
	last    *pass
}

func openCSV(f *input, o Options) (Source, error) {
	if s := knownCSV(f, o); s != nil {
		return s, nil
	}
	d, above, err := detect(f, o)
	if err != nil {
		return nil, err
	}
	s := &csvSource{base: base{name: f.name, id: f.id, options: o, headless: above < 0}, dialect: d, above: max(0, above)}
	return s, s.find(f)
}

// find finds the columns.
func (s *csvSource) find(f *input) error {
	scan, err := s.start(f)
	if err != nil {
		return err
	}
	if s.headless {
		return s.countColumns(scan)
	}
	return s.findHeader(scan)
}

// start reads what stands before the first record, and returns the scanner of what follows.
func (s *csvSource) start(f *input) (*csvScanner, error) {
	d := s.dialect
	d.preamble = 0
	r, err := d.text(f)
	if err != nil {
		return nil, openError(s.name, err)
	}
	s.before = make([]byte, s.dialect.preamble)
	if _, err := io.ReadFull(r, s.before); err != nil {
		return nil, openError(s.name, err)
	}
	scan, err := s.dialect.scanner(f)
	if err != nil {
		return nil, openError(s.name, err)
	}
	return scan, nil
}

// countColumns finds the width of a file without a header.
func (s *csvSource) countColumns(scan *csvScanner) error {
	width := 0
	for i := 0; i < sampleRows; i++ {
		rec, err := scan.next()
		if errors.Is(err, io.EOF) && i > 0 {
			break
		}
		if err != nil {
			return s.opening(err)
		}
		if i == 0 {
			s.head = rec.clone()
		}
		width = max(width, len(rec.cells))
	}
	s.columns = letters(width)
	return nil
}

// findHeader passes over the title.
func (s *csvSource) findHeader(scan *csvScanner) error {
	rec, err := scan.next()
	first, n := s.dialect.preambleLines()+1, 0
	for err == nil && s.isAbove(rec, n) {
		if n == 0 {
			first = rec.line
		}
		s.before = append(s.before, rec.raw...)
		n++
		rec, err = scan.next()
	}
	at := s.options.HeaderRow
	if errors.Is(err, io.EOF) && n > 0 || err == nil && at > 0 && rec.line != at {
		return &Error{Name: s.name, Line: at, Msg: "no header begins in this line", Hint: "name the line in which the record with the names begins"}
	}
	if err != nil {
		return s.opening(err)
	}
	if s.above = n; n > 0 {
		s.titles = rec.line - first
	}
	s.head = rec.clone()
	s.columns = rec.values(nil, &s.dialect, len(rec.cells))
	return nil
}

// isAbove says whether the record of that number is part of the title.
func (s *csvSource) isAbove(rec *csvRecord, n int) bool {
	if at := s.options.HeaderRow; at > 0 {
		return rec.line < at
	}
	return n < s.above
}

// opening is the error of a file in which no record is found.
func (s *csvSource) opening(err error) error {
	if errors.Is(err, io.EOF) {
		return &Error{Name: s.name, Msg: "empty file", Hint: hintHeader}
	}
	return err
}

func (s *csvSource) Format() Format { return CSV }
func (s *csvSource) Close() error   { return nil }

func (s *csvSource) Dialect() string {
	if !s.headless {
		return s.dialect.String() + ", " + place(s.head.line, s.titles)
	}
	if n := len(s.columns); n > 1 {
		return s.dialect.String() + ", no header: columns A to " + s.columns[n-1]
	}
	return s.dialect.String() + ", no header: column A"
}

func (s *csvSource) Rows() iter.Seq2[Row, error] { return s.rows(s.read) }

// read yields the rows of f until they end or are wanted no longer.
func (s *csvSource) read(f *input, yield func(Row, error) bool) error {
	scan, rec, err := s.first(f)
	if err != nil {
		return err
	}
	p := &pass{}
	s.last, scan.rec.pass = p, p
	row := Row{Columns: s.columns, rec: &scan.rec}
	for ; ; rec = nil {
		if rec == nil {
			rec, err = scan.next()
		}
		if errors.Is(err, io.EOF) {
			p.ended, p.tail = true, bytes.Clone(scan.tail())
			return nil
		}
		if err != nil {
			return err
		}
		s.fill(&row, rec)
		if !yield(row, nil) {
			return nil
		}
		row.Index++
		p.rows++
	}
}

func (s *csvSource) fill(row *Row, rec *csvRecord) {
	row.Line = rec.line
	row.Values = rec.values(row.Values[:0], &s.dialect, len(s.columns))
	row.extra = rec.extra(row.extra[:0], &s.dialect, len(s.columns))
	row.Fault = rec.fault(s.name, &s.dialect)
}

// first passes over all that is no row, and checks that it is what Open has found. The record is the first row of a file without
// a header, and else nil.
func (s *csvSource) first(f *input) (*csvScanner, *csvRecord, error) {
	scan, err := s.dialect.scanner(f)
	if err != nil {
		return nil, nil, openError(s.name, err)
	}
	for range s.above {
		if _, err := scan.next(); err != nil {
			return nil, nil, s.changed()
		}
	}
	rec, err := scan.next()
	if err != nil || !bytes.Equal(rec.raw, s.head.raw) || rec.line != s.head.line {
		return nil, nil, s.changed()
	}
	if s.headless {
		return scan, rec, nil
	}
	return scan, nil, nil
}

func (s *csvSource) Sink(dst string, columns ...string) (Sink, error) {
	if err := s.checkInPlace(dst); err != nil {
		return nil, err
	}
	format, ok := s.target(dst)
	if ok && format != CSV || s.options.CSVDialect != "" || ok && s.converts(dst) {
		if !ok {
			format = CSV
		}
		return newSink(&s.base, dst, format, columns)
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
