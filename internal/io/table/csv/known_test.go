package csv_test

import (
	"path/filepath"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// The description of a file is the same if the file was opened before.
func TestDialectOfAKnownFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a;b\r\n1;2\r\n", "a,b\n\"x\ny\",2\n", "a\tb\r1\t2\r"} {
		name := filepath.Join(t.TempDir(), "q.csv")
		tabletest.Write(t, name, text)
		first, err := open.Open(name, table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := open.Open(name, table.Options{Hints: table.Hints{Found: first.Found()}})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := again.Dialect().String(), first.Dialect().String(); got != want {
			t.Errorf("%q: the second opening tells %q, want %q", text, got, want)
		}
	}
}
