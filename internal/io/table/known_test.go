package table

import (
	"path/filepath"
	"testing"
)

// What is told of a file is the same where it was found before.
func TestDialectOfAKnownFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a;b\r\n1;2\r\n", "a,b\n\"x\ny\",2\n", "a\tb\r1\t2\r"} {
		name := filepath.Join(t.TempDir(), "q.csv")
		writeFile(t, name, text)
		first, err := Open(name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Open(name, Options{Found: first.Found()})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := again.Dialect(), first.Dialect(); got != want {
			t.Errorf("%q: the second opening tells %q, want %q", text, got, want)
		}
	}
}
