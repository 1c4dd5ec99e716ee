package table

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// openText opens a file of that content.
func openText(t *testing.T, base, text string) (Source, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), base)
	writeFile(t, name, text)
	return Open(name, Options{})
}

func TestCSVRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       grid
		lines      []int
	}{
		{"plain", "a,b\n1,2\n3,4\n", grid{{"a", "b"}, {"1", "2"}, {"3", "4"}}, []int{2, 3}},
		{"no final newline", "a,b\n1,2", grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"crlf and lf mixed", "a,b\r\n1,2\n3,4\r\n", grid{{"a", "b"}, {"1", "2"}, {"3", "4"}}, []int{2, 3}},
		{"cr at the end", "a,b\r\n1,2\r", grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"bom", "\xEF\xBB\xBFa,b\n1,2\n", grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"bom and quote", "\xEF\xBB\xBF\"a\",b\n1,2\n", grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"semicolon", "a;b\n1,5;x\n", grid{{"a", "b"}, {"1,5", "x"}}, []int{2}},
		{"semicolon, more commas", "name;text\nq;a, b, c\nr;d, e, f\n", grid{{"name", "text"}, {"q", "a, b, c"}, {"r", "d, e, f"}}, []int{2, 3}},
		{"comma in a name", "id;name, full;x\n1;2;3\n", grid{{"id", "name, full", "x"}, {"1", "2", "3"}}, []int{2}},
		{"tab", "a\tb\n1\t2\n", grid{{"a", "b"}, {"1", "2"}}, []int{2}},
		{"delimiters in quotes do not count", "\"a;b;c\",\"d;e\"\n1,2\n", grid{{"a;b;c", "d;e"}, {"1", "2"}}, []int{2}},
		{"quoted lines", "a,b\n\"x\ny\r\nz\",2\n3,4\n", grid{{"a", "b"}, {"x\ny\r\nz", "2"}, {"3", "4"}}, []int{2, 5}},
		{"doubled quotes", "a,b\n\"x \"\"y\"\"\",\"\"\"\"\n\"\",\"\"\"\"\"\"\n", grid{{"a", "b"}, {`x "y"`, `"`}, {"", `""`}}, []int{2, 3}},
		{"quotes inside", "a,b\nx \"y\" z,5\" pipe\n", grid{{"a", "b"}, {`x "y" z`, `5" pipe`}}, []int{2}},
		{"text after a quote", "a,b\n\"x\" y,\"p\"\"q\"r\"s\n", grid{{"a", "b"}, {"x y", `p"qr"s`}}, []int{2}},
		{"space before a quote", "a,b\n1, \"2\"\n", grid{{"a", "b"}, {"1", ` "2"`}}, []int{2}},
		{"short and long rows", "a,b,c\n1\n1,2,3,4\n", grid{{"a", "b", "c"}, {"1", "", ""}, {"1", "2", "3"}}, []int{2, 3}},
		{"blank lines", "\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n", grid{{"a", "b"}, {"1", "2"}, {"3", "4"}}, []int{5, 8}},
		{"empty cells are a row", "a,b\n,\n\"\"\n", grid{{"a", "b"}, {"", ""}, {"", ""}}, []int{2, 3}},
		{"header only", "a,b", grid{{"a", "b"}}, nil},
		{"one column", "a\nx\ny\n", grid{{"a"}, {"x"}, {"y"}}, []int{2, 3}},
		{"one column of texts with commas", "prompt\nHello, you\nOne, two, three; four\n", grid{{"prompt"}, {"Hello, you"}, {"One, two, three; four"}}, []int{2, 3}},
		{"one column, quoted", "prompt\n\"Hello, you\"\n", grid{{"prompt"}, {"Hello, you"}}, []int{2}},
		{"a name without letters", "a,,b\n1,2,3\n", grid{{"a", "", "b"}, {"1", "2", "3"}}, []int{2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src, err := openText(t, "in.csv", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			wantGrid(t, rowsOf(t, src), tt.want)
			var lines []int
			for row := range src.Rows() {
				lines = append(lines, row.Line)
			}
			if !slices.Equal(lines, tt.lines) {
				t.Errorf("%q: got lines %v, want %v", tt.text, lines, tt.lines)
			}
			got, err := copied(t, src.Name())
			if err != nil || string(got) != tt.text {
				t.Errorf("got %q, error %v, want %q", got, err, tt.text)
			}
		})
	}
}

func TestCSVErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want, hint string }{
		{"a|b|c\n1|2|3\n", `in.csv:1: there is one column, but its header holds "|"`, `is the delimiter "|"?`},
		{"\"a;b\"\n\"1;2\"\n", `in.csv:1: there is one column, but its header holds ";"`, `";"`},
		{"\"a\tb\"\n", "in.csv:1: there is one column, but its header holds a tab", "a tab"},
		{"a,b\r1,2\r", "in.csv:1: the lines end with CR alone", "LF"},
		{"a,b\n1,2\n\n3,\"x\n4,5\n", "in.csv:4: a quote is opened here and never closed", "close"},
		{"a,b\n\"x\ny\",\"z\n", "in.csv:3: a quote is opened here and never closed", "close"},
		{"\"a\n", "in.csv:1: a quote is opened here and never closed", "close"},
		{"a,b\n1,2\n\"x\n\xEF\xF0\xE8\",4\n", "in.csv:4: the byte 0xEF is not UTF-8", "UTF-8"},
		{"\xEF\xF0,b\n1,2\n", "in.csv:1: the byte 0xEF is not UTF-8", "UTF-8"},
		{"a,b\n1,x\x00y\n", "in.csv:2: a NUL byte stands in the text", "UTF-8"},
		{"\xFF\xFEa\x00,\x00", "in.csv:1: the file is UTF-16", "UTF-8"},
		{"\xFE\xFF\x00a\x00,", "in.csv:1: the file is UTF-16", "UTF-8"},
		{"a\x00,\x00b\x00", "in.csv:1: the file is UTF-16", "UTF-8"},
		{"", "in.csv: empty file", ""},
		{"\n\r\n\n", "in.csv: empty file", ""},
		{"\xEF\xBB\xBF", "in.csv: empty file", ""},
		{"PK\x03\x04zip", "in.csv: is a workbook or an archive, not CSV", ".xlsx"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			src, err := openText(t, "in.csv", tt.text)
			if err == nil {
				err = copyAll(src, filepath.Join(t.TempDir(), "out.csv"))
			}
			var e *Error
			if !errors.As(err, &e) || !strings.HasSuffix(e.Error(), tt.want) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("%q: got %v, want %s (hint with %s)", tt.text, err, tt.want, tt.hint)
			}
		})
	}
}

func TestCSVWrite(t *testing.T) {
	t.Parallel()
	columns := []string{"x", "y"}
	cells := func(Row) []any { return []any{`say "a"`, 7} }
	tests := []struct{ name, text, want string }{
		{"comma", "a,b\n1,2\n", "a,b,x,y\n1,2,\"say \"\"a\"\"\",7\n"},
		{"semicolon and crlf", "a;b\r\n1;2\r\n", "a;b;x;y\r\n1;2;\"say \"\"a\"\"\";7\r\n"},
		{"no final newline", "a,b\n1,2", "a,b,x,y\n1,2,\"say \"\"a\"\"\",7"},
		{"mixed line ends", "a,b\r\n1,2\n3,4\r\n", "a,b,x,y\r\n1,2,\"say \"\"a\"\"\",7\n3,4,\"say \"\"a\"\"\",7\r\n"},
		{"bom and quotes as they are", "\xEF\xBB\xBF\"a\",b\n\"1\", 2 \n", "\xEF\xBB\xBF\"a\",b,x,y\n\"1\", 2 ,\"say \"\"a\"\"\",7\n"},
		{"blank lines", "\na,b\n\n1,2\n\r\n", "\na,b,x,y\n\n1,2,\"say \"\"a\"\"\",7\n\r\n"},
		{"short row", "a,b,c\n1\n", "a,b,c,x,y\n1,,,\"say \"\"a\"\"\",7\n"},
		{"long row", "a,b\n1,2,3,4\n", "a,b,x,y\n1,2,\"say \"\"a\"\"\",7,3,4\n"},
		{"refill one", "x,b\n\"o\"\"ld\",2\n", "x,b,y\n\"say \"\"a\"\"\",2,7\n"},
		{"refill both, turned round", "a,y,b,x\n1,2,3,4\n", "a,y,b,x\n1,7,3,\"say \"\"a\"\"\"\n"},
		{"refill in a long row", "x,y\n1,2,3\n", "x,y\n\"say \"\"a\"\"\",7,3\n"},
		{"refill what a short row lacks", "a,b,y,x,c\n1\n", "a,b,y,x,c\n1,,7,\"say \"\"a\"\"\"\n"},
		{"refill a part of a short row", "a,x,y,c\n1,2\n", "a,x,y,c\n1,\"say \"\"a\"\"\",7\n"},
		{"one column with commas", "a\np, q\n", "a;x;y\np, q;\"say \"\"a\"\"\";7\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src, err := openText(t, "in.csv", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time the columns are there
				fill(t, src, src.Name(), columns, cells)
				if got := readFile(t, src.Name()); got != tt.want {
					t.Fatalf("%q: got %q, want %q", tt.text, got, tt.want)
				}
				src = open(t, src.Name())
			}
		})
	}
}

