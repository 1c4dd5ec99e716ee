// Package deflate compresses a stream in parallel.
package deflate

import (
	"bytes"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"
)

// blockSize is the amount of data compressed at once. Blocks are independent of each other, which costs less than one per cent.
const blockSize = 512 << 10

// Writer compresses a stream (RFC 1951) in blocks, as many in parallel as there are processors. The result depends only on the
// stream. It is not safe for concurrent use.
type Writer struct {
	to      io.Writer
	current *block
	pending []*block // being compressed, in order
	group   errgroup.Group
}

// block is a part of the stream, with its compressed form.
type block struct {
	in   []byte
	out  bytes.Buffer
	done chan struct{}
}

var (
	blocks = sync.Pool{New: func() any { return &block{in: make([]byte, 0, blockSize)} }}
	coders = sync.Pool{New: func() any { c, _ := flate.NewWriter(nil, flate.BestSpeed); return c }} // fails only for unknown levels
)

// NewWriter returns a Writer that writes the compressed stream to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w, current: newBlock()} }

func newBlock() *block {
	b := blocks.Get().(*block)
	b.in = b.in[:0]
	b.out.Reset()
	b.done = make(chan struct{})
	return b
}

// Write implements io.Writer.
func (d *Writer) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if len(d.current.in) == blockSize {
			if err := d.start(); err != nil {
				return n, err
			}
		}
		m := min(len(p), blockSize-len(d.current.in))
		d.current.in = append(d.current.in, p[:m]...)
		p, n = p[m:], n+m
	}
	return n, nil
}

// start begins to compress the current block. If as many blocks as processors are in progress, it waits for the first.
func (d *Writer) start() error {
	b := d.current
	d.current = newBlock()
	d.pending = append(d.pending, b)
	d.group.Go(func() error { defer close(b.done); return b.compress(false) })
	if len(d.pending) <= runtime.GOMAXPROCS(0) {
		return nil
	}
	return d.finish()
}

// finish writes the first block in progress.
func (d *Writer) finish() error {
	b := d.pending[0]
	d.pending = d.pending[1:]
	<-b.done
	_, err := d.to.Write(b.out.Bytes())
	blocks.Put(b)
	return err
}

// compress ends at a byte boundary, so that another block can follow. The last block ends the stream.
func (b *block) compress(last bool) error {
	c := coders.Get().(*flate.Writer)
	defer coders.Put(c)
	c.Reset(&b.out)
	if _, err := c.Write(b.in); err != nil {
		return err
	}
	if last {
		return c.Close()
	}
	return c.Flush()
}

// Close ends the stream.
func (d *Writer) Close() error {
	for len(d.pending) > 0 {
		if err := d.finish(); err != nil {
			return err
		}
	}
	if err := d.group.Wait(); err != nil {
		return err
	}
	if err := d.current.compress(true); err != nil {
		return err
	}
	_, err := d.to.Write(d.current.out.Bytes())
	blocks.Put(d.current)
	return err
}
