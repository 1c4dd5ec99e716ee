package table

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/stream"
	"gigabatch/internal/messages"
)

// Output is the file that a sink writes, and the hash of its content.
type Output struct {
	*bufio.Writer
	file *atomicfile.File
	hash hash.Hash
}

// NewOutput begins an output. A new file has the mode of the source as far as the umask permits; the source itself keeps its mode and owner.
func NewOutput(h *Base, dst string) (*Output, error) {
	var f *atomicfile.File
	var err error
	if h.Is(dst) {
		f, err = atomicfile.Rewrite(dst)
	} else {
		f, err = atomicfile.Create(dst, h.Mode())
	}
	if err != nil {
		return nil, &Error{Name: dst, Msg: messages.Sprintf("cannot be written"),
			Hint: messages.Sprintf("choose another location with -o"), Err: err}
	}
	sum := sha256.New()
	return &Output{bufio.NewWriterSize(io.MultiWriter(f, sum), stream.Size), f, sum}, nil
}

// Commit completes the output; see Sink.
func (o *Output) Commit(before func(sum [32]byte) error) error {
	if err := o.Flush(); err != nil {
		return errors.Join(err, o.file.Close())
	}
	return o.file.Commit(func() error {
		if before == nil {
			return nil
		}
		return before([32]byte(o.hash.Sum(nil)))
	})
}

// Close discards an output that was not committed.
func (o *Output) Close() error { return o.file.Close() }

// Altered returns the zero value, for formats that can represent every text.
func (o *Output) Altered() Altered { return Altered{} }
