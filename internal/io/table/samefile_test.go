package table

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A file that is written over itself, or to a name of its own extension, keeps its format and dialect, whatever the extension promises.
func TestOutputLikeTheSourceIsACopy(t *testing.T) {
	t.Parallel()
	const commas = "\xEF\xBB\xBFa,b\r\n\r\n1,2,extra\r\n3\r\n"
	const objects = "{\"a\": 1}\n\n{\"a\":  2}\n"
	tests := []struct {
		base, text, dst string
		format          Format
		want            string
	}{
		{"in.tsv", commas, "in.tsv", "", "\xEF\xBB\xBFa,b,n\r\n\r\n1,2,x,extra\r\n3,,x\r\n"},
		{"in.tsv", commas, "other.TSV", "", "\xEF\xBB\xBFa,b,n\r\n\r\n1,2,x,extra\r\n3,,x\r\n"},
		{"in.tsv", commas, "link.csv", "", "\xEF\xBB\xBFa,b,n\r\n\r\n1,2,x,extra\r\n3,,x\r\n"},
		{"in.csv", "a\tb\r\n1\t2\r\n", "link.tsv", "", "a\tb\tn\r\n1\t2\tx\r\n"},
		{"in.csv", objects, "in.csv", JSONL, "{\"a\": 1, \"n\": \"x\"}\n\n{\"a\":  2, \"n\": \"x\"}\n"},
		{"in.csv", objects, "out.csv", JSONL, "{\"a\": 1, \"n\": \"x\"}\n\n{\"a\":  2, \"n\": \"x\"}\n"},
		{"in.jsonl", "a,b\r\n1,2\r\n", "in.jsonl", CSV, "a,b,n\r\n1,2,x\r\n"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		name, dst := filepath.Join(dir, tt.base), filepath.Join(dir, tt.dst)
		writeFile(t, name, tt.text)
		if strings.HasPrefix(tt.dst, "link") {
			if err := os.Symlink(tt.base, dst); err != nil {
				t.Skip(err)
			}
		}
		src, err := Open(name, Options{Format: tt.format})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, src, dst, []string{"n"}, func(Row) []any { return []any{"x"} })
		if got := readFile(t, dst); got != tt.want {
			t.Errorf("%s as %q to %s: got %q, want %q", tt.base, tt.format, tt.dst, got, tt.want)
		}
	}
}

func TestWorkbookOverItselfIsACopy(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	writeXLSXGrid(t, filepath.Join(filepath.Dir(name), "in.xlsx"), grid{{"a"}, {"1"}})
	if err := os.Rename(filepath.Join(filepath.Dir(name), "in.xlsx"), name); err != nil {
		t.Fatal(err)
	}
	src, err := Open(name, Options{Format: XLSX})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	fill(t, src, name, []string{"n"}, func(Row) []any { return []any{"x"} })
	if got := readFile(t, name); !strings.HasPrefix(got, "PK") {
		t.Errorf("the workbook became %q", got)
	}
}

// Cells beyond the header are in every new file: in a table after the new columns, in an object under a name of their own.
func TestConversionKeepsExtraCells(t *testing.T) {
	t.Parallel()
	const text = "a,b,column 4\n1,2,3,four, ,six,\n1\n7,8,9,10\n5,6,7,,\n"
	for base, want := range map[string]string{
		"out.tsv": "a\tb\tcolumn 4\tn\n1\t2\t3\tx\tfour\t\" \"\tsix\n1\t\t\tx\n7\t8\t9\tx\t10\n5\t6\t7\tx\n",
		"out.jsonl": `{"a":"1","b":"2","column 4":"3","n":"x","column 4 2":"four","column 6":"six"}` + "\n" +
			`{"a":"1","b":"","column 4":"","n":"x"}` + "\n" + `{"a":"7","b":"8","column 4":"9","n":"x","column 4 2":"10"}` + "\n" +
			`{"a":"5","b":"6","column 4":"7","n":"x"}` + "\n",
	} {
		src, err := openText(t, "in.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		dst := filepath.Join(t.TempDir(), base)
		fill(t, src, dst, []string{"n"}, func(Row) []any { return []any{"x"} })
		if got := readFile(t, dst); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", base, got, want)
		}
	}
	src, err := openText(t, "in.csv", text)
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	fill(t, src, dst, []string{"n"}, func(Row) []any { return []any{"x"} })
	wantCells(t, dst, map[string]string{"C2": "3", "D2": "x", "E2": "four", "G2": "six", "D3": "x", "E4": "10", "E5": ""})
}

