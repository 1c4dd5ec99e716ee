package jobfile

import "testing"

// TestBlockTexts reads block scalars with | and >. It includes the examples of https://yaml.org/spec/1.2.2/#81-block-scalar-styles.
func TestBlockTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"|\n  a\n  b\n":                  "a\nb",
		"|\n  a\n\n\n":                   "a",
		"|-\n  a\n\n":                    "a",
		"|+\n  a\n\n\n":                  "a\n\n\n",
		"|2\n    a\n   b\n":              "  a\n b",
		"|-2\n   a\n":                    " a",
		"|\n  a  \n  b\t\n":              "a  \nb\t",
		"|\n  b\n  \ta\n":                "b\n\ta",
		"|\n\n\n  a\n\n   b\n":           "\n\na\n\n b",
		"|\n \n  a\n    \n  b\n":         "\na\n  \nb",
		"| # c\n  # a\n# c\n":            "# a",
		"|\n  --- \n  a: b\n  - c\n":     "--- \na: b\n- c",
		"|\n  'a' \"b\" {c} \\n\n":       "'a' \"b\" {c} \\n",
		"|\n":                            "",
		">\n  a\n  b\n\n  c\n":           "a b\nc",
		">\n  a\n    b\n    c\n  d\n":    "a\n  b\n  c\nd",
		">\n\n  a\n\n\n  b\n":            "\na\n\nb",
		">-\n  a\n  b\n":                 "a b",
		">+\n  a\n\n":                    "a\n\n",
		">\n  a\n\n   b\n\n  c\n":        "a\n\n b\n\nc",
		">\n  * a\n  - b\n  # c\n":       "* a - b # c",
		"|\r\n  a\r\n\r\n  b\r\n":        "a\n\nb",
		"|\n  Имя: {{имя}}\n   отступ\n": "Имя: {{имя}}\n отступ",
	} {
		for _, file := range []string{"prompt: " + text, "prompt: " + text + "sheet: x\n", "sheet: &a " + text + "prompt: *a\n"} {
			f, err := Read("job.yaml", []byte(file), testSpec())
			if err != nil {
				t.Errorf("%q: %v", file, err)
				continue
			}
			if got := f.Entry("prompt").Value(); got != want {
				t.Errorf("%q: got %q, want %q", file, got, want)
			}
		}
	}
}
