package jobfile

import (
	"errors"
	"strings"
	"testing"
)

// TestErrors covers every error with its place and a word of its hint.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want, hint string }{
		{"", "job.yaml: the job file is empty", "gigabatch init"},
		{"# nothing\n\n", "job.yaml: the job file is empty", "gigabatch init"},
		{"null\n", "job.yaml: the job file is empty", "gigabatch init"},
		{"- a\n", "job.yaml:1:1: the file must be a mapping of keys to values, not a list", "input: "},
		{"\nhello\n", `job.yaml:2:1: the file must be a mapping of keys to values, not the text "hello"`, "input: "},
		{"a: \xff\n", "job.yaml:1:4: the file is not UTF-8", "save the file as UTF-8"},
		{"\xff\xfea\x00", "job.yaml:1:1: the file is not UTF-8", "save the file as UTF-8"},
		{"prompt: Привет\nsheet: a\x00\n", "job.yaml:2:9: character U+0000 is not allowed in a text file", "escape"},

		{"prompt: a\nshete: b\n", `job.yaml:2:1: unknown key "shete"`, "did you mean sheet?"},
		{"qqq: b\n", `job.yaml:1:1: unknown key "qqq"`, "known keys: columns, input, prompt"},
		{"name: b\n", `job.yaml:1:1: unknown key "name"`, "known keys:"},
		{"prompt: a\nprompt: b\n", `job.yaml:2:1: key "prompt" already appears in line 1`, "keep one"},
		{"max_tokens: 1\nprompt: a\nmax-tokens: 2\n", `job.yaml:3:1: key "max-tokens" already appears in line 1`, "keep one"},
		{"prompt: a\nprompt:\n", `job.yaml:2:1: key "prompt" already appears in line 1`, "keep one"},
		{"columns:\n- name: a\ncolumns: []\n", `job.yaml:3:1: key "columns" already appears in line 1`, "keep one"},

		{"prompt: [a]\n", `job.yaml:1:9: "prompt" must be a text, not a list`, "quotes"},
		{"prompt: {a}\n", `job.yaml:1:9: "prompt" must be a text, not a mapping`, "quotes"},
		{"prompt:\n  a: b\n", `job.yaml:2:3: "prompt" must be a text, not a mapping`, "quotes"},
		{"max_tokens: many\n", `job.yaml:1:13: "max_tokens" must be a whole number, not the text "many"`, ""},
		{"max_tokens: '5'\n", `job.yaml:1:13: "max_tokens" must be a whole number, not the text "5"`, "without quotes"},
		{"max_tokens: 1.5\n", `job.yaml:1:13: "max_tokens" must be a whole number, not the number 1.5`, ""},
		{"max_tokens: +0x1F\n", `job.yaml:1:13: "max_tokens" must be a whole number, not the text "+0x1F"`, ""},
		{"max_tokens: 1_000\n", `job.yaml:1:13: "max_tokens" must be a whole number, not the text "1_000"`, ""},
		{"temperature: .inf\n", `job.yaml:1:14: "temperature" must be a number, not the number .inf`, ""},
		{"temperature: 0,5\n", `job.yaml:1:14: "temperature" must be a number, not the text "0,5"`, ""},
		{"in_place: yes\n", `job.yaml:1:11: "in_place" must be true or false, not the text "yes"`, "true or false"},
		{"in_place: 1\n", `job.yaml:1:11: "in_place" must be true or false, not the number 1`, ""},
		{"in_place: 'true' \n", `job.yaml:1:11: "in_place" must be true or false, not the text "true"`, "without quotes"},
		{"timeout: true\n", `job.yaml:1:10: "timeout" must be a duration such as 90s, not true`, ""},
		{"preview: 1.5\n", `job.yaml:1:10: "preview" must be true, false or a whole number, not the number 1.5`, ""},
		{"guard: o2\n", `job.yaml:1:8: "o2" is not a valid value of "guard"`, "did you mean on?"},
		{"guard: maybe\n", `job.yaml:1:8: "maybe" is not a valid value of "guard"`, "valid values: on, off"},
		{"where: []\n", `job.yaml:1:8: the list of "where" is empty`, "omit the key"},
		{"where: [a, [b]]\n", `job.yaml:1:12: "where" must be a text or a list of texts, not a list`, ""},
		{"where:\n- a\n-\n", `job.yaml:3:2: "where" must be a text or a list of texts, not nothing`, "omit it"},
		{"schema: [a]\n", `job.yaml:1:9: "schema" must be a mapping or a file name, not a list`, ""},
		{"schema: {a: .nan}\n", `job.yaml:1:13: .nan is not a number in JSON`, "quotes"},
		{"schema: {5: a}\n", `job.yaml:1:10: a key must be a text, not the number 5`, "quotes"},
		{"schema: {a: [{true: b}]}\n", `job.yaml:1:15: a key must be a text, not true`, "quotes"},
		{"schema:\n  a: 1\n  a: 2\n", `job.yaml:3:3: key "a" already appears in line 2`, "keep one"},
		{"schema: {a:1}\n", `job.yaml:1:11: a space is missing after the colon`, ""},

		{"columns: 5\n", `job.yaml:1:10: "columns" must be a list of columns, not the number 5`, "- name"},
		{"columns: {a: b}\n", `job.yaml:1:10: "columns" must be a list of columns, not a mapping`, "- name"},
		{"columns:\n- name: a\n  choices:\n", `job.yaml:3:11: the list of "choices" is empty`, "omit the key"},
		{"columns:\n- name: a\n  choices: ~\n", `job.yaml:3:12: the list of "choices" is empty`, "omit the key"},
		{"columns: []\n", `job.yaml:1:10: "columns" is empty`, "omit it"},
		{"columns:\n- a\n", `job.yaml:2:3: a column must be a mapping of keys to values, not the text "a"`, "- name"},
		{"columns:\n-\n", `job.yaml:2:2: a column must be a mapping of keys to values, not nothing`, "- name"},
		{"columns:\n- prompt: b\n", `job.yaml:2:3: key "name" is missing`, "what it is called"},
		{"columns:\n- name:\n", `job.yaml:2:3: key "name" is missing`, "what it is called"},
		{"columns:\n- name: a\n  sheet: b\n", `job.yaml:3:3: unknown key "sheet"`, "known keys: name, prompt"},

		{"prompt: {{text}}\n", "job.yaml:1:10: a key must be a text, not a mapping", `{{text}}"`},
		{"prompt: {{text}} and more\n", "job.yaml:1:9: not YAML: did not find expected key", `{{text}}"`},
		{"prompt: Classify: {{text}}\n", "job.yaml:1:9: not YAML: mapping values are not allowed in this context", `quotes`},
		{"prompt: 'a\n", "job.yaml:1:9: not YAML: found unexpected end of stream", "quotes"},
		{"where: [a\n", "job.yaml:1:8: not YAML: did not find expected ',' or ']'", "quotes"},
		{"prompt: @a\n", "job.yaml:1:9: not YAML: found character that cannot start any token", "quotes"},
		{"prompt: a\n  b: c\n", "job.yaml:2:6: not YAML: mapping values are not allowed in this context", "quotes"},
		{"columns:\n\t- name: a\n", "job.yaml:2:1: the line begins with a tab", "indent with spaces"},
		{"prompt: |\n\ta\n", "job.yaml:2:1: the line begins with a tab", "indent with spaces"},
		{"prompt: |\n\n  \ta\n", "job.yaml:3:1: the line begins with a tab", "indent with spaces"},
		{"prompt: a\tb\n", `job.yaml:1:9: the text "a\tb" needs quotes`, "quotes"},
		{"prompt: \"a\tb\"\n", `job.yaml:1:9: the double-quoted text contains a tab`, `\t`},
		{"prompt: \"\\\\\\\"\n\n \tb\"\n", `job.yaml:1:9: the double-quoted text contains a tab`, `\t`},
		{"prompt: \"\\udc00\"\n", `job.yaml:1:9: the text contains an invalid escape`, "backslash"},
		{"prompt: }\n", "job.yaml:1:9: not YAML: did not find expected node content", "quotes"},
		{"where: [a\n  b: c]\n", "job.yaml:2:6: not YAML: did not find expected ',' or ']'", "quotes"},
		{"prompt:\nb\n", `job.yaml:2:1: the line is neither a key with a colon nor indented`, "indent"},
		{"where:\n-\nsheet: a\n", `job.yaml:2:2: "where" must be a text or a list of texts, not nothing`, "omit it"},
		{"prompt: |--\n  a\n", "job.yaml:1:9: not YAML: did not find expected comment or line break", "|"},
		{"prompt: |\n    \n  a\n", "job.yaml:3:3: not YAML: did not find expected key", "quotes"},
		{"\"prompt\"\n: a\n", "job.yaml:2:1: not YAML: did not find expected <document start>", "quotes"},

		{"prompt: !x a\n", "job.yaml:1:9: tags such as !x are not supported", "quotes"},
		{"prompt: ! a\n", "job.yaml:1:9: tags such as ! are not supported", "quotes"},
		{"prompt: &a !x b\n", "job.yaml:1:12: tags such as !x are not supported", "quotes"},
		{"prompt: ! &a b\n", "job.yaml:1:9: tags such as ! are not supported", "quotes"},
		{"schema: {? a : b}\n", "job.yaml:1:9: a key must be a text followed by a colon", "quotes"},
		{"schema:\n  a: b\n  ? c\n  : d\n", "job.yaml:3:3: a key must be a text followed by a colon", "quotes"},
		{"where: [what?]\n", "job.yaml:1:8: not YAML: did not find expected ',' or ']'", "texts that contain : # ?"},
		{"columns:\n  - name: a\n   prompt: b\n", "job.yaml:3:12: not YAML: did not find expected '-' indicator", "quotes"},
		{"prompt: \"\\ud83d\\ude00 \\/\"\n", "job.yaml:1:9: the text contains an invalid escape", "without escapes"},
		{"sheet: b\nprompt: \"\\d\"\n", "job.yaml:2:9: the text contains an invalid escape", "backslash"},
		{"sheet: b\nwhere: [a, *none]\n", "job.yaml:2:12: anchor &none is not defined above", "quotes"},
		{"prompt: a\u2028b\n", "job.yaml:1:10: character U+2028 is not allowed in a text file", "escape"},
		{"%YAML 1.2\n---\nprompt: a\n", "job.yaml:1:1: directives are not supported", "delete"},
		{"? prompt\n: a\n", "job.yaml:1:1: a key must be a text followed by a colon", "quotes"},
		{"prompt: a\n---\nprompt: b\n", "job.yaml:2:1: only one document is allowed, and a second one begins here", "separate file"},
		{"prompt: a\n...\n# c\nprompt: b\n", "job.yaml:4:1: only one document is allowed, and a second one begins here", "separate file"},
		{"prompt: a\n---\n", "job.yaml:2:1: only one document is allowed, and a second one begins here", "separate file"},
		{"prompt: *.pdf\n", "job.yaml:1:9: anchor &.pdf is not defined above", "quotes"},
		{"* 0\n\n0", "job.yaml:1:1: anchor &0 is not defined above", "quotes"},
		{"schema: &x [*x]\n", "job.yaml:1:13: anchor &x is not defined above", "quotes"},
		{"sheet: &x a\nschema: &x {b: *x}\n", "job.yaml:2:16: anchor &x is not defined above", "quotes"},
		{"&x prompt: a\n", "job.yaml:1:1: an anchor belongs after the colon, not before the key", "for example"},
		{"prompt: &a &b c\n", "job.yaml:1:9: a value can have only one anchor", "delete"},
		{"sheet: &x a\n<<: *x\n", `job.yaml:2:5: << must be a mapping or a list of mappings, not the text "a"`, "<<: *first"},
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
