package open_test

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

	"gigabatch/internal/io/charset"
	codec "gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
)

// formatCase creates files of one format.
type formatCase struct {
	format table.Format
	ext    string
	exact  bool // a copy without new columns has the same bytes
	write  func(t *testing.T, name string, g tabletest.Grid)

	variant string // of the format
	old     bool   // the encoding has no emoji
}

var formatCases = []formatCase{
	{format: table.CSV, ext: ".csv", exact: true, write: tabletest.WriteCSV},
	{format: table.CSV, ext: ".csv", exact: true, variant: " windows-1251", old: true, write: writeCSVIn(charset.Windows1251, "", "\r\n", codec.Syntax{Delim: ';', Quote: '"'})},
	{format: table.CSV, ext: ".csv", exact: true, variant: " UTF-16", write: writeCSVIn(charset.UTF16LE, "\uFEFF", "\r\n", codec.Syntax{Delim: '\t', Quote: '"'})},
	{format: table.CSV, ext: ".csv", exact: true, variant: " UTF-16 BE", write: writeCSVIn(charset.UTF16BE, "", "\n", codec.Syntax{Delim: ',', Quote: '"'})},
	{format: table.CSV, ext: ".csv", exact: true, variant: " CR", write: writeCSVIn(charset.UTF8, "", "\r", codec.Syntax{Delim: ',', Quote: '"', CR: true})},
	{format: table.CSV, ext: ".csv", exact: true, variant: " title", write: writeCSVIn(charset.UTF8, "\uFEFFОтчёт за май\n\n", "\n", codec.Syntax{Delim: '|', Quote: '"'})},
	{format: table.CSV, ext: ".csv", exact: true, variant: " sep", write: writeCSVIn(charset.UTF8, "sep=;\r\n", "\r\n", codec.Syntax{Delim: ';', Quote: '"'})},
	{format: table.JSONL, ext: ".jsonl", exact: true, write: tabletest.WriteJSONL},
	{format: table.JSONL, ext: ".json", exact: true, variant: " array", write: writeArray},
	{format: table.XLSX, ext: ".xlsx", write: tabletest.WriteXLSX},
}

// writeArray writes a grid as an array of objects.
func writeArray(t *testing.T, name string, g tabletest.Grid) {
	tabletest.WriteJSONL(t, name, g)
	lines := strings.TrimSuffix(tabletest.Read(t, name), "\n")
	tabletest.Write(t, name, "[\n  "+strings.ReplaceAll(lines, "}\n{", "},\n  {")+"\n]\n")
}

// writeCSVIn returns a function that writes grids in a dialect.
func writeCSVIn(e *charset.Encoding, before, lineEnd string, y codec.Syntax) func(*testing.T, string, tabletest.Grid) {
	return func(t *testing.T, name string, g tabletest.Grid) {
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
		tabletest.Write(t, name, tabletest.Encoded(t, e, string(b)))
	}
}

// grid returns the sample with the characters that the encoding of the case has.
func (c formatCase) grid() tabletest.Grid {
	g := slices.Clone(tabletest.Sample)
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

// sample creates a file in the format of the case, in its own folder.
func (c formatCase) sample(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in"+c.ext)
	c.write(t, name, c.grid())
	return name
}

func conformTwice(t *testing.T, c formatCase) {
	src := tabletest.Open(t, c.sample(t))
	for range 2 {
		tabletest.Want(t, tabletest.Rows(t, src), c.grid())
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
		if (row.JSON() != nil) != (c.format == table.JSONL) {
			t.Errorf("got JSON %s", row.JSON())
		}
	}
}

func conformBreak(t *testing.T, c formatCase) {
	src := tabletest.Open(t, c.sample(t))
	for range src.Rows() {
		for row := range src.Rows() {
			if row.Index == 2 {
				break
			}
		}
		break
	}
	tabletest.Want(t, tabletest.Rows(t, src), c.grid())
}

func conformCopy(t *testing.T, c formatCase) {
	name := c.sample(t)
	dst := filepath.Join(filepath.Dir(name), "out"+c.ext)
	src := tabletest.Open(t, name)
	sum := tabletest.Fill(t, src, dst, nil, func(table.Row) []any { return nil })
	if got := sha256.Sum256([]byte(tabletest.Read(t, dst))); got != sum {
		t.Errorf("got hash %x, want that of the file, %x", sum, got)
	}
	if c.exact && tabletest.Read(t, dst) != tabletest.Read(t, name) {
		t.Errorf("got %q, want %q", tabletest.Read(t, dst), tabletest.Read(t, name))
	}
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, dst)), c.grid())
	in, errIn := os.Stat(name)
	out, errOut := os.Stat(dst)
	if err := errors.Join(errIn, errOut); err != nil || in.Mode() != out.Mode() {
		t.Errorf("got mode %v, want %v (error %v)", out.Mode(), in.Mode(), err)
	}
}

