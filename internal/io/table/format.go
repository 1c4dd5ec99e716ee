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

	// Documents are files that are rows, each of them one: see Options.Documents. No extension stands for it.
	Documents Format = "documents"
)

var formats = map[string]Format{
	".csv": CSV, ".tsv": CSV, ".tab": CSV,
	".jsonl": JSONL, ".ndjson": JSONL,
	".xlsx": XLSX, ".xlsm": XLSX,
}

// FormatOf is the format that the extension of name stands for, in any case of letters.
func FormatOf(name string) (Format, bool) {
	f, ok := formats[Extension(name)]
	return f, ok
}

// Extension is the extension of name in small letters.
func Extension(name string) string { return strings.ToLower(filepath.Ext(name)) }

// FormatHint says what to do about a file of a format that is not read.
func FormatHint(name string) messages.Text {
	switch Extension(name) {
	case ".xls", ".ods", ".xlsb", ".numbers":
		return messages.Sprintf("save it as .xlsx")
	case ".json":
		return messages.Sprintf("write one object per line and give the file the extension .jsonl")
	case ".zip", ".gz":
		return messages.Sprintf("unpack it first")
	}
	return messages.Sprintf("the formats are csv, jsonl and xlsx; specify one if the file has another extension")
}

// What a sheet of a workbook can hold, its header included. The columns are a limit for every format.
const (
	MaxRows    = 1_048_576
	MaxColumns = 16_384
)

// Letters are the names of the first n columns of a spreadsheet, A, B, C … Z, AA: those of a table without a header.
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
