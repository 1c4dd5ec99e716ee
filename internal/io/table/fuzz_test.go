package table

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/csv"
)

// The sinks end in a sync of the disk, which is too slow here, so their records are put together in memory.

// fuzzFile reads a file of that content, and says whether it could be read. A copy without new columns must be the same,
// and one with them must hold the old cells beside the new ones.
func fuzzFile(t *testing.T, name string, content []byte) (grid, bool) {
	src, err := fuzzOpen(t, name, content, nil)
	if err != nil {
		return nil, false
	}
	if got, err := memCopy(src, nil); err != nil {
		wantError(t, err)
		return nil, false
	} else if !bytes.Equal(got, content) {
		t.Fatalf("got %q, want %q", got, content)
	}
	before := rowsOf(t, src)
	if !src.Has("new") && !src.Has("newer") {
		fuzzAnswer(t, src, name, before)
	}
	return before, true
}

// fuzzAnswer writes columns twice, and finds the old cells beside the new ones.
func fuzzAnswer(t *testing.T, src Source, name string, before grid) {
	columns := []string{"new", "newer"}
	cells := []any{"a,\n\"", 7}
	once, err := memCopy(src, columns, cells...)
	if errors.Is(err, ErrEncoding) {
		cells = []any{"a", 7}
		once, err = memCopy(src, columns, cells...)
	}
	if s, ok := src.(*csvSource); ok && (s.headless || s.dialect.Whole) {
		return // the columns have no names to be found by, or no place
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := fuzzOpen(t, name, once, src.Found()) // as a second run does
	if err != nil {
		t.Fatalf("%q: got %v", once, err)
	}
	if twice, err := memCopy(again, columns, cells...); err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("got %q the second time, error %v, want %q", twice, err, once)
	}
	for row, err := range again.Rows() {
		if got, _ := row.Value("new"); err != nil || got != cells[0] {
			t.Fatalf("row %d: got %q, error %v", row.Index, got, err)
		}
		if want := before[row.Index+1]; !slices.Equal(row.Values[:len(want)], want) {
			t.Fatalf("row %d: got %q, want %q", row.Index, row.Values, want)
		}
	}
}

func fuzzOpen(t *testing.T, name string, content []byte, found []Found) (Source, error) {
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(name, Options{Found: found})
}

// memCopy is what a sink of the same format would write.
func memCopy(src Source, columns []string, cells ...any) ([]byte, error) {
	switch s := src.(type) {
	case *csvSource:
		return memCSV(s, columns, cells)
	default:
		j := src.(*jsonlSource)
		c := &jsonlCopy{source: j, columns: columns}
		var b []byte
		if j.bom {
			b = append(b, charset.BOM...)
		}
		err := eachRow(j, func(row Row) { b = c.appendRecord(b, row.rec.(*jsonRecord), cells) })
		return append(b, j.last.tail...), err
	}
}

func memCSV(s *csvSource, columns []string, cells []any) ([]byte, error) {
	return memAnswers(s, columns, func(Row) []any { return cells })
}

// memAnswers is a copy with cells of their own for each row.
func memAnswers(s *csvSource, columns []string, cells func(Row) []any) ([]byte, error) {
	l, err := s.layoutFor(columns)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	c := newCSVCopy(s, l)
	top, err := c.top(columns)
	if err != nil {
		return nil, err
	}
	w := charset.NewWriter(&out, s.dialect.Encoding)
	_, err = w.Write(top)
	err2 := eachRow(s, func(row Row) {
		if e := c.setCells(cells(row)); e != nil {
			err = e
			return
		}
		_, e := w.Write(c.appendRecord(nil, row.rec.(*csvRow).Record))
		err = errors.Join(err, e)
	})
	_, err3 := w.Write(s.last.tail)
	return out.Bytes(), errors.Join(err, err2, err3)
}