var answers = []string{"Париж", "a\nb", `"quoted", and; more` + "\t", "", " ", "😀"}

func (c formatCase) answerCells(row table.Row) []any {
	return []any{c.letters(answers[row.Index]), row.Index}
}

// answered returns the sample with columns filled by answerCells.
func (c formatCase) answered() tabletest.Grid {
	g := tabletest.Grid{append(slices.Clone(c.grid()[0]), "completion", "tokens")}
	for i, row := range c.grid()[1:] {
		g = append(g, append(slices.Clone(row), c.letters(answers[i]), fmt.Sprint(i)))
	}
	return g
}

func conformAppend(t *testing.T, c formatCase) {
	name := c.sample(t)
	before := tabletest.Read(t, name)
	dst := filepath.Join(filepath.Dir(name), "out"+c.ext)
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"completion", "tokens"}, c.answerCells)
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, dst)), c.answered())
	if tabletest.Read(t, name) != before {
		t.Error("the input was changed")
	}
	tabletest.OnlyFiles(t, filepath.Dir(name), "in"+c.ext, "out"+c.ext)
}

// An existing column is refilled in place, even if others are appended.
func conformRefill(t *testing.T, c formatCase) {
	name := c.sample(t)
	dst := filepath.Join(filepath.Dir(name), "out"+c.ext)
	tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"new", "вопрос", "id"}, func(row table.Row) []any {
		return []any{true, c.letters(answers[row.Index]), 1.5}
	})
	want := tabletest.Grid{{"id", "вопрос", "note", "new"}}
	for i, row := range c.grid()[1:] {
		want = append(want, []string{"1.5", c.letters(answers[i]), row[2], "true"})
	}
	got := tabletest.Rows(t, tabletest.Open(t, dst))
	for _, row := range got {
		row[3] = strings.ToLower(row[3])
	}
	tabletest.Want(t, got, want)
}

// Keep leaves existing cells unchanged, whatever their type, and new columns empty.
func conformKeep(t *testing.T, c formatCase) {
	name := c.sample(t)
	tabletest.Fill(t, tabletest.Open(t, name), name, []string{"completion", "tokens"}, c.answerCells)
	before := tabletest.Read(t, name)
	kept := func(row table.Row) []any { return []any{table.Keep, table.Keep} }
	tabletest.Fill(t, tabletest.Open(t, name), name, []string{"tokens", "completion"}, kept)
	if c.exact && tabletest.Read(t, name) != before {
		t.Errorf("got %q, want %q", tabletest.Read(t, name), before)
	}
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), c.answered())
	for _, to := range []string{".csv", ".jsonl", ".xlsx"} {
		dst := filepath.Join(filepath.Dir(name), "out"+to)
		tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"tokens", "новая"}, func(row table.Row) []any { return []any{table.Keep, table.Keep} })
		got := tabletest.Rows(t, tabletest.Open(t, dst))
		for i, row := range got {
			if i > 0 && len(row) == 6 && row[5] != "" {
				t.Errorf("row %d: got %q in the new column", i, row[5])
			}
			got[i] = row[:5]
		}
		tabletest.Want(t, got, c.answered())
	}
}

func conformInPlace(t *testing.T, c formatCase) {
	name := c.sample(t)
	var sums [3][32]byte
	for i := range sums {
		src := tabletest.Open(t, name)
		sums[i] = tabletest.Fill(t, src, name, []string{"completion", "tokens"}, c.answerCells)
		src.Close()
		tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), c.answered())
	}
	if c.exact && sums[0] != sums[2] || sums[1] != sums[2] {
		t.Errorf("the file changes each time: %x", sums)
	}
	tabletest.OnlyFiles(t, filepath.Dir(name), "in"+c.ext)
}

func conformSymlink(t *testing.T, c formatCase) {
	name := c.sample(t)
	link := filepath.Join(filepath.Dir(name), "link"+c.ext)
	if err := os.Symlink(filepath.Base(name), link); err != nil {
		t.Skip(err)
	}
	tabletest.Fill(t, tabletest.Open(t, link), link, []string{"completion", "tokens"}, c.answerCells)
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), c.answered())
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("got mode %v, error %v, want the link to stay", fi.Mode(), err)
	}
}

func conformNoCommit(t *testing.T, c formatCase) {
	name := c.sample(t)
	before := tabletest.Read(t, name)
	src := tabletest.Open(t, name)
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
	tabletest.OnlyFiles(t, filepath.Dir(name), "in"+c.ext)
	if tabletest.Read(t, name) != before {
		t.Error("the input was changed")
	}
}

func conformRefused(t *testing.T, c formatCase) {
	name := c.sample(t)
	before := tabletest.Read(t, name)
	src := tabletest.Open(t, name)
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
	tabletest.OnlyFiles(t, filepath.Dir(name), "in"+c.ext)
	if tabletest.Read(t, name) != before {
		t.Error("the input was changed")
	}
}

