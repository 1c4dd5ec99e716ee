package flags

import (
	"strings"
	"testing"
)

func TestCutLanguage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, code, rest, err string }{
		{"g version", "", "g version", ""},
		{"g --lang ru version", "ru", "g version", ""},
		{"g run --lang=ru a.csv --lang en", "en", "g run a.csv", ""},
		{"g -lang ru run a.csv -lang=en_GB", "en_GB", "g run a.csv", ""},
		{"g --language ru", "", "g --language ru", ""},
		{"g ask -- --lang ru", "", "g ask -- --lang ru", ""},
		{"g --lang", "", "g", "--lang needs a value"},
		{"g --lang= version", "", "g version", "--lang needs a value"},
		{"g --lang xx version", "xx", "g version", "--lang xx: unknown language"},
	} {
		code, rest, err := CutLanguage(strings.Fields(tt.args))
		message := ""
		if err != nil {
			message = err.Error()
		}
		if code != tt.code || strings.Join(rest, " ") != tt.rest || message != tt.err {
			t.Errorf("%s: got %q, %q, %q", tt.args, code, rest, message)
		}
	}
}
