// Package tabletest contains what the tests of all formats share. Only tests import it.
package tabletest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/charset"
	codec "gigabatch/internal/io/csv"
	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
)

// Grid is a table as a test writes it: the header first.
type Grid [][]string

// Sample contains values that are difficult for some format.
var Sample = Grid{
	{"id", "вопрос", "note"},
	{"1", "Столица Франции?", "plain"},
	{"2", "two\nlines", "comma, semicolon; tab\t."},
	{"3", `she said "hi"`, ""},
	{"4", "", " spaces "},
	{"5", "emoji 😀 and é", "=1+1"},
	{"6", "\\ \"\" '", "last"},
}

// WriteCSV writes a grid as a CSV file. WriteJSONL and WriteXLSX write files of those formats.
func WriteCSV(t *testing.T, name string, g Grid) {
	var b []byte
	for _, row := range g {
		for i, cell := range row {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendCSV(b, cell, ',')
		}
		b = append(b, '\n')
	}
	Write(t, name, string(b))
}

func WriteJSONL(t *testing.T, name string, g Grid) {
	var b []byte
	for _, row := range g[1:] {
		for i, cell := range row {
			b = append(b, "{,"[min(i, 1)])
			b = append(jsontext.AppendString(b, g[0][i]), ':')
			b = jsontext.AppendString(b, cell)
		}
		b = append(b, "}\n"...)
	}
	Write(t, name, string(b))
}

func WriteXLSX(t *testing.T, name string, g Grid) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for y, row := range g {
		for x, cell := range row {
			at, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStr("Sheet1", at, cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
}

// Write writes a file.
func Write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

// Read reads a file.
func Read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Open opens a source, and closes it when the test ends.
func Open(t *testing.T, name string) table.Source {
	t.Helper()
	src, err := open.Open(name, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// Rows returns the header and the rows of a source.
func Rows(t *testing.T, src table.Source) Grid {
	t.Helper()
	g := Grid{slices.Clone(src.Columns())}
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if row.Index != len(g)-1 {
			t.Errorf("got row %d where row %d was expected", row.Index, len(g)-1)
		}
		g = append(g, slices.Clone(row.Values))
	}
	return g
}

// Want compares two grids.
func Want(t *testing.T, got, want Grid) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d rows %q, want %d", len(got), got, len(want))
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("row %d: got %q, want %q", i, got[i], want[i])
		}
	}
}

// Fill writes src to dst with the cells that the function cells returns for each row.
func Fill(t *testing.T, src table.Source, dst string, columns []string, cells func(table.Row) []any) [32]byte {
	t.Helper()
	sink, err := src.Sink(dst, columns...)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(row, cells(row)...); err != nil {
			t.Fatal(err)
		}
	}
	var sum [32]byte
	if err := sink.Commit(func(s [32]byte) error { sum = s; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Errorf("got error %v from Close after Commit", err)
	}
	return sum
}

// OnlyFiles checks that the folder contains no other files.
func OnlyFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the files %q, want %q", got, want)
	}
}

// OpenText opens a file with that content.
func OpenText(t *testing.T, base, text string) (table.Source, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), base)
	Write(t, name, text)
	return open.Open(name, table.Options{})
}

// OpenWith is OpenText with options.
func OpenWith(t *testing.T, base, text string, o table.Options) (table.Source, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), base)
	Write(t, name, text)
	return open.Open(name, o)
}

