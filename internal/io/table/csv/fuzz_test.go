package csv_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"gigabatch/internal/io/charset"
	codec "gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/csv"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/io/table/xlsx"
)

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\r\n\"x\"\"y\n\";2", "a\tb\n\n\"\"\n", "\xEF\xBB\xBF\"a\",\"b\"\r\n1,2,3\r\n\r\n", "a\nx, y\n;\t\n", "a,\"b\"c\n\"\"\"", "a\r\n\r", "x\n\"\"\n",
		"a,b\r1,2\r\r\"x\ry\",3", "\xFF\xFEa\x00;\x00b\x00\n\x001\x00;\x00\x00\xD8\n", "\xC8\xEC\xFF;\xC3\xEE\xF0\xEE\xE4\r\n\xC0;\xCE\xEC\xF1\xEA\r\n", "sep=;\r\na;b\r\n1;2\r\n", "Title\n\na,b,c\nx,y,z\n",
		"a,b\n1,\"x\n2,\"y\"\n3,z\n", "a;b\n1;\"x \\\"y\\\"\"\n", "'a','b'\n'1','2'\n'3','4'\n", "a\tb\n\"x y\t1\n\"z\" w\t2\n\"q\" r\t3\n", "1,x\n2,y\n3,z\n", "a\nb,c\nd;e\nf\tg\nh|i\n", "\xEF\xBB\xBFa,b\n1,2\n\xEF\xBB\xBFa,b\n3,4\n", "a,b,c,d\n1,2,3,4\nx,y,z,5\n", "\xba\xeb\x9fͰ"} {
		f.Add([]byte(s))
	}
	name := filepath.Join(f.TempDir(), "in.csv")
	f.Fuzz(func(t *testing.T, content []byte) {
		_, ok := tabletest.Fuzz(t, name, content, csv.MemCopy, csv.Nameless)
		if ok {
			compareCSV(t, name, content)
			for _, y := range []codec.Syntax{{Delim: ',', Quote: '"'}, {Delim: ',', Quote: '"', CR: true}, {Delim: ';', Quote: '\'', Escape: true}, {Quote: '"', Whole: true}} {
				compareBorders(t, content, y)
			}
		} else {
			mayRefuse(t, name, content)
		}
	})
}

// mayRefuse checks that a refused file is empty, in an encoding that is not detected, or not a text table.
func mayRefuse(t *testing.T, name string, content []byte) {
	_, err := open.Open(name, table.Options{})
	var e *table.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Msg.String(), "not sure about the encoding") && !utf8.Valid(content) {
		return
	}
	if !errors.As(err, &e) || e.Msg.String() != "the file is empty" && !xlsx.IsBook(content) {
		t.Fatalf("%q was refused: %v", content, err)
	}
	if e.Msg.String() == "the file is empty" && len(bytes.Trim(content, "\xFF\xFE\xEF\xBB\xBF\r\n\x00")) > 0 && !bytes.Contains(content, []byte("=")) {
		t.Fatalf("%q is not empty", content)
	}
}

// compareCSV compares the values with those of encoding/csv, if it accepts the file and reads it with the detected delimiter.
// encoding/csv converts CRLF in cells to LF, and knows no byte order mark.
func compareCSV(t *testing.T, name string, content []byte) {
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := open.Open(name, table.Options{KeepRows: "1-"})
	if err != nil {
		t.Fatal(err)
	}
	got, d := tabletest.Rows(t, src), csv.DialectOf(src)
	if bytes.Contains(content[len(csv.BeforeOf(src)):], []byte(charset.BOM)) || d.Quote != '"' || d.Escape || d.CR || d.Whole || d.Encoding != charset.UTF8 || !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return
	}
	if csv.Headless(src) {
		got = got[1:]
	}
	r := stdcsv.NewReader(bytes.NewReader(content[len(csv.BeforeOf(src)):]))
	r.Comma = rune(d.Delim)
	r.FieldsPerRecord = -1
	want, err := r.ReadAll()
	if err != nil {
		return
	}
	if len(got) != len(want) {
		t.Fatalf("%q: got %d rows, want %d", content, len(got), len(want))
	}
	for i := range got {
		for j := range got[i] {
			cell := ""
			if j < len(want[i]) {
				cell = want[i][j]
			}
			if strings.ReplaceAll(got[i][j], "\r\n", "\n") != cell {
				t.Fatalf("%q, row %d: got %q, want %q", content, i, got[i], want[i])
			}
		}
	}
}

// compareBorders checks for the same records when the file is read byte by byte.
func compareBorders(t *testing.T, content []byte, y codec.Syntax) {
	whole := codec.NewScanner(bytes.NewReader(content), 0, y)
	parts := codec.NewScanner(iotest.OneByteReader(bytes.NewReader(content)), 0, y)
	for {
		want, errWhole := whole.Next()
		got, errParts := parts.Next()
		if (errWhole == nil) != (errParts == nil) {
			t.Fatalf("%q: got error %v, want %v", content, errParts, errWhole)
		}
		if errWhole != nil {
			return
		}
		if !bytes.Equal(got.Raw, want.Raw) || !slices.Equal(got.Cells, want.Cells) || got.Line != want.Line || !slices.Equal(got.Loose, want.Loose) {
			t.Fatalf("%q: got %q %v, want %q %v", content, got.Raw, got.Cells, want.Raw, want.Cells)
		}
	}
}