func eachRow(src Source, do func(Row)) error {
	for row, err := range src.Rows() {
		if err != nil {
			return err
		}
		do(row)
	}
	return nil
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\r\n\"x\"\"y\n\";2", "a\tb\n\n\"\"\n", "\xEF\xBB\xBF\"a\",\"b\"\r\n1,2,3\r\n\r\n", "a\nx, y\n;\t\n", "a,\"b\"c\n\"\"\"", "a\r\n\r", "x\n\"\"\n",
		"a,b\r1,2\r\r\"x\ry\",3", "\xFF\xFEa\x00;\x00b\x00\n\x001\x00;\x00\x00\xD8\n", "\xC8\xEC\xFF;\xC3\xEE\xF0\xEE\xE4\r\n\xC0;\xCE\xEC\xF1\xEA\r\n", "sep=;\r\na;b\r\n1;2\r\n", "Title\n\na,b,c\nx,y,z\n",
		"a,b\n1,\"x\n2,\"y\"\n3,z\n", "a;b\n1;\"x \\\"y\\\"\"\n", "'a','b'\n'1','2'\n'3','4'\n", "a\tb\n\"x y\t1\n\"z\" w\t2\n\"q\" r\t3\n", "1,x\n2,y\n3,z\n", "a\nb,c\nd;e\nf\tg\nh|i\n"} {
		f.Add([]byte(s))
	}
	name := filepath.Join(f.TempDir(), "in.csv")
	f.Fuzz(func(t *testing.T, content []byte) {
		got, ok := fuzzFile(t, name, content)
		if ok {
			compareCSV(t, name, content, got)
			for _, y := range []csv.Syntax{{Delim: ',', Quote: '"'}, {Delim: ',', Quote: '"', CR: true}, {Delim: ';', Quote: '\'', Escape: true}, {Quote: '"', Whole: true}} {
				compareBorders(t, content, y)
			}
		} else {
			mayRefuse(t, name, content)
		}
	})
}

// mayRefuse wants a refused file to be empty, or no text table.
func mayRefuse(t *testing.T, name string, content []byte) {
	_, err := Open(name, Options{})
	var e *Error
	if !errors.As(err, &e) || e.Msg != "empty file" && !bytes.HasPrefix(content, magicZip) && !bytes.HasPrefix(content, magicOLE) {
		t.Fatalf("%q was refused: %v", content, err)
	}
	if e.Msg == "empty file" && len(bytes.Trim(content, "\xFF\xFE\xEF\xBB\xBF\r\n\x00")) > 0 && !bytes.Contains(content, []byte("=")) {
		t.Fatalf("%q is not empty", content)
	}
}

// compareCSV holds the values against those of encoding/csv, where it accepts the file and reads it with the delimiter
// that was found. It turns CRLF in cells into LF.
func compareCSV(t *testing.T, name string, content []byte, got grid) {
	src, err := fuzzOpen(t, name, content, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := src.(*csvSource)
	d := s.dialect
	if d.Quote != '"' || d.Escape || d.CR || d.Whole || d.Encoding != charset.UTF8 || !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return
	}
	if s.headless {
		got = got[1:]
	}
	r := stdcsv.NewReader(bytes.NewReader(content[len(s.before):]))
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

// compareBorders finds the same records when the file comes a byte at a time.
func compareBorders(t *testing.T, content []byte, y csv.Syntax) {
	whole := csv.NewScanner(bytes.NewReader(content), 0, y)
	parts := csv.NewScanner(iotest.OneByteReader(bytes.NewReader(content)), 0, y)
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

func FuzzJSONL(f *testing.F) {
	for _, s := range []string{`{"a":1}`, "{\"a\": \"x\\u0041\", \"b\": [1, {\"c\": null}]}\r\n\n{}\n", `{"a":{"b":{"c":1e5}},"a":true}`, "\xEF\xBB\xBF {} ", `{"":"","new ":-0.1}`} {
		f.Add([]byte(s))
	}
	name := filepath.Join(f.TempDir(), "in.jsonl")
	f.Fuzz(func(t *testing.T, content []byte) {
		got, ok := fuzzFile(t, name, content)
		if ok {
			compareJSON(t, content, got)
		}
	})
}

// compareJSON holds the strings against those of encoding/json.
func compareJSON(t *testing.T, content []byte, got grid) {
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(content, []byte(charset.BOM))) {
		var want map[string]any
		if len(trimSpace(line)) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatalf("%q: read, but %v", line, err)
		}
		n++
		for i, c := range got[0] {
			if s, ok := want[c].(string); ok && got[n][i] != s {
				t.Fatalf("%q: got %q, want %q", line, got[n][i], s)
			}
		}
	}
}
