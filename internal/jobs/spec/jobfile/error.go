package jobfile

import (
	"fmt"
	"strings"
	"unicode"
)

// Error says what is wrong with a job file, and where.
type Error struct {
	Name      string
	Line, Col int // from 1, in characters; 0 if it is about the whole file
	Msg       string
	Hint      string // what to do about it; may be empty
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Name, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Col, e.Msg)
}

// place is a position in a job file, from 1, in characters.
type place struct{ line, col int }

// wrong makes an error of one line, without the name of the file, which Read puts in.
func wrong(at place, hint, format string, args ...any) error {
	return &Error{Line: at.line, Col: at.col, Msg: oneLine(fmt.Sprintf(format, args...)), Hint: oneLine(hint)}
}

// oneLine keeps what stands in the file from breaking out of its line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
