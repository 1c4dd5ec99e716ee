package table

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"gigabatch/internal/io/header"
)

// delimiters are those that are found out. Of those that cut a file alike the first is taken: a comma also stands in texts and
// numbers.
const delimiters = ";\t,|"

const (
	sampleSize = 64 << 10
	sampleRows = 50
)

// sampler finds the dialect of a file from its first records.
type sampler struct {
	dialect
	text    []byte // after the preamble, as the scanner reads it
	partial bool   // the file goes on
	options Options
}

// detect finds the dialect of a file: the delimiter that cuts the header and cuts most records
// into as many cells as the header. If none cuts the header, the file has one column, and the delimiter is one that cuts no
// record of the file at all, so that a text with commas stays whole and cells can be appended. It also says how many records stand
// above the header, -1 if there is no header.
func detect(f *input, o Options) (dialect, int, error) {
	s, err := newSampler(f, o)
	if err != nil {
		return dialect{}, 0, err
	}
	if s.delim == 0 {
		s.delim = s.bestDelimiter()
	}
	if s.delim == 0 {
		s.whole = true
		s.findQuoting()
		s.whole = false
		err = s.absentDelimiter(f)
	} else {
		s.findQuoting()
	}
	return s.dialect, s.above(), err
}

// findQuoting is quoting with the line ends that show.
func (s *sampler) findQuoting() {
	s.cutAt(s.delim)
	s.syntax = s.quoting(s.syntax)
}

func newSampler(f *input, o Options) (*sampler, error) {
	g, err := encodingOf(f, o)
	if err != nil {
		return nil, err
	}
	s := &sampler{dialect: dialect{syntax: syntax{quote: '"'}, encoding: g.Encoding}, options: o}
	r, err := s.dialect.text(f)
	if err != nil {
		return nil, openError(f.name, err)
	}
	s.text = make([]byte, sampleSize)
	n, err := io.ReadFull(r, s.text)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, openError(f.name, err)
	}
	if s.text, s.partial = s.text[:n], err == nil; s.partial {
		s.text = bytes.TrimSuffix(s.text, []byte("\r"))
	}
	s.readPreamble()
	return s, nil
}

// cutAt takes up a delimiter, and the line ends that show with it.
func (s *sampler) cutAt(delim byte) {
	s.delim = delim
	s.breaks, s.cr = s.lineEnds(s.text)
}

// readPreamble takes the byte order mark and the line that names the delimiter off the sample.
func (s *sampler) readPreamble() {
	if s.encoding.Unicode() && bytes.HasPrefix(s.text, bom) {
		s.bom, s.preamble, s.text = true, len(bom), s.text[len(bom):]
	}
	delim, n := sepLine(s.text)
	if given, ok := s.options.delimiter(); ok {
		delim = given
	}
	s.delim, s.sep = delim, n > 0
	s.preamble, s.text = s.preamble+n, s.text[n:]
}

// scan is what the first records are like with a syntax.
type scan struct {
	rows      [][]string
	lines     []int
	good, bad int // see csvScanner
}

// scan cuts the sample, less a last record that it may have cut itself.
func (s *sampler) scan(y syntax) scan {
	d := s.dialect
	d.syntax = y
	c := newCSVScanner("", bytes.NewReader(s.text), int64(len(s.text)), y)
	var found scan
	for len(found.rows) < sampleRows {
		rec, err := c.next()
		if err != nil || s.partial && len(found.rows) > 0 && (c.open || c.Ended() && len(c.Bytes()) == len(rec.raw)) {
			break
		}
		found.rows = append(found.rows, rec.values(nil, &d, len(rec.cells)))
		found.lines = append(found.lines, rec.line)
		found.good, found.bad = c.good, c.bad
	}
	return found
}

// header is how many of the rows stand above the header, -1 if there is no header.
func (s *sampler) header(found scan) int {
	if s.options.NoHeader {
		return -1
	}
	if s.options.HeaderRow > 0 {
		for i, line := range found.lines {
			if s.preambleLines()+line == s.options.HeaderRow {
				return i
			}
		}
		return 0
	}
	var places []int
	var rows [][]string
	for i, row := range found.rows {
		if header.Filled(row) > 0 {
			places, rows = append(places, i), append(rows, row)
		}
	}
	if n := header.Of(rows, s.options.Wanted, s.options.Likely); n < 0 || len(rows) == 0 {
		return n
	} else {
		return places[n]
	}
}

func (d *dialect) preambleLines() int {
	if d.sep {
		return 1
	}
	return 0
}

// above is header for the dialect that was found.
func (s *sampler) above() int { return s.header(s.scan(s.syntax)) }

