package table

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"gigabatch/internal/io/charset"
)

// sharedFiles are the real files of that extension, which are third-party and no part of the project.
func sharedFiles(t *testing.T, extensions ...string) []string {
	t.Helper()
	root := filepath.Join("..", "..", "..", "..", "shared", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no shared data here")
	}
	var names []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		for _, x := range extensions {
			if err == nil && !d.IsDir() && extension(name) == x {
				names = append(names, name)
			}
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("got %d files and error %v in %s", len(names), err, root)
	}
	return names
}

// realDialects are what is found out about real files, with the number of their rows.
var realDialects = map[string]struct {
	rows    int
	dialect string
}{
	"comma_in_quotes.csv":          {1, `CSV, UTF-8, "," between cells, LF, header in line 1`},
	"boston311-100-bad.tsv":        {100, "CSV, UTF-8, a tab between cells, LF, header in line 1"},
	"workerSkills.csv":             {73, `CSV, UTF-8, "|" between cells, LF, header in line 1`},
	"european.csv":                 {5, `CSV, UTF-8, ";" between cells, quotes as \", LF, header in line 1`},
	"essential-mac.csv":            {18, `CSV, UTF-8, "," between cells, CR, header in line 4 (3 lines of title above it)`},
	"title-row.csv":                {2, `CSV, UTF-8, "," between cells, LF, header in line 2 (1 line of title above it)`},
	"cr-line-endings.csv":          {2, `CSV, UTF-8, "," between cells, CR, header in line 1`},
	"invalid-byte-sequence.csv":    {23, `CSV, windows-1252, "," between cells, CRLF, header in line 1`},
	"utf-16le_encoded.csv":         {327, `CSV, UTF-16 LE with BOM, "," between cells, CRLF, header in line 1`},
	"issue-1066-largecellsize.csv": {19, `CSV, UTF-8, "," between cells, CRLF, header in line 1`},
}

// TestRealCSV reads every file, writes it with the same bytes, and with a column beside the same values.
func TestRealCSV(t *testing.T) {
	t.Parallel()
	for _, name := range sharedFiles(t, ".csv", ".tsv") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			src := open(t, name)
			rows := rowsOf(t, src)[1:]
			t.Logf("%d rows: %s; columns %.80q", len(rows), src.Dialect(), src.Columns())
			if want, ok := realDialects[filepath.Base(name)]; ok && (len(rows) != want.rows || src.Dialect() != want.dialect) {
				t.Errorf("got %d rows, %s, want %d, %s", len(rows), src.Dialect(), want.rows, want.dialect)
			}
			for row := range src.Rows() {
				if row.Fault != nil {
					t.Errorf("got fault %v", row.Fault)
				}
			}
			wantSame(t, src)
			wantDecoded(t, src.(*csvSource), rows)
			dst := filepath.Join(t.TempDir(), "out"+extension(name))
			before, err := answer(src, dst)
			if err != nil {
				t.Fatal(err)
			}
			wantAnswered(t, open(t, dst), src.Columns(), before)
		})
	}
}

// decoders are those of golang.org/x/text, which reads UTF-16 by itself.
var decoders = map[*charset.Encoding]encoding.Encoding{charset.UTF8: encoding.Nop, charset.Windows1252: charmap.Windows1252,
	charset.UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}