// What a text table cannot hold is replaced, so that the output can be read again.
func TestCSVCells(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cell any
		want string
	}{
		{nil, ""}, {"", ""}, {3, "3"}, {int64(-4), "-4"}, {0.1, "0.1"}, {1e21, "1000000000000000000000"}, {true, "true"},
		{"a\x00b\xFF", "a\uFFFDb\uFFFD"}, {" a", `" a"`}, {"a\rb", "\"a\rb\""}, {"a;b", "a;b"}, {"a,b", `"a,b"`}, {"é😀", "é😀"},
	}
	for _, tt := range tests {
		if got := string(appendCSV(nil, tt.cell, ',')); got != tt.want {
			t.Errorf("%#v: got %q, want %q", tt.cell, got, tt.want)
		}
	}
}

// A cell may be larger than any buffer, wherever the buffer's borders fall.
func TestCSVLargeCells(t *testing.T) {
	t.Parallel()
	for _, size := range []int{windowSize - 9, windowSize - 8, windowSize - 7, windowSize, 10 << 20} {
		long := strings.Repeat("x\n\"", size/3)
		text := "a,b\r\n" + strings.Repeat("1,2\r\n", 3) + string(appendCSV(nil, long, ',')) + "," + strings.Repeat("y", size) + "\r\nlast,row\r\n"
		src, err := openText(t, "in.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		got := rowsOf(t, src)
		if len(got) != 6 || got[4][0] != long || len(got[4][1]) != size || got[5][0] != "last" {
			t.Errorf("size %d: got %d rows", size, len(got))
		}
		if b, err := copied(t, src.Name()); err != nil || string(b) != text {
			t.Errorf("size %d: the copy differs (error %v)", size, err)
		}
	}
}

// However long the file, a reader holds its buffer and no more.
func TestCSVBorders(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("id,text\r\n")
	for i := range 40_000 {
		fmt.Fprintf(&text, "%d,\"%s\"\"\r\n\"\r\n", i, strings.Repeat("ы", i%17))
	}
	src, err := openText(t, "in.csv", text.String())
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range src.Rows() {
		want := strings.Repeat("ы", row.Index%17) + "\"\r\n"
		if err != nil || row.Values[1] != want || row.Line != 2+2*row.Index {
			t.Fatalf("row %d, line %d: got %q, error %v, want %q", row.Index, row.Line, row.Values[1], err, want)
		}
	}
	if b, err := copied(t, src.Name()); err != nil || string(b) != text.String() {
		t.Errorf("the copy differs (error %v)", err)
	}
}

// A file that was changed between the header and the rows is not read as if it had the old header.
func TestCSVChanged(t *testing.T) {
	t.Parallel()
	src, err := openText(t, "in.csv", "a,b\n1,2\n")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, src.Name(), "b,a\n1,2\n")
	for _, err := range src.Rows() {
		wantError(t, err)
	}
	if err := os.Remove(src.Name()); err != nil {
		t.Fatal(err)
	}
	for _, err := range src.Rows() {
		wantError(t, err)
	}
}
