package jsonl_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/jsonl"
	"gigabatch/internal/io/table/tabletest"
)

func FuzzJSONL(f *testing.F) {
	for _, s := range []string{`{"a":1}`, "{\"a\": \"x\\u0041\", \"b\": [1, {\"c\": null}]}\r\n\n{}\n", `{"a":{"b":{"c":1e5}},"a":true}`, "\xEF\xBB\xBF {} ", `{"":"","new ":-0.1}`,
		`[{"a":1}]`, "\xEF\xBB\xBF [\n  {\n    \"a\": \"x]\\\"}\"\n  },\r\n\t{} , {\"a\":[{}]}\n]\n\n", `[{"a":1},]`, `[{"a":1}`, "{\"a\":1}\n{", "{\"a\":1}\n{\"b\":2}\n"} {
		f.Add([]byte(s))
	}
	name := filepath.Join(f.TempDir(), "in.jsonl")
	f.Fuzz(func(t *testing.T, content []byte) {
		got, ok := tabletest.Fuzz(t, name, content, jsonl.MemCopy, func(table.Source) bool { return false })
		if ok {
			compareJSON(t, content, got)
		}
	})
}

// compareJSON compares the strings with those of encoding/json.
func compareJSON(t *testing.T, content []byte, got tabletest.Grid) {
	n := 0
	var array []map[string]any
	if bytes.HasPrefix(jsonl.TrimSpace(bytes.TrimPrefix(content, []byte(charset.BOM))), []byte("[")) {
		if err := json.Unmarshal(bytes.TrimPrefix(content, []byte(charset.BOM)), &array); err != nil || len(array) != len(got)-1 {
			t.Fatalf("%q: read %d objects, but %v", content, len(got)-1, err)
		}
		for n, want := range array {
			for i, c := range got[0] {
				if s, ok := want[c].(string); ok && got[n+1][i] != s {
					t.Fatalf("%q: got %q, want %q", content, got[n+1][i], s)
				}
			}
		}
		return
	}
	for line := range bytes.Lines(bytes.TrimPrefix(content, []byte(charset.BOM))) {
		var want map[string]any
		if len(jsonl.TrimSpace(line)) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &want); err != nil {
			if n == len(got)-1 && line[len(line)-1] != '\n' && err.Error() == "unexpected end of JSON input" {
				return // a program is still writing the last line, which is left out
			}
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