// fit is how well a delimiter cuts the sample.
type fit struct {
	delim byte
	share float64 // of the rows from the header on that are as wide as it
	width int
	title bool // only because the first rows are taken as a title
	prose bool // most of its cuts may be parts of texts or numbers
}

// bestDelimiter is 0 if no delimiter cuts the header.
func (s *sampler) bestDelimiter() byte {
	var best fit
	for _, delim := range []byte(delimiters) {
		if f := s.fit(delim); f.better(best) {
			best = f
		}
	}
	return best.delim
}

// likely is the share from which a delimiter is believed without a title.
const likely = 0.8

func (f fit) better(than fit) bool {
	switch {
	case f.width < 2 || f.title && f.share < likely:
		return false
	case f.title && than.width > 1 && !than.title:
		return than.share < likely || than.prose && !f.prose
	case than.title && !f.title:
		return f.share >= likely && (than.prose || !f.prose)
	}
	if f.share != than.share {
		return f.share > than.share
	}
	if f.prose != than.prose && than.width > 1 {
		return than.prose
	}
	return f.width > than.width
}

func (s *sampler) fit(delim byte) fit {
	y := syntax{delim: delim, quote: '"'}
	_, y.cr = y.lineEnds(s.text)
	found := s.scan(s.quoting(y))
	if len(found.rows) == 0 {
		return fit{}
	}
	top := max(0, s.header(found))
	f := fit{delim: delim, width: len(found.rows[top]), share: share(found.rows[top:], 0), title: top > 0 && s.options.HeaderRow == 0 && header.Filled(found.rows[0]) > 0}
	if f.title && header.Prose(found.rows[top]) {
		return fit{}
	}
	f.prose = inProse(found.rows[top:], delim)
	if f.title && f.width > 2 {
		f.share = share(found.rows[top:], 1)
	}
	return f
}

// inProse says whether most cuts are followed by a space, or are commas between digits.
func inProse(rows [][]string, delim byte) bool {
	cuts, odd := 0, 0
	for _, row := range rows {
		for i := range len(row) - 1 {
			cuts++
			if strings.HasPrefix(row[i+1], " ") || delim == ',' && endsInDigit(row[i]) && digits(row[i+1][:min(1, len(row[i+1]))]) {
				odd++
			}
		}
	}
	return 2*odd > cuts
}

func endsInDigit(s string) bool { return s != "" && digits(s[len(s)-1:]) }

// share is the part of the rows that have as many cells as the first, or a few more or less.
func share(rows [][]string, few int) float64 {
	same := 0
	for _, row := range rows {
		if n := len(row) - len(rows[0]); -few <= n && n <= few {
			same++
		}
	}
	return float64(same) / float64(len(rows))
}

// quoting finds out whether cells stand between other marks than double quotes. There must be strong evidence.
func (s *sampler) quoting(y syntax) syntax {
	plain := s.scan(y)
	if len(plain.rows) == 0 {
		return y
	}
	other := y
	if bytes.Contains(s.text, []byte(`\"`)) {
		other.escape = true
		if found := s.scan(other); found.bad < plain.bad && found.good > 0 && s.wholeness(found) >= s.wholeness(plain) {
			return other
		}
		other.escape = false
	}
	other.quote = '\''
	if found := s.scan(other); plain.good == 0 && found.good > max(3, plain.bad) && found.bad*10 <= found.good && s.wholeness(found) >= s.wholeness(plain) {
		return other
	}
	other.quote = 0
	if found := s.scan(other); plain.bad > 2 && plain.bad > 2*plain.good && s.wholeness(found) >= s.wholeness(plain) {
		return other
	}
	return y
}

func (s *sampler) wholeness(found scan) float64 {
	return share(found.rows[max(0, s.header(found)):], 0)
}

// absentDelimiter is one that cuts no record of a file of one column. If each of them does, there is none.
func (s *sampler) absentDelimiter(f *input) error {
	order := ",;\t|"
	switch {
	case tabbed(f.name):
		order = "\t,;|"
	case !s.encoding.Unicode(): // of a program for which the semicolon is the usual one
		order = ";,\t|"
	}
	for _, delim := range []byte(order) {
		s.cutAt(delim)
		cuts, err := cutsAny(f, s.dialect)
		if err != nil || !cuts {
			return err
		}
	}
	s.whole = true
	s.cutAt(s.delim)
	return nil
}

func cutsAny(f *input, d dialect) (bool, error) {
	s, err := d.scanner(f)
	if err != nil {
		return false, openError(f.name, err)
	}
	for {
		rec, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case len(rec.cells) > 1:
			return true, nil
		}
	}
}
