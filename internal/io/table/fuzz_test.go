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
)

// fuzzCopy reads a file of that content, and says whether it could be read. A copy without new columns must be the same.
func fuzzCopy(t *testing.T, base string, content []byte) (grid, bool) {
	name := filepath.Join(t.TempDir(), base)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := Open(name, Options{})
	if err != nil {
		return nil, false
	}
	if err := copyAll(src, name); err != nil {
		wantError(t, err)
		return nil, false
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("got %q, error %v, want %q", got, err, content)
	}
	g := rowsOf(t, src)
	fuzzAnswer(t, src, g)
	return g, true
}

// fuzzAnswer writes columns twice, and finds the old cells beside the new ones.
func fuzzAnswer(t *testing.T, src Source, before grid) {
	if src.Has("new") || src.Has("newer") {
		return
	}
	var files [2]string
	for i := range files {
		fill(t, src, src.Name(), []string{"new", "newer"}, func(row Row) []any { return []any{"a,\n\"", row.Index} })
		files[i] = readFile(t, src.Name())
		src = open(t, src.Name())
	}
	if files[0] != files[1] {
		t.Fatalf("got %q the second time, want %q", files[1], files[0])
	}
	for row, err := range src.Rows() {
		if got, _ := row.Value("new"); err != nil || got != "a,\n\"" {
			t.Fatalf("row %d: got %q, error %v", row.Index, got, err)
		}
		if want := before[row.Index+1]; !slices.Equal(row.Values[:len(want)], want) {
			t.Fatalf("row %d: got %q, want %q", row.Index, row.Values, want)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\r\n\"x\"\"y\n\";2", "a\tb\n\n\"\"\n", "\xEF\xBB\xBF\"a\",\"b\"\r\n1,2,3\r\n\r\n", "a\nx, y\n;\t\n", "a,\"b\"c\n\"\"\"", "a\r\n\r", "x\n\"\"\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, ok := fuzzCopy(t, "in.csv", content)
		if ok {
			compareCSV(t, content, got)
		}
	})
}

// compareCSV holds the values against those of encoding/csv, where it accepts the file and reads it with the delimiter
// that was found. It turns CRLF in cells into LF.
func compareCSV(t *testing.T, content []byte, got grid) {
	name := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, bom)))
	r.Comma = rune(open(t, name).(*csvSource).dialect.delim)
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

func FuzzJSONL(f *testing.F) {
	for _, s := range []string{`{"a":1}`, "{\"a\": \"x\\u0041\", \"b\": [1, {\"c\": null}]}\r\n\n{}\n", `{"a":{"b":{"c":1e5}},"a":true}`, "\xEF\xBB\xBF {} ", `{"":"","new ":-0.1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, ok := fuzzCopy(t, "in.jsonl", content)
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
