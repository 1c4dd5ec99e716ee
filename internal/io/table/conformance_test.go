package table

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
	"gigabatch/internal/io/jsontext"
)

// grid is a table as a test writes it down: the header first.
type grid [][]string

var sampleGrid = grid{
	{"id", "вопрос", "note"},
	{"1", "Столица Франции?", "plain"},
	{"2", "two\nlines", "comma, semicolon; tab\t."},
	{"3", `she said "hi"`, ""},
	{"4", "", " spaces "},
	{"5", "emoji 😀 and é", "=1+1"},
	{"6", "\\ \"\" '", "last"},
}

// formatCase makes files of one format.
type formatCase struct {
	format Format
	ext    string
	exact  bool // a copy without columns has the same bytes
	write  func(t *testing.T, name string, g grid)

	variant string // of the format
	old     bool   // the encoding has no emoji
}

var formatCases = []formatCase{
	{format: CSV, ext: ".csv", exact: true, write: writeCSVGrid},
	{format: CSV, ext: ".csv", exact: true, variant: " windows-1251", old: true, write: writeCSVIn(charset.Windows1251, "", "\r\n", csv.Syntax{Delim: ';', Quote: '"'})},
	{format: CSV, ext: ".csv", exact: true, variant: " UTF-16", write: writeCSVIn(charset.UTF16LE, "\uFEFF", "\r\n", csv.Syntax{Delim: '\t', Quote: '"'})},
	{format: CSV, ext: ".csv", exact: true, variant: " UTF-16 BE", write: writeCSVIn(charset.UTF16BE, "", "\n", csv.Syntax{Delim: ',', Quote: '"'})},
	{format: CSV, ext: ".csv", exact: true, variant: " CR", write: writeCSVIn(charset.UTF8, "", "\r", csv.Syntax{Delim: ',', Quote: '"', CR: true})},
	{format: CSV, ext: ".csv", exact: true, variant: " title", write: writeCSVIn(charset.UTF8, "\uFEFFОтчёт за май\n\n", "\n", csv.Syntax{Delim: '|', Quote: '"'})},
	{format: CSV, ext: ".csv", exact: true, variant: " sep", write: writeCSVIn(charset.UTF8, "sep=;\r\n", "\r\n", csv.Syntax{Delim: ';', Quote: '"'})},
	{format: JSONL, ext: ".jsonl", exact: true, write: writeJSONLGrid},
	{format: XLSX, ext: ".xlsx", write: writeXLSXGrid},
}

// writeCSVIn writes grids in a dialect.
func writeCSVIn(e *charset.Encoding, before, lineEnd string, y csv.Syntax) func(*testing.T, string, grid) {
	return func(t *testing.T, name string, g grid) {
		b := []byte(before)
		for _, row := range g {
			for i, cell := range row {
				if i > 0 {
					b = append(b, y.Delim)
				}
				b, _ = y.AppendCell(b, cell)
			}
			b = append(b, lineEnd...)
		}
		writeFile(t, name, in(t, e, string(b)))
	}
}

// grid is the sample in the letters of the case's encoding.
func (c formatCase) grid() grid {
	g := slices.Clone(sampleGrid)
	for i, row := range g {
		g[i] = make([]string, len(row))
		for j, cell := range row {
			g[i][j] = c.letters(cell)
		}
	}
	return g
}

func (c formatCase) letters(text string) string {
	if c.old {
		return strings.NewReplacer("😀", "я", "é", "ё").Replace(text)
	}
	return text
}

func writeCSVGrid(t *testing.T, name string, g grid) {
	var b []byte
	for _, row := range g {
		for i, cell := range row {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCSV(b, cell, ',')
		}
		b = append(b, '\n')
	}
	writeFile(t, name, string(b))
}

func writeJSONLGrid(t *testing.T, name string, g grid) {
	var b []byte
	for _, row := range g[1:] {
		for i, cell := range row {
			b = append(b, "{,"[min(i, 1)])
			b = append(jsontext.AppendString(b, g[0][i]), ':')
			b = jsontext.AppendString(b, cell)
		}
		b = append(b, "}\n"...)
	}
	writeFile(t, name, string(b))
}