func TestConversionOfAWorkbookKeepsExtraCells(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, dst := filepath.Join(dir, "in.xlsx"), filepath.Join(dir, "out.csv")
	writeXLSXGrid(t, name, grid{{"a", "b"}, {"1", "2", "", "more"}, {"3"}})
	fill(t, open(t, name), dst, []string{"n"}, func(Row) []any { return []any{"x"} })
	if got, want := readFile(t, dst), "a,b,n\n1,2,x,,more\n3,,x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExtraCountsCellsWithContent(t *testing.T) {
	t.Parallel()
	src, err := openText(t, "in.csv", "a,b\n1,2\n1,2,\n1,2, ,x\n1,2,\"\",\"y\",z\n1\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []int{0, 0, 1, 2, 0}
	for row, err := range src.Rows() {
		if err != nil || row.Extra() != want[row.Index] {
			t.Errorf("row %d: got %d, error %v, want %d", row.Index, row.Extra(), err, want[row.Index])
		}
	}
	if got := (Row{}).Extra(); got != 0 {
		t.Errorf("a row of no source: got %d, want 0", got)
	}
}

// A text that no delimiter leaves whole is read whole. It has no room for columns, but other formats have.
func TestProseOfOneColumnIsNotCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]grid{
		"text\nOne, two\nthree; four\n\n\"five\",\nsix\tseven\neight | nine\n": {{"text"}, {"One, two"}, {"three; four"}, {"\"five\","}, {"six\tseven"}, {"eight | nine"}},
		"text\na;b\tc|\n,d, e\n": {{"text"}, {"a;b\tc|"}, {",d, e"}},
	} {
		src, err := openText(t, "in.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		wantGrid(t, rowsOf(t, src), want)
		wantSame(t, src)
		_, err = src.Sink(src.Name(), "new")
		wantError(t, err)
		onlyFiles(t, filepath.Dir(src.Name()), "in.csv")
		fill(t, src, src.Name()+".jsonl", []string{"new"}, func(Row) []any { return []any{"x"} })
		if got := open(t, src.Name()+".jsonl").Columns(); !slices.Equal(got, []string{"text", "new"}) {
			t.Errorf("got columns %q", got)
		}
		fill(t, src, src.Name(), []string{"text"}, func(Row) []any { return []any{"a,b;c\td|e\nf"} })
		want = append(grid{{"text"}}, slices.Repeat(grid{{"a,b;c\td|e\nf"}}, len(want)-1)...)
		wantGrid(t, rowsOf(t, open(t, src.Name())), want)
	}
	src, err := openText(t, "in.csv", "text\nx;y\n\"a, b\",,\nc\td\n")
	if err != nil {
		t.Fatal(err)
	}
	wantReadAgain(t, src, grid{{"text"}, {"x;y"}, {"\"a, b\",,"}, {"c\td"}})
}

// A file that a spreadsheet program has open is not written into.
func TestOpenElsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range formatCases {
		if c.format == JSONL {
			continue
		}
		for _, mark := range []string{"~$in", ".~lock.in"} {
			name := c.sample(t)
			end := map[bool]string{true: "#", false: ""}[mark[0] == '.']
			writeFile(t, filepath.Join(filepath.Dir(name), mark+c.ext+end), "")
			src := open(t, name)
			_, err := src.Sink(name, "completion")
			wantError(t, err)
			sink, err := src.Sink(filepath.Join(filepath.Dir(name), "out"+c.ext), "completion")
			if err != nil {
				t.Fatal(err)
			}
			if err := sink.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
