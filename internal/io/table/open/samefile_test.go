package open_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// A file that is overwritten with itself, or written to a name with the same extension, keeps its format and dialect, whatever the
// extension implies.
func TestOutputLikeTheSourceIsACopy(t *testing.T) {
	t.Parallel()
	const commas = "\xEF\xBB\xBFa,b\r\n\r\n1,2,extra\r\n3\r\n"
	const objects = "{\"a\": 1}\n\n{\"a\":  2}\n"
	tests := []struct {
		base, text, dst string
		format          table.Format
		want            string
	}{
		{"in.tsv", commas, "in.tsv", "", "\xEF\xBB\xBFa,b,n\r\n\r\n1,2,x,extra\r\n3,,x\r\n"},
		{"in.tsv", commas, "other.TSV", "", "\xEF\xBB\xBFa,b,n\r\n\r\n1,2,x,extra\r\n3,,x\r\n"},
		{"in.tsv", commas, "link.csv", "", "\xEF\xBB\xBFa,b,n\r\n\r\n1,2,x,extra\r\n3,,x\r\n"},
		{"in.csv", "a\tb\r\n1\t2\r\n", "link.tsv", "", "a\tb\tn\r\n1\t2\tx\r\n"},
		{"in.csv", objects, "in.csv", table.JSONL, "{\"a\": 1, \"n\": \"x\"}\n\n{\"a\":  2, \"n\": \"x\"}\n"},
		{"in.csv", objects, "out.csv", table.JSONL, "{\"a\": 1, \"n\": \"x\"}\n\n{\"a\":  2, \"n\": \"x\"}\n"},
		{"in.jsonl", "a,b\r\n1,2\r\n", "in.jsonl", table.CSV, "a,b,n\r\n1,2,x\r\n"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		name, dst := filepath.Join(dir, tt.base), filepath.Join(dir, tt.dst)
		tabletest.Write(t, name, tt.text)
		if strings.HasPrefix(tt.dst, "link") {
			if err := os.Symlink(tt.base, dst); err != nil {
				t.Skip(err)
			}
		}
		src, err := open.Open(name, table.Options{Format: tt.format})
		if err != nil {
			t.Fatal(err)
		}
		tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{"x"} })
		if got := tabletest.Read(t, dst); got != tt.want {
			t.Errorf("%s as %q to %s: got %q, want %q", tt.base, tt.format, tt.dst, got, tt.want)
		}
	}
}

// Cells beyond the header are in every new file: in a table after the new columns, in an object under their own names.
func TestConversionKeepsExtraCells(t *testing.T) {
	t.Parallel()
	const text = "a,b,column 4\n1,2,3,four, ,six,\n1\n7,8,9,10\n5,6,7,,\n"
	for base, want := range map[string]string{
		"out.tsv": "a\tb\tcolumn 4\tn\n1\t2\t3\tx\tfour\t\" \"\tsix\n1\t\t\tx\n7\t8\t9\tx\t10\n5\t6\t7\tx\n",
		"out.jsonl": `{"a":"1","b":"2","column 4":"3","n":"x","column 4 2":"four","column 6":"six"}` + "\n" +
			`{"a":"1","b":"","column 4":"","n":"x"}` + "\n" + `{"a":"7","b":"8","column 4":"9","n":"x","column 4 2":"10"}` + "\n" +
			`{"a":"5","b":"6","column 4":"7","n":"x"}` + "\n",
	} {
		src, err := tabletest.OpenText(t, "in.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		dst := filepath.Join(t.TempDir(), base)
		tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{"x"} })
		if got := tabletest.Read(t, dst); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", base, got, want)
		}
	}
	src, err := tabletest.OpenText(t, "in.csv", text)
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), "out.xlsx")
	tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{"x"} })
	tabletest.WantCells(t, dst, map[string]string{"C2": "3", "D2": "x", "E2": "four", "G2": "six", "D3": "x", "E4": "10", "E5": ""})
}

func TestExtraCountsCellsWithContent(t *testing.T) {
	t.Parallel()
	src, err := tabletest.OpenText(t, "in.csv", "a,b\n1,2\n1,2,\n1,2, ,x\n1,2,\"\",\"y\",z\n1\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []int{0, 0, 1, 2, 0}
	for row, err := range src.Rows() {
		if err != nil || row.Extra() != want[row.Index] {
			t.Errorf("row %d: got %d, error %v, want %d", row.Index, row.Extra(), err, want[row.Index])
		}
	}
	if got := (table.Row{}).Extra(); got != 0 {
		t.Errorf("a row of no source: got %d, want 0", got)
	}
}

// A text that contains every delimiter is read as one cell. Its file has no room for columns, but other formats have.
func TestProseOfOneColumnIsNotCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]tabletest.Grid{
		"text\nOne, two\nthree; four\n\n\"five\",\nsix\tseven\neight | nine\n": {{"text"}, {"One, two"}, {"three; four"}, {"\"five\","}, {"six\tseven"}, {"eight | nine"}},
		"text\na;b\tc|\n,d, e\n": {{"text"}, {"a;b\tc|"}, {",d, e"}},
	} {
		src, err := tabletest.OpenText(t, "in.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		tabletest.Want(t, tabletest.Rows(t, src), want)
		tabletest.WantSame(t, src)
		_, err = src.Sink(src.Name(), "new")
		tabletest.WantError(t, err)
		tabletest.OnlyFiles(t, filepath.Dir(src.Name()), "in.csv")
		tabletest.Fill(t, src, src.Name()+".jsonl", []string{"new"}, func(table.Row) []any { return []any{"x"} })
		if got := tabletest.Open(t, src.Name()+".jsonl").Columns(); !slices.Equal(got, []string{"text", "new"}) {
			t.Errorf("got columns %q", got)
		}
		tabletest.Fill(t, src, src.Name(), []string{"text"}, func(table.Row) []any { return []any{"a,b;c\td|e\nf"} })
		want = append(tabletest.Grid{{"text"}}, slices.Repeat(tabletest.Grid{{"a,b;c\td|e\nf"}}, len(want)-1)...)
		tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, src.Name())), want)
	}
	src, err := tabletest.OpenText(t, "in.csv", "text\nx;y\n\"a, b\",,\nc\td\n")
	if err != nil {
		t.Fatal(err)
	}
	tabletest.WantReadAgain(t, src, tabletest.Grid{{"text"}, {"x;y"}, {"\"a, b\",,"}, {"c\td"}})
}

// A file that a spreadsheet program has open is not overwritten.
func TestOpenElsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range formatCases {
		if c.format == table.JSONL {
			continue
		}
		for _, mark := range []string{"~$in", ".~lock.in"} {
			name := c.sample(t)
			end := map[bool]string{true: "#", false: ""}[mark[0] == '.']
			tabletest.Write(t, filepath.Join(filepath.Dir(name), mark+c.ext+end), "")
			src := tabletest.Open(t, name)
			_, err := src.Sink(name, "completion")
			tabletest.WantError(t, err)
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
