package console

import (
	"bytes"
	"os"
	"testing"
)

func TestSafe(t *testing.T) {
	t.Parallel()
	const evil = "a\x1b[31mb\u202ec\u2066d\u0085e\rf\tg\nпривет\u200dh"
	if got, want := Safe(evil), "a?[31mb?c?d?e?f\tg\nпривет\u200dh"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := OneLine(evil), "a?[31mb?c?d?e?f g привет\u200dh"; got != want {
		t.Errorf("on one line: got %q, want %q", got, want)
	}
	var b bytes.Buffer
	if Data(&b) != &b {
		t.Error("a buffer is not a terminal, and was wrapped")
	}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Data(f) != f {
		t.Error("a file is not a terminal, and was wrapped")
	}
	if n, err := (safeWriter{&b}).Write([]byte(evil)); n != len(evil) || err != nil || b.String() != Safe(evil) {
		t.Errorf("got %d, %v, %q", n, err, b.String())
	}
}
