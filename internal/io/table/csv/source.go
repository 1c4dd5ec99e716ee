// Package csv reads CSV files as tables, rewrites them byte for byte with cells added, and creates new ones. The syntax of records and
// cells is in the package io/csv.
package csv

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
	"gigabatch/internal/io/header"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// source is a CSV file. Records may be ragged: a missing cell reads as "". Cells beyond the header have no column and therefore no
// value, but the sink preserves them. Damaged text does not stop the reading; see Row.Fault.
type source struct {
	table.Base
	dialect csv.Dialect
	before  []byte     // everything before the header, as the scanner reads it
	above   int        // the number of records in it
	titles  int        // the number of lines of these records
	head    csv.Record // the header, or the first record if there is no header
	last    *table.Pass
	left    []csv.Record // left out below the last row, as of the last pass
	aside   table.Aside  // the rows that the last pass left out
	numbers bool         // the first row below the header numbers the columns
}

// Open detects the dialect and the header of a file. create begins an output in another format.
func Open(f *table.Input, o table.Options, c table.Create) (table.Source, error) {
	if err := o.CheckKept(f.Path, nil); err != nil {
		return nil, err
	}
	if s := openKnown(f, o, c); s != nil {
		return s, nil
	}
	sample, err := csv.NewSample(f, f.State.Size, codecOptions(f.Path, o))
	if err != nil {
		return nil, table.OpenError(f.Path, err)
	}
	if g := sample.Guess; g.Unsure && o.Encoding == "" {
		return nil, unsure(f.Path, g)
	}
	d, above, err := sample.Detect(f, f.State.Size)
	if err != nil {
		return nil, failed(f.Path, err)
	}
	s := &source{Base: table.Base{Path: f.Path, State: f.State, Options: o, Create: c, Headless: above < 0}, dialect: d, above: max(0, above)}
	if err := s.find(f); err != nil {
		return nil, err
	}
	return s, nil
}

// unsure returns the error for a file in an encoding that is not detected. Its texts would be sent as other characters than they are.
func unsure(name string, g charset.Guess) error {
	e := &table.Error{Name: name, Msg: messages.Sprintf("not sure about the encoding"),
		Hint: messages.Sprintf("say it with --encoding, for example --encoding %s, or save the file as UTF-8", "windows-1250")}
	if g.Perhaps != "" {
		first, _, _ := strings.Cut(g.Perhaps, ",")
		e.Msg = messages.Sprintf("not sure about the encoding; it may be %s", g.Perhaps)
		e.Hint = messages.Sprintf("say it with --encoding, for example --encoding %s, or save the file as UTF-8", first)
	}
	return e
}

// find finds the columns.
func (s *source) find(f *table.Input) error {
	scan, err := s.start(f)
	if err != nil {
		return err
	}
	if s.Headless {
		return s.countColumns(scan)
	}
	if err := s.findHeader(scan); err != nil {
		return err
	}
	s.numbers = s.Options.IsNumbered(s.Header, func(yield func(table.Row, error) bool) {
		if err := s.read(f, yield); err != nil {
			yield(table.Row{}, err)
		}
	})
	return nil
}

// start reads everything before the first record, and returns a scanner for the rest.
func (s *source) start(f *table.Input) (*csv.Scanner, error) {
	d := s.dialect
	d.Preamble = 0
	r, err := d.Text(f)
	if err != nil {
		return nil, table.OpenError(s.Path, err)
	}
	s.before = make([]byte, s.dialect.Preamble)
	if _, err := io.ReadFull(r, s.before); err != nil {
		return nil, table.OpenError(s.Path, err)
	}
	scan, err := s.dialect.Scanner(f, f.State.Size)
	if err != nil {
		return nil, table.OpenError(s.Path, err)
	}
	return scan, nil
}

// countColumns finds the width of a file without a header.
func (s *source) countColumns(scan *csv.Scanner) error {
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
	s.Header = table.Letters(width)
	return nil
}

