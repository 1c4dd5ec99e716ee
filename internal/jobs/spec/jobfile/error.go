package jobfile

import (
	"strings"
	"unicode"

	"gigabatch/internal/messages"
)

// Error is a mistake in a job file, with its place.
type Error struct {
	Name      string
	Line, Col int // from 1, in characters; 0 if the mistake concerns the whole file
	Msg       messages.Text
	Hint      messages.Text // how to fix it; may be empty
}

func (e *Error) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *Error) Message() messages.Text {
	if e.Line == 0 {
		return messages.Sprintf("%s: %v", e.Name, e.Msg)
	}
	return messages.Sprintf("%s:%d:%d: %v", e.Name, e.Line, e.Col, e.Msg)
}

// place is a position in a job file, from 1, in characters.
type place struct{ line, col int }

// wrong returns an error on one line. Read adds the name of the file.
func wrong(at place, hint messages.Text, format string, args ...any) error {
	for i, arg := range args {
		if text, ok := arg.(string); ok && !strings.Contains(format, "%q") {
			args[i] = oneLine(text)
		}
	}
	return &Error{Line: at.line, Col: at.col, Msg: messages.Sprintf(format, args...), Hint: hint}
}

// oneLine replaces control characters by spaces, so that text of the file stays on one line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
