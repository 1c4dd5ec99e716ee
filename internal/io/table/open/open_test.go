package open_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, base := range []string{"prompts.csv", "Вопросы.xlsx", "book.xls", "data.json", "notes"} {
		tabletest.Write(t, filepath.Join(dir, base), "a,b\n1,2\n")
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ base, want, hint string }{
		{"promts.csv", "no such file", "did you mean " + filepath.Join(dir, "prompts.csv") + "?"},
		{"PROMPTS.CSV", "no such file", "prompts.csv?"},
		{"вопрос.xlsx", "no such file", "Вопросы.xlsx?"},
		{"something else.csv", "no such file", ""},
		{"none/x.csv", "no such file", "folder does not exist"},
		{"folder.csv", "this is a folder", "specify a file"},
		{"book.xls", "unknown format", "save it as .xlsx"},
		{"data.json", "unknown format", ".jsonl"},
		{"notes", "unknown format", "csv, jsonl and xlsx"},
		{"Вопросы.xlsx", "the file is not a workbook", ".csv"},
	}
	for _, tt := range tests {
		_, err := open.Open(filepath.Join(dir, tt.base), table.Options{})
		var e *table.Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), tt.base+": "+tt.want) || !strings.Contains(e.Hint.String(), tt.hint) || tt.hint == "" && !e.Hint.IsZero() {
			t.Errorf("%s: got %v, want %q (hint %q)", tt.base, err, tt.want, tt.hint)
		}
	}
	if _, err := open.Open(filepath.Join(dir, "none.csv"), table.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v, want %v", err, os.ErrNotExist)
	}
}

// A specified format overrides the extension.
func TestOpenFormat(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "spool")
	tabletest.Write(t, name, "a;b\n1;2\n")
	src, err := open.Open(name, table.Options{Format: table.CSV})
	if err != nil {
		t.Fatal(err)
	}
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{{"a", "b"}, {"1", "2"}})
	tabletest.Fill(t, src, name+".out", []string{"c"}, func(table.Row) []any { return []any{3} })
	if got, want := tabletest.Read(t, name+".out"), "a;b;c\n1;2;3\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		want table.Format
		ok   bool
	}{
		{"a.csv", table.CSV, true}, {"a.TSV", table.CSV, true}, {"a.tab", table.CSV, true}, {"b/a.jsonl", table.JSONL, true}, {"a.ndjson", table.JSONL, true},
		{"a.Xlsx", table.XLSX, true}, {"a.xlsm", table.XLSX, true}, {"a.json", "", false}, {"csv", "", false}, {"a.csv.gz", "", false},
	}
	for _, tt := range tests {
		if got, ok := table.FormatOf(tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}
