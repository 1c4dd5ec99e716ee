package stream

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// Whatever the pieces of the stream, the records that are read and skipped one by one add up to the stream.
func TestWindow(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a line of text\n", 100) + strings.Repeat("x", 3*Size) + "\nthe last"
	readers := map[string]func() io.Reader{
		"whole":  func() io.Reader { return strings.NewReader(text) },
		"halves": func() io.Reader { return iotest.HalfReader(strings.NewReader(text)) },
		"bytes":  func() io.Reader { return iotest.OneByteReader(strings.NewReader(text)) },
		"end":    func() io.Reader { return iotest.DataErrReader(strings.NewReader(text)) },
	}
	for name, reader := range readers {
		for _, hint := range []int64{0, 1, 20, int64(len(text)), 1 << 40} {
			w := &Window{R: reader(), Hint: hint}
			got, err := lines(w)
			if strings.Join(got, "") != text || err != nil || len(got) != 102 || !w.Ended() {
				t.Errorf("%s, hint %d: got %d lines, error %v", name, hint, len(got), err)
			}
		}
	}
}

// lines reads a stream line by line.
func lines(w *Window) (list []string, err error) {
	for {
		if i := strings.IndexByte(string(w.Bytes()), '\n'); i >= 0 {
			list = append(list, string(w.Bytes()[:i+1]))
			w.Skip(i + 1)
			continue
		}
		if err := w.More(); errors.Is(err, io.EOF) {
			return append(list, string(w.Bytes())), nil
		} else if err != nil {
			return list, err
		}
	}
}

func TestRest(t *testing.T) {
	t.Parallel()
	w := &Window{R: iotest.HalfReader(strings.NewReader("abcdef"))}
	if err := w.More(); err != nil {
		t.Fatal(err)
	}
	w.Skip(2)
	if got, err := w.Rest(); string(got) != "cdef" || err != nil {
		t.Errorf("got %q, error %v", got, err)
	}
	broken := errors.New("broken")
	w = &Window{R: io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken))}
	if _, err := w.Rest(); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
	if err := w.More(); !errors.Is(err, broken) {
		t.Errorf("got error %v the second time, want %v", err, broken)
	}
}

// A record that never ends takes no more than its limit.
func TestTooLong(t *testing.T) {
	t.Parallel()
	const most = 3 << 20
	w := &Window{R: endless{}, Max: most}
	for {
		if err := w.More(); err != nil {
			if !errors.Is(err, ErrTooLong) || len(w.Bytes()) <= most || len(w.Bytes()) > most+Size {
				t.Errorf("got error %v after %d bytes", err, len(w.Bytes()))
			}
			return
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
