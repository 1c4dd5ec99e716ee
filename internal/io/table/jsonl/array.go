package jsonl

import (
	"bytes"
	"errors"
	"io"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

var (
	hintArray = messages.Sprintf(`the file must be one array of objects, such as [{"prompt": "…"}]`)
	msgCut    = messages.Sprintf("the file ends before the array does")
)

// element returns the next object of the array. Its raw bytes begin with the bracket or comma before it. At the end it returns io.EOF, and
// Bytes returns the rest, which begins after the last object.
func (s *scanner) element() (*record, error) {
	p, c, err := s.skipSpace(0)
	switch {
	case err != nil:
		return nil, s.cut(err)
	case s.rows > 0 && c == ']':
		return nil, s.afterArray(p + 1)
	case s.rows > 0 && c != ',':
		return nil, s.wrong(p, messages.Sprintf("a comma or the closing bracket of the array is missing here"))
	}
	p, c, err = s.skipSpace(p + 1)
	switch {
	case err != nil:
		return nil, s.cut(err)
	case s.rows == 0 && c == ']':
		return nil, s.afterArray(p + 1)
	case c != '{':
		return nil, s.wrong(p, messages.Sprintf("an element of the array is not an object"))
	}
	s.line += bytes.Count(s.Bytes()[:p], []byte{'\n'}) // the line on which the object begins
	end, err := s.objectEnd(p)
	switch {
	case errors.Is(err, io.EOF):
		return nil, &table.Error{Name: s.name, Line: s.line, Msg: msgCut, Hint: hintArray}
	case err != nil:
		return nil, s.failure(err)
	}
	line := s.line
	s.line += bytes.Count(s.Bytes()[p:end], []byte{'\n'})
	s.rows++
	s.rec.number = s.rows
	return &s.rec, s.record(p, end, line)
}

// objectEnd returns the position after the object at p. What is between its braces may be no JSON.
func (s *scanner) objectEnd(p int) (int, error) {
	depth, quoted := 0, false
	for b := s.Bytes(); ; p++ {
		for p >= len(b) {
			if err := s.More(); err != nil {
				return 0, err
			}
			b = s.Bytes()
		}
		switch c := b[p]; {
		case quoted && c == '\\':
			p++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return p + 1, nil
			}
		}
	}
}

// skipSpace returns the position of the first byte at or after p that is not white space, and that byte.
func (s *scanner) skipSpace(p int) (int, byte, error) {
	for ; ; p++ {
		for p >= len(s.Bytes()) {
			if err := s.More(); err != nil {
				return p, 0, err
			}
		}
		if c := s.Bytes()[p]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return p, c, nil
		}
	}
}

// afterArray checks that only white space follows the array, and returns io.EOF.
func (s *scanner) afterArray(p int) error {
	p, _, err := s.skipSpace(p)
	if err == nil {
		return s.wrong(p, messages.Sprintf("something follows the end of the array"))
	}
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return s.failure(err)
}

// cut returns the error for an array that ends too early, or cannot be read.
func (s *scanner) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return s.wrong(len(s.Bytes()), msgCut)
	}
	return s.failure(err)
}

// wrong returns an error about the byte at p.
func (s *scanner) wrong(p int, msg messages.Text) error {
	return &table.Error{Name: s.name, Line: s.line + bytes.Count(s.Bytes()[:p], []byte{'\n'}), Msg: msg, Hint: hintArray}
}
