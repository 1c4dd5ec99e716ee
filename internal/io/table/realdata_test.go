package table

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
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

// readable says whether a CSV file is of the dialects that are read.
func readable(content []byte) bool {
	lf := bytes.IndexByte(content, '\n') >= 0
	piped := bytes.IndexByte(content, '|') >= 0 && !bytes.ContainsAny(firstLine(content), ",;\t")
	return utf8.Valid(content) && bytes.IndexByte(content, 0) < 0 && len(content) > 0 && lf && !piped
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return line
}

func TestRealCSV(t *testing.T) {
	t.Parallel()
	for _, name := range sharedFiles(t, ".csv", ".tsv") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := copied(t, name)
			if !readable(content) {
				wantError(t, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, content) {
				t.Errorf("got %d bytes that differ from the file's %d", len(got), len(content))
			}
		})
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
