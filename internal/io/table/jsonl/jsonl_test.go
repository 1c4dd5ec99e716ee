package jsonl_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/jsonl"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

func TestJSONLRead(t *testing.T) {
	t.Parallel()
	text := "\xEF\xBB\xBF" + `{"id":1,"q":"a\u0041\n\"","n":null}` + "\r\n" +
		"\n  \t\n" +
		` { "q" : "é😀" , "deep" : { "x" : [ 10, {"y.z": "far"}, "s" ] , "x.0": "exact" }, "t": true } ` + "\n" +
		`{}` + "\n" +
		`{"id":2,"q":"first","q":"second","big":12345678901234567890,"e":1E5,"deep.x":"name"}`
	src, err := tabletest.OpenText(t, "in.jsonl", text)
	if err != nil {
		t.Fatal(err)
	}
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{
		{"id", "q", "n", "deep", "t", "big", "e", "deep.x"},
		{"1", "aA\n\"", "", "", "", "", "", ""},
		{"", "é😀", "", `{"x":[10,{"y.z":"far"},"s"],"x.0":"exact"}`, "true", "", "", ""},
		{"", "", "", "", "", "", "", ""},
		{"2", "second", "", "", "", "12345678901234567890", "1E5", "name"},
	})
	var lines []int
	var docs []string
	for row := range src.Rows() {
		lines = append(lines, row.Line)
		docs = append(docs, string(row.JSON()))
	}
	if want := []int{1, 4, 5, 6}; !slices.Equal(lines, want) {
		t.Errorf("got lines %v, want %v", lines, want)
	}
	if docs[2] != "{}" || !strings.HasPrefix(docs[1], `{ "q" :`) || !strings.HasSuffix(docs[1], "true }") {
		t.Errorf("got records %q", docs)
	}
	if b, err := tabletest.Copied(t, src.Name()); err != nil || string(b) != text {
		t.Errorf("got %q, error %v, want %q", b, err, text)
	}
}

// An array of objects is a table, and comes back as one, byte for byte, with the answers written as its other members are.
func TestJSONArray(t *testing.T) {
	t.Parallel()
	pretty := "\xEF\xBB\xBF[\r\n  {\r\n    \"id\": 12345678901234567890,\r\n    \"q\": \"a\\\"]}\\u0041\"\r\n  },\r\n\r\n  {},\r\n  {\"deep\": {\"x\": [1e5, {}]}}\r\n]\r\n \n"
	tests := []struct {
		text, want string
		grid       tabletest.Grid
	}{
		{`[{"a":1},{"a":"x"}]`, `[{"a":1,"n":"да"},{"a":"x","n":"да"}]`, tabletest.Grid{{"a"}, {"1"}, {"x"}}},
		{"[\n{\"a\": 1},\n{\"a\": 2}\n]\n", "[\n{\"a\": 1, \"n\": \"да\"},\n{\"a\": 2, \"n\": \"да\"}\n]\n", tabletest.Grid{{"a"}, {"1"}, {"2"}}},
		{pretty, "\xEF\xBB\xBF[\r\n  {\r\n    \"id\": 12345678901234567890,\r\n    \"q\": \"a\\\"]}\\u0041\",\r\n    \"n\": \"да\"\r\n  },\r\n\r\n  {\"n\":\"да\"},\r\n" +
			"  {\"deep\": {\"x\": [1e5, {}]}, \"n\": \"да\"}\r\n]\r\n \n",
			tabletest.Grid{{"id", "q", "deep"}, {"12345678901234567890", `a"]}A`, ""}, {"", "", ""}, {"", "", `{"x":[1e5,{}]}`}}},
	}
	for _, tt := range tests {
		src, err := tabletest.OpenText(t, "in.json", tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		tabletest.Want(t, tabletest.Rows(t, src), tt.grid)
		tabletest.WantSame(t, src)
		n := 0
		for row := range src.Rows() {
			if n++; row.Line != n {
				t.Errorf("%q: object %d is row %d", tt.text, n, row.Line)
			}
		}
		for _, dst := range []string{"out.json", "in.json"} {
			dst = filepath.Join(filepath.Dir(src.Name()), dst)
			tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{"да"} })
			if got := tabletest.Read(t, dst); got != tt.want {
				t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
			}
		}
		// The answers are found again.
		again := tabletest.Open(t, src.Name())
		tabletest.Fill(t, again, src.Name(), []string{"n"}, func(table.Row) []any { return []any{"нет"} })
		if got, want := tabletest.Read(t, src.Name()), strings.ReplaceAll(tt.want, "да", "нет"); got != want {
			t.Errorf("%q: got %q, want %q", tt.text, got, want)
		}
	}
}