// findHeader skips the title.
func (s *source) findHeader(scan *csv.Scanner) error {
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
	at := s.Options.HeaderRow
	if errors.Is(err, io.EOF) && n > 0 || err == nil && at > 0 && rec.Line != at {
		return &table.Error{Name: s.Path, Line: at, Msg: messages.Sprintf("no header begins on this line"),
			Hint: messages.Sprintf("specify the line on which the record with the column names begins")}
	}
	if err != nil {
		return s.opening(err)
	}
	if s.above = n; n > 0 {
		s.titles = rec.Line - first
	}
	s.head = rec.Clone()
	s.Header = rec.Values(nil, &s.dialect, len(rec.Cells))
	return nil
}

// isAbove reports whether record n is part of the title.
func (s *source) isAbove(rec *csv.Record, n int) bool {
	if at := s.Options.HeaderRow; at > 0 {
		return rec.Line < at
	}
	return n < s.above
}

// opening returns the error for a file in which no record is found.
func (s *source) opening(err error) error {
	if errors.Is(err, io.EOF) {
		return &table.Error{Name: s.Path, Msg: messages.Sprintf("the file is empty"), Hint: table.HintHeader}
	}
	return failed(s.Path, err)
}

// failed converts an error of the scanner to one for people.
func failed(name string, err error) error {
	var long *csv.TooLong
	if errors.As(err, &long) {
		return &table.Error{Name: name, Line: long.Line, Msg: messages.Sprintf("a record longer than 16 MiB begins here"),
			Hint: messages.Sprintf("check that the file is a text table")}
	}
	return err
}

// codecOptions returns the options that the codec needs for the file with that name.
func codecOptions(name string, o table.Options) csv.Options {
	c := csv.Options{HeaderLine: o.HeaderRow, Tabs: tabbed(name)}
	c.Delimiter, _ = o.DelimiterByte()
	c.Encoding, _ = charset.Lookup(o.Encoding)
	if !o.NoHeader {
		c.Header = func(rows [][]string) int { return header.Of(rows, o.Wanted, o.Likely) }
	}
	return c
}

// record is the record of a row, and the pass in which it was read.
type record struct {
	*csv.Record
	pass  *table.Pass
	above []csv.Record // those above it that were left out
}

// LeftOut implements table.Sifted.
func (s *source) LeftOut() table.Aside { return s.aside }

func (s *source) Format() table.Format { return table.CSV }
func (s *source) Close() error         { return nil }

func (s *source) Dialect() messages.Text {
	if !s.Headless {
		return messages.Sprintf("%s, %s", s.dialect.Message(), place(s.head.Line, s.titles))
	}
	if n := len(s.Header); n > 1 {
		return messages.Sprintf("%s, no header: columns A to %s", s.dialect.Message(), s.Header[n-1])
	}
	return messages.Sprintf("%s, no header: column A", s.dialect.Message())
}

// place describes the position of the header for people.
func place(line, titles int) messages.Text {
	if titles == 0 {
		return messages.Sprintf("header on line %d", line)
	}
	return messages.Sprintf("header on line %d (%d title {line|lines} above it)", line, titles)
}

func (s *source) Rows() iter.Seq2[table.Row, error] { return s.Pass(s.read) }

