package csv

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/header"
)

const (
	sampleSize = 64 << 10
	SampleRows = 50 // the number of records that are examined
)

// Options are what is known about a file in advance.
type Options struct {
	Delimiter byte              // 0 detects it
	Encoding  *charset.Encoding // nil detects it
	Tabs      bool              // the file name implies tabs

	// Header returns the index, among the first non-empty records, of the one that contains the column names, or -1. It is nil if the file
	// has no header.
	Header     func(rows [][]string) int
	HeaderLine int // the line on which the header begins, if known; 0 detects it
}

// Sample is the beginning of a file, from which the dialect is detected.
type Sample struct {
	Dialect
	Guess   charset.Guess // of the encoding; the dialect has the one that was requested
	text    []byte        // after the preamble, as the scanner reads it
	partial bool          // the file continues after the sample
	options Options
}

// Detect returns the dialect of the file. It chooses the delimiter that splits the header and splits most records into as many cells
// as the header. If no delimiter splits the header, the file has one column, and the delimiter is one that occurs in no record of the
// whole file, so that a text with commas stays in one cell and cells can be appended. Detect also returns the number of records above
// the header, or -1 if the file has no header.
func (s *Sample) Detect(f io.ReaderAt, size int64) (d Dialect, above int, err error) {
	if s.Delim == 0 {
		s.Delim = s.bestDelimiter()
	}
	if s.Delim == 0 {
		s.Whole = true
		s.findQuoting()
		s.Whole = false
		err = s.absentDelimiter(f, size)
	} else {
		s.findQuoting()
	}
	return s.Dialect, s.above(s.scan(s.Syntax)), err
}

// findQuoting detects the quoting, with the line ends that occur.
func (s *Sample) findQuoting() {
	s.cutAt(s.Delim)
	s.Syntax = s.quoting(s.Syntax)
}

// Known returns the dialect with a given syntax and encoding, and with the preamble and the line ends of the file.
func (s *Sample) Known(y Syntax, e *charset.Encoding) Dialect {
	d := s.Dialect
	if !d.BOM && !e.Wide() && !d.Encoding.Wide() {
		d.Encoding = e
	}
	d.Syntax = y
	d.Breaks, _ = d.lineEnds(s.text)
	return d
}

// NewSample reads the beginning of a file. size is the size of the file.
func NewSample(f io.ReaderAt, size int64, o Options) (*Sample, error) {
	e, g, err := encodingOf(f, size, o.Encoding)
	if err != nil {
		return nil, err
	}
	s := &Sample{Dialect: Dialect{Syntax: Syntax{Quote: '"'}, Encoding: e}, Guess: g, options: o}
	r, err := s.Dialect.Text(f)
	if err != nil {
		return nil, err
	}
	s.text = make([]byte, sampleSize)
	n, err := io.ReadFull(r, s.text)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if s.text, s.partial = s.text[:n], err == nil; s.partial {
		s.text = bytes.TrimRight(s.text, "\r")
	}
	s.readPreamble()
	return s, nil
}

// cutAt adopts a delimiter and the line ends that occur with it.
func (s *Sample) cutAt(delim byte) {
	s.Delim = delim
	s.Breaks, s.CR = s.lineEnds(s.text)
}

// readPreamble removes the byte order mark and the line that specifies the delimiter from the sample.
func (s *Sample) readPreamble() {
	if s.Encoding.Unicode() && bytes.HasPrefix(s.text, []byte(charset.BOM)) {
		s.BOM, s.Preamble, s.text = true, len(charset.BOM), s.text[len(charset.BOM):]
	}
	delim, n := sepLine(s.text)
	s.Delim, s.Sep = cmp.Or(s.options.Delimiter, delim), n > 0
	s.Preamble, s.text = s.Preamble+n, s.text[n:]
}

// scan is the result of reading the first records with a syntax.
type scan struct {
	rows      [][]string
	lines     []int
	good, bad int // see Scanner
}

// scan splits the sample, without a last record that the end of the sample may cut off.
func (s *Sample) scan(y Syntax) scan {
	d := s.Dialect
	d.Syntax = y
	c := NewScanner(bytes.NewReader(s.text), int64(len(s.text)), y)
	var found scan
	for len(found.rows) < SampleRows {
		rec, err := c.Next()
		if err != nil || s.partial && len(found.rows) > 0 && (c.open || c.Ended() && len(c.Bytes()) == len(rec.Raw)) {
			break
		}
		found.rows = append(found.rows, rec.Values(nil, &d, len(rec.Cells)))
		found.lines = append(found.lines, rec.Line)
		found.good, found.bad = c.good, c.bad
	}
	return found
}

// above returns the number of rows above the header, or -1 if there is no header.
func (s *Sample) above(found scan) int {
	if s.options.HeaderLine > 0 {
		return max(0, slices.Index(found.lines, s.options.HeaderLine-s.PreambleLines()))
	}
	if s.options.Header == nil {
		return -1
	}
	var places []int
	var rows [][]string
	for i, row := range found.rows {
		if header.Filled(row) > 0 {
			places, rows = append(places, i), append(rows, row)
		}
	}
	n := s.options.Header(rows)
	if n < 0 || len(rows) == 0 {
		return n
	}
	return places[n]
}

// quoting detects whether cells are quoted with something other than double quotes. It requires strong evidence.
func (s *Sample) quoting(y Syntax) Syntax {
	plain := s.scan(y)
	if len(plain.rows) == 0 {
		return y
	}
	other := y
	if bytes.Contains(s.text, []byte(`\"`)) {
		other.Escape = true
		if found := s.scan(other); found.bad < plain.bad && found.good > 0 && s.wholeness(found) >= s.wholeness(plain) {
			return other
		}
		other.Escape = false
	}
	other.Quote = '\''
	if found := s.scan(other); plain.good == 0 && found.good > max(3, plain.bad) && found.bad*10 <= found.good &&
		s.wholeness(found) >= s.wholeness(plain) {
		return other
	}
	other.Quote = 0
	if found := s.scan(other); plain.bad > 2 && plain.bad > 2*plain.good && s.wholeness(found) >= s.wholeness(plain) {
		return other
	}
	return y
}

func (s *Sample) wholeness(found scan) float64 {
	return share(found.rows[max(0, s.above(found)):], 0)
}
