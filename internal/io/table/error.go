package table

import (
	"io/fs"
	"strconv"
)

// Hints that several errors share.
const (
	hintHeader = "the first line is the header; the rows follow it"
	hintJSONL  = "each line is one JSON object, such as {\"prompt\": \"…\"}"
)

// Error is an input that cannot be read, or an output that cannot be written.
type Error struct {
	Name  string // the file
	Sheet string // of a workbook, where more than one is read; may be ""
	Line  int    // line of a text file or row of a sheet, from 1; 0 if none is meant
	Msg   string
	Hint  string // what the user can do about it; may be ""
	Err   error  // cause; may be nil
}

// Error is the message with file and line, without the hint.
func (e *Error) Error() string {
	s := e.Name
	if e.Sheet != "" {
		s += "[" + e.Sheet + "]"
	}
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	}
	s += ": " + e.Msg
	if e.Err != nil && e.Err != fs.ErrNotExist { // "no such file" says it already
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }
