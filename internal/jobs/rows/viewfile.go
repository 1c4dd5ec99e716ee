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

// viewFile keeps the rows of a view in two temporary files, so that a million of them cost no memory: entries of a fixed size, and the
// rows as JSON. One goroutine writes; any number may read what is published.
type viewFile struct {
	asks    int
	entries *os.File
	rows    *os.File
	out     *bufio.Writer
	rowsOut *bufio.Writer
	written int
	off     int64
	n       atomic.Int64 // rows that can be read
}

// viewEntry is a row of a viewFile without its texts.
type viewEntry struct {
	off      int64 // of its JSON
	len      uint32
	selected bool
	cells    []viewKey
}

// viewKey is how one completion column of a row stands, or by which key that is looked up.
type viewKey struct {
	key    task.Key // of the result
	plain  task.Key // of the request as the row makes it: edits go by it
	state  task.State
	deep   bool // the state is what it was when the view was made
	cause  uint8
	edited bool // in a deep one
}

const (
	entryHeadSize = 16
	entryCellSize = 36
	publishEvery  = 512
)

func newViewFile(asks int) (*viewFile, error) {
	v := &viewFile{asks: asks}
	var err error
	if v.entries, err = scratch(); err != nil {
		return nil, err
	}
	if v.rows, err = scratch(); err != nil {
		return nil, errors.Join(err, v.entries.Close())
	}
	v.out, v.rowsOut = bufio.NewWriterSize(v.entries, 1<<16), bufio.NewWriterSize(v.rows, 1<<18)
	return v, nil
}

// scratch makes a file that goes away with the process, whatever ends it, where the system can do that.
func scratch() (*os.File, error) {
	f, err := os.CreateTemp("", "gigabatch-view-")
	if err == nil {
		os.Remove(f.Name())
	}
	return f, err
}

func (v *viewFile) size() int64 { return entryHeadSize + int64(v.asks)*entryCellSize }

// add appends a row.
func (v *viewFile) add(row *ViewRow, e *viewEntry) error {
	text, err := row.encode()
	if err != nil {
		return err
	}
	e.off, e.len = v.off, uint32(len(text))
	v.off += int64(len(text))
	if _, err := v.rowsOut.Write(text); err != nil {
		return err
	}
	if _, err := v.out.Write(e.append(nil)); err != nil {
		return err
	}
	if v.written++; v.written%publishEvery == 0 || v.written == 1 {
		return v.publish()
	}
	return nil
}

// publish makes what was added readable.
func (v *viewFile) publish() error {
	if err := errors.Join(v.rowsOut.Flush(), v.out.Flush()); err != nil {
		return err
	}
	v.n.Store(int64(v.written))
	return nil
}

func (e *viewEntry) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(e.off))
	b = binary.LittleEndian.AppendUint32(b, e.len)
	b = append(b, bit(e.selected), 0, 0, 0)
	for i := range e.cells {
		c := &e.cells[i]
		b = append(append(b, c.key[:]...), c.plain[:]...)
		b = append(b, byte(c.state), bit(c.deep), c.cause, bit(c.edited))
	}
	return b
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func (e *viewEntry) decode(b []byte) {
	e.off, e.len = int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint32(b[8:])
	e.selected = b[12] == 1
	b = b[entryHeadSize:]
	for i := range e.cells {
		c := &e.cells[i]
		copy(c.key[:], b)
		copy(c.plain[:], b[16:])
		c.state, c.deep, c.cause, c.edited = task.State(b[32]), b[33] == 1, b[34], b[35] == 1
		b = b[entryCellSize:]
	}
}

// each calls visit for the entries from the ith on, until it says no or the published ones end. The entry is valid during the call.
func (v *viewFile) each(i int, visit func(i int, e *viewEntry) bool) error {
	size := int(v.size())
	buf := make([]byte, 1024*size)
	e := viewEntry{cells: make([]viewKey, v.asks)}
	for end := int(v.n.Load()); i < end; {
		n := min(1024, end-i)
		if _, err := v.entries.ReadAt(buf[:n*size], int64(i)*int64(size)); err != nil {
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
func (v *viewFile) read(i int) (row ViewRow, e viewEntry, err error) {
	e.cells = make([]viewKey, v.asks)
	b := make([]byte, v.size())
	if _, err := v.entries.ReadAt(b, int64(i)*v.size()); err != nil {
		return row, e, err
	}
	e.decode(b)
	text := make([]byte, e.len)
	if _, err := v.rows.ReadAt(text, e.off); err != nil {
		return row, e, err
	}
	err = json.Unmarshal(text, &row)
	row.Index = i
	return row, e, err
}

// close frees the files.
func (v *viewFile) close() {
	for _, f := range []*os.File{v.entries, v.rows} {
		f.Close()
		os.Remove(f.Name()) // where it could not go before
	}
}
