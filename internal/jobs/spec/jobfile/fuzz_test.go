package jobfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzRead looks for panics, for errors of other types, and for files that change when they are written and read again.
func FuzzRead(f *testing.F) {
	for _, text := range seeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read("job.yaml", data, testSpec())
		if err != nil {
			checkError(t, err)
			return
		}
		text := writeFile(file, testSpec())
		if len(text) > maxBytes {
			return
		}
		again, err := Read("job.yaml", []byte(text), testSpec())
		if err != nil {
			t.Fatalf("%q was read and written as %s, which is not read: %v", data, text, err)
		}
		if diff := cmp.Diff(file, again, withoutPlaces); diff != "" {
			t.Errorf("%q was read and written as %s, which is something else:\n%s", data, text, diff)
		}
	})
}

func checkError(t *testing.T, err error) {
	var e *Error
	if !errors.As(err, &e) || e.Name != "job.yaml" || e.Line < 0 || e.Col < 0 || (e.Line == 0) != (e.Col == 0) {
		t.Errorf("got %#v, want an *Error with a place or none", err)
	}
	if !utf8.ValidString(err.Error()) || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is no line of text: %q", err)
	}
}

// writeFile writes a file as JSON, which is also YAML.
func writeFile(f *File, spec Spec) string {
	parts := writeEntries(f.Entries, spec.Keys)
	if len(f.Columns) > 0 {
		var columns []string
		for _, c := range f.Columns {
			columns = append(columns, "{"+strings.Join(writeEntries(c.Entries, spec.ColumnKeys), ", ")+"}")
		}
		parts = append(parts, `"columns": [`+strings.Join(columns, ", ")+"]")
	}
	var b strings.Builder
	for _, r := range "{" + strings.Join(parts, ", ") + "}\n" {
		if noText(r) { // JSON allows it unescaped
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func writeEntries(entries []Entry, keys []Key) (parts []string) {
	for _, e := range entries {
		parts = append(parts, fmt.Sprintf("%q: %s", e.Name, writeEntry(e, find(keys, e.Name).Kind)))
	}
	return parts
}

func writeEntry(e Entry, k Kind) string {
	if e.Object != nil {
		return string(e.Object)
	}
	var values []string
	for _, v := range e.Values {
		if slices.Contains([]Kind{Integer, Number, Bool, Optional}, k) {
			values = append(values, v)
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		values = append(values, string(text))
	}
	if e.Listed {
		return "[" + strings.Join(values, ", ") + "]"
	}
	return values[0]
}

// seeds are valid and invalid files from which fuzzing starts.
var seeds = []string{
	"prompt: a\nsheet: b # c\n", "prompt: |\n  a\n\n  b\nsheet: >-\n  c\n  d\n", "prompt: |+2\n    a\n   b\n", "prompt: \"a\\tb\\u0041\\ud83d\\ude00 \\\n  c\"\n",
	"prompt: \"\\x7f\\N\\L\\ufeff\"\nschema: {a: \"\\x80\"}\n",
	"prompt: 'it''s\n\n  b'\n", "prompt: a\n  b\n\n  c\n", "where: [a, 'b, c', 5]\n", "where:\n- a\n- b\n", "schema: {a: [1.5, {b: ~}], \"c\":true}\n",
	"schema:\n  a: &x {b: 1}\n  c: *x\n  d: {<<: *x}\n  e:\n  - f: g\n    h: |\n      i\n  - - j\n", "temperature: .5\nmax-tokens: 0x1F\nin_place: TRUE\npreview: 7\n",
	"columns:\n- &a\n  name: a\n  prompt: b\n- <<: *a\n  name: c\n  schema: {}\n  choices: [x]\n", "{\"prompt\": \"a\", \"columns\": [{\"name\": \"b\"}]}",
	"prompt: {{x}}\n", "prompt: a: b\n", "prompt: \ta\n", "\ufeffprompt: a\r\n", "---\nprompt: a\n...\n", "? a\n: b\n", "prompt: !x y\n", "%YAML 1.2\n---\na: b\n",
	"schema:\n  prompt: >\n    a\n     b\n\n    c\n  b: 1\n", "prompt: a\n  - b\n", "input: ./a/../b\n", "schema: s.json\n", "timeout: 1.50\n", "prompt: *a\n", "prompt: &a\n",
}