// read yields the rows of f until they end or no more are wanted.
func (s *source) read(f *table.Input, yield func(table.Row, error) bool) error {
	scan, above, rec, err := s.first(f)
	if err != nil {
		return err
	}
	p := &table.Pass{}
	s.last, s.aside = p, nil
	last := &record{pass: p}
	row := table.Row{Columns: s.Header, Record: last}
	sieve := s.Options.NewSieve(s.Header, "")
	sieve.Numbered = s.numbers
	records := table.Repeats[*csv.Record]{Rows: len(above) + 1, Read: scan.Next}
	records.Keep = func(rec *csv.Record) *csv.Record { own := rec.Clone(); return &own }
	records.Same = func(rec *csv.Record, i int) bool {
		if i < len(above) {
			return len(above[i]) > 0 && bytes.Equal(s.content(rec), above[i])
		}
		s.fill(&row, rec)
		return sieve.IsHeading(&row)
	}
	for apart := false; ; rec = nil {
		repeat := false
		if rec == nil {
			rec, repeat, err = records.Next()
		}
		if errors.Is(err, io.EOF) {
			p.Ended, p.Tail, s.left = true, bytes.Clone(scan.Tail()), last.above
			return nil
		}
		if err != nil {
			return failed(s.Path, err)
		}
		last.Record = rec
		s.fill(&row, rec)
		switch {
		case s.Headless:
		case repeat && !sieve.Keeps(row.Line):
			row.Looks, apart = table.Heading, false
		default:
			above := rec.Raw[:rec.Cells[0].Lo]
			row.Looks = sieve.Kind(&row, apart || len(above) > 0 && bytes.ContainsAny(above, "\r\n"))
			apart = (row.Values[0] == "" || row.Values[0][0] <= ' ') &&
				!slices.ContainsFunc(row.Values, func(cell string) bool { return strings.TrimSpace(cell) != "" })
		}
		if row.Looks == table.Heading || row.Looks == table.Numbers {
			s.aside.Add("", row.Line, row.Looks, len(last.above) > 0)
			last.above = append(last.above, rec.Clone())
			continue
		}
		if !yield(row, nil) {
			return nil
		}
		last.above = last.above[:0]
		row.Index++
		p.Rows++
	}
}

// content returns a record as it is written in the file, without empty cells at its end: an output has more of them.
func (s *source) content(rec *csv.Record) []byte {
	return bytes.TrimRight(rec.Raw[rec.Cells[0].Lo:rec.Cells[len(rec.Cells)-1].Hi], string(s.dialect.Delim))
}

func (s *source) fill(row *table.Row, rec *csv.Record) {
	row.Line = rec.Line
	row.Values = rec.Values(row.Values[:0], &s.dialect, len(s.Header))
	row.Beyond = rec.Beyond(row.Beyond[:0], &s.dialect, len(s.Header))
	row.Fault = nil
	if f := rec.Fault(&s.dialect); f != nil {
		row.Fault = &table.Error{Name: s.Path, Line: f.Line, Msg: f.Msg, Hint: f.Hint}
	}
}

// first skips everything that is not a row, and checks that it is what Open has found. It returns the content of the last records
// above the header. The returned record is the first row of a file without a header, otherwise nil.
func (s *source) first(f *table.Input) (scan *csv.Scanner, above [][]byte, rec *csv.Record, err error) {
	if scan, err = s.dialect.Scanner(f, f.State.Size); err != nil {
		return nil, nil, nil, table.OpenError(s.Path, err)
	}
	for range s.above {
		if rec, err = scan.Next(); err != nil {
			return nil, nil, nil, s.Changed()
		}
		above = append(above[max(0, len(above)+1-table.MaxHeader):], bytes.Clone(s.content(rec)))
	}
	rec, err = scan.Next()
	if err != nil || !bytes.Equal(rec.Raw, s.head.Raw) || rec.Line != s.head.Line {
		return nil, nil, nil, s.Changed()
	}
	if s.Headless {
		return scan, above, rec, nil
	}
	return scan, above, nil, nil
}

func (s *source) Sink(dst string, columns ...string) (table.Sink, error) {
	if err := s.CheckInPlace(dst); err != nil {
		return nil, err
	}
	format, ok := s.Target(dst)
	if ok && format != table.CSV || s.Options.CSVDialect != "" || ok && s.converts(dst) {
		if !ok {
			format = table.CSV
		}
		return s.Create(&s.Base, dst, format, columns)
	}
	return s.copySink(dst, columns)
}

// tabbed reports whether the extension implies tabs between the cells.
func tabbed(name string) bool {
	return slices.Contains([]string{".tsv", ".tab"}, table.Extension(name))
}

// converts reports whether the extension of dst requires another delimiter than that of the source.
func (s *source) converts(dst string) bool {
	if tabbed(dst) {
		return s.dialect.Delim != '\t'
	}
	return tabbed(s.Path) && s.dialect.Delim == '\t'
}
