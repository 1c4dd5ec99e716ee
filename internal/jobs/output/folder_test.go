package output

import (
	"strings"
	"testing"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "a", "../../etc/passwd": "etc/passwd", "/abs": "abs", "a//b": "a/b", ".hidden": "hidden", "a. ": "a", "con\x00\n": "con__",
		"Отчёт 1": "Отчёт 1", strings.Repeat("я", 300): strings.Repeat("я", 100), "a\\b": "a_b",
		"con": "_con", "NUL.txt": "_NUL.txt", "x/aux /y": "x/_aux/y", "COM1.a.b": "_COM1.a.b", "console": "console", "com": "com", "лист.con": "лист.con",
	} {
		if got := cleanName(text); got != want {
			t.Errorf("cleanName(%q) = %q, want %q", text, got, want)
		}
	}
}