// Rows are written once, in order, with as many cells as columns, and come from the source. A text copy requires all of them.
func conformOrder(t *testing.T, c formatCase) {
	name := c.sample(t)
	src := tabletest.Open(t, name)
	sink, err := src.Sink(filepath.Join(filepath.Dir(name), "out"+c.ext), "completion")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for row := range src.Rows() {
		errs := []error{sink.Write(row), sink.Write(row, 1, 2), sink.Write(table.Row{Index: row.Index, Columns: row.Columns, Values: row.Values}, 1)}
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
	if err := sink.Commit(nil); c.exact && !errors.Is(err, table.ErrIncomplete) {
		t.Errorf("got error %v, want %v", err, table.ErrIncomplete)
	}
}

func conformColumns(t *testing.T, c formatCase) {
	name := c.sample(t)
	src := tabletest.Open(t, name)
	for _, columns := range [][]string{{""}, {"a", "a"}} {
		_, err := src.Sink(filepath.Join(filepath.Dir(name), "out"+c.ext), columns...)
		tabletest.WantError(t, err)
	}
	_, err := src.Sink(filepath.Join(filepath.Dir(name), "missing", "out"+c.ext), "a")
	tabletest.WantError(t, err)
	tabletest.OnlyFiles(t, filepath.Dir(name), "in"+c.ext)
}

// Every format can be converted to every other, with the same rows.
func conformConvert(t *testing.T, c formatCase) {
	name := c.sample(t)
	for _, to := range []string{".csv", ".tsv", ".jsonl", ".xlsx"} {
		dst := filepath.Join(filepath.Dir(name), "out"+to)
		tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"completion", "tokens"}, c.answerCells)
		tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, dst)), c.answered())
	}
	if got := strings.Count(tabletest.Read(t, filepath.Join(filepath.Dir(name), "out.tsv")), "\t"); got < 4*len(c.grid()) {
		t.Errorf("got %d tabs in the .tsv", got)
	}
}

// The rows of a file with one column remain rows when the column is emptied.
func conformOneColumn(t *testing.T, c formatCase) {
	name := filepath.Join(t.TempDir(), "in"+c.ext)
	c.write(t, name, tabletest.Grid{{"text"}, {"a"}, {"b"}})
	if c.format == table.XLSX {
		t.Skip("a sheet's row without content is none")
	}
	if c.variant == " title" {
		t.Skip("a title above one column looks like its name")
	}
	tabletest.Fill(t, tabletest.Open(t, name), name, []string{"text"}, func(table.Row) []any { return []any{""} })
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), tabletest.Grid{{"text"}, {""}, {""}})
}

func conformDeterministic(t *testing.T, c formatCase) {
	name := c.sample(t)
	for _, to := range []string{c.ext, ".csv", ".jsonl", ".xlsx"} {
		var files [2]string
		for i := range files {
			dst := filepath.Join(filepath.Dir(name), fmt.Sprint("out", i, to))
			tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"completion", "tokens"}, c.answerCells)
			files[i] = tabletest.Read(t, dst)
		}
		if files[0] != files[1] {
			t.Errorf("%s to %s: the bytes differ", c.ext, to)
		}
	}
}

func conformStat(t *testing.T, c formatCase) {
	name := c.sample(t)
	src := tabletest.Open(t, name)
	now, err := table.Identify(name)
	if err != nil || !src.Stat().Same(now) {
		t.Errorf("got %v, error %v, want %v", src.Stat(), err, now)
	}
	c.write(t, name+c.ext, c.grid())
	if err := os.Rename(name+c.ext, name); err != nil {
		t.Fatal(err)
	}
	if now, err = table.Identify(name); err != nil || src.Stat().Same(now) {
		t.Errorf("got the same identity for another file, error %v", err)
	}
}

func conformNoRows(t *testing.T, c formatCase) {
	if c.format == table.JSONL {
		t.Skip("has no header")
	}
	name := filepath.Join(t.TempDir(), "in"+c.ext)
	c.write(t, name, c.grid()[:1])
	src := tabletest.Open(t, name)
	tabletest.Want(t, tabletest.Rows(t, src), c.grid()[:1])
	tabletest.Fill(t, src, name, []string{"completion"}, c.answerCells)
	tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name)), tabletest.Grid{append(slices.Clone(c.grid()[0]), "completion")})
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	for _, c := range formatCases[:1] {
		name := filepath.Join(t.TempDir(), "in"+c.ext)
		c.write(t, name, tabletest.Grid{{"a", "b", "a", "", ""}, {"1", "2", "3", "4", "5"}})
		src := tabletest.Open(t, name)
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
		tabletest.WantError(t, err)
		dst := filepath.Join(filepath.Dir(name), "out.jsonl")
		tabletest.Fill(t, src, dst, nil, func(table.Row) []any { return nil })
		want := `{"a":"1","b":"2","a 2":"3","column 4":"4","column 5":"5"}` + "\n"
		if got := tabletest.Read(t, dst); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
