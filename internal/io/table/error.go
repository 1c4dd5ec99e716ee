package table

import (
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

// HintHeader is the hint about a table that is empty.
var HintHeader = messages.Sprintf("the first line must be the header, followed by the rows")

// Error is an input that cannot be read, or an output that cannot be written.
type Error struct {
	Name  string // the file
	Sheet string // of a workbook, where more than one is read; may be ""
	Line  int    // line of a text file or row of a sheet, from 1; 0 if none is meant
	Msg   messages.Text
	Hint  messages.Text // what the user can do about it; may be empty
	Err   error         // cause; may be nil
}

// Error is the message with file and line, without the hint.
func (e *Error) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *Error) Message() messages.Text {
	place := Printable(e.Name)
	if e.Sheet != "" {
		place += "[" + e.Sheet + "]"
	}
	if e.Line > 0 {
		place += ":" + strconv.Itoa(e.Line)
	}
	if e.Err == nil || e.Err == fs.ErrNotExist { // "no such file" says it already
		return messages.Sprintf("%s: %s", place, e.Msg)
	}
	return messages.Sprintf("%s: %s: %v", place, e.Msg, e.Err)
}

// Printable is a file's name as a message can hold it: what would move a terminal's cursor, or is no text, is escaped.
func Printable(name string) string {
	if utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl) {
		return name
	}
	return strconv.QuoteToGraphic(name)
}

func (e *Error) Unwrap() error { return e.Err }

// RowError is an error about a row: it names the document, or the table with the row's place in it.
func RowError(src Source, row Row, msg, hint messages.Text) *Error {
	if src.Format() == Documents {
		return &Error{Name: row.Path, Msg: msg, Hint: hint}
	}
	return &Error{Name: src.Name(), Sheet: row.Sheet, Line: row.Line, Msg: msg, Hint: hint}
}

// EncodingError is the ErrEncoding of a text.
type EncodingError struct{ Why messages.Text }

func (e *EncodingError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *EncodingError) Message() messages.Text {
	return messages.Sprintf("%s: %v", e.Why, ErrEncoding)
}

func (e *EncodingError) Unwrap() error { return ErrEncoding }