// The extension of an output decides between lines and an array.
func TestJSONFrames(t *testing.T) {
	t.Parallel()
	const lines, array = "{\"a\":1,\"b\":[1.50]}\n\n{ }\n", "[\n  {\n    \"a\": 1,\n    \"b\": [1.50]\n  },\n  { }\n]\n"
	tests := []struct{ in, text, out, want string }{
		{"in.jsonl", lines, "out.json", "[\n{\"a\":1,\"b\":[1.50],\"n\":2},\n{\"n\":2 }\n]\n"},
		{"in.json", array, "out.jsonl", "{\"a\":1,\"b\":[1.50],\"n\":2}\n{\"n\":2}\n"},
		{"in.json", array, "out.ndjson", "{\"a\":1,\"b\":[1.50],\"n\":2}\n{\"n\":2}\n"},
		{"in.json", lines, "out.json", "{\"a\":1,\"b\":[1.50],\"n\":2}\n\n{\"n\":2 }\n"},
		{"in.jsonl", "{\"a\":1}\n{\"a\":", "out.json", "[\n{\"a\":1,\"n\":2}\n]\n"},
		{"in.csv", "a,b\n1,x\n", "out.json", "[\n{\"a\":\"1\",\"b\":\"x\",\"n\":2}\n]\n"},
		{"in.csv", "a,b\n", "out.json", "[]\n"},
		{"in.json", array, "out.csv", "a,b,n\n1,[1.50],2\n,,2\n"},
	}
	for _, tt := range tests {
		src, err := tabletest.OpenText(t, tt.in, tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		dst := filepath.Join(filepath.Dir(src.Name()), tt.out)
		tabletest.Fill(t, src, dst, []string{"n"}, func(table.Row) []any { return []any{2} })
		if got := tabletest.Read(t, dst); got != tt.want {
			t.Errorf("%s to %s: got %q, want %q", tt.in, tt.out, got, tt.want)
		}
	}
}

func TestJSONLPaths(t *testing.T) {
	t.Parallel()
	src, err := tabletest.OpenText(t, "in.jsonl", `{"a":1}`+"\n"+
		`{"a":{"b":{"c":"deep"},"l":[1,[2,{"x":"in"}],null],"p.q":"dotted","p":{"q":"nested"}},"k":"","m.n":{"o":"longest"}}`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path, want string
		ok         bool
	}{
		{"a.b.c", "deep", true}, {"a.b", `{"c":"deep"}`, true}, {"a.l.0", "1", true}, {"a.l.1.1.x", "in", true}, {"a.l.2", "", true},
		{"a.p.q", "dotted", true}, {"k", "", true}, {"m.n.o", "longest", true},
		{"a.l.3", "", false}, {"a.l.-1", "", false}, {"a.l.x", "", false}, {"a.b.c.d", "", false}, {"a.", "", false}, {".a", "", false},
		{"b", "", false}, {"", "", false}, {"a..b", "", false},
	}
	for _, tt := range tests {
		if got := src.Has(tt.path); got != tt.ok {
			t.Errorf("%s: got Has %v, want %v", tt.path, got, tt.ok)
		}
		for row := range src.Rows() {
			got, ok := row.Value(tt.path)
			if row.Index == 1 && (got != tt.want || ok != tt.ok) {
				t.Errorf("%s: got %q, %v, want %q, %v", tt.path, got, ok, tt.want, tt.ok)
			}
		}
	}
}

func TestJSONLErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want, hint string }{
		{"{\"a\":1}\n\n{\"a\":}\n", "in.jsonl:3: invalid JSON: invalid character '}' looking for beginning of value", ""},
		{"{\"a\":1}\n{\"a\":2]", "in.jsonl:2: invalid JSON: invalid character ']' after object key:value pair", ""},
		{"{\"a\":1}\n{\"a\":2\n", "in.jsonl:2: invalid JSON: unexpected end of JSON input", ""},
		{"{\"a\":2", "in.jsonl:1: invalid JSON: unexpected end of JSON input", ""},
		{"{\n  \"a\": 1\n}\n", "in.jsonl:1: invalid JSON: unexpected end of JSON input", "one object per line"},
		{"[\n{\"a\":1}\n,\n7]", "in.jsonl:4: an element of the array is not an object", "array"},
		{"[\"a\"]", "in.jsonl:1: an element of the array is not an object", "array"},
		{"[\n{\"a\":1}\n{\"a\":2}]", "in.jsonl:3: a comma or the closing bracket of the array is missing here", "array"},
		{"[{\"a\":1},]", "in.jsonl:1: an element of the array is not an object", "array"},
		{"[\n{\"a\":1},\n{\"a\":2}\n", "in.jsonl:4: the file ends before the array does", "array"},
		{"[\n{\"a\":1},\n{\"a\":\"x", "in.jsonl:3: the file ends before the array does", "array"},
		{"[\n{\"a\":1},\n{\"a\":}]", "in.jsonl:3: invalid JSON: invalid character '}' looking for beginning of value", "array"},
		{"[{\"a\":1}]\n{\"a\":2}\n", "in.jsonl:2: something follows the end of the array", "array"},
		{"[{\"a\":\"\xEF\xF0\"}]\n", "in.jsonl:1: byte 0xEF is not valid UTF-8", "UTF-8"},
		{"[]\n", "in.jsonl: the file is empty", ""},
		{"[", "in.jsonl:1: the file ends before the array does", ""},
		{"{\"a\":1}\n[1]\n", "in.jsonl:2: the line is not a JSON object", "object"},
		{"\"text\"\n", "in.jsonl:1: the line is not a JSON object", "object"},
		{"{\"a\":1} {\"a\":2}\n", "in.jsonl:1: invalid JSON: invalid character '{' after top-level value", ""},
		{"{\"a\":\"\xEF\xF0\"}\n", "in.jsonl:1: byte 0xEF is not valid UTF-8", "UTF-8"},
		{"{\x00", "in.jsonl:1: the text contains a NUL byte", "UTF-8"},
		{"\xFF\xFE{\x00", "in.jsonl:1: the file is encoded in UTF-16", "UTF-8"},
		{"{\"a\":1}\r{\"a\":2}\r", "in.jsonl:1: invalid JSON: invalid character '{' after top-level value", "LF or CRLF"},
		{"", "in.jsonl: the file is empty", "JSON object"},
		{" \n\r\n", "in.jsonl: the file is empty", ""},
	}
	if _, err := tabletest.OpenText(t, "in.json", "a,b\n1,2\n"); err == nil || !strings.Contains(err.(*table.Error).Hint.String(), "array of objects") {
		t.Errorf("got %v, want a hint about arrays", err)
	}
	for _, tt := range tests {
		_, err := tabletest.OpenText(t, "in.jsonl", tt.text)
		var e *table.Error
		if !errors.As(err, &e) || !strings.HasSuffix(e.Error(), tt.want) || !strings.Contains(e.Hint.String(), tt.hint) {
			t.Errorf("%q: got %v, want %s (hint with %s)", tt.text, err, tt.want, tt.hint)
		}
	}
}

