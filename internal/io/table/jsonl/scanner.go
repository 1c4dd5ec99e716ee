package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/stream"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// scanner splits a stream into records: lines that are JSON objects, or the objects of one array. Lines with only white space are not
// records.
type scanner struct {
	stream.Window
	name  string
	line  int  // of the next byte
	array bool // the stream is an array; known after the first call of next
	rows  int  // the number of records found
	torn  int  // the last line, if it is not complete yet, else 0
	rec   record
}

func newScanner(name string, r io.Reader, size int64) *scanner {
	return &scanner{Window: stream.Window{R: r, Hint: size}, name: name, line: 1}
}

// next returns the next record, which is valid until the next call. At the end it returns io.EOF, and Bytes returns the rest.
func (s *scanner) next() (*record, error) {
	s.Skip(len(s.rec.raw))
	s.rec.raw = nil
	if s.rows == 0 {
		_, c, err := s.skipSpace(0)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, s.failure(err)
		}
		s.array = err == nil && c == '['
	}
	if s.array {
		return s.element()
	}
	for p := 0; ; {
		end, err := s.lineFeed(p)
		if err != nil {
			return nil, s.failure(err)
		}
		if end == p {
			return nil, io.EOF
		}
		if line := s.Bytes()[p:end]; len(trimSpace(line)) > 0 {
			if s.rows > 0 && s.isTorn(line) {
				s.torn = s.line
				return nil, io.EOF
			}
			s.rows++
			s.rec.number = s.line
			s.line++
			return &s.rec, s.record(p, end, s.rec.number)
		}
		p = end
		s.line++
	}
}

// isTorn reports whether a line is the beginning of an object, without a line break: a program is still writing it.
func (s *scanner) isTorn(line []byte) bool {
	if line[len(line)-1] == '\n' || trimSpace(line)[0] != '{' {
		return false
	}
	var bad *json.SyntaxError
	return errors.As(json.Unmarshal(line, &struct{}{}), &bad) && bad.Error() == unexpectedEnd
}

// unexpectedEnd is what encoding/json says about the beginning of a value.
var unexpectedEnd = json.Unmarshal([]byte("{"), &struct{}{}).Error()

// record checks the record between p and end, which begins on a line, and finds its members.
func (s *scanner) record(p, end, line int) error {
	r := &s.rec
	r.raw, r.line = s.Bytes()[:end], line
	text := trimSpace(r.raw[p:])
	lo := p + bytes.Index(r.raw[p:], text[:1])
	r.object = jsontext.Span{Lo: lo, Hi: lo + len(text)}
	if at := charset.UTF8.Bad(text); at >= 0 {
		return textError(s.name, r.line, text[at])
	}
	if !json.Valid(text) {
		return s.invalid(text)
	}
	if text[0] != '{' {
		return &table.Error{Name: s.name, Line: r.line, Msg: messages.Sprintf("the line is not a JSON object"),
			Hint: messages.Sprintf("each line must be an object, {…}")}
	}
	r.members = jsontext.Members(r.members[:0], r.raw, lo)
	return nil
}

// trimSpace removes JSON white space.
func trimSpace(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }

// invalid returns the error for a line, with a hint if the file seems to have another format.
func (s *scanner) invalid(text []byte) error {
	var v any
	e := &table.Error{Name: s.name, Line: s.rec.line, Msg: messages.Sprintf("invalid JSON"), Err: json.Unmarshal(text, &v), Hint: table.HintJSONL}
	first, _, more := bytes.Cut(text, []byte("\r"))
	switch {
	case s.array:
		e.Hint = hintArray
	case more && json.Valid(first):
		e.Hint = messages.Sprintf("the lines end with CR alone; save the file with LF or CRLF line ends")
	case s.rows == 1 && string(text) == "{" || table.Extension(s.name) == ".json":
		e.Hint = messages.Sprintf("a table in JSON is an array of objects, or has one object per line")
	}
	return e
}

func (s *scanner) failure(err error) error {
	if errors.Is(err, stream.ErrTooLong) {
		if s.array {
			return &table.Error{Name: s.name, Line: s.line, Msg: messages.Sprintf("an object longer than 16 MiB begins here"), Hint: hintArray}
		}
		return &table.Error{Name: s.name, Line: s.line, Msg: messages.Sprintf("a line longer than 16 MiB begins here"),
			Hint: messages.Sprintf("check that the file is JSONL")}
	}
	return err
}

// lineFeed returns the position after the next LF at or after p, or the end of the stream.
func (s *scanner) lineFeed(p int) (int, error) {
	for {
		b := s.Bytes()
		if i := bytes.IndexByte(b[p:], '\n'); i >= 0 {
			return p + i + 1, nil
		}
		p = len(b)
		if err := s.More(); errors.Is(err, io.EOF) {
			return p, nil
		} else if err != nil {
			return 0, err
		}
	}
}

func textError(name string, line int, b byte) error {
	if b == 0 {
		return &table.Error{Name: name, Line: line, Msg: messages.Sprintf("the text contains a NUL byte"),
			Hint: messages.Sprintf("save the file again as UTF-8 text")}
	}
	return &table.Error{Name: name, Line: line, Msg: messages.Sprintf("byte 0x%02X is not valid UTF-8", b),
		Hint: messages.Sprintf("save the file as UTF-8")}
}
