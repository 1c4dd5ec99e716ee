package jobfile

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// texts are hard to write in YAML.
var texts = []string{
	"plain", "Тональность отзыва", "a: b", "a #b", "- a", "? a", "*a", "&a", "!a", "{a}", "[a]", "{{Отзыв}}", "'a'", `"a"`, `a\b`, "a\tb", " a", "a ",
	"true", "yes", "null", "~", "", "010", "0x1F", "1e5", "1.50", ".inf", "2026-12-24", "12:30:45", "<<", "=", "a\nb", "a\n\nb\n", "\na", "  a\nb", "a \nb",
	"a\n\tb", "a\r\nb", "a\n  b\n c", "# a\nb", "--- \nb", "…\u2028b", "a\u0085b", "😀\n😀", "a\x00b", "\ufeffa", "%a", "@a", "`a`", "a:", ":a", "-", "a\n",
	"Определи тональность отзыва.\n\nОтзыв: {{Отзыв}}\n  - раз: «да»\n# не заметка", strings.Repeat("слово и слово ", 50) + "конец",
}

// Each text comes back as it was: in a key, a list, a column and an object.
func TestWrite(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		key := text
		if len(key) > 100 || strings.ContainsAny(key, "\n\u0085") {
			key = "key"
		}
		var encoded bytes.Buffer
		e := json.NewEncoder(&encoded)
		e.SetEscapeHTML(false)
		err := e.Encode(map[string]any{"type": "object", "properties": map[string]any{key: map[string]any{"description": text, "enum": []string{text}}}})
		object := bytes.TrimSpace(encoded.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		f := &File{Name: "q.job.yaml", Entries: []Entry{
			{Name: "input", Values: []string{"q.csv"}}, {Name: "prompt", Values: []string{text}}, {Name: "choices", Values: []string{text, "b"}, Listed: true},
		}, Columns: []Column{{Entries: []Entry{{Name: "name", Values: []string{"c"}}, {Name: "system", Values: []string{text}}}}}}
		if text == "" || text == "null" || text == "~" {
			f.Entries = append(f.Entries[:1], f.Entries[2:]...)
			f.Columns[0].Entries = f.Columns[0].Entries[:1]
		}
		if text == "a\x00b" || text == "…\u2028b" {
			object = nil // JSON escapes these, and what is read back is compared as bytes
		}
		if object != nil {
			f.Entries = append(f.Entries, Entry{Name: "schema", Object: object})
		}
		got, err := Write("the page wrote this\nfile", f)
		if err != nil {
			t.Errorf("%q: %v\n%s", text, err, got)
		}
		if !strings.HasPrefix(string(got), "# the page wrote this file\n") {
			t.Errorf("%q: the first line is no note: %q", text, got)
		}
	}
}

// A prompt of several lines is a block that a person can read, and numbers are numbers.
func TestWriteForPeople(t *testing.T) {
	t.Parallel()
	got, err := Write("note", &File{Name: "q.job.yaml", Entries: []Entry{
		{Name: "input", Values: []string{"отзывы 2026.xlsx"}}, {Name: "prompt", Values: []string{"Отзыв: {{Отзыв}}\n\nОтветь: да или нет."}},
		{Name: "temperature", Values: []string{"0.5"}}, {Name: "in_place", Values: []string{"true"}},
		{Name: "choices", Values: []string{"да", "нет", "5"}, Listed: true},
		{Name: "schema", Object: json.RawMessage(`{"type":"object","properties":{"город":{"type":"string","maxLength":20},"n":{"type":["integer","null"]}},"required":[]}`)},
	}})
	want := `# note
input: отзывы 2026.xlsx
prompt: |-
  Отзыв: {{Отзыв}}

  Ответь: да или нет.
temperature: 0.5
in_place: true
choices:
  - да
  - нет
  - "5"
schema:
  type: object
  properties:
    город:
      type: string
      maxLength: 20
    n:
      type:
        - integer
        - "null"
  required: []
`
	if err != nil || string(got) != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
}

// What cannot be read back is refused, and never written differently.
func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	if _, err := Write("", &File{Name: "q.job.yaml", Entries: []Entry{{Name: "prompt", Values: []string{"a\xffb"}}}}); err == nil {
		t.Error("a text that is not UTF-8 was written")
	}
}