func writeXLSXGrid(t *testing.T, name string, g grid) {
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

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// open closes the source when the test ends.
func open(t *testing.T, name string) Source {
	t.Helper()
	src, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// rowsOf are the header and the rows of a source.
func rowsOf(t *testing.T, src Source) grid {
	t.Helper()
	g := grid{slices.Clone(src.Columns())}
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

func wantGrid(t *testing.T, got, want grid) {
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

// fill writes src to dst with the cells that cells gives for each row.
func fill(t *testing.T, src Source, dst string, columns []string, cells func(Row) []any) [32]byte {
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

// onlyFile checks that the folder has no other files.
func onlyFiles(t *testing.T, dir string, want ...string) {
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

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, formatCase){
		"same rows twice": conformTwice,
		"break off":       conformBreak,
		"copy":            conformCopy,
		"append":          conformAppend,
		"refill":          conformRefill,
		"in place":        conformInPlace,
		"symlink":         conformSymlink,
		"no commit":       conformNoCommit,
		"commit refused":  conformRefused,
		"keep":            conformKeep,
		"order":           conformOrder,
		"columns":         conformColumns,
		"convert":         conformConvert,
		"one column":      conformOneColumn,
		"deterministic":   conformDeterministic,
		"stat":            conformStat,
		"no rows":         conformNoRows,
	}
	for _, c := range formatCases {
		for name, test := range tests {
			t.Run(string(c.format)+c.variant+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(t, c)
			})
		}
	}
}

// sample is a file of the case's format in a folder of its own.
func (c formatCase) sample(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in"+c.ext)
	c.write(t, name, c.grid())
	return name
}

func conformTwice(t *testing.T, c formatCase) {
	src := open(t, c.sample(t))
	for range 2 {
		wantGrid(t, rowsOf(t, src), c.grid())
	}
	if src.Format() != c.format || !src.Has("вопрос") || src.Has("Вопрос") || src.Has("") || src.Duplicates() != nil {
		t.Errorf("got format %s, duplicates %v", src.Format(), src.Duplicates())
	}
	for row := range src.Rows() {
		got, ok := row.Value("вопрос")
		if want := c.grid()[row.Index+1][1]; got != want || !ok {
			t.Errorf("row %d: got %q, %v, want %q", row.Index, got, ok, want)
		}
		if _, ok := row.Value("nothing"); ok {
			t.Errorf("row %d has a column that is not there", row.Index)
		}
		if (row.JSON() != nil) != (c.format == JSONL) {
			t.Errorf("got JSON %s", row.JSON())
		}
	}
}

func conformBreak(t *testing.T, c formatCase) {
	src := open(t, c.sample(t))
	for range src.Rows() {
		for row := range src.Rows() {
			if row.Index == 2 {
				break
			}
		}
		break
	}
	wantGrid(t, rowsOf(t, src), c.grid())
}

func conformCopy(t *testing.T, c formatCase) {
	name := c.sample(t)
	dst := filepath.Join(filepath.Dir(name), "out"+c.ext)
	src := open(t, name)
	sum := fill(t, src, dst, nil, func(Row) []any { return nil })
	if got := sha256.Sum256([]byte(readFile(t, dst))); got != sum {
		t.Errorf("got hash %x, want that of the file, %x", sum, got)
	}
	if c.exact && readFile(t, dst) != readFile(t, name) {
		t.Errorf("got %q, want %q", readFile(t, dst), readFile(t, name))
	}
	wantGrid(t, rowsOf(t, open(t, dst)), c.grid())
	in, errIn := os.Stat(name)
	out, errOut := os.Stat(dst)
	if err := errors.Join(errIn, errOut); err != nil || in.Mode() != out.Mode() {
		t.Errorf("got mode %v, want %v (error %v)", out.Mode(), in.Mode(), err)
	}
}

var answers = []string{"Париж", "a\nb", `"quoted", and; more` + "\t", "", " ", "😀"}

func (c formatCase) answerCells(row Row) []any {
	return []any{c.letters(answers[row.Index]), row.Index}
}

// answered is the sample with columns that answerCells has filled.
func (c formatCase) answered() grid {
	g := grid{append(slices.Clone(c.grid()[0]), "completion", "tokens")}
	for i, row := range c.grid()[1:] {
		g = append(g, append(slices.Clone(row), c.letters(answers[i]), fmt.Sprint(i)))
	}
	return g
}

func conformAppend(t *testing.T, c formatCase) {
	name := c.sample(t)
	before := readFile(t, name)
	dst := filepath.Join(filepath.Dir(name), "out"+c.ext)
	fill(t, open(t, name), dst, []string{"completion", "tokens"}, c.answerCells)
	wantGrid(t, rowsOf(t, open(t, dst)), c.answered())
	if readFile(t, name) != before {
		t.Error("the input was changed")
	}
	onlyFiles(t, filepath.Dir(name), "in"+c.ext, "out"+c.ext)
}

// A column that exists is refilled where it stands, also when others are appended.
func conformRefill(t *testing.T, c formatCase) {
	name := c.sample(t)
	dst := filepath.Join(filepath.Dir(name), "out"+c.ext)
	fill(t, open(t, name), dst, []string{"new", "вопрос", "id"}, func(row Row) []any {
		return []any{true, c.letters(answers[row.Index]), 1.5}
	})
	want := grid{{"id", "вопрос", "note", "new"}}
	for i, row := range c.grid()[1:] {
		want = append(want, []string{"1.5", c.letters(answers[i]), row[2], "true"})
	}
	got := rowsOf(t, open(t, dst))
	for _, row := range got {
		row[3] = strings.ToLower(row[3])
	}
	wantGrid(t, got, want)
}

// Keep leaves the cells that stand, whatever their type, and new columns empty.
func conformKeep(t *testing.T, c formatCase) {
	name := c.sample(t)
	fill(t, open(t, name), name, []string{"completion", "tokens"}, c.answerCells)
	before := readFile(t, name)
	kept := func(row Row) []any { return []any{Keep, Keep} }
	fill(t, open(t, name), name, []string{"tokens", "completion"}, kept)
	if c.exact && readFile(t, name) != before {
		t.Errorf("got %q, want %q", readFile(t, name), before)
	}
	wantGrid(t, rowsOf(t, open(t, name)), c.answered())
	for _, to := range []string{".csv", ".jsonl", ".xlsx"} {
		dst := filepath.Join(filepath.Dir(name), "out"+to)
		fill(t, open(t, name), dst, []string{"tokens", "новая"}, func(row Row) []any { return []any{Keep, Keep} })
		got := rowsOf(t, open(t, dst))
		for i, row := range got {
			if i > 0 && len(row) == 6 && row[5] != "" {
				t.Errorf("row %d: got %q in the new column", i, row[5])
			}
			got[i] = row[:5]
		}
		wantGrid(t, got, c.answered())
	}
}

func conformInPlace(t *testing.T, c formatCase) {
	name := c.sample(t)
	var sums [3][32]byte
	for i := range sums {
		src := open(t, name)
		sums[i] = fill(t, src, name, []string{"completion", "tokens"}, c.answerCells)
		src.Close()
		wantGrid(t, rowsOf(t, open(t, name)), c.answered())
	}
	if c.exact && sums[0] != sums[2] || sums[1] != sums[2] {
		t.Errorf("the file changes each time: %x", sums)
	}
	onlyFiles(t, filepath.Dir(name), "in"+c.ext)
}

func conformSymlink(t *testing.T, c formatCase) {
	name := c.sample(t)
	link := filepath.Join(filepath.Dir(name), "link"+c.ext)
	if err := os.Symlink(filepath.Base(name), link); err != nil {
		t.Skip(err)
	}
	fill(t, open(t, link), link, []string{"completion", "tokens"}, c.answerCells)
	wantGrid(t, rowsOf(t, open(t, name)), c.answered())
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("got mode %v, error %v, want the link to stay", fi.Mode(), err)
	}
}

func conformNoCommit(t *testing.T, c formatCase) {
	name := c.sample(t)
	before := readFile(t, name)
	src := open(t, name)
	sink, err := src.Sink(name, "completion")
	if err != nil {
		t.Fatal(err)
	}
	for row := range src.Rows() {
		if err := sink.Write(row, "lost"); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := sink.Close(); err != nil {
			t.Errorf("got error %v from Close", err)
		}
	}
	onlyFiles(t, filepath.Dir(name), "in"+c.ext)
	if readFile(t, name) != before {
		t.Error("the input was changed")
	}
}

func conformRefused(t *testing.T, c formatCase) {
	name := c.sample(t)
	before := readFile(t, name)
	src := open(t, name)
	sink, err := src.Sink(name, "completion")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for row := range src.Rows() {
		if err := sink.Write(row, "lost"); err != nil {
			t.Fatal(err)
		}
	}
	want := errors.New("not now")
	if got := sink.Commit(func([32]byte) error { return want }); !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
	onlyFiles(t, filepath.Dir(name), "in"+c.ext)
	if readFile(t, name) != before {
		t.Error("the input was changed")
	}
}

// Rows come once, in order, with as many cells as columns, and from the source; a text copy wants all of them.
func conformOrder(t *testing.T, c formatCase) {
	name := c.sample(t)
	src := open(t, name)
	sink, err := src.Sink(filepath.Join(filepath.Dir(name), "out"+c.ext), "completion")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for row := range src.Rows() {
		errs := []error{sink.Write(row), sink.Write(row, 1, 2), sink.Write(Row{Index: row.Index, Columns: row.Columns, Values: row.Values}, 1)}
		if row.Index > 0 {
			errs = append(errs, sink.Write(row, "too late"))
		} else if err := sink.Write(row, "good"); err != nil {
			t.Error(err)
		}
		if row.Index == 1 {
			break
		}
		for i, err := range errs {
			if err == nil {
				t.Errorf("row %d: mistake %d was taken", row.Index, i)
			}
		}
	}
	if err := sink.Commit(nil); c.exact && !errors.Is(err, errIncomplete) {
		t.Errorf("got error %v, want %v", err, errIncomplete)
	}
}

func conformColumns(t *testing.T, c formatCase) {
	name := c.sample(t)
	src := open(t, name)
	for _, columns := range [][]string{{""}, {"a", "a"}} {
		_, err := src.Sink(filepath.Join(filepath.Dir(name), "out"+c.ext), columns...)
		wantError(t, err)
	}
	_, err := src.Sink(filepath.Join(filepath.Dir(name), "missing", "out"+c.ext), "a")
	wantError(t, err)
	onlyFiles(t, filepath.Dir(name), "in"+c.ext)
}

// Every format can be written from every other, and the rows are the same.
func conformConvert(t *testing.T, c formatCase) {
	name := c.sample(t)
	for _, to := range []string{".csv", ".tsv", ".jsonl", ".xlsx"} {
		dst := filepath.Join(filepath.Dir(name), "out"+to)
		fill(t, open(t, name), dst, []string{"completion", "tokens"}, c.answerCells)
		wantGrid(t, rowsOf(t, open(t, dst)), c.answered())
	}
	if got := strings.Count(readFile(t, filepath.Join(filepath.Dir(name), "out.tsv")), "\t"); got < 4*len(c.grid()) {
		t.Errorf("got %d tabs in the .tsv", got)
	}
}

// A file of one column stays one of rows when that column is emptied.
func conformOneColumn(t *testing.T, c formatCase) {
	name := filepath.Join(t.TempDir(), "in"+c.ext)
	c.write(t, name, grid{{"text"}, {"a"}, {"b"}})
	if c.format == XLSX {
		t.Skip("a sheet's row without content is none")
	}
	if c.variant == " title" {
		t.Skip("a title above one column looks like its name")
	}
	fill(t, open(t, name), name, []string{"text"}, func(Row) []any { return []any{""} })
	wantGrid(t, rowsOf(t, open(t, name)), grid{{"text"}, {""}, {""}})
}

func conformDeterministic(t *testing.T, c formatCase) {
	name := c.sample(t)
	for _, to := range []string{c.ext, ".csv", ".jsonl", ".xlsx"} {
		var files [2]string
		for i := range files {
			dst := filepath.Join(filepath.Dir(name), fmt.Sprint("out", i, to))
			fill(t, open(t, name), dst, []string{"completion", "tokens"}, c.answerCells)
			files[i] = readFile(t, dst)
		}
		if files[0] != files[1] {
			t.Errorf("%s to %s: the bytes differ", c.ext, to)
		}
	}
}

func conformStat(t *testing.T, c formatCase) {
	name := c.sample(t)
	src := open(t, name)
	now, err := Identify(name)
	if err != nil || !src.Stat().Same(now) {
		t.Errorf("got %v, error %v, want %v", src.Stat(), err, now)
	}
	c.write(t, name+c.ext, c.grid())
	if err := os.Rename(name+c.ext, name); err != nil {
		t.Fatal(err)
	}
	if now, err = Identify(name); err != nil || src.Stat().Same(now) {
		t.Errorf("got the same identity for another file, error %v", err)
	}
}

func conformNoRows(t *testing.T, c formatCase) {
	if c.format == JSONL {
		t.Skip("has no header")
	}
	name := filepath.Join(t.TempDir(), "in"+c.ext)
	c.write(t, name, c.grid()[:1])
	src := open(t, name)
	wantGrid(t, rowsOf(t, src), c.grid()[:1])
	fill(t, src, name, []string{"completion"}, c.answerCells)
	wantGrid(t, rowsOf(t, open(t, name)), grid{append(slices.Clone(c.grid()[0]), "completion")})
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	for _, c := range formatCases[:1] {
		name := filepath.Join(t.TempDir(), "in"+c.ext)
		c.write(t, name, grid{{"a", "b", "a", "", ""}, {"1", "2", "3", "4", "5"}})
		src := open(t, name)
		if got := src.Duplicates(); len(got) != 1 || !got["a"] {
			t.Errorf("got duplicates %v, want a", got)
		}
		for row := range src.Rows() {
			if got, _ := row.Value("a"); got != "1" {
				t.Errorf("got %q, want the first column of the name", got)
			}
			if _, ok := row.Value(""); ok {
				t.Error("a column without a name was found")
			}
		}
		_, err := src.Sink(name, "a")
		wantError(t, err)
		dst := filepath.Join(filepath.Dir(name), "out.jsonl")
		fill(t, src, dst, nil, func(Row) []any { return nil })
		want := `{"a":"1","b":"2","a 2":"3","column 4":"4","column 5":"5"}` + "\n"
		if got := readFile(t, dst); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
