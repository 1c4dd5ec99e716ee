package jobfile

import (
	"errors"
	"strings"
	"testing"
)

// TestErrors has every error with its place, and a word of its hint.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want, hint string }{
		{"", "job.yaml: the job file is empty", "gigabatch init"},
		{"# nothing\n\n", "job.yaml: the job file is empty", "gigabatch init"},
		{"null\n", "job.yaml: the job file is empty", "gigabatch init"},
		{"- a\n", "job.yaml:1:1: a job file is a mapping of keys to values, not a list", "input: "},
		{"\nhello\n", `job.yaml:2:1: a job file is a mapping of keys to values, not the text "hello"`, "input: "},
		{"a: \xff\n", "job.yaml:1:4: the file is not UTF-8", "save the file as UTF-8"},
		{"\xff\xfea\x00", "job.yaml:1:1: the file is not UTF-8", "save the file as UTF-8"},
		{"prompt: Привет\nsheet: a\x00\n", "job.yaml:2:9: the character U+0000 has no place in a text file", "escape"},

		{"prompt: a\nshete: b\n", `job.yaml:2:1: unknown key "shete"`, "did you mean sheet?"},
		{"qqq: b\n", `job.yaml:1:1: unknown key "qqq"`, "the keys are columns, input, prompt"},
		{"name: b\n", `job.yaml:1:1: unknown key "name"`, "the keys are"},
		{"prompt: a\nprompt: b\n", `job.yaml:2:1: the key "prompt" stands in line 1 already`, "keep one"},
		{"max_tokens: 1\nprompt: a\nmax-tokens: 2\n", `job.yaml:3:1: the key "max-tokens" stands in line 1 already`, "keep one"},
		{"prompt: a\nprompt:\n", `job.yaml:2:1: the key "prompt" stands in line 1 already`, "keep one"},
		{"columns:\n- name: a\ncolumns: []\n", `job.yaml:3:1: the key "columns" stands in line 1 already`, "keep one"},

		{"prompt: [a]\n", `job.yaml:1:9: "prompt" takes a text, not a list`, "quotes"},
		{"prompt: {a}\n", `job.yaml:1:9: "prompt" takes a text, not a mapping`, "quotes"},
		{"prompt:\n  a: b\n", `job.yaml:2:3: "prompt" takes a text, not a mapping`, "quotes"},
		{"max_tokens: many\n", `job.yaml:1:13: "max_tokens" takes a whole number, not the text "many"`, ""},
		{"max_tokens: '5'\n", `job.yaml:1:13: "max_tokens" takes a whole number, not the text "5"`, "without quotes"},
		{"max_tokens: 1.5\n", `job.yaml:1:13: "max_tokens" takes a whole number, not the number 1.5`, ""},
		{"max_tokens: +0x1F\n", `job.yaml:1:13: "max_tokens" takes a whole number, not the text "+0x1F"`, ""},
		{"max_tokens: 1_000\n", `job.yaml:1:13: "max_tokens" takes a whole number, not the text "1_000"`, ""},
		{"temperature: .inf\n", `job.yaml:1:14: "temperature" takes a number, not the number .inf`, ""},
		{"temperature: 0,5\n", `job.yaml:1:14: "temperature" takes a number, not the text "0,5"`, ""},
		{"in_place: yes\n", `job.yaml:1:11: "in_place" takes true or false, not the text "yes"`, "true or false"},
		{"in_place: 1\n", `job.yaml:1:11: "in_place" takes true or false, not the number 1`, ""},
		{"in_place: 'true' \n", `job.yaml:1:11: "in_place" takes true or false, not the text "true"`, "without quotes"},
		{"timeout: true\n", `job.yaml:1:10: "timeout" takes a time such as 90s, not true`, ""},
		{"preview: 1.5\n", `job.yaml:1:10: "preview" takes true, false or a whole number, not the number 1.5`, ""},
		{"guard: o2\n", `job.yaml:1:8: "o2" is none of the values of "guard"`, "did you mean on?"},
		{"guard: maybe\n", `job.yaml:1:8: "maybe" is none of the values of "guard"`, "it is one of on, off"},
		{"where: []\n", `job.yaml:1:8: the list of "where" is empty`, "leave the key out"},
		{"where: [a, [b]]\n", `job.yaml:1:12: "where" takes a text or a list of texts, not a list`, ""},
		{"where:\n- a\n-\n", `job.yaml:3:2: "where" takes a text or a list of texts, not nothing`, "leave it out"},
		{"schema: [a]\n", `job.yaml:1:9: "schema" takes a mapping or the name of a file, not a list`, ""},
		{"schema: {a: .nan}\n", `job.yaml:1:13: JSON has no number .nan`, "quotes"},
		{"schema: {5: a}\n", `job.yaml:1:10: a key is a text, not the number 5`, "quotes"},
		{"schema: {a: [{true: b}]}\n", `job.yaml:1:15: a key is a text, not true`, "quotes"},
		{"schema:\n  a: 1\n  a: 2\n", `job.yaml:3:3: the key "a" stands in line 2 already`, "keep one"},
		{"schema: {a:1}\n", `job.yaml:1:11: a space is missing behind the colon`, ""},

		{"columns: 5\n", `job.yaml:1:10: "columns" takes a list of columns, not the number 5`, "- name"},
		{"columns: {a: b}\n", `job.yaml:1:10: "columns" takes a list of columns, not a mapping`, "- name"},
		{"columns: []\n", `job.yaml:1:10: "columns" is empty`, "leave it out"},
		{"columns:\n- a\n", `job.yaml:2:3: a column is a mapping of keys to values, not the text "a"`, "- name"},
		{"columns:\n-\n", `job.yaml:2:2: a column is a mapping of keys to values, not nothing`, "- name"},
		{"columns:\n- prompt: b\n", `job.yaml:2:3: the key "name" is missing`, "what it is called"},
		{"columns:\n- name:\n", `job.yaml:2:3: the key "name" is missing`, "what it is called"},
		{"columns:\n- name: a\n  sheet: b\n", `job.yaml:3:3: unknown key "sheet"`, "the keys are name, prompt"},

		{"prompt: {{text}}\n", "job.yaml:1:10: a key is a text, not a mapping", `{{text}}"`},
		{"prompt: {{text}} and more\n", "job.yaml:1:9: not YAML: did not find expected key", `{{text}}"`},
		{"prompt: Classify: {{text}}\n", "job.yaml:1:9: not YAML: mapping values are not allowed in this context", `quotes`},
		{"prompt: 'a\n", "job.yaml:1:9: not YAML: found unexpected end of stream", "quotes"},
		{"where: [a\n", "job.yaml:1:8: not YAML: did not find expected ',' or ']'", "quotes"},
		{"prompt: @a\n", "job.yaml:1:9: not YAML: found character that cannot start any token", "quotes"},
		{"prompt: a\n  b: c\n", "job.yaml:2:6: not YAML: mapping values are not allowed in this context", "quotes"},
		{"columns:\n\t- name: a\n", "job.yaml:2:1: the line begins with a tab", "indent with spaces"},
		{"prompt: |\n\ta\n", "job.yaml:2:1: the line begins with a tab", "indent with spaces"},
		{"prompt: |\n\n  \ta\n", "job.yaml:3:1: the line begins with a tab", "indent with spaces"},
		{"prompt: a\tb\n", `job.yaml:1:9: the text "a\tb" cannot stand without quotes`, "quotes"},
		{"prompt: \"a\tb\"\n", `job.yaml:1:9: a text in double quotes has a tab in it`, `\t`},
		{"prompt: \"\\\\\\\"\n\n \tb\"\n", `job.yaml:1:9: a text in double quotes has a tab in it`, `\t`},
		{"prompt: \"\\udc00\"\n", `job.yaml:1:9: an escape in the text stands for no character`, "backslash"},
		{"prompt: }\n", "job.yaml:1:9: not YAML: did not find expected node content", "quotes"},
		{"where: [a\n  b: c]\n", "job.yaml:2:6: not YAML: did not find expected ',' or ']'", "quotes"},
		{"prompt:\nb\n", `job.yaml:2:1: this is neither a key with a colon nor indented`, "indent"},
		{"where:\n-\nsheet: a\n", `job.yaml:2:2: "where" takes a text or a list of texts, not nothing`, "leave it out"},
		{"prompt: |--\n  a\n", "job.yaml:1:9: not YAML: did not find expected comment or line break", "|"},
		{"prompt: |\n    \n  a\n", "job.yaml:3:3: not YAML: did not find expected key", "quotes"},
		{"\"prompt\"\n: a\n", "job.yaml:2:1: not YAML: did not find expected <document start>", "quotes"},

		{"prompt: !x a\n", "job.yaml:1:9: tags such as !x are not read", "quotes"},
		{"prompt: ! a\n", "job.yaml:1:9: tags such as ! are not read", "quotes"},
		{"prompt: &a !x b\n", "job.yaml:1:12: tags such as !x are not read", "quotes"},
		{"prompt: ! &a b\n", "job.yaml:1:9: tags such as ! are not read", "quotes"},
		{"schema: {? a : b}\n", "job.yaml:1:9: a key is a text in front of a colon", "quotes"},
		{"schema:\n  a: b\n  ? c\n  : d\n", "job.yaml:3:3: a key is a text in front of a colon", "quotes"},
		{"where: [what?]\n", "job.yaml:1:8: not YAML: did not find expected ',' or ']'", "quotes around texts with : # ?"},
		{"columns:\n  - name: a\n   prompt: b\n", "job.yaml:3:12: not YAML: did not find expected '-' indicator", "quotes"},
		{"prompt: \"\\ud83d\\ude00 \\/\"\n", "job.yaml:1:9: an escape in the text stands for no character", "as they are"},
		{"sheet: b\nprompt: \"\\d\"\n", "job.yaml:2:9: an escape in the text stands for no character", "backslash"},
		{"sheet: b\nwhere: [a, *none]\n", "job.yaml:2:12: there is no anchor &none above", "quotes"},
		{"prompt: a\u2028b\n", "job.yaml:1:10: the character U+2028 has no place in a text file", "escape"},
		{"%YAML 1.2\n---\nprompt: a\n", "job.yaml:1:1: directives are not read", "delete"},
		{"? prompt\n: a\n", "job.yaml:1:1: a key is a text in front of a colon", "quotes"},
		{"prompt: a\n---\nprompt: b\n", "job.yaml:2:1: a job file has one document, and here a second begins", "file of its own"},
		{"prompt: a\n...\n# c\nprompt: b\n", "job.yaml:4:1: a job file has one document, and here a second begins", "file of its own"},
		{"prompt: a\n---\n", "job.yaml:2:1: a job file has one document, and here a second begins", "file of its own"},
		{"prompt: *.pdf\n", "job.yaml:1:9: there is no anchor &.pdf above", "quotes"},
		{"* 0\n\n0", "job.yaml:1:1: there is no anchor &0 above", "quotes"},
		{"schema: &x [*x]\n", "job.yaml:1:13: there is no anchor &x above", "quotes"},
		{"sheet: &x a\nschema: &x {b: *x}\n", "job.yaml:2:16: there is no anchor &x above", "quotes"},
		{"&x prompt: a\n", "job.yaml:1:1: an anchor stands behind the colon, not in front of a key", "for example"},
		{"prompt: &a &b c\n", "job.yaml:1:9: a value has one anchor", "leave"},
		{"sheet: &x a\n<<: *x\n", `job.yaml:2:5: << takes a mapping or a list of mappings, not the text "a"`, "<<: *first"},
	} {
		_, err := Read("job.yaml", []byte(c.text), testSpec())
		var e *Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("%q: got %v, want an *Error", c.text, err)
		case strings.Contains(err.Error(), "\n") || strings.Contains(e.Hint.String(), "\n"):
			t.Errorf("%q: %q has several lines", c.text, err)
		case err.Error() != c.want:
			t.Errorf("%q:\n got %s\nwant %s", c.text, err, c.want)
		case !strings.Contains(e.Hint.String(), c.hint):
			t.Errorf("%q: the hint is %q, want %q in it", c.text, e.Hint, c.hint)
		}
	}
}
