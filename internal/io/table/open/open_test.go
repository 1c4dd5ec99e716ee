package open_test

import (
	"encoding/binary"
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
	for _, base := range []string{"prompts.csv", "Вопросы.xlsx", "book.xls", "notes"} {
		tabletest.Write(t, filepath.Join(dir, base), "a,b\n1,2\n")
	}
	for _, base := range []string{"empty.csv", "empty.xlsx", "empty.jsonl"} {
		tabletest.Write(t, filepath.Join(dir, base), "")
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
		{"empty.csv", "the file is empty", "must be the header"},
		{"empty.xlsx", "the file is empty", "the workbook was not saved"},
		{"empty.jsonl", "the file is empty", "JSON object"},
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
		{"a.Xlsx", table.XLSX, true}, {"a.xlsm", table.XLSX, true}, {"a.json", table.JSONL, true}, {"csv", "", false}, {"a.csv.gz", "", false},
	}
	for _, tt := range tests {
		if got, ok := table.FormatOf(tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// A file that is no text is refused by name, whatever its extension, and before it is read as cells.
func TestFilesThatAreNoTextAreRefusedByName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	wide := func(text string, order binary.AppendByteOrder) string {
		var b []byte
		for _, r := range text {
			b = order.AppendUint32(b, uint32(r))
		}
		return string(b)
	}
	tests := []struct{ name, head, hint string }{
		{"a PDF document", "%PDF-1.7\n%\xE2\xE3\n", "extension"},
		{"a picture (PNG)", "\x89PNG\r\n\x1A\n\x00\x00\x00\rIHDR", "extension"},
		{"a picture (JPEG)", "\xFF\xD8\xFF\xE0\x00\x10JFIF", "extension"},
		{"a picture (WebP)", "RIFF\x00\x01\x00\x00WEBPVP8 ", "extension"},
		{"sound or video", "RIFF\x00\x01\x00\x00WAVEfmt ", "extension"},
		{"sound or video", "\x00\x00\x00\x18ftypmp42", "extension"},
		{"compressed (gzip)", "\x1F\x8B\x08\x00\x00\x00", "unpack"},
		{"compressed (zstd)", "\x28\xB5\x2F\xFD\x24\x0D", "unpack"},
		{"an archive (tar)", "a.csv" + strings.Repeat("\x00", 252) + "ustar\x0000", "unpack"},
		{"a workbook or an archive", "PK\x03\x04\x14\x00", ".xlsx"},
		{"a workbook or another Office file in an old format", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00", ".xlsx"},
		{"a database (SQLite)", "SQLite format 3\x00\x10\x00", "export"},
		{"a data file (Parquet)", "PAR1\x15\x04", "export"},
		{"text in UTF-32", "\xFF\xFE\x00\x00" + wide("вопрос,b\n1,2\n", binary.LittleEndian), "UTF-8"},
		{"text in UTF-32", "\x00\x00\xFE\xFF" + wide("вопрос,b\n1,2\n", binary.BigEndian), "UTF-8"},
		{"text in UTF-32", wide("вопрос,b\n1,2\n", binary.LittleEndian), "UTF-8"},
		{"text in UTF-32", wide("q,b\n1,2\n", binary.BigEndian), "UTF-8"},
	}
	for _, tt := range tests {
		for _, base := range []string{"a.csv", "a.tsv", "a.jsonl", "a.xlsx"} {
			if base == "a.xlsx" && strings.Contains(tt.name, "workbook") {
				continue
			}
			name := filepath.Join(dir, base)
			tabletest.Write(t, name, tt.head)
			_, err := open.Open(name, table.Options{})
			var e *table.Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), base+": the file is "+tt.name+", not ") || !strings.Contains(e.Hint.String(), tt.hint) {
				t.Errorf("%s: %q: got %v, want %q (hint %q)", base, tt.head[:4], err, tt.name, tt.hint)
			}
		}
	}
	// What only begins like such a file is a text.
	for _, text := range []string{"MM,a\n1,2\n", "GIF,a\n1,2\n", "ID3,a\n1,2\n", "BZh,a\n1,2\n", "PAR,a\n1,2\n", "ftyp,a\n1,2\n", "PDF-\n1\n"} {
		name := filepath.Join(dir, "text.csv")
		tabletest.Write(t, name, text)
		if _, err := open.Open(name, table.Options{}); err != nil {
			t.Errorf("%q: got %v, want a table", text, err)
		}
	}
}
