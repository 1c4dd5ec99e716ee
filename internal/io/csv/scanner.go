package csv

import (
	"bytes"
	"errors"
	"io"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/stream"
	"gigabatch/internal/messages"
)

// Scanner splits a stream into records. A cell that begins with a quote ends at the delimiter or line end after its closing quote. A
// quote anywhere else is an ordinary character. So is an opening quote that is never closed, or whose closing quote is on another line
// in the middle of a cell, because it would swallow the rows below.
type Scanner struct {
	stream.Window
	Syntax
	line      int // of the next byte
	rec       Record
	good, bad int  // quotes that were closed at the end of a cell, and other quotes
	open      bool // a quote was not closed before the end
	maxQuoted int
}

// maxQuoted is the maximum length of a quoted cell. An opening quote whose closing quote is farther away is an ordinary character.
const maxQuoted = 16 << 20

// NewScanner returns a scanner for a stream that is about size bytes long. A size of 0 means unknown.
func NewScanner(r io.Reader, size int64, y Syntax) *Scanner {
	return &Scanner{Window: stream.Window{R: r, Hint: size}, Syntax: y, line: 1, maxQuoted: maxQuoted}
}

// Next returns the next record, which is valid until the next call. At the end it returns io.EOF, and Tail returns the rest. A record
// that is too long for memory is an error of type *TooLong.
func (s *Scanner) Next() (*Record, error) {
	s.Skip(len(s.rec.Raw))
	s.rec.Raw = nil
	begin, err := s.blank()
	if err == nil {
		begin, err = s.afterMark(begin)
	}
	if err != nil {
		return nil, s.failure(err)
	}
	s.rec.Line, s.rec.Loose = s.line, s.rec.Loose[:0]
	s.rec.Cells = s.rec.Cells[:0]
	if err := s.record(begin); err != nil {
		return nil, s.failure(err)
	}
	return &s.rec, nil
}

// Tail returns what follows the last record: blank lines only.
func (s *Scanner) Tail() []byte { return s.Bytes() }

