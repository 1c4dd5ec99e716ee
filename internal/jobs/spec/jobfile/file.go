package jobfile

import (
	"encoding/json"

	"gigabatch/internal/messages"
)

// File is a parsed job file. Names are those of the Spec. Paths of files are relative to the working directory.
type File struct {
	Name    string
	Entries []Entry // in file order; without "columns"
	Columns []Column
}

// Column is one item of "columns".
type Column struct {
	Line, Col int
	Entries   []Entry
}

// Entry is a key with its value.
type Entry struct {
	Name      string
	Line, Col int // place of the key, from 1, in characters

	// Values are the texts as a flag would take them: one, or those of a list. Numbers are decimal, a bool is "true" or "false", and a
	// block text has no final line break unless it was written with |+ or >+. Values is empty if Object is set.
	Values []string
	Listed bool            // the values were given as a list and must not be split
	Object json.RawMessage // an inline mapping as compact JSON with its keys in file order
}

// Entry returns the entry of that name, or nil.
func (f *File) Entry(name string) *Entry { return entry(f.Entries, name) }

// Entry returns the entry of that name, or nil.
func (c *Column) Entry(name string) *Entry { return entry(c.Entries, name) }

func entry(entries []Entry, name string) *Entry {
	for i := range entries {
		if entries[i].Name == name {
			return &entries[i]
		}
	}
	return nil
}

// Value returns the first value of the entry, or "" if it has none or e is nil.
func (e *Entry) Value() string {
	if e == nil || len(e.Values) == 0 {
		return ""
	}
	return e.Values[0]
}

// Refuse returns an error about an entry of f.
func (f *File) Refuse(e *Entry, msg messages.Text) *Error {
	return &Error{Name: f.Name, Line: e.Line, Col: e.Col, Msg: msg}
}
