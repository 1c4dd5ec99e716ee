package table

import (
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/io/ooxml"
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
	f, ok := formats[extension(name)]
	return f, ok
}

func extension(name string) string { return strings.ToLower(filepath.Ext(name)) }

// tabbed says whether the extension promises tabs between the cells.
func tabbed(name string) bool {
	return slices.Contains([]string{".tsv", ".tab"}, extension(name))
}

// formatHint says what to do about a file of a format that is not read.
func formatHint(name string) string {
	switch extension(name) {
	case ".xls", ".ods", ".xlsb", ".numbers":
		return "save it as .xlsx"
	case ".json":
		return "write one object a line and name the file .jsonl"
	case ".zip", ".gz":
		return "unpack it first"
	}
	return "the formats are csv, jsonl and xlsx; name one if the extension does not"
}

// What a sheet of a workbook can hold, its header included. The columns are a limit for every format.
const (
	MaxRows    = ooxml.MaxRows
	MaxColumns = ooxml.MaxColumns
)
