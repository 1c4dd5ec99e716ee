package table

import (
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

// HintJSONL is the hint for a line of a JSONL file that is not an object.
var HintJSONL = messages.Sprintf(`each line must be one JSON object, such as {"prompt": "…"}`)

// HintHeader is the hint for an empty table.
var HintHeader = messages.Sprintf("the first line must be the header, followed by the rows")

// Error reports an input that cannot be read, or an output that cannot be written.
type Error struct {
	Name  string // the file
	Sheet string // of a workbook, if more than one sheet is read; may be ""
	Line  int    // line of a text file or row of a sheet, from 1; 0 if the error has no line
	Msg   messages.Text
	Hint  messages.Text // what the user can do about it; may be empty
	Err   error         // the cause; may be nil
}

// Error returns the message with file and line, without the hint.
func (e *Error) Error() string { return e.Message().String() }

// Message returns the text of Error in any language.
func (e *Error) Message() messages.Text {
	place := Printable(e.Name)
	if e.Sheet != "" {
		place += "[" + e.Sheet + "]"
	}
	if e.Line > 0 {
		place += ":" + strconv.Itoa(e.Line)
	}
	if e.Err == nil || e.Err == fs.ErrNotExist { // the cause would repeat "no such file"
		return messages.Sprintf("%s: %s", place, e.Msg)
	}
	return messages.Sprintf("%s: %s: %v", place, e.Msg, e.Err)
}

// Printable returns the name of a file for a message. Control characters and invalid UTF-8 are escaped.
func Printable(name string) string {
	if utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl) {
		return name
	}
	return strconv.QuoteToGraphic(name)
}

func (e *Error) Unwrap() error { return e.Err }

// RowError returns an error about a row, with the name of the document, or of the table and the position of the row.
func RowError(src Source, row Row, msg, hint messages.Text) *Error {
	if src.Format() == Documents {
		return &Error{Name: row.Path, Msg: msg, Hint: hint}
	}
	return &Error{Name: src.Name(), Sheet: row.Sheet, Line: row.Line, Msg: msg, Hint: hint}
}

// EncodingError is the ErrEncoding for a specific text.
type EncodingError struct{ Why messages.Text }

func (e *EncodingError) Error() string { return e.Message().String() }

// Message returns the text of Error in any language.
func (e *EncodingError) Message() messages.Text {
	return messages.Sprintf("%s: %v", e.Why, ErrEncoding)
}

func (e *EncodingError) Unwrap() error { return ErrEncoding }
