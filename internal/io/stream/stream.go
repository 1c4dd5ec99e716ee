// Package stream shows a stream through a window that moves on record by record and grows to hold one.
package stream

import (
	"cmp"
	"errors"
	"io"

	"gigabatch/internal/messages"
)

const (
	// Size is how large a window is to begin with.
	Size = 256 << 10
	// Max is how long a record can be where nothing else is said.
	Max = 256 << 20
)

// ErrTooLong is wrapped by the error of a record that is longer than it can be.
var ErrTooLong = messages.Errorf("the record is too long")

// Window is the part of a stream from the current record on. It is not safe for concurrent use.
type Window struct {
	R    io.Reader
	Hint int64 // how long the stream is, as far as known: a small one needs no large buffer; 0 is unknown
	// Max bounds the memory that one record can take, in bytes; 0 is the constant Max. A stream that never ends fails there.
	Max int

	buf        []byte
	start, end int
	err        error // that the stream has ended with
}

// Bytes is what has been read and not skipped. It is valid until More or Skip is called.
func (w *Window) Bytes() []byte { return w.buf[w.start:w.end] }

// Skip ends the current record after n bytes.
func (w *Window) Skip(n int) { w.start += n }

// Ended says whether Bytes reaches to the end of the stream.
func (w *Window) Ended() bool { return errors.Is(w.err, io.EOF) }

// More reads on, keeping what Bytes returned at its front. At the end of the stream it returns io.EOF.
func (w *Window) More() error {
	if w.err != nil {
		return w.err
	}
	if err := w.room(); err != nil {
		return err
	}
	before := w.end
	for w.err == nil && w.end < len(w.buf) {
		var n int
		n, w.err = w.R.Read(w.buf[w.end:])
		w.end += n
	}
	if w.end == before {
		return w.err
	}
	return nil
}

// room makes place for the next read: by moving the record to the front, or by doubling the buffer.
func (w *Window) room() error {
	switch {
	case w.end-w.start > cmp.Or(w.Max, Max):
		return messages.Errorf("%w: more than %d MiB", ErrTooLong, cmp.Or(w.Max, Max)>>20)
	case w.buf == nil:
		w.buf = make([]byte, w.first())
	case w.start > 0 && w.end-w.start <= len(w.buf)/2:
		w.end = copy(w.buf, w.buf[w.start:w.end])
		w.start = 0
	case w.end == len(w.buf):
		grown := make([]byte, 2*len(w.buf))
		w.end = copy(grown, w.buf[w.start:w.end])
		w.buf, w.start = grown, 0
	}
	return nil
}

// first is the size of the first buffer. One byte more than the stream has shows that it has ended.
func (w *Window) first() int64 {
	if w.Hint <= 0 {
		return Size
	}
	return min(Size, w.Hint+1)
}

// Rest reads to the end of the stream and returns all that was not skipped.
func (w *Window) Rest() ([]byte, error) {
	for w.err == nil {
		if err := w.More(); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	if !w.Ended() {
		return nil, w.err
	}
	return w.Bytes(), nil
}
