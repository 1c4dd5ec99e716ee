package rows

import (
	"bufio"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"sync/atomic"

	"gigabatch/internal/io/scratch"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// scratchFile stores the rows of a scan in two temporary files instead of memory: entries of a fixed size, and the rows as stored. One
// goroutine writes; any number may read published rows.
type scratchFile struct {
	columns    []*spec.Column // the completion columns
	entries    *os.File
	texts      *os.File
	entriesOut *bufio.Writer
	textsOut   *bufio.Writer
	written    int
	off        int64
	buf        []byte
	published  atomic.Int64                  // number of rows that can be read
	patches    atomic.Pointer[map[int]patch] // rows that differ from the files; the map is never changed
	space      *space
	taken      int64 // of the space
}

// patch is a row as it is since the files were written.
type patch struct {
	row         *Row
	entry       *entry
	provisional bool // the row is not resolved yet
}

// entry is the part of a row of fixed size.
type entry struct {
	off      int64 // of the stored row
	len      uint32
	selected bool
	whole    bool // the row can be resolved again from what is stored
	cells    []cellKey
}

// cellKey is the state of one completion column of a row, or the key to look it up.
type cellKey struct {
	key   task.Key // of the result
	plain task.Key // of the first request of the cell: edits refer to it
	found task.Outcome
	fixed bool // the outcome was found by the scan and is not looked up
}

const (
	entryHeadSize = 16
	entryCellSize = 36
	publishEvery  = 512
	readAtOnce    = 1024 // entries
)

func newScratchFile(columns []*spec.Column, space *space) (*scratchFile, error) {
	f := &scratchFile{columns: columns, space: space}
	var err error
	if f.entries, err = scratch.File(); err != nil {
		return nil, full(err)
	}
	if f.texts, err = scratch.File(); err != nil {
		return nil, errors.Join(full(err), scratch.Close(f.entries))
	}
	f.entriesOut, f.textsOut = bufio.NewWriterSize(f.entries, 1<<16), bufio.NewWriterSize(f.texts, 1<<18)
	return f, nil
}

// size returns the size of an entry in bytes.
func (f *scratchFile) size() int64 { return entryHeadSize + int64(len(f.columns))*entryCellSize }

// rows returns the number of rows that can be read.
func (f *scratchFile) rows() int { return int(f.published.Load()) }

// add appends a row.
func (f *scratchFile) add(row *Row, e *entry) error {
	text, err := appendRow(f.buf[:0], row)
	if err != nil {
		return err
	}
	f.buf = text
	e.off, e.len = f.off, uint32(len(text))
	f.off += int64(len(text))
	size := int64(len(text)) + f.size()
	if err := f.space.take(size); err != nil {
		return err
	}
	f.taken += size
	if _, err := f.textsOut.Write(text); err != nil {
		return full(err)
	}
	if _, err := f.entriesOut.Write(e.append(nil)); err != nil {
		return full(err)
	}
	if f.written++; f.written%publishEvery == 0 || f.written == 1 {
		return f.publish()
	}
	return nil
}

// publish makes the added rows readable.
func (f *scratchFile) publish() error {
	if err := errors.Join(f.textsOut.Flush(), f.entriesOut.Flush()); err != nil {
		return full(err)
	}
	f.published.Store(int64(f.written))
	return nil
}

func (e *entry) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(e.off))
	b = binary.LittleEndian.AppendUint32(b, e.len)
	b = append(b, bits(e.selected, e.whole), 0, 0, 0)
	for i := range e.cells {
		c := &e.cells[i]
		b = append(append(b, c.key[:]...), c.plain[:]...)
		b = append(b, byte(c.found.State), c.found.Cause.Number(), bits(c.fixed, c.found.Truncated, c.found.Edited, c.found.Earlier, c.found.Outdated), 0)
	}
	return b
}

// bits returns flags as a byte, the first as the lowest bit.
func bits(flags ...bool) (b byte) {
	for i, on := range flags {
		if on {
			b |= 1 << i
		}
	}
	return b
}

func (e *entry) decode(b []byte) {
	e.off, e.len = int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint32(b[8:])
	e.selected, e.whole = b[12]&1 != 0, b[12]&2 != 0
	b = b[entryHeadSize:]
	for i := range e.cells {
		c := &e.cells[i]
		copy(c.key[:], b)
		copy(c.plain[:], b[16:])
		c.found = task.Outcome{
			State: task.State(b[32]), Cause: task.Causes[b[33]], Truncated: b[34]&2 != 0, Edited: b[34]&4 != 0, Earlier: b[34]&8 != 0,
			Outdated: b[34]&16 != 0,
		}
		c.fixed = b[34]&1 != 0
		b = b[entryCellSize:]
	}
}

// each calls visit for the published entries starting with the ith, until visit returns false. The entry is valid only during the call.
func (f *scratchFile) each(i int, visit func(i int, e *entry) bool) error {
	size := int(f.size())
	buf := make([]byte, readAtOnce*size)
	e := entry{cells: make([]cellKey, len(f.columns))}
	patches := f.patched()
	for end := f.rows(); i < end; {
		n := min(readAtOnce, end-i)
		if _, err := f.entries.ReadAt(buf[:n*size], int64(i)*int64(size)); err != nil {
			return err
		}
		for k := range n {
			at := &e
			if p, ok := patches[i+k]; ok {
				at = p.entry
			} else {
				e.decode(buf[k*size:])
			}
			if !visit(i+k, at) {
				return nil
			}
		}
		i += n
	}
	return nil
}

// patched returns the rows that differ from the files. The map must not be changed.
func (f *scratchFile) patched() map[int]patch {
	if m := f.patches.Load(); m != nil {
		return *m
	}
	return nil
}

// read returns the ith row with its entry, which must not be changed.
func (f *scratchFile) read(i int) (row Row, e entry, err error) {
	if p, ok := f.patched()[i]; ok {
		row = *p.row
		row.Cells = slices.Clone(row.Cells)
		return row, *p.entry, nil
	}
	return f.stored(i)
}

// stored returns the ith row with its entry as the scan found it.
func (f *scratchFile) stored(i int) (row Row, e entry, err error) {
	e.cells = make([]cellKey, len(f.columns))
	b := make([]byte, f.size())
	if _, err := f.entries.ReadAt(b, int64(i)*f.size()); err != nil {
		return row, e, err
	}
	e.decode(b)
	text := make([]byte, e.len)
	if _, err := f.texts.ReadAt(text, e.off); err != nil {
		return row, e, err
	}
	row, err = f.row(i, &e, text)
	return row, e, err
}

// close closes and removes the files.
func (f *scratchFile) close() {
	f.space.give(f.taken)
	for _, file := range []*os.File{f.entries, f.texts} {
		scratch.Close(file)
	}
}
