package console

import (
	"bytes"
	"io"
	"os"
	"slices"
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
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Data(f) != io.Writer(f) {
		t.Error("a file is not a terminal, and was wrapped")
	}
}

// TestSafeWriter writes a text in pieces of every size, as a copy of a file does.
func TestSafeWriter(t *testing.T) {
	t.Parallel()
	const evil = "a\x1b[31mb\u202ec\u2066d\u0085e\rf\tg\r\nпривет\u200dh\xff\n"
	for size := 1; size <= len(evil); size++ {
		var b bytes.Buffer
		w := &safeWriter{w: &b}
		for piece := range slices.Chunk([]byte(evil), size) {
			if n, err := w.Write(piece); n != len(piece) || err != nil {
				t.Errorf("got %d, %v", n, err)
			}
		}
		if got, want := b.String(), "a?[31mb?c?d?e?f\tg\nпривет\u200dh\ufffd\n"; got != want {
			t.Errorf("in pieces of %d bytes: got %q, want %q", size, got, want)
		}
	}
}