// A program is still writing the last line.
func TestJSONLLastLineIsIncomplete(t *testing.T) {
	t.Parallel()
	for _, rest := range []string{"{", "{\"a\"", "{\"a\":\"\xD0", " {\"b\": [1, {}", "\n{\"a\":2"} {
		src, err := tabletest.OpenText(t, "in.jsonl", "{\"a\":1}\n"+rest)
		if err != nil {
			t.Errorf("%q: %v", rest, err)
			continue
		}
		rows := 0
		for _, err := range src.Rows() {
			if rows++; err != nil {
				t.Errorf("%q: %v", rest, err)
			}
		}
		if torn := src.(table.Torn).Torn(); rows != 1 || torn == nil || torn.Line < 2 {
			t.Errorf("%q: %d rows, incomplete %v", rest, rows, torn)
		}
	}
}

func TestJSONLWrite(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{`{"a":1}` + "\n", `{"a":1,"x":"<é> \"\n\u2028","y":7}` + "\n"},
		{`{}`, `{"x":"<é> \"\n\u2028","y":7}`},
		{" {  } \r\n", ` {"x":"<é> \"\n\u2028","y":7  } ` + "\r\n"},
		{`{"a": 1, "b": [1, 2] }` + "\r\n\n", `{"a": 1, "b": [1, 2], "x": "<é> \"\n\u2028", "y": 7 }` + "\r\n\n"},
		{`{"x":null,"a":1}`, `{"x":"<é> \"\n\u2028","a":1,"y":7}`},
		{`{"y":{"deep":1},"a":2,"x":[]}`, `{"y":7,"a":2,"x":"<é> \"\n\u2028"}`},
		{`{"\u0078":1}`, `{"\u0078":"<é> \"\n\u2028","y":7}`},
		{`{"x":1,"x":2}`, `{"x":1,"x":"<é> \"\n\u2028","y":7}`},
	}
	for _, tt := range tests {
		src, err := tabletest.OpenText(t, "in.jsonl", tt.text)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			tabletest.Fill(t, src, src.Name(), []string{"x", "y"}, func(table.Row) []any { return []any{"<é> \"\n\u2028", 7} })
			if got := tabletest.Read(t, src.Name()); got != tt.want {
				t.Fatalf("%q: got %q, want %q", tt.text, got, tt.want)
			}
			src = tabletest.Open(t, src.Name())
		}
	}
}

