package table

import (
	"bytes"
	"errors"
	"io"
)

// csvScanner splits a stream into records. A cell that begins with a quote ends at the delimiter or line end after its
// closing quote; a quote anywhere else is a letter like any other. Lines end with LF or CRLF, also mixed.
type csvScanner struct {
	window
	name  string
	delim byte
	line  int // of the next byte
	rec   csvRecord
}

func newCSVScanner(name string, r io.Reader, size int64, delim byte) *csvScanner {
	return &csvScanner{window: window{r: r, size: size}, name: name, delim: delim, line: 1}
}

// next is the next record, valid until the call after. At the end it returns io.EOF, and tail holds what is left.
func (s *csvScanner) next() (*csvRecord, error) {
	s.skip(len(s.rec.raw))
	s.rec.raw = nil
	begin, err := s.blank()
	if err != nil {
		return nil, s.failure(err)
	}
	s.rec.line = s.line
	s.rec.cells = s.rec.cells[:0]
	if err := s.record(begin); err != nil {
		return nil, s.failure(err)
	}
	return &s.rec, s.check()
}

// tail is what stands after the last record: blank lines only.
func (s *csvScanner) tail() []byte { return s.bytes() }

// blank passes over empty lines and returns where the next record begins.
func (s *csvScanner) blank() (int, error) {
	p := 0
	for {
		n, err := s.lineEnd(p)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return p, nil
		}
		p += n
		s.line++
	}
}

// lineEnd is the length of the line end at p, 0 if there is none. Past the last byte it returns io.EOF.
func (s *csvScanner) lineEnd(p int) (int, error) {
	b, err := s.at(p)
	if err != nil {
		return 0, err
	}
	if b == '\n' {
		return 1, nil
	}
	if b != '\r' {
		return 0, nil
	}
	b, err = s.at(p + 1)
	if errors.Is(err, io.EOF) {
		return 1, nil
	}
	if err == nil && b == '\n' {
		return 2, nil
	}
	return 0, err
}

// at is the byte at p, read when needed.
func (s *csvScanner) at(p int) (byte, error) {
	for s.end-s.start <= p {
		if err := s.more(); err != nil {
			return 0, err
		}
	}
	return s.buf[s.start+p], nil
}

// record finds the cells of the record at begin.
func (s *csvScanner) record(begin int) error {
	end, err := s.lineFeed(begin)
	if err != nil {
		return err
	}
	line := s.bytes()[begin:end]
	if bytes.IndexByte(line, '"') >= 0 {
		return s.quoted(begin)
	}
	s.line++
	s.rec.raw = s.bytes()[:end]
	s.split(begin, end-terminator(line))
	return nil
}

// terminator is the length of the line end that line ends with.
func terminator(line []byte) int {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
	}
	if n > 0 && line[n-1] == '\r' {
		n--
	}
	return len(line) - n
}

// split cuts a stretch without quotes at its delimiters.
func (s *csvScanner) split(lo, hi int) {
	b := s.rec.raw[:hi]
	for {
		i := bytes.IndexByte(b[lo:], s.delim)
		if i < 0 {
			break
		}
		s.rec.cells = append(s.rec.cells, span{lo, lo + i})
		lo += i + 1
	}
	s.rec.cells = append(s.rec.cells, span{lo, hi})
}

// quoted finds the cells of a record that has quotes and may span lines.
func (s *csvScanner) quoted(p int) error {
	begin := p
	for {
		cell, next, err := s.cell(p)
		if err != nil {
			return err
		}
		s.rec.cells = append(s.rec.cells, cell)
		p = next
		if b := s.bytes(); cell.hi == len(b) || b[cell.hi] != s.delim {
			break
		}
	}
	s.rec.raw = s.bytes()[:p]
	s.line += max(1, bytes.Count(s.rec.raw[begin:], []byte{'\n'}))
	return nil
}

// cell is the cell at p and the position after the delimiter or line end that follows it.
func (s *csvScanner) cell(p int) (c span, next int, err error) {
	c.lo = p
	b, err := s.at(p)
	if err == nil && b == '"' {
		p, err = s.closing(p + 1)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return c, 0, err
	}
	for ; ; p++ {
		b, err := s.at(p)
		switch {
		case errors.Is(err, io.EOF):
			c.hi = p - terminator(s.bytes()[c.lo:p])
			return c, p, nil
		case err != nil:
			return c, 0, err
		case b == s.delim:
			c.hi = p
			return c, p + 1, nil
		case b == '\n':
			c.hi = p + 1 - terminator(s.bytes()[c.lo:p+1])
			return c, p + 1, nil
		}
	}
}

// closing is the position after the quote that closes the one before p.
func (s *csvScanner) closing(p int) (int, error) {
	open := p - 1
	for {
		i := bytes.IndexByte(s.bytes()[p:], '"')
		if i < 0 {
			p = len(s.bytes())
			if err := s.more(); err != nil {
				return 0, s.unclosed(open, err)
			}
			continue
		}
		p += i + 1
		if b, err := s.at(p); err != nil || b != '"' {
			return p, err
		}
		p++
	}
}

// unclosed is the error for the quote at open, of which no end was found.
func (s *csvScanner) unclosed(open int, err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, errTooLong) {
		return err
	}
	line := s.rec.line + bytes.Count(s.bytes()[s.rec.begin(open):open], []byte{'\n'})
	return &Error{Name: s.name, Line: line, Msg: "a quote is opened here and never closed",
		Hint: `close the quote, or double it if it is part of the text ("")`}
}

// begin is where the record's first cell begins, or else if no cell is known yet.
func (r *csvRecord) begin(otherwise int) int {
	if len(r.cells) > 0 {
		return r.cells[0].lo
	}
	return otherwise
}

func (s *csvScanner) failure(err error) error {
	if errors.Is(err, errTooLong) {
		return &Error{Name: s.name, Line: s.line, Msg: "a record of more than 256 MiB begins here", Hint: "is this a text table?"}
	}
	return err
}

// check refuses bytes that are no UTF-8 text.
func (s *csvScanner) check() error {
	if plainText(s.rec.raw) {
		return nil
	}
	bad := badByte(s.rec.raw)
	line := s.rec.line + bytes.Count(s.rec.raw[s.rec.cells[0].lo:bad], []byte{'\n'})
	return textError(s.name, line, s.rec.raw[bad])
}
