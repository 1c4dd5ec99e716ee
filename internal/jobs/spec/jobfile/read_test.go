package jobfile

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gigabatch/internal/messages"
)

// testSpec returns a Spec with a key of each kind.
func testSpec() Spec {
	return Spec{
		Nearest: func(mistyped string, names []string) string {
			for _, name := range names {
				if mistyped != "" && strings.HasPrefix(name, mistyped[:1]) && len(name) == len(mistyped) {
					return name
				}
			}
			return ""
		},
		Keys: []Key{
			{Name: "input", Kind: Inputs, Path: true}, {Name: "prompt", Kind: Text}, {Name: "sheet", Kind: Text}, {Name: "max_tokens", Kind: Integer},
			{Name: "temperature", Kind: Number}, {Name: "in_place", Kind: Bool}, {Name: "timeout", Kind: Duration}, {Name: "where", Kind: List},
			{Name: "schema", Kind: Object, Path: true}, {Name: "preview", Kind: Optional}, {Name: "guard", Enum: []string{"on", "off"}},
			{Name: "prompt_file", Path: true},
		},
		ColumnKeys: []Key{
			{Name: "name", Required: true, Doc: "what it is called"}, {Name: "prompt", Kind: Text}, {Name: "max_tokens", Kind: Integer},
			{Name: "schema", Kind: Object}, {Name: "choices", Kind: List, Filled: true},
		},
	}
}

// withoutPlaces compares files without the places of their entries.
var withoutPlaces = cmp.Options{cmpopts.IgnoreFields(Entry{}, "Line", "Col"), cmpopts.IgnoreFields(Column{}, "Line", "Col"), cmpopts.EquateEmpty()}

func one(name string, values ...string) Entry { return Entry{Name: name, Values: values} }

func listed(name string, values ...string) Entry {
	return Entry{Name: name, Values: values, Listed: true}
}

func object(name, text string) Entry { return Entry{Name: name, Object: json.RawMessage(text)} }