func TestJSONCells(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cell any
		want string
	}{
		{nil, "null"}, {"", `""`}, {3, "3"}, {int64(-4), "-4"}, {0.5, "0.5"}, {math.NaN(), "null"}, {math.Inf(1), "null"}, {false, "false"},
		{time.Date(2026, 11, 22, 9, 40, 0, 0, time.UTC), `"2026-11-22T09:40:00Z"`},
		{"\x00\x1f\t\r\\/", `"\u0000\u001f\t\r\\/"`}, {"a\xFFb", `"a\ufffdb"`}, {"&<>", `"&<>"`}, {"\uFFFD", "\"\uFFFD\""},
	}
	for _, tt := range tests {
		if got := string(jsonl.AppendValue(nil, tt.cell)); got != tt.want {
			t.Errorf("%#v: got %s, want %s", tt.cell, got, tt.want)
		}
	}
}

func TestJSONLManyKeys(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range table.MaxColumns + 1 {
		text.WriteString(`{"k` + strings.Repeat("x", i%7) + string(rune('0'+i/7%10)) + string(rune(0x4E00+i)) + `":1}` + "\n")
	}
	name := filepath.Join(t.TempDir(), "in.jsonl")
	tabletest.Write(t, name, text.String())
	_, err := open.Open(name, table.Options{})
	tabletest.WantError(t, err)
}

// A name that is a column of some rows is a path in the rows that lack the column.
func TestJSONLExactNameBeatsPathInEachRow(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.jsonl")
	text := `{"a.b":"exact","a":{"b":"path"}}` + "\n" + `{"a":{"b":"path"}}` + "\n" + `{"a.b":null,"a":{"b":"path"}}` + "\n" + `{"c":1}` + "\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := open.Open(name, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var got []string
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		v, _ := row.Value("a.b")
		got = append(got, v)
	}
	if want := []string{"exact", "path", "", ""}; !slices.Equal(got, want) {
		t.Errorf("a.b in each row: got %q, want %q", got, want)
	}
}

func TestDateCell(t *testing.T) {
	t.Parallel()
	d := tabletest.Day(2026, 3, 4)
	if got := table.CellText(d); got != "2026-03-04" {
		t.Errorf("got %q", got)
	}
	if got := string(jsonl.AppendValue(nil, d)); got != `"2026-03-04"` {
		t.Errorf("got %s", got)
	}
	if got := fmt.Sprint(d); got != "2026-03-04" {
		t.Errorf("got %q", got)
	}
}
