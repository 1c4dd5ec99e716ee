// Package stream shows a stream through a window that advances record by record and grows to hold one record.
package stream

import (
	"cmp"
	"errors"
	"io"

	"gigabatch/internal/messages"
)

const (
	// Size is the initial size of a window.
	Size = 256 << 10
	// Max is the default maximum length of a record.
	Max = 16 << 20
)

// ErrTooLong is wrapped by the error for a record that exceeds the maximum length.
var ErrTooLong = messages.Errorf("the record is too long")

// Window is the part of a stream from the current record on. It is not safe for concurrent use.
type Window struct {
	R    io.Reader
	Hint int64 // the length of the stream, if known; a short one needs no large buffer; 0 means unknown
	// Max is the maximum memory for one record, in bytes; 0 means the constant Max. A stream that never ends fails at this limit.
	Max int

	buf        []byte
	start, end int
	err        error // with which the stream ended
}

// Bytes returns what has been read and not skipped. It is valid until the next call of More or Skip.
func (w *Window) Bytes() []byte { return w.buf[w.start:w.end] }

// Skip ends the current record after n bytes.
func (w *Window) Skip(n int) { w.start += n }

// Ended reports whether Bytes extends to the end of the stream.
func (w *Window) Ended() bool { return errors.Is(w.err, io.EOF) }

// More reads more, and keeps the result of Bytes at the front. At the end of the stream it returns io.EOF.
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

// room makes space for the next read, by moving the record to the front or by doubling the buffer.
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
		grown := make([]byte, min(2*len(w.buf), cmp.Or(w.Max, Max)+Size))
		w.end = copy(grown, w.buf[w.start:w.end])
		w.buf, w.start = grown, 0
	}
	return nil
}

// first returns the size of the first buffer. One byte more than the stream has reveals its end.
func (w *Window) first() int64 {
	if w.Hint <= 0 {
		return Size
	}
	return min(Size, w.Hint+1)
}

// Rest reads to the end of the stream and returns everything that was not skipped.
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
