package table

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strconv"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
	"gigabatch/internal/io/header"
)

// csvSource is a CSV file. Records may be ragged: a cell that is missing reads as "",
// and cells beyond the header have no column and so no value, but are carried over by the sink. Damaged text stops no row: see
// Row.Fault.
type csvSource struct {
	base
	dialect csv.Dialect
	before  []byte     // what stands before the header, as the scanner reads it
	above   int        // the records among it
	titles  int        // the lines of these
	head    csv.Record // the header, or the first record where there is none
	last    *pass
}

func openCSV(f *input, o Options) (Source, error) {
	if s := knownCSV(f, o); s != nil {
		return s, nil
	}
	sample, err := csv.NewSample(f, f.id.Size, o.csv(f.name))
	if err != nil {
		return nil, openError(f.name, err)
	}
	d, above, err := sample.Detect(f, f.id.Size)
	if err != nil {
		return nil, failed(f.name, err)
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
func (s *csvSource) start(f *input) (*csv.Scanner, error) {
	d := s.dialect
	d.Preamble = 0
	r, err := d.Text(f)
	if err != nil {
		return nil, openError(s.name, err)
	}
	s.before = make([]byte, s.dialect.Preamble)
	if _, err := io.ReadFull(r, s.before); err != nil {
		return nil, openError(s.name, err)
	}
	scan, err := s.dialect.Scanner(f, f.id.Size)
	if err != nil {
		return nil, openError(s.name, err)
	}
	return scan, nil
}

// countColumns finds the width of a file without a header.
func (s *csvSource) countColumns(scan *csv.Scanner) error {
	width := 0
	for i := 0; i < csv.SampleRows; i++ {
		rec, err := scan.Next()
		if errors.Is(err, io.EOF) && i > 0 {
			break
		}
		if err != nil {
			return s.opening(err)
		}
		if i == 0 {
			s.head = rec.Clone()
		}
		width = max(width, len(rec.Cells))
	}
	s.columns = letters(width)
	return nil
}

// findHeader passes over the title.
func (s *csvSource) findHeader(scan *csv.Scanner) error {
	rec, err := scan.Next()
	first, n := s.dialect.PreambleLines()+1, 0
	for err == nil && s.isAbove(rec, n) {
		if n == 0 {
			first = rec.Line
		}
		s.before = append(s.before, rec.Raw...)
		n++
		rec, err = scan.Next()
	}
	at := s.options.HeaderRow
	if errors.Is(err, io.EOF) && n > 0 || err == nil && at > 0 && rec.Line != at {
		return &Error{Name: s.name, Line: at, Msg: "no header begins in this line", Hint: "name the line in which the record with the names begins"}
	}
	if err != nil {
		return s.opening(err)
	}
	if s.above = n; n > 0 {
		s.titles = rec.Line - first
	}
	s.head = rec.Clone()
	s.columns = rec.Values(nil, &s.dialect, len(rec.Cells))
	return nil
}

// isAbove says whether the record of that number is part of the title.
func (s *csvSource) isAbove(rec *csv.Record, n int) bool {
	if at := s.options.HeaderRow; at > 0 {
		return rec.Line < at
	}
	return n < s.above
}

// opening is the error of a file in which no record is found.
func (s *csvSource) opening(err error) error {
	if errors.Is(err, io.EOF) {
		return &Error{Name: s.name, Msg: "empty file", Hint: hintHeader}
	}
	return failed(s.name, err)
}

// failed is the error of a scanner for people.
func failed(name string, err error) error {
	var long *csv.TooLong
	if errors.As(err, &long) {
		return &Error{Name: name, Line: long.Line, Msg: "a record of more than 256 MiB begins here", Hint: "is this a text table?"}
	}
	return err
}

// csv are the options as far as they are about the CSV file of that name.
func (o Options) csv(name string) csv.Options {
	c := csv.Options{HeaderLine: o.HeaderRow, Tabs: tabbed(name)}
	c.Delimiter, _ = o.delimiter()
	c.Encoding, _ = charset.Lookup(o.Encoding)
	if !o.NoHeader {
		c.Header = func(rows [][]string) int { return header.Of(rows, o.Wanted, o.Likely) }
	}
	return c
}

// csvRow is the record of a row, and the pass that it belongs to.
type csvRow struct {
	*csv.Record
	pass *pass
}

func (s *csvSource) Format() Format { return CSV }
func (s *csvSource) Close() error   { return nil }

func (s *csvSource) Dialect() string {
	if !s.headless {
		return s.dialect.String() + ", " + place(s.head.Line, s.titles)
	}
	if n := len(s.columns); n > 1 {
		return s.dialect.String() + ", no header: columns A to " + s.columns[n-1]
	}
	return s.dialect.String() + ", no header: column A"
}

// place is where the header stands, for people.
func place(line, titles int) string {
	s := "header in line " + strconv.Itoa(line)
	switch {
	case titles == 1:
		s += " (1 line of title above it)"
	case titles > 1:
		s += " (" + strconv.Itoa(titles) + " lines of title above it)"
	}
	return s
}

func (s *csvSource) Rows() iter.Seq2[Row, error] { return s.rows(s.read) }

// read yields the rows of f until they end or are wanted no longer.
func (s *csvSource) read(f *input, yield func(Row, error) bool) error {
	scan, rec, err := s.first(f)
	if err != nil {
		return err
	}
	p := &pass{}
	s.last = p
	last := &csvRow{pass: p}
	row := Row{Columns: s.columns, rec: last}
	for ; ; rec = nil {
		if rec == nil {
			rec, err = scan.Next()
		}
		if errors.Is(err, io.EOF) {
			p.ended, p.tail = true, bytes.Clone(scan.Tail())
			return nil
		}
		if err != nil {
			return failed(s.name, err)
		}
		last.Record = rec
		s.fill(&row, rec)
		if !yield(row, nil) {
			return nil
		}
		row.Index++
		p.rows++
	}
}

func (s *csvSource) fill(row *Row, rec *csv.Record) {
	row.Line = rec.Line
	row.Values = rec.Values(row.Values[:0], &s.dialect, len(s.columns))
	row.extra = rec.Beyond(row.extra[:0], &s.dialect, len(s.columns))
	row.Fault = nil
	if f := rec.Fault(&s.dialect); f != nil {
		row.Fault = &Error{Name: s.name, Line: f.Line, Msg: f.Msg, Hint: f.Hint}
	}
}

// first passes over all that is no row, and checks that it is what Open has found. The record is the first row of a file without
// a header, and else nil.
func (s *csvSource) first(f *input) (*csv.Scanner, *csv.Record, error) {
	scan, err := s.dialect.Scanner(f, f.id.Size)
	if err != nil {
		return nil, nil, openError(s.name, err)
	}
	for range s.above {
		if _, err := scan.Next(); err != nil {
			return nil, nil, s.changed()
		}
	}
	rec, err := scan.Next()
	if err != nil || !bytes.Equal(rec.Raw, s.head.Raw) || rec.Line != s.head.Line {
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
		return s.dialect.Delim != '\t'
	}
	return tabbed(s.name) && s.dialect.Delim == '\t'
}
