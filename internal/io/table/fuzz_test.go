package table

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// The sinks end in a sync of the disk, which is too slow here, so their records are put together in memory.

// fuzzFile reads a file of that content, and says whether it could be read. A copy without new columns must be the same,
// and one with them must hold the old cells beside the new ones.
func fuzzFile(t *testing.T, name string, content []byte) (grid, bool) {
	src, err := fuzzOpen(t, name, content)
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
	once, err := memCopy(src, columns, "a,\n\"", 7)
	if err != nil {
		t.Fatal(err)
	}
	again, err := fuzzOpen(t, name, once)
	if err != nil {
		t.Fatalf("%q: got %v", once, err)
	}
	if twice, err := memCopy(again, columns, "a,\n\"", 7); err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("got %q the second time, error %v, want %q", twice, err, once)
	}
	for row, err := range again.Rows() {
		if got, _ := row.Value("new"); err != nil || got != "a,\n\"" {
			t.Fatalf("row %d: got %q, error %v", row.Index, got, err)
		}
		if want := before[row.Index+1]; !slices.Equal(row.Values[:len(want)], want) {
			t.Fatalf("row %d: got %q, want %q", row.Index, row.Values, want)
		}
	}
}

func fuzzOpen(t *testing.T, name string, content []byte) (Source, error) {
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(name, Options{})
}

// memCopy is what a sink of the same format would write.
func memCopy(src Source, columns []string, cells ...any) ([]byte, error) {
	switch s := src.(type) {
	case *csvSource:
		l, err := s.layoutFor(columns)
		if err != nil {
			return nil, err
		}
		c := &csvCopy{source: s, layout: l}
		b := c.appendHeader(nil, columns)
		err = eachRow(s, func(row Row) { b = c.appendRecord(b, row.rec.(*csvRecord), cells, l.refill) })
		return append(b, s.last.tail...), err
	default:
		j := src.(*jsonlSource)
		c := &jsonlCopy{source: j, columns: columns}
		var b []byte
		if j.bom {
			b = append(b, bom...)
		}
		err := eachRow(j, func(row Row) { b = c.appendRecord(b, row.rec.(*jsonRecord), cells) })
		return append(b, j.last.tail...), err
	}
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
	for _, s := range []string{"a,b\n1,2\n", "a;b\r\n\"x\"\"y\n\";2", "a\tb\n\n\"\"\n", "\xEF\xBB\xBF\"a\",\"b\"\r\n1,2,3\r\n\r\n", "a\nx, y\n;\t\n", "a,\"b\"c\n\"\"\"", "a\r\n\r", "x\n\"\"\n"} {
		f.Add([]byte(s))
	}
	name := filepath.Join(f.TempDir(), "in.csv")
	f.Fuzz(func(t *testing.T, content []byte) {
		got, ok := fuzzFile(t, name, content)
		if ok {
			compareCSV(t, name, content, got)
			compareBorders(t, content)
		}
	})
}

// compareCSV holds the values against those of encoding/csv, where it accepts the file and reads it with the delimiter
// that was found. It turns CRLF in cells into LF.
func compareCSV(t *testing.T, name string, content []byte, got grid) {
	src, err := fuzzOpen(t, name, content)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, bom)))
	r.Comma = rune(src.(*csvSource).dialect.delim)
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
func compareBorders(t *testing.T, content []byte) {
	whole := newCSVScanner("", bytes.NewReader(content), 0, ',')
	parts := newCSVScanner("", iotest.OneByteReader(bytes.NewReader(content)), 0, ',')
	for {
		want, errWhole := whole.next()
		got, errParts := parts.next()
		if (errWhole == nil) != (errParts == nil) {
			t.Fatalf("%q: got error %v, want %v", content, errParts, errWhole)
		}
		if errWhole != nil {
			return
		}
		if !bytes.Equal(got.raw, want.raw) || !slices.Equal(got.cells, want.cells) || got.line != want.line {
			t.Fatalf("%q: got %q %v, want %q %v", content, got.raw, got.cells, want.raw, want.cells)
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
	for line := range bytes.Lines(bytes.TrimPrefix(content, bom)) {
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
