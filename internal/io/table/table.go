// Package table is the contract of all tables: rows in, rows out.
//
// A Source can be read any number of times. Its Sink in the same format is a copy: what the user wrote comes back as it
// was (CSV and JSONL byte for byte), and only the columns given to Sink are new or refilled. A Sink of another format is
// a new file with the same rows. Nothing here knows what is written.
//
// Each format is a package below this one, and so is open, which finds the format of an input. What formats share is here: Base for their
// sources, and Output, Merge, Layout, Order, Pass and Guard for their sinks.
package table

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"gigabatch/internal/messages"
)

// Source is an input file, open for reading. A Source may be iterated several times, also while one of its sinks is
// being written, but it is not safe for concurrent use.
type Source interface {
	// Name is the file's path as given to Open.
	Name() string
	Format() Format
	// Columns are the names of the columns: the header's cells as they stand, or for JSONL every top-level key of the
	// file in order of first appearance. A header cell that is empty is the name "", which is no name: nothing finds it.
	Columns() []string
	// Has says whether name is a column, or for JSONL a path that some row has (see Row.Value).
	Has(name string) bool
	// Dialect is what was found out about the file, in one line for people: `CSV, windows-1251, ";" between cells, CRLF,
	// header in line 1`, or `sheet "Отзывы", header in row 5`.
	Dialect() messages.Text
	// Found is what was guessed of the file, for Options.Found of a later opening.
	Found() []Found
	// Sheet is the name of the sheet that is read, "" where there is none, or more than one.
	Sheet() string
	// Duplicates are the names that stand more than once in the header, nil if there are none. Row.Value takes the first.
	Duplicates() map[string]bool
	// Rows yields every row from the first, each time it is called, holding one row in memory. Lines and rows without
	// any content are no rows. After an error, which is an *Error where the input is at fault, nothing more is yielded.
	Rows() iter.Seq2[Row, error]
	// Sink begins an output at dst. A dst that is the source itself, has its extension, its format or an unknown extension is a
	// copy, in the format and dialect that the source really has, with columns appended, or refilled where a column of that name
	// exists; the extension of another format makes a new file of that format. The output's mode is the input's.
	Sink(dst string, columns ...string) (Sink, error)
	// Stat identifies the file as it was when last read.
	Stat() Identity
	// Close frees what the source holds. The file is not held open between
	// the calls of a Source, except by running Rows.
	Close() error
}

// Sink is an output being written. It is not safe for concurrent use.
type Sink interface {
	// Write adds a row with one cell for each column given to Source.Sink: a string, int, int64, float64, bool, time.Time,
	// Date or nil, which is an empty cell, or Keep. Text tables hold a time by RFC 3339 and a Date as 2006-01-02; in a workbook both are
	// real dates, unless it is one that no workbook can hold. Rows come from the source's Rows, all of them and in their order. A copy
	// also needs them before the next row is pulled.
	Write(row Row, cells ...any) error
	// Altered tells, once the rows are written, what the output could not take as it was given.
	Altered() Altered
	// Commit makes the output visible, at once and whole. before, if not nil, is called with the SHA-256 of the finished
	// file just before it appears; an error from it is returned and leaves no trace.
	Commit(before func(sum [32]byte) error) error
	// Close drops what was not committed. After Commit it does nothing.
	Close() error
}

// Keep, given to Sink.Write as a cell, leaves the cell of a refilled column as it stands in the source, and that of a new
// column empty.
var Keep any = keep{}

type keep struct{}

// Altered is what a Sink wrote otherwise than given.
type Altered struct {
	Cut     int      // cells longer than a workbook can hold: cut, with a mark at their end
	Long    string   // the side file that holds the cut texts whole, "" if there are none; it appears with the output
	LongSum [32]byte // SHA-256 of that file
	Guarded int      // cells that a spreadsheet would have run as a formula: written to CSV with an apostrophe before them
}

// ErrEncoding is wrapped by the error of Sink.Write when a cell cannot be written in the encoding of the source. Opened
// with Options.UTF8, the source has a sink that can.
var ErrEncoding = messages.Errorf("the encoding of the file cannot represent the text")

// Row is one record of a source.
type Row struct {
	Index   int      // position among the data rows, from 0
	Line    int      // line of a text file or row of a sheet, from 1; where the record begins
	Sheet   string   // with Options.AllSheets, the sheet that the row stands on
	Hidden  bool     // a sheet's row that a filter or the user hides
	Path    string   // of a document: its path as it was found; "" in tables
	Rel     string   // of a document: its path with slashes below the folder or fixed part of the pattern; else its base name
	Upload  bool     // of a document: its content is no text, and the file itself is to be handed over
	Columns []string // the source's
	Values  []string // parallel to Columns; the slice is valid until the next row, the strings for ever
	// Uncalculated are the places in Columns whose cell holds a formula that no program has calculated yet; their value is "".
	Uncalculated []int
	Fault        *Error // what is wrong with the row's text, nil if nothing is; the values are the best that can be read

	Beyond []string // the cells beyond the header, which have no column; valid until the next row
	Record any      // what the format's sinks want to know of the row, an Object if it is JSON; valid until the next row
}

// Object is the record of a row that is a JSON object.
type Object interface {
	JSON() json.RawMessage         // as it stands
	At(path string) (string, bool) // the text of the value at a path of keys and array positions
	Quoted(name string) bool       // whether the member of that name is a string
}

// Value is the cell of the first column of that exact name. In a JSONL row a name that is no column is taken as a path
// of keys and array positions, "a.b" or "a.0". Null, and a column that the row lacks, is "", numbers stand as in the
// file, objects and arrays are compact JSON. The second result is false if there is no such column or path.
func (r Row) Value(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	column := slices.Index(r.Columns, name)
	if column >= len(r.Values) {
		column = -1
	}
	if column >= 0 && r.Values[column] != "" {
		return r.Values[column], true
	}
	if object, ok := r.Record.(Object); ok {
		if v, ok := object.At(name); ok {
			return v, true
		}
	}
	return "", column >= 0
}

// Extra is how many cells with content the row has beyond the header. They have no column and so no value, but every sink keeps them.
func (r Row) Extra() int {
	n := 0
	for _, cell := range r.Beyond {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// Width is the place of the last cell of the row, from 1, also beyond the header.
func (r Row) Width() int { return len(r.Values) + len(r.Beyond) }

// JSON is the record of a JSONL source as it stands, without its line end, or nil in other formats. It is valid until
// the next row.
func (r Row) JSON() json.RawMessage {
	if object, ok := r.Record.(Object); ok {
		return object.JSON()
	}
	return nil
}
