package csv_test

import (
	stdcsv "encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/csv"
	"gigabatch/internal/io/table/tabletest"
)

// realDialects contains the dialects of real files, and the number of their rows.
var realDialects = map[string]struct {
	rows    int
	dialect string
}{
	"comma_in_quotes.csv":          {1, `CSV, UTF-8, delimiter ",", LF, header on line 1`},
	"boston311-100-bad.tsv":        {100, "CSV, UTF-8, tab-delimited, LF, header on line 1"},
	"workerSkills.csv":             {73, `CSV, UTF-8, delimiter "|", LF, header on line 1`},
	"european.csv":                 {5, `CSV, UTF-8, delimiter ";", quotes escaped as \", LF, header on line 1`},
	"essential-mac.csv":            {18, `CSV, UTF-8, delimiter ",", CR, header on line 4 (3 title lines above it)`},
	"title-row.csv":                {2, `CSV, UTF-8, delimiter ",", LF, header on line 2 (1 title line above it)`},
	"cr-line-endings.csv":          {2, `CSV, UTF-8, delimiter ",", CR, header on line 1`},
	"invalid-byte-sequence.csv":    {23, `CSV, windows-1252, delimiter ",", CRLF, header on line 1`},
	"utf-16le_encoded.csv":         {327, `CSV, UTF-16 LE with BOM, delimiter ",", CRLF, header on line 1`},
	"issue-1066-largecellsize.csv": {19, `CSV, UTF-8, delimiter ",", CRLF, header on line 1`},
}

// TestRealCSV reads every file, writes it with the same bytes, and writes it with a column next to the same values.
func TestRealCSV(t *testing.T) {
	t.Parallel()
	for _, name := range tabletest.Shared(t, ".csv", ".tsv") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			src := tabletest.Open(t, name)
			rows := tabletest.Rows(t, src)[1:]
			t.Logf("%d rows: %s; columns %.80q", len(rows), src.Dialect().String(), src.Columns())
			if want, ok := realDialects[filepath.Base(name)]; ok && (len(rows) != want.rows || src.Dialect().String() != want.dialect) {
				t.Errorf("got %d rows, %s, want %d, %s", len(rows), src.Dialect().String(), want.rows, want.dialect)
			}
			for row := range src.Rows() {
				if row.Fault != nil {
					t.Errorf("got fault %v", row.Fault)
				}
			}
			tabletest.WantSame(t, src)
			wantDecoded(t, src, rows)
			dst := filepath.Join(t.TempDir(), "out"+table.Extension(name))
			before, err := tabletest.Answer(src, dst)
			if err != nil {
				t.Fatal(err)
			}
			tabletest.WantAnswered(t, tabletest.Open(t, dst), src.Columns(), before)
		})
	}
}

// decoders are those of golang.org/x/text. It decodes UTF-16 without help.
var decoders = map[*charset.Encoding]encoding.Encoding{charset.UTF8: encoding.Nop, charset.Windows1252: charmap.Windows1252,
	charset.UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}

// wantDecoded compares the values with those of encoding/csv, if it can read the file.
func wantDecoded(t *testing.T, src table.Source, got tabletest.Grid) {
	t.Helper()
	dialect := csv.DialectOf(src)
	content, err := decoders[dialect.Encoding].NewDecoder().String(tabletest.Read(t, src.Name()))
	if err != nil {
		t.Fatal(err)
	}
	content = content[len(csv.BeforeOf(src)):]
	if dialect.CR {
		content = strings.ReplaceAll(content, "\r", "\n")
	}
	r := stdcsv.NewReader(strings.NewReader(content))
	r.Comma, r.FieldsPerRecord = rune(dialect.Delim), -1
	want, err := r.ReadAll()
	if err != nil || dialect.Escape {
		t.Logf("not compared: %v", err)
		return
	}
	if len(want) != len(got)+1 {
		t.Fatalf("got %d rows, want %d", len(got), len(want)-1)
	}
	for i, row := range got {
		for j, cell := range row {
			if j < len(want[i+1]) && lineFeeds(cell) != lineFeeds(want[i+1][j]) {
				t.Errorf("row %d: got %.80q, want %.80q", i, cell, want[i+1][j])
			}
		}
	}
}

func lineFeeds(s string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) }

// The corpus of csv-spectrum describes its own content.
func TestRealSpectrum(t *testing.T) {
	t.Parallel()
	n := 0
	for _, name := range tabletest.Shared(t, ".csv") {
		said, err := os.ReadFile(strings.TrimSuffix(name, ".csv") + ".json")
		if err != nil || said[0] != '[' {
			continue
		}
		var want []map[string]string
		if err := json.Unmarshal(said, &want); err != nil {
			t.Fatal(err)
		}
		for row, err := range tabletest.Open(t, name).Rows() {
			if err != nil {
				t.Fatal(err)
			}
			for column, cell := range want[row.Index] {
				if got, ok := row.Value(column); !ok || lineFeeds(got) != lineFeeds(cell) {
					t.Errorf("%s, row %d, %s: got %q, want %q", name, row.Index, column, got, cell)
				}
			}
		}
		n++
	}
	if n < 11 {
		t.Errorf("got %d files", n)
	}
}
