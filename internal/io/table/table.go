// Package table is the contract of all tables: rows in, rows out.
//
// A Source can be read any number of times. Its Sink in the same format is a copy: the content of the user is unchanged (CSV and JSONL
// byte for byte), and only the columns given to Sink are new or refilled. A Sink in another format is a new file with the same rows.
// This package does not know what is written.
//
// Each format is a package below this one. The package open, also below, detects the format of an input. This package contains what
// formats share: Base for their sources, and Output, Merge, Layout, Order, Pass and Guard for their sinks.
package table

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"gigabatch/internal/messages"
)

// Source is an input file that is open for reading. It may be iterated several times, even while one of its sinks is being written,
// but it is not safe for concurrent use.
type Source interface {
	// Name is the path of the file as given to Open.
	Name() string
	Format() Format
	// Columns are the names of the columns: the cells of the header as they are written, or for JSONL every top-level key of the file in
	// order of first appearance. An empty header cell is the name "", which is never found.
	Columns() []string
	// Paths are the names of the columns with the groups above them in a header of several rows, "group / name"; nil if there are no groups.
	Paths() []string
	// Has reports whether name is a column, or for JSONL a path that some row has (see Row.Value).
	Has(name string) bool
	// Dialect describes what was detected about the file, on one line for people: `CSV, windows-1251, delimiter ";", CRLF, header on line
	// 1`, or `sheet "Отзывы", header in row 5`.
	Dialect() messages.Text
	// Found is what was guessed about the file, for Options.Found when it is opened again.
	Found() []Found
	// Sheet is the name of the sheet that is read, or "" if there is none or more than one.
	Sheet() string
	// Duplicates are the names that appear more than once in the header; nil if there are none. Row.Value uses the first.
	Duplicates() map[string]bool
	// Rows yields every row from the first, each time it is called, with one row in memory. Lines and rows without content are not rows.
	// After an error, nothing more is yielded. If the input is at fault, the error is an *Error.
	Rows() iter.Seq2[Row, error]
	// Sink begins an output at dst. If dst is the source itself, or has its extension, its format or an unknown extension, the output is a
	// copy in the actual format and dialect of the source. Columns are appended, or refilled if a column with that name exists. The
	// extension of another format begins a new file in that format. The output has the mode of the input.
	Sink(dst string, columns ...string) (Sink, error)
	// Stat identifies the file as it was when last read.
	Stat() Identity
	// Close releases the resources of the source. The file is not kept open between the calls of a Source, except by running Rows.
	Close() error
}

// Torn is implemented by a Source whose last line can be recognized as incomplete, because a program is still writing it. Such a line is
// not a row.
type Torn interface {
	// Torn returns what is wrong with that line, as of the last pass, or nil.
	Torn() *Error
}

// Noter is implemented by a Source that knows what is unusual about a copy before it is written.
type Noter interface {
	// Notes says where the columns of a sink of the source at dst would be, if that is not simply beside the others.
	Notes(dst string, columns ...string) []messages.Text
}

// Sink is an output that is being written. It is not safe for concurrent use.
type Sink interface {
	// Write adds a row with one cell for each column given to Source.Sink: a string, int, int64, float64, bool, time.Time, Date, JSON, nil for
	// an empty cell, or Keep. Text tables contain a time in RFC 3339 and a Date as 2006-01-02. In a workbook both are real dates, unless
	// the workbook cannot represent them. The rows must be all rows of the source's Rows, in order. A copy also needs each row before the
	// next one is pulled.
	Write(row Row, cells ...any) error
	// Altered returns, after the rows are written, what could not be written as it was given.
	Altered() Altered
	// Commit makes the output visible, at once and complete. before, if not nil, is called with the SHA-256 of the finished file just
	// before the file appears. An error from before is returned, and leaves no trace.
	Commit(before func(sum [32]byte) error) error
	// Close discards what was not committed. After Commit it does nothing.
	Close() error
}

// Keep, given to Sink.Write as a cell, leaves the cell of a refilled column as it is in the source, and that of a new column empty.
var Keep any = keep{}

type keep struct{}

// Altered is what a Sink wrote differently from what was given.
type Altered struct {
	Cut     int      // cells longer than a workbook can hold: truncated, with a mark at the end
	Long    string   // the side file with the complete truncated texts, "" if there are none; it appears with the output
	LongSum [32]byte // SHA-256 of that file
	Guarded int      // cells that a spreadsheet program would have run as a formula: written to CSV with an apostrophe in front
}

// ErrEncoding is wrapped by the error of Sink.Write if a cell cannot be written in the encoding of the source. A source that is opened
// with Options.UTF8 has a sink that can write it.
var ErrEncoding = messages.Errorf("the encoding of the file cannot represent the text")

// Row is one record of a source.
type Row struct {
	Index   int      // position among the data rows, from 0
	Line    int      // line of a text file or row of a sheet, from 1, on which the record begins
	Sheet   string   // with Options.AllSheets, the sheet of the row
	Hidden  bool     // a row of a sheet that a filter or the user hides
	Path    string   // of a document: its path as it was found; "" in tables
	Rel     string   // of a document: its path with slashes below the folder or fixed part of the pattern, otherwise its base name
	Upload  bool     // of a document: its content is not text, and the file itself is to be uploaded
	Columns []string // of the source
	Values  []string // parallel to Columns; the slice is valid until the next row, the strings without limit
	// Uncalculated are the indexes in Columns of cells with a formula that no program has calculated yet. Their value is "".
	Uncalculated []int
	Numbers      []int  // of a workbook with Options.CSVDialect: the indexes in Columns of the cells that are numbers; nil in other formats
	Looks        Kind   // what the row looks like; it is data nevertheless
	Fault        *Error // what is wrong with the text of the row, or nil; the values are the best that can be read

	Beyond []string // the cells beyond the header, which have no column; valid until the next row
	Record any      // what the sinks of the format need to know about the row; an Object if it is JSON; valid until the next row
}

// Object is the record of a row that is a JSON object.
type Object interface {
	JSON() json.RawMessage         // as it is written
	At(path string) (string, bool) // the text of the value at a path of keys and array indexes
	Quoted(name string) bool       // whether the member with that name is a string
}

// Value returns the cell of the first column with exactly that name. In a JSONL row, a name that is not a column is a path of keys and
// array indexes, "a.b" or "a.0". Null, and a column that the row lacks, is "". Numbers are as written in the file, objects and arrays
// are compact JSON. The second result is false if the column or path does not exist.
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

// Extra returns the number of cells with content beyond the header. They have no column and therefore no value, but every sink
// preserves them.
func (r Row) Extra() int {
	n := 0
	for _, cell := range r.Beyond {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// Width returns the position of the last cell of the row, from 1, including cells beyond the header.
func (r Row) Width() int { return len(r.Values) + len(r.Beyond) }

// JSON returns the record of a JSONL source as it is written, without its line end, or nil in other formats. It is valid until the
// next row.
func (r Row) JSON() json.RawMessage {
	if object, ok := r.Record.(Object); ok {
		return object.JSON()
	}
	return nil
}
