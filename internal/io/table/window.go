package table

import (
	"bytes"
	"errors"
	"io"
)

const (
	windowSize = 256 << 10
	// maxRecord bounds the memory that one record can take. A quote that never closes would otherwise pull in the file.
	maxRecord = 256 << 20
)

var errTooLong = errors.New("record too long")

// window is the part of a stream from the current record on. It grows to hold the record.
type window struct {
	r          io.Reader
	size       int64 // of the whole stream, as far as known: a small one needs no large buffer
	buf        []byte
	start, end int
	eof        bool
}

// bytes is what has been read and not skipped. It is valid until more or skip is called.
func (w *window) bytes() []byte { return w.buf[w.start:w.end] }

// skip ends the current record after n bytes.
func (w *window) skip(n int) { w.start += n }

// more reads on, keeping what bytes returned at its front. At the end of the stream it returns io.EOF.
func (w *window) more() error {
	if w.eof {
		return io.EOF
	}
	if err := w.room(); err != nil {
		return err
	}
	for {
		n, err := w.r.Read(w.buf[w.end:])
		w.end += n
		w.eof = errors.Is(err, io.EOF)
		if n > 0 || err != nil {
			if n > 0 && w.eof {
				err = nil
			}
			return err
		}
	}
}

// room makes place for the next read: by moving the record to the front, or by doubling the buffer.
func (w *window) room() error {
	switch {
	case w.end-w.start > maxRecord:
		return errTooLong
	case w.buf == nil:
		w.buf = make([]byte, min(windowSize, max(w.size+1, 512)))
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

// lineFeed is the position after the next LF from p on, or the end of the stream.
func (w *window) lineFeed(p int) (int, error) {
	for {
		b := w.bytes()
		if i := bytes.IndexByte(b[p:], '\n'); i >= 0 {
			return p + i + 1, nil
		}
		p = len(b)
		if err := w.more(); errors.Is(err, io.EOF) {
			return p, nil
		} else if err != nil {
			return 0, err
		}
	}
}
