package jobfile

import (
	"strings"
	"unicode"

	"gigabatch/internal/messages"
)

// Error says what is wrong with a job file, and where.
type Error struct {
	Name      string
	Line, Col int // from 1, in characters; 0 if it is about the whole file
	Msg       messages.Text
	Hint      messages.Text // what to do about it; may be empty
}

func (e *Error) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *Error) Message() messages.Text {
	if e.Line == 0 {
		return messages.Sprintf("%s: %v", e.Name, e.Msg)
	}
	return messages.Sprintf("%s:%d:%d: %v", e.Name, e.Line, e.Col, e.Msg)
}

// place is a position in a job file, from 1, in characters.
type place struct{ line, col int }

// wrong makes an error of one line, without the name of the file, which Read puts in.
func wrong(at place, hint messages.Text, format string, args ...any) error {
	for i, arg := range args {
		if text, ok := arg.(string); ok && !strings.Contains(format, "%q") {
			args[i] = oneLine(text)
		}
	}
	return &Error{Line: at.line, Col: at.col, Msg: messages.Sprintf(format, args...), Hint: hint}
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
