package ooxml

import (
	"cmp"
	"errors"
	"io"
)

const (
	windowSize = 256 << 10
	// maxElement bounds the memory that one row, shared string, or the head or tail of a sheet can take.
	maxElement = 256 << 20
)

var errTooLong = errors.New("an element is longer than 256 MiB")

// window is the part of a stream from the current element on. It grows to hold the element.
type window struct {
	r          io.Reader
	size       int // to begin with; 0 is windowSize
	buf        []byte
	start, end int
	err        error // that the stream has ended with, io.EOF where it is whole
}

// bytes is what has been read and not skipped. It is valid until more or skip is called.
func (w *window) bytes() []byte { return w.buf[w.start:w.end] }

func (w *window) skip(n int) { w.start += n }

// more reads on, keeping what bytes returned at its front. At the end of the stream it returns io.ErrUnexpectedEOF.
func (w *window) more() error {
	if errors.Is(w.err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if w.err != nil {
		return w.err
	}
	if err := w.room(); err != nil {
		return err
	}
	for w.err == nil && w.end < len(w.buf) {
		var n int
		n, w.err = w.r.Read(w.buf[w.end:])
		w.end += n
	}
	return nil
}

// room makes place for the next read: by moving the element to the front, or by doubling the buffer.
func (w *window) room() error {
	switch {
	case w.end-w.start > maxElement:
		return errTooLong
	case w.buf == nil:
		w.buf = make([]byte, cmp.Or(w.size, windowSize))
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

// rest reads to the end of the stream and returns all that was not skipped.
func (w *window) rest() ([]byte, error) {
	for w.err == nil {
		if err := w.more(); err != nil {
			return nil, err
		}
	}
	if !errors.Is(w.err, io.EOF) {
		return nil, w.err
	}
	return w.bytes(), nil
}
