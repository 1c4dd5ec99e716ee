package rows

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"sync/atomic"

	"gigabatch/internal/io/scratch"
	"gigabatch/internal/jobs/task"
)

// scratchFile stores the rows of a scan in two temporary files instead of memory: entries of a fixed size, and the rows as JSON. One
// goroutine writes; any number may read published rows.
type scratchFile struct {
	columns    int // completion columns
	entries    *os.File
	texts      *os.File
	entriesOut *bufio.Writer
	textsOut   *bufio.Writer
	written    int
	off        int64
	published  atomic.Int64 // number of rows that can be read
}

// entry is the part of a row of fixed size.
type entry struct {
	off      int64 // of the row's JSON
	len      uint32
	selected bool
	cells    []cellKey
}

// cellKey is the state of one completion column of a row, or the key to look it up.
type cellKey struct {
	key    task.Key // of the result
	plain  task.Key // of the first request of the cell: edits refer to it
	state  task.State
	fixed  bool  // the state was found by the scan and is not looked up
	cause  uint8 // its number in task.Causes, if the state is fixed
	edited bool  // set by deep scans only
}

const (
	entryHeadSize = 16
	entryCellSize = 36
	publishEvery  = 512
	readAtOnce    = 1024 // entries
)

func newScratchFile(columns int) (*scratchFile, error) {
	f := &scratchFile{columns: columns}
	var err error
	if f.entries, err = scratch.File(); err != nil {
		return nil, err
	}
	if f.texts, err = scratch.File(); err != nil {
		return nil, errors.Join(err, scratch.Close(f.entries))
	}
	f.entriesOut, f.textsOut = bufio.NewWriterSize(f.entries, 1<<16), bufio.NewWriterSize(f.texts, 1<<18)
	return f, nil
}

// size returns the size of an entry in bytes.
func (f *scratchFile) size() int64 { return entryHeadSize + int64(f.columns)*entryCellSize }

// rows returns the number of rows that can be read.
func (f *scratchFile) rows() int { return int(f.published.Load()) }

// add appends a row.
func (f *scratchFile) add(row *Row, e *entry) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	e.off, e.len = f.off, uint32(len(text))
	f.off += int64(len(text))
	if _, err := f.textsOut.Write(text); err != nil {
		return err
	}
	if _, err := f.entriesOut.Write(e.append(nil)); err != nil {
		return err
	}
	if f.written++; f.written%publishEvery == 0 || f.written == 1 {
		return f.publish()
	}
	return nil
}

// publish makes the added rows readable.
func (f *scratchFile) publish() error {
	if err := errors.Join(f.textsOut.Flush(), f.entriesOut.Flush()); err != nil {
		return err
	}
	f.published.Store(int64(f.written))
	return nil
}

func (e *entry) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(e.off))
	b = binary.LittleEndian.AppendUint32(b, e.len)
	b = append(b, bit(e.selected), 0, 0, 0)
	for i := range e.cells {
		c := &e.cells[i]
		b = append(append(b, c.key[:]...), c.plain[:]...)
		b = append(b, byte(c.state), bit(c.fixed), c.cause, bit(c.edited))
	}
	return b
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func (e *entry) decode(b []byte) {
	e.off, e.len = int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint32(b[8:])
	e.selected = b[12] == 1
	b = b[entryHeadSize:]
	for i := range e.cells {
		c := &e.cells[i]
		copy(c.key[:], b)
		copy(c.plain[:], b[16:])
		c.state, c.fixed, c.cause, c.edited = task.State(b[32]), b[33] == 1, b[34], b[35] == 1
		b = b[entryCellSize:]
	}
}

// each calls visit for the published entries starting with the ith, until visit returns false. The entry is valid only during the call.
func (f *scratchFile) each(i int, visit func(i int, e *entry) bool) error {
	size := int(f.size())
	buf := make([]byte, readAtOnce*size)
	e := entry{cells: make([]cellKey, f.columns)}
	for end := f.rows(); i < end; {
		n := min(readAtOnce, end-i)
		if _, err := f.entries.ReadAt(buf[:n*size], int64(i)*int64(size)); err != nil {
			return err
		}
		for k := range n {
			e.decode(buf[k*size:])
			if !visit(i+k, &e) {
				return nil
			}
		}
		i += n
	}
	return nil
}

// read returns the ith row with its entry.
func (f *scratchFile) read(i int) (row Row, e entry, err error) {
	e.cells = make([]cellKey, f.columns)
	b := make([]byte, f.size())
	if _, err := f.entries.ReadAt(b, int64(i)*f.size()); err != nil {
		return row, e, err
	}
	e.decode(b)
	text := make([]byte, e.len)
	if _, err := f.texts.ReadAt(text, e.off); err != nil {
		return row, e, err
	}
	err = json.Unmarshal(text, &row)
	row.Index = i
	return row, e, err
}

// close closes and removes the files.
func (f *scratchFile) close() {
	for _, file := range []*os.File{f.entries, f.texts} {
		scratch.Close(file)
	}
}