// blank skips empty lines and returns the position of the next record.
func (s *Scanner) blank() (int, error) {
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

// afterMark returns the position after a byte order mark at p, or p. In the middle of a file, it is the beginning of another file that was
// appended.
func (s *Scanner) afterMark(p int) (int, error) {
	for i := range len(charset.BOM) {
		b, err := s.at(p + i)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if err != nil || b != charset.BOM[i] {
			return p, nil
		}
	}
	return p + len(charset.BOM), nil
}

// lineEnd returns the length of the line end at p, or 0. After the last byte it returns io.EOF.
func (s *Scanner) lineEnd(p int) (int, error) {
	b, err := s.at(p)
	n := 0
	for err == nil && b == '\r' && (n == 0 || !s.CR) {
		n++
		b, err = s.at(p + n)
	}
	switch {
	case err == nil && b == '\n':
		return n + 1, nil
	case n > 0 && (errors.Is(err, io.EOF) || err == nil && s.CR):
		return n, nil
	}
	return 0, err
}

// at returns the byte at p, reading more if necessary.
func (s *Scanner) at(p int) (byte, error) {
	for len(s.Bytes()) <= p {
		if err := s.More(); err != nil {
			return 0, err
		}
	}
	return s.Bytes()[p], nil
}

// lineFrom returns the position after the line that contains p.
func (s *Scanner) lineFrom(p int) (int, error) {
	for from := p; ; {
		b := s.Bytes()
		if n := s.lineBreak(b[from:], s.Ended()); n > 0 {
			return from + n, nil
		}
		from = max(p, len(b)-1)
		if err := s.More(); errors.Is(err, io.EOF) {
			if n := s.lineBreak(b[from:], true); n > 0 {
				return from + n, nil
			}
			return len(b), nil
		} else if err != nil {
			return 0, err
		}
	}
}

// record finds the cells of the record at begin.
func (s *Scanner) record(begin int) error {
	end, err := s.lineFrom(begin)
	if err != nil {
		return err
	}
	line := s.Bytes()[begin:end]
	if s.Quote != 0 && bytes.IndexByte(line, s.Quote) >= 0 {
		return s.quoted(begin)
	}
	s.line++
	s.rec.Raw = s.Bytes()[:end]
	s.split(begin, end-terminator(line))
	return nil
}

// split splits a range without quotes at its delimiters.
func (s *Scanner) split(lo, hi int) {
	b := s.rec.Raw[:hi]
	for i := s.cut(b[lo:]); i >= 0; i = s.cut(b[lo:]) {
		s.rec.Cells = append(s.rec.Cells, Span{lo, lo + i})
		lo += i + 1
	}
	s.rec.Cells = append(s.rec.Cells, Span{lo, hi})
}

// quoted finds the cells of a record that has quotes and may span several lines.
func (s *Scanner) quoted(p int) error {
	begin := p
	for {
		cell, next, err := s.cell(p)
		if err != nil {
			return err
		}
		s.rec.Cells = append(s.rec.Cells, cell)
		p = next
		if b := s.Bytes(); s.Whole || cell.Hi == len(b) || b[cell.Hi] != s.Delim {
			break
		}
	}
	s.rec.Raw = s.Bytes()[:p]
	s.line += max(1, s.lines(s.rec.Raw[begin:]))
	return nil
}

// cell returns the cell at p and the position after the delimiter or line end that follows it.
func (s *Scanner) cell(lo int) (c Span, next int, err error) {
	p := lo
	if b, err := s.at(lo); err == nil && b == s.Quote {
		if p, err = s.closing(lo); err != nil {
			return c, 0, err
		}
		if p == lo {
			s.rec.Loose = append(s.rec.Loose, len(s.rec.Cells))
			p++
		}
	}
	if i := s.nearCut(s.Bytes()[p:]); i >= 0 {
		return Span{lo, p + i}, p + i + 1, nil
	}
	end, err := s.lineFrom(p)
	if err != nil {
		return c, 0, err
	}
	b := s.Bytes()[:end]
	if i := s.cut(b[p:]); i >= 0 {
		return Span{lo, p + i}, p + i + 1, nil
	}
	return Span{lo, end - terminator(b[p:])}, end, nil
}

// nearCut returns the position of the first delimiter, or -1 if the line ends before it. It searches little farther than the nearer of
// the two, because the rest may be long.
func (s *Scanner) nearCut(b []byte) int {
	for n := 64; ; n *= 2 {
		part := b[:min(n, len(b))]
		i := s.cut(part)
		switch {
		case i >= 0 && s.lineBreak(part[:i], true) == 0:
			return i
		case i >= 0 || len(part) == len(b) || s.lineBreak(part, true) > 0:
			return -1
		}
	}
}

// closing returns the position after the quote that closes the one at open, or open itself if that quote is an ordinary character.
func (s *Scanner) closing(open int) (int, error) {
	p, err := s.closingQuote(open + 1)
	if errors.Is(err, io.EOF) || errors.Is(err, stream.ErrTooLong) || err == nil && p-open > s.maxQuoted {
		s.bad++
		s.open = s.open || errors.Is(err, io.EOF)
		return open, nil
	}
	if err != nil {
		return 0, err
	}
	ended, err := s.endsCell(p)
	switch {
	case err != nil:
		return 0, err
	case ended:
		s.good++
	default:
		s.bad++
		if s.lines(s.Bytes()[open:p]) > 0 {
			return open, nil
		}
	}
	return p, nil
}

// closingQuote returns the position after the first quote at or after p that is neither doubled nor escaped.
func (s *Scanner) closingQuote(p int) (int, error) {
	from := p
	for {
		i := s.special(s.Bytes()[p:])
		if i < 0 {
			if p = len(s.Bytes()); p-from > s.maxQuoted {
				return 0, stream.ErrTooLong
			}
			if err := s.More(); err != nil {
				return 0, err
			}
			continue
		}
		p += i + 1
		next, err := s.at(p)
		letter := s.Bytes()[p-1] != s.Quote
		switch {
		case letter && err != nil:
			return 0, err
		case !letter && errors.Is(err, io.EOF):
			return p, nil
		case err != nil:
			return 0, err
		case letter || next == s.Quote:
			p++
		default:
			return p, nil
		}
	}
}

// endsCell reports whether the cell ends at p, or after blanks.
func (s *Scanner) endsCell(p int) (bool, error) {
	for {
		b, err := s.at(p)
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		case s.ends(b):
			return true, nil
		case b != ' ' && b != '\t':
			return false, nil
		}
		p++
	}
}

func (s *Scanner) failure(err error) error {
	if errors.Is(err, stream.ErrTooLong) {
		return &TooLong{Line: s.line}
	}
	return err
}

// TooLong is the error for a record longer than stream.Max bytes. Line is the line on which the record begins.
type TooLong struct{ Line int }

func (e *TooLong) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *TooLong) Message() messages.Text {
	return messages.Sprintf("line %d: the record is too long", e.Line)
}
