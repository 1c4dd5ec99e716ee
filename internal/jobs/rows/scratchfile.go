package rows

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"sync/atomic"

	"gigabatch/internal/jobs/task"
)

// scratchFile keeps the rows of a scan in two temporary files, so that a million of them cost no memory: entries of a fixed size, and the
// rows as JSON. One goroutine writes; any number may read what is published.
type scratchFile struct {
	columns    int // completion columns
	entries    *os.File
	texts      *os.File
	entriesOut *bufio.Writer
	textsOut   *bufio.Writer
	written    int
	off        int64
	published  atomic.Int64 // rows that can be read
}

// entry is a row of a scratchFile without its texts.
type entry struct {
	off      int64 // of its JSON
	len      uint32
	selected bool
	cells    []cellKey
}

// cellKey is how one completion column of a row stands, or by which key that is looked up.
type cellKey struct {
	key    task.Key // of the result
	plain  task.Key // of the request as the row makes it: edits go by it
	state  task.State
	fixed  bool  // the state is what it was when the scan was made
	cause  uint8 // its number among task.Causes, where the state is fixed
	edited bool  // in a deep scan
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
	if f.entries, err = scratch(); err != nil {
		return nil, err
	}
	if f.texts, err = scratch(); err != nil {
		return nil, errors.Join(err, f.entries.Close())
	}
	f.entriesOut, f.textsOut = bufio.NewWriterSize(f.entries, 1<<16), bufio.NewWriterSize(f.texts, 1<<18)
	return f, nil
}

// scratch makes a file that goes away with the process, whatever ends it, where the system can do that.
func scratch() (*os.File, error) {
	f, err := os.CreateTemp("", "gigabatch-view-")
	if err == nil {
		os.Remove(f.Name())
	}
	return f, err
}

// size is that of an entry.
func (f *scratchFile) size() int64 { return entryHeadSize + int64(f.columns)*entryCellSize }

// rows is how many rows can be read.
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

// publish makes what was added readable.
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

// each calls visit for the entries from the ith on, until it says no or the published ones end. The entry is valid during the call.
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

// close frees the files.
func (f *scratchFile) close() {
	for _, file := range []*os.File{f.entries, f.texts} {
		file.Close()
		os.Remove(file.Name()) // where it could not go before
	}
}
