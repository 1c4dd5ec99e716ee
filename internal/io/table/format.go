package table

import (
	"path/filepath"
	"strings"

	"gigabatch/internal/messages"
)

// Format is a kind of file.
type Format string

const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
	XLSX  Format = "xlsx"

	// Documents are files each of which is a row; see Options.Documents. It has no extension.
	Documents Format = "documents"
)

var formats = map[string]Format{
	".csv": CSV, ".tsv": CSV, ".tab": CSV,
	".jsonl": JSONL, ".ndjson": JSONL, ".json": JSONL,
	".xlsx": XLSX, ".xlsm": XLSX,
}

// FormatOf returns the format for the extension of name. Case is ignored.
func FormatOf(name string) (Format, bool) {
	f, ok := formats[Extension(name)]
	return f, ok
}

// MayBeText reports whether a file with the extension of a table is a document unless it is the only input: not every JSON file is a table.
func MayBeText(name string) bool { return Extension(name) == ".json" }

// TextExtensions are the extensions of text documents.
var TextExtensions = []string{
	".txt", ".md", ".markdown", ".rst", ".adoc", ".org", ".html", ".htm", ".xml", ".tex", ".log", ".srt", ".vtt", ".eml", ".rtf",
}

// Extension returns the extension of name in lower case.
func Extension(name string) string { return strings.ToLower(filepath.Ext(name)) }

// FormatHint returns a hint for a file in an unsupported format.
func FormatHint(name string) messages.Text {
	switch Extension(name) {
	case ".xls", ".ods", ".xlsb", ".numbers":
		return messages.Sprintf("save it as .xlsx")
	case ".zip", ".gz":
		return messages.Sprintf("unpack it first")
	}
	return messages.Sprintf("the formats are csv, jsonl and xlsx; specify one if the file has another extension")
}

// The limits of a sheet of a workbook, including its header. The limit of columns applies to every format.
const (
	MaxRows    = 1_048_576
	MaxColumns = 16_384
)

// Letters returns the names of the first n columns of a spreadsheet, A, B, C … Z, AA: the column names of a table without a header.
func Letters(n int) []string {
	columns := make([]string, n)
	for i := range columns {
		if i >= 26 {
			columns[i] = columns[i/26-1]
		}
		columns[i] += string(rune('A' + i%26))
	}
	return columns
}