func TestEntries(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Entry{
		"prompt: Say {{x}}\n":               one("prompt", "Say {{x}}"),
		"prompt: \"{{x}}\"\n":               one("prompt", "{{x}}"),
		"prompt: 'it''s'\n":                 one("prompt", "it's"),
		"prompt: 5\n":                       one("prompt", "5"),
		"prompt: 010\n":                     one("prompt", "010"),
		"prompt: 1e3\n":                     one("prompt", "1e3"),
		"prompt: yes\n":                     one("prompt", "yes"),
		"prompt: True\n":                    one("prompt", "True"),
		"prompt: 2024-01-01\n":              one("prompt", "2024-01-01"),
		"prompt: 12:30:45\n":                one("prompt", "12:30:45"),
		"prompt: http://x.y/z#a\n":          one("prompt", "http://x.y/z#a"),
		"prompt: a # b\n":                   one("prompt", "a"),
		"prompt: ''\n":                      one("prompt", ""),
		"prompt: a\n  b\n\n  c\n":           one("prompt", "a b\nc"),
		"prompt: 'a \n  b\n\n  c'\n":        one("prompt", "a b\nc"),
		"prompt: \"a\\tb\\u0041\\\n  c\"\n": one("prompt", "a\tbAc"),
		"prompt: \"a \\ \n  b\"\n":          one("prompt", "a   b"),
		"prompt: Привет\r\nsheet: 2\r\n":    one("prompt", "Привет"),
		"\ufeffprompt: x\n":                 one("prompt", "x"),
		"prompt: x":                         one("prompt", "x"),
		"prompt: |\n  x":                    one("prompt", "x"),
		"prompt: |+\n\n":                    one("prompt", "\n"),
		"---\nprompt: x\n...\n":             one("prompt", "x"),
		"sheet: y\n\t\nprompt: x\n\t \n":    one("prompt", "x"),
		"{\"prompt\": \"x\"}":               one("prompt", "x"),
		"max_tokens: 5\n":                   one("max_tokens", "5"),
		"max-tokens: 5\n":                   one("max_tokens", "5"),
		"max_tokens: 010\n":                 one("max_tokens", "10"),
		"max_tokens: 0x1F\n":                one("max_tokens", "31"),
		"max_tokens: 0o17\n":                one("max_tokens", "15"),
		"max_tokens: -0\n":                  one("max_tokens", "-0"),
		"temperature: .5\n":                 one("temperature", "0.5"),
		"temperature: +007.50e-1\n":         one("temperature", "7.50e-1"),
		"temperature: 1.\n":                 one("temperature", "1"),
		"temperature: 1\n":                  one("temperature", "1"),
		"in_place: TRUE\n":                  one("in_place", "true"),
		"in-place: false\n":                 one("in_place", "false"),
		"timeout: 90\n":                     one("timeout", "90"),
		"timeout: 2m\n":                     one("timeout", "2m"),
		"where: a=b, c\n":                   one("where", "a=b, c"),
		"where: ['a=b, c']\n":               listed("where", "a=b, c"),
		"where:\n- a=b\n- 5\n- true\n":      listed("where", "a=b", "5", "true"),
		"preview: true\n":                   one("preview", "true"),
		"preview: 7\n":                      one("preview", "7"),
		"guard: on\n":                       one("guard", "on"),
		"schema: {b: 1, a: {}}\n":           object("schema", `{"b":1,"a":{}}`),
	} {
		f, err := Read("job.yaml", []byte(text), testSpec())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := f.Entry(want.Name); got == nil || !cmp.Equal(*got, want, withoutPlaces) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

func TestAbsentKeys(t *testing.T) {
	t.Parallel()
	f, err := Read("job.yaml", []byte("prompt:\nsheet: null\nmax_tokens: ~\ncolumns:\nwhere: # none\n"), testSpec())
	if err != nil || len(f.Entries) > 0 || len(f.Columns) > 0 {
		t.Errorf("got %+v and %v, want no entry", f, err)
	}
	if got := f.Entry("prompt").Value(); got != "" {
		t.Errorf("the value of an absent key is %q", got)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("some", "where")
	abs, err := filepath.Abs("x.csv")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"input: q.csv": filepath.Join(dir, "q.csv"), "input: [../q.csv]": filepath.Join("some", "q.csv"), "input: '-'": "-", "input: ''": "",
		"prompt_file: ./p.txt": filepath.Join(dir, "p.txt"), "schema: s.json": filepath.Join(dir, "s.json"), "prompt: p.txt": "p.txt",
		"input: '" + abs + "'": abs,
	} {
		f, err := Read(filepath.Join(dir, "job.yaml"), []byte(text), testSpec())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := f.Entries[0].Value(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	f, err := Read("job.yaml", []byte(`# a comment
input: q.csv
columns:
  - &first
    name: a
    prompt: |
      Say {{x}}:

        # no comment
    max-tokens: 5
    choices: [x, 'y, z']
  - <<: *first
    name: b
    max_tokens: 6
`), testSpec())
	if err != nil {
		t.Fatal(err)
	}
	prompt := "Say {{x}}:\n\n  # no comment"
	want := []Column{
		{Entries: []Entry{one("name", "a"), one("prompt", prompt), one("max_tokens", "5"), listed("choices", "x", "y, z")}},
		{Entries: []Entry{one("name", "b"), one("max_tokens", "6"), one("prompt", prompt), listed("choices", "x", "y, z")}},
	}
	if diff := cmp.Diff(want, f.Columns, withoutPlaces); diff != "" {
		t.Error(diff)
	}
	second := f.Columns[1]
	if e := second.Entry("max_tokens"); second.Line != 12 || second.Col != 5 || e.Line != 14 || e.Col != 5 {
		t.Errorf("the second column is at %d:%d and its max_tokens at %d:%d, want 12:5 and 14:5", second.Line, second.Col, e.Line, e.Col)
	}
	const refusal = "job.yaml:14:5: too many"
	if got := f.Refuse(second.Entry("max_tokens"), messages.Verbatim("too many")); got.Error() != refusal {
		t.Errorf("got %q, want %q", got, refusal)
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{}":                                     `{}`,
		"{z: 1, a: [1.50, 1e3, [x]]}":            `{"z":1,"a":[1.50,1e3,[x]]}`,
		"{a: 0x10, b: +1, c: .5, d: 010, e: 1.}": `{"a":16,"b":1,"c":0.5,"d":10,"e":1}`,
		"{a: ~, b: , c: TRUE, d: yes}":           `{"a":null,"b":null,"c":true,"d":"yes"}`,
		"{a: '<&>', b: \"\\\"\\n\"}":             `{"a":"<&>","b":"\"\n"}`,
		"{\"a\":1,\"b c\":\"d\"}":                `{"a":1,"b c":"d"}`,
		"{a-b: 1, a_b: 2}":                       `{"a-b":1,"a_b":2}`,
		"\n  a: |\n    x\n  b:\n  - c: 1\n    d: 2\n  -\n    - e": `{"a":"x\n","b":[{"c":1,"d":2},["e"]]}`,
		"\n  a: &x {b: 1}\n  c: *x\n  d: {<<: *x, e: 2}":          `{"a":{"b":1},"c":{"b":1},"d":{"e":2,"b":1}}`,
	} {
		want = strings.ReplaceAll(strings.ReplaceAll(want, "\n", `\n`), "[x]", `["x"]`)
		f, err := Read("job.yaml", []byte("schema: "+text+"\n"), testSpec())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := string(f.Entry("schema").Object); got != want || !json.Valid([]byte(got)) {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
