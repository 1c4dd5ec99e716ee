package table

import (
	"slices"
	"strings"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/header"
	"gigabatch/internal/io/nearest"
	"gigabatch/internal/messages"
)

// Options define how to read a file if its name and content do not, and how to write the output.
type Options struct {
	Format    Format `json:"format,omitempty"`     // "" derives it from the extension
	Sheet     string `json:"sheet,omitempty"`      // XLSX: the name of a sheet or its number from 1; "" is the first visible sheet
	AllSheets bool   `json:"all_sheets,omitempty"` // XLSX: every visible sheet with content, one after the other
	HeaderRow int    `json:"header_row,omitempty"` // row of the sheet, or line of the text file, with the header; 0 detects it
	NoHeader  bool   `json:"no_header,omitempty"`  // the file has no header: the columns are named A, B, C …, as in a spreadsheet
	RawValues bool   `json:"raw_values,omitempty"` // XLSX: values as stored, not as shown
	Delimiter string `json:"delimiter,omitempty"`  // CSV: one ASCII character; "" detects it
	Encoding  string `json:"encoding,omitempty"`   // CSV: a name that charset.Lookup accepts; "" detects it

	KeepRows string `json:"keep_rows,omitempty"` // lines, each range after its sheet or on every sheet (see parseKept): they are rows even if they look like no data

	// Documents are files, folders and patterns (with **) whose files are the rows; nil for a table. If Format is Documents, tables among
	// them are also documents.
	Documents []string `json:"documents,omitempty"`
	// Attachable are the extensions (".pdf") of documents that are uploaded unchanged instead of being read as text.
	Attachable []string `json:"-"`

	Hints `json:"-"`

	CSVDialect      string `json:"csv_dialect,omitempty"`       // of a CSV output: "" is that of the source, otherwise one of CSVDialects
	FormulaGuardOff bool   `json:"formula_guard_off,omitempty"` // cells that a spreadsheet program would run are written to CSV unchanged
	UTF8            bool   `json:"-"`                           // a CSV copy is UTF-8 with BOM, whatever the source is
}

// Hints help to find the header.
type Hints struct {
	// Wanted are columns that are required, Likely are columns that are optional. If the row that looks like the header has none of them,
	// a row that has them is chosen. Likely columns count only in a row that is wider than all rows above it.
	Wanted []string
	Likely []string
	// Own are the columns that gigabatch writes: a row does not become data by cells in them.
	Own []string
	// Asked are columns whose content makes a row ask, nil if they are unknown. Rows of a workbook without content in them are no obstacle
	// for the answers.
	Asked []string
	// Found is what was found when the file was opened earlier.
	Found []Found
}

// CSVDialects are the dialects in which a CSV output can be written, whatever its source. excel-ru is the one that Excel reads with a
// Russian locale (semicolons, CRLF, UTF-8 with BOM).
var CSVDialects = []string{"excel-ru"}

// Known returns what was found for a sheet, or for a CSV file as the sheet "", if it is applicable.
func (o Options) Known(sheet string) (Found, bool) {
	if o.HeaderRow > 0 || o.NoHeader || o.Delimiter != "" || o.Encoding != "" {
		return Found{}, false
	}
	i := slices.IndexFunc(o.Found, func(f Found) bool { return f.Sheet == sheet })
	if i < 0 || o.Found[i].Header > 0 && header.Named(o.Found[i].Columns, o.Wanted) < len(o.Wanted) {
		return Found{}, false
	}
	return o.Found[i], true
}

var delimiterNames = map[string]byte{"tab": '\t', `\t`: '\t', "comma": ',', "semicolon": ';', "pipe": '|', "space": ' ', "colon": ':'}

// DelimiterByte returns the requested delimiter, and false if none is requested.
func (o Options) DelimiterByte() (byte, bool) {
	if d, ok := delimiterNames[strings.ToLower(o.Delimiter)]; ok {
		return d, true
	}
	if len(o.Delimiter) != 1 {
		return 0, false
	}
	return o.Delimiter[0], true
}

// Check refuses invalid options before the file is read.
func (o Options) Check(name string) error {
	d, ok := o.DelimiterByte()
	if ok && (d == '"' || d == '\'' || d == '\r' || d == '\n' || d == 0 || d >= 0x80) || !ok && o.Delimiter != "" {
		return &Error{Name: name, Msg: messages.Sprintf("%q cannot be the delimiter", o.Delimiter),
			Hint: meant(o.Delimiter, []string{"tab", "comma", "semicolon", "pipe", "space", "colon"},
				messages.Sprintf("specify one ASCII character, such as ; or the word tab"))}
	}
	if _, ok := charset.Lookup(o.Encoding); !ok && o.Encoding != "" {
		detected, others := charset.Names()
		return &Error{Name: name, Msg: messages.Sprintf("%q is not a supported encoding", o.Encoding),
			Hint: meant(o.Encoding, detected, meant(o.Encoding, others,
				messages.Sprintf("the supported encodings are %s", strings.Join(slices.Concat(detected, others), ", "))))}
	}
	if o.CSVDialect != "" && !slices.Contains(CSVDialects, o.CSVDialect) {
		return &Error{Name: name, Msg: messages.Sprintf("%q is not a dialect of CSV", o.CSVDialect), Hint: meant(o.CSVDialect, CSVDialects,
			messages.Sprintf("the dialects are %s", strings.Join(CSVDialects, ", ")))}
	}
	if o.NoHeader && o.HeaderRow > 0 || o.HeaderRow < 0 {
		return &Error{Name: name, Msg: messages.Sprintf("the header row is below 1, or is specified for a file without a header"),
			Hint: messages.Sprintf("specify either the header row, counted from 1, or that the file has no header")}
	}
	if _, err := parseKept(o.KeepRows); err != nil {
		return &Error{Name: name, Msg: messages.Sprintf("the rows to keep: %v", err), Hint: hintKept}
	}
	return nil
}

// meant suggests the nearest of the names, or returns otherwise.
func meant(mistyped string, names []string, otherwise messages.Text) messages.Text {
	if near := nearest.Name(mistyped, names); near != "" {
		return messages.Sprintf("did you mean %s?", near)
	}
	return otherwise
}