// wantDecoded holds the values against those of encoding/csv, where it reads the file.
func wantDecoded(t *testing.T, src *csvSource, got grid) {
	t.Helper()
	content, err := decoders[src.dialect.Encoding].NewDecoder().String(readFile(t, src.name))
	if err != nil {
		t.Fatal(err)
	}
	content = content[len(src.before):]
	if src.dialect.CR {
		content = strings.ReplaceAll(content, "\r", "\n")
	}
	r := stdcsv.NewReader(strings.NewReader(content))
	r.Comma, r.FieldsPerRecord = rune(src.dialect.Delim), -1
	want, err := r.ReadAll()
	if err != nil || src.dialect.Escape {
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

// The corpus of csv-spectrum says itself what it holds.
func TestRealSpectrum(t *testing.T) {
	t.Parallel()
	n := 0
	for _, name := range sharedFiles(t, ".csv") {
		said, err := os.ReadFile(strings.TrimSuffix(name, ".csv") + ".json")
		if err != nil || said[0] != '[' {
			continue
		}
		var want []map[string]string
		if err := json.Unmarshal(said, &want); err != nil {
			t.Fatal(err)
		}
		for row, err := range open(t, name).Rows() {
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

func TestRealJSONL(t *testing.T) {
	t.Parallel()
	for _, name := range sharedFiles(t, ".jsonl") {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := copied(t, name)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: got error %v, the same bytes: %v", name, err, bytes.Equal(got, content))
		}
	}
}

// slowWithRace are workbooks whose column ranges reach to the end of the sheet: excelize takes them apart one by one.
var slowWithRace = map[string]bool{
	"merged_range.xlsx": true, "financial_assets__fin_CB.xlsx": true, "Ekaterinburg_IP_9.xlsx": true,
	"clusterfuzz-testcase-minimized-POIXSSFFuzzer-5937385319563264.xlsx": true,
	"Production_main_products__production_year_2017-2024.xlsx":           true,
}

// TestRealXLSX also adds a column and finds it in the output, with the same values beside it.
func TestRealXLSX(t *testing.T) {
	t.Parallel()
	for _, name := range sharedFiles(t, ".xlsx", ".xlsm") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			if raceDetector && slowWithRace[filepath.Base(name)] {
				t.Skip("excelize takes minutes with the race detector; run without it")
			}
			src, err := Open(name, Options{})
			if err != nil {
				wantError(t, err)
				t.Log(err)
				return
			}
			defer src.Close()
			dst := filepath.Join(t.TempDir(), "out"+extension(name))
			rows, err := answer(src, dst)
			if err != nil {
				wantError(t, err)
				t.Log(err)
				return
			}
			t.Logf("%d rows, columns %.100q", len(rows), src.Columns())
			again, err := Open(dst, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			wantAnswered(t, again, src.Columns(), rows)
		})
	}
}

func wantError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Msg == "" || e.Name == "" {
		t.Errorf("got %v (%T), want an *Error", err, err)
	}
}

// copied is what a sink without columns makes of a file.
func copied(t *testing.T, name string) ([]byte, error) {
	t.Helper()
	src, err := Open(name, Options{})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	dst := filepath.Join(t.TempDir(), "out"+extension(name))
	if err := copyAll(src, dst); err != nil {
		return nil, err
	}
	return os.ReadFile(dst)
}

// copyAll writes every row of src to dst with the same cells in the new columns.
func copyAll(src Source, dst string) error {
	sink, err := src.Sink(dst)
	if err != nil {
		return err
	}
	defer sink.Close()
	for row, err := range src.Rows() {
		if err != nil {
			return err
		}
		if err := sink.Write(row); err != nil {
			return err
		}
	}
	return sink.Commit(nil)
}

// answer adds the column "our answer", and returns what the rows held before.
func answer(src Source, dst string) (rows [][]string, err error) {
	sink, err := src.Sink(dst, "our answer")
	if err != nil {
		return nil, err
	}
	defer sink.Close()
	for row, err := range src.Rows() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, append([]string(nil), row.Values...))
		if err := sink.Write(row, "to "+strings.Join(row.Values, "|")); err != nil {
			return nil, err
		}
	}
	return rows, sink.Commit(nil)
}

func wantAnswered(t *testing.T, src Source, columns []string, want [][]string) {
	t.Helper()
	n := 0
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if n >= len(want) {
			t.Fatalf("got more than %d rows", len(want))
		}
		for i := range columns {
			if row.Values[i] != want[n][i] {
				t.Errorf("row %d: got %.80q, want %.80q", n, row.Values[i], want[n][i])
			}
		}
		got, _ := row.Value("our answer")
		if want := "to " + strings.Join(want[n], "|"); got != want {
			t.Errorf("row %d: got %.80q, want %.80q", n, got, want)
		}
		n++
	}
	if n != len(want) {
		t.Errorf("got %d rows, want %d", n, len(want))
	}
}
