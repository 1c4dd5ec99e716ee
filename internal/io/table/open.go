package table

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/nearest"
)

// Options say how to read a file where its name and content do not, and how to write what comes of it.
type Options struct {
	Format    Format `json:"format,omitempty"`     // "" by extension
	Sheet     string `json:"sheet,omitempty"`      // XLSX: a sheet's name or its number from 1; "" is the first visible one
	AllSheets bool   `json:"all_sheets,omitempty"` // XLSX: every visible sheet with content, one after the other
	HeaderRow int    `json:"header_row,omitempty"` // row of the sheet, or line of the text file, that holds the header; 0 finds it
	NoHeader  bool   `json:"no_header,omitempty"`  // there is no header: the columns are called A, B, C …, as in a spreadsheet
	RawValues bool   `json:"raw_values,omitempty"` // XLSX: values as stored, not as shown
	Delimiter string `json:"delimiter,omitempty"`  // CSV: one ASCII character; "" finds it
	Encoding  string `json:"encoding,omitempty"`   // CSV: a name that charset.Lookup knows; "" finds it

	// Documents are files, folders and patterns (with **) whose files are the rows; nil for a table. With Format Documents, tables
	// among them are documents too.
	Documents []string `json:"documents,omitempty"`
	// Attachable are the extensions (".pdf") of documents that are handed over as they are, and not read as text.
	Attachable []string `json:"-"`

	// Wanted are columns that must be there, Likely ones that may: where the row that looks like the header has none of them, one that
	// has is taken. Likely ones count only in a row that is wider than all above it.
	Wanted []string `json:"-"`
	Likely []string `json:"-"`
	// Found is what an earlier opening has found.
	Found []Found `json:"-"`

	CSVDialect      string `json:"csv_dialect,omitempty"`       // of a CSV output: "" is the source's own, else one of CSVDialects
	FormulaGuardOff bool   `json:"formula_guard_off,omitempty"` // cells that a spreadsheet would run are written to CSV as they are
	UTF8            bool   `json:"-"`                           // a CSV copy is UTF-8 with BOM, whatever the source is
}

// CSVDialects are the dialects that a CSV output can be written in, whatever its source was: excel-ru is what Excel reads
// where Russian is spoken (semicolons, CRLF, UTF-8 with BOM).
var CSVDialects = []string{"excel-ru"}

// Open reads as much of a file as it takes to know its columns; a JSONL file it reads whole, so that a bad line is
// found at once. What is wrong with the file is an *Error. Documents are looked up and not read, but for the first bytes of those
// whose extension does not say what they are; name is then only what messages call them.
func Open(name string, o Options) (Source, error) {
	if o.arguments(name) != nil {
		return openDocuments(name, o)
	}
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	format, err := formatFor(f, o)
	if err == nil {
		err = o.check(name)
	}
	if err != nil {
		return nil, err
	}
	switch format {
	case JSONL:
		return openJSONL(f, o)
	case XLSX:
		return openXLSX(f, o)
	default:
		return openCSV(f, o)
	}
}

// input is a file open for reading, with its state at that moment.
type input struct {
	*os.File
	name string
	id   Identity
}

// openRegular opens a file that is not empty.
func openRegular(name string) (*input, error) {
	f, err := openAny(name)
	if err == nil && f.id.Size == 0 {
		return nil, errors.Join(&Error{Name: name, Msg: "empty file", Hint: hintHeader}, f.Close())
	}
	return f, err
}

// openAny never waits: what is not a regular file is refused before it is opened.
func openAny(name string) (*input, error) {
	fi, err := os.Stat(name)
	if err != nil {
		return nil, openError(name, err)
	}
	if err := checkRegular(name, fi); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	if fi, err = f.Stat(); err != nil {
		return nil, errors.Join(openError(name, err), f.Close())
	}
	return &input{File: f, name: name, id: identity(fi)}, nil
}

func checkRegular(name string, fi fs.FileInfo) error {
	switch {
	case fi.IsDir():
		return &Error{Name: name, Msg: "is a folder, not a file", Hint: "name a file in it"}
	case !fi.Mode().IsRegular():
		return &Error{Name: name, Msg: "is not a regular file", Hint: "copy its content to a file first"}
	}
	return nil
}

func openError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	e := &Error{Name: name, Msg: "cannot be read", Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Msg, e.Hint = "no such file", missingHint(name)
		e.Err = fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "check who may read the file"
	}
	return e
}

// formatFor is the format asked for, or by extension, after a look at the first bytes.
func formatFor(f *input, o Options) (Format, error) {
	format, ok := o.Format, true
	if format == "" {
		format, ok = FormatOf(f.name)
	}
	if !ok {
		return "", &Error{Name: f.name, Msg: "unknown format", Hint: formatHint(f.name)}
	}
	head := make([]byte, 8)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", openError(f.name, err)
	}
	return format, checkMagic(f.name, format, head[:n])
}

var (
	magicZip = []byte("PK\x03\x04")
	magicOLE = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
)

func checkMagic(name string, format Format, head []byte) error {
	book := bytes.HasPrefix(head, magicZip) || bytes.HasPrefix(head, magicOLE)
	if book && format != XLSX {
		return &Error{Name: name, Msg: "is a workbook or an archive, not " + strings.ToUpper(string(format)),
			Hint: "if it is a workbook, name it .xlsx"}
	}
	if !book && format == XLSX {
		return &Error{Name: name, Msg: "is not a workbook, or a damaged one", Hint: "open it in a spreadsheet program and save it as .xlsx; a text table is named .csv"}
	}
	return nil
}

// missingHint names the file of the same folder that may have been meant.
func missingHint(name string) string {
	dir := filepath.Dir(name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "there is no such folder either"
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() {
			files = append(files, e.Name())
		}
	}
	if near := nearest.Name(filepath.Base(name), files); near != "" {
		return "did you mean " + filepath.Join(dir, near) + "?"
	}
	return ""
}
