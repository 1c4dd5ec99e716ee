package table

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/stream"
)

// output is the file that a sink writes, and the hash of what was written.
type output struct {
	*bufio.Writer
	file *atomicfile.File
	hash hash.Hash
}

// newOutput begins an output with the mode of the source.
func newOutput(h *base, dst string) (*output, error) {
	f, err := atomicfile.Create(dst, h.mode())
	if err != nil {
		return nil, &Error{Name: dst, Msg: "cannot be written", Hint: "choose another place with -o", Err: err}
	}
	sum := sha256.New()
	return &output{bufio.NewWriterSize(io.MultiWriter(f, sum), stream.Size), f, sum}, nil
}

// commit ends the output; see Sink.
func (o *output) commit(before func(sum [32]byte) error) error {
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

// Close drops what was not committed.
func (o *output) Close() error { return o.file.Close() }

// Altered is nothing, for the formats that hold every text.
func (o *output) Altered() Altered { return Altered{} }