// Encoded returns the text in another encoding.
func Encoded(t *testing.T, e *charset.Encoding, text string) string {
	t.Helper()
	b, r, ok := e.Encode(nil, text)
	if !ok {
		t.Fatalf("%q is not in %s", r, e.Name())
	}
	var w bytes.Buffer
	if _, err := charset.NewWriter(&w, e).Write(b); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// WantSame checks that a copy without new columns has the bytes of the source.
func WantSame(t *testing.T, src table.Source) {
	t.Helper()
	dst := filepath.Join(t.TempDir(), "out"+table.Extension(src.Name()))
	if err := copyAll(src, dst); err != nil || Read(t, dst) != Read(t, src.Name()) {
		t.Errorf("got %.200q, error %v, want %.200q", Read(t, dst), err, Read(t, src.Name()))
	}
}

// WantReadAgain writes a column, and checks that it and the old cells are found again.
func WantReadAgain(t *testing.T, src table.Source, want Grid) {
	t.Helper()
	dst := filepath.Join(t.TempDir(), "out.csv")
	Fill(t, src, dst, []string{"new"}, func(table.Row) []any { return []any{"a \"b\"\nc"} })
	again := Grid{append(slices.Clone(want[0]), "new")}
	for _, row := range want[1:] {
		again = append(again, append(slices.Clone(row), "a \"b\"\nc"))
	}
	Want(t, Rows(t, Open(t, dst)), again)
}

// AppendCSV appends a cell, quoted if the delimiter or its characters require it.
func AppendCSV(b []byte, cell any, delim byte) []byte {
	y := codec.Syntax{Delim: delim, Quote: '"'}
	b, _ = y.AppendCell(b, table.CellText(cell))
	return b
}

// Shared returns the real files with those extensions, which come from third parties and are not part of the project.
func Shared(t *testing.T, extensions ...string) []string {
	t.Helper()
	root := filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no shared data here")
	}
	var names []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		for _, x := range extensions {
			if err == nil && !d.IsDir() && table.Extension(name) == x {
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

// WantError checks that an error is a *table.Error.
func WantError(t *testing.T, err error) {
	t.Helper()
	var e *table.Error
	if !errors.As(err, &e) || e.Msg.IsZero() || e.Name == "" {
		t.Errorf("got %v (%T), want an *Error", err, err)
	}
}

// Copied returns what a sink without columns makes of a file.
func Copied(t *testing.T, name string) ([]byte, error) {
	t.Helper()
	src, err := open.Open(name, table.Options{})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	dst := filepath.Join(t.TempDir(), "out"+table.Extension(name))
	if err := copyAll(src, dst); err != nil {
		return nil, err
	}
	return os.ReadFile(dst)
}

// copyAll writes every row of src to dst with the same cells in the new columns.
func copyAll(src table.Source, dst string) error {
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

// Answer adds the column "our answer", and returns the rows as they were before.
func Answer(src table.Source, dst string) (rows [][]string, err error) {
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

// WantAnswered checks for the rows that Answer has returned, with its column next to them.
func WantAnswered(t *testing.T, src table.Source, columns []string, want [][]string) {
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

// Hint returns the hint of an error.
func Hint(err error) string {
	var e *table.Error
	if errors.As(err, &e) {
		return e.Hint.String()
	}
	return ""
}

// Day returns a date late in the evening, far from Greenwich.
func Day(y int, m time.Month, d int) table.Date {
	return table.Date(time.Date(y, m, d, 23, 59, 0, 0, time.FixedZone("", -11*60*60)))
}

// DayCells returns the cells of a row of Sample: a day and a time.
func DayCells(row table.Row) []any { return []any{SampleDays[row.Index], SampleTime} }

var (
	SampleDays = []table.Date{Day(2026, 3, 4), Day(1900, 3, 1), Day(1900, 2, 28), Day(1812, 9, 7), Day(9999, 12, 31), Day(2400, 2, 29)}
	SampleTime = time.Date(2026, 3, 4, 15, 30, 0, 0, time.UTC)
)

// MemCopy returns what a sink of the same format would write, assembled in memory: sinks end with a sync of the disk, which is too
// slow for a fuzz target. nameless reports whether new columns of a file cannot be found again.
type MemCopy func(src table.Source, columns []string, cells ...any) ([]byte, error)

// Fuzz reads a file with that content, and reports whether it can be read. A copy without new columns must be identical, and a copy
// with them must contain the old cells next to the new ones.
func Fuzz(t *testing.T, name string, content []byte, mem MemCopy, nameless func(table.Source) bool) (Grid, bool) {
	src, err := FuzzOpen(t, name, content, table.Hints{})
	if err != nil {
		return nil, false
	}
	if got, err := mem(src, nil); err != nil {
		WantError(t, err)
		return nil, false
	} else if !bytes.Equal(got, content) {
		t.Fatalf("got %q, want %q", got, content)
	}
	before := Rows(t, src)
	if !src.Has("new") && !src.Has("newer") {
		fuzzAnswer(t, src, name, before, mem, nameless)
	}
	return before, true
}

// fuzzAnswer writes columns twice, and checks for the old cells next to the new ones.
func fuzzAnswer(t *testing.T, src table.Source, name string, before Grid, mem MemCopy, nameless func(table.Source) bool) {
	columns := []string{"new", "newer"}
	cells := []any{"a,\n\"", 7}
	once, err := mem(src, columns, cells...)
	if errors.Is(err, table.ErrEncoding) {
		cells = []any{"a", 7}
		once, err = mem(src, columns, cells...)
	}
	if nameless(src) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := FuzzOpen(t, name, once, table.Hints{Found: src.Found(), Own: columns}) // as a second run does
	if err != nil {
		t.Fatalf("%q: got %v", once, err)
	}
	if twice, err := mem(again, columns, cells...); err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("got %q the second time, error %v, want %q", twice, err, once)
	}
	for row, err := range again.Rows() {
		if got, _ := row.Value("new"); err != nil || got != cells[0] {
			t.Fatalf("row %d: got %q, error %v", row.Index, got, err)
		}
		for i, want := range before[row.Index+1] {
			at, name := i, before[0][i]
			if row.Columns[i] != name { // the columns of JSON are in the order in which they occur
				at = slices.Index(row.Columns, name)
			}
			if at < 0 || row.Values[at] != want {
				t.Fatalf("row %d, column %q: got %q in the columns %q, want %q", row.Index, name, row.Values, row.Columns, want)
			}
		}
	}
}

// FuzzOpen opens a file with that content.
func FuzzOpen(t *testing.T, name string, content []byte, h table.Hints) (table.Source, error) {
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return open.Open(name, table.Options{Hints: h})
}

// Drain reads a source with the given number of rows.
func Drain(b *testing.B, src table.Source, want int) {
	n := 0
	for _, err := range src.Rows() {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != want {
		b.Fatalf("got %d rows, want %d", n, want)
	}
}

// Each reads all rows.
func Each(src table.Source, do func(table.Row)) error {
	for row, err := range src.Rows() {
		if err != nil {
			return err
		}
		do(row)
	}
	return nil
}

// BenchRows is the number of rows in the files of benchmarks.
const BenchRows = 200_000

// BenchCSV returns a file with rows of 100 bytes.
func BenchCSV(b *testing.B) string {
	b.Helper()
	var text strings.Builder
	text.WriteString("id,question,topic,level\n")
	for i := range BenchRows {
		fmt.Fprintf(&text, "%07d,%s,geography of the north,%d\n", i, strings.Repeat("what is it? ", 5)+"yes", i%10)
	}
	name := filepath.Join(b.TempDir(), "in.csv")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return name
}

// CopyWith writes a source to dst with two columns.
func CopyWith(b *testing.B, src table.Source, dst, answer string) {
	sink, err := src.Sink(dst, "completion", "tokens")
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close()
	for row, err := range src.Rows() {
		if err != nil {
			b.Fatal(err)
		}
		if err := sink.Write(row, answer, 17); err != nil {
			b.Fatal(err)
		}
	}
	if err := sink.Commit(nil); err != nil {
		b.Fatal(err)
	}
}

// WantCells checks that the cells of the first sheet of a workbook are shown as these texts.
func WantCells(t *testing.T, name string, want map[string]string) {
	t.Helper()
	f, err := excelize.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range want {
		if got, err := f.GetCellValue(f.GetSheetName(0), at); err != nil || got != want {
			t.Errorf("cell %s: got %q, error %v, want %q", at, got, err, want)
		}
	}
}
