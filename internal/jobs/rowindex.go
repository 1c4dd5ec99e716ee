package jobs

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// A row index stands beside the journal and tells, for each row in order, its key and where the journal holds the result. It can be
// rebuilt at any time and is never the truth: where the input or the settings have changed since, it is not used.
//
// It is a head of 64 bytes (magic, size and time of the input, digest of the settings), 24 bytes a cell, row by row (the key, zero for a cell without
// a prompt, and the offset of the result plus one, zero where there is none yet), and the CRC-32C of all that.
const (
	rowMagic     = "gigabatch rows 1"
	rowHeadSize  = 64
	rowEntrySize = 24
	rowTailSize  = 4
)

// rowIndexPath returns where the row index of a journal stands.
func rowIndexPath(journal string) string { return journal + ".rows" }

// rowHead makes the head that an index must have to be used.
func rowHead(id table.Identity, s *spec.Settings, sandbox bool) ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(fmt.Appendf(text, "%t%x", sandbox, id.Digest))
	b := append(make([]byte, 0, rowHeadSize), rowMagic...)
	b = binary.LittleEndian.AppendUint64(b, uint64(id.Size))
	b = binary.LittleEndian.AppendUint64(b, uint64(id.ModTime.UnixNano()))
	return append(b, digest[:]...), nil
}

// rowIndexWriter writes a row index, which appears whole.
type rowIndexWriter struct {
	file *atomicfile.File
	buf  *bufio.Writer
	sum  uint32
}

func newRowIndexWriter(path string, head []byte) (*rowIndexWriter, error) {
	f, err := atomicfile.Create(path, 0o600)
	if err != nil {
		return nil, err
	}
	w := &rowIndexWriter{file: f, buf: bufio.NewWriterSize(f, 1<<16)}
	return w, w.write(head)
}

func (w *rowIndexWriter) write(b []byte) error {
	if w.buf == nil { // of a dry run
		return nil
	}
	w.sum = crc32.Update(w.sum, castagnoli, b)
	_, err := w.buf.Write(b)
	return err
}

// addCells appends the next row: an entry for each of its cells, in the order in which they are written.
func (w *rowIndexWriter) addCells(cells []cell) error {
	for i := range cells {
		if err := w.add(cells[i].key, cells[i].off); err != nil {
			return err
		}
	}
	return nil
}

// none appends a row of so many cells that is not part of the run.
func (w *rowIndexWriter) none(cells int) error {
	for range cells {
		if err := w.add(task.Key{}, -1); err != nil {
			return err
		}
	}
	return nil
}

// add appends the next cell. off is where its result stands, negative for nowhere.
func (w *rowIndexWriter) add(k task.Key, off int64) error {
	var b [rowEntrySize]byte
	copy(b[:], k[:])
	binary.LittleEndian.PutUint64(b[len(k):], uint64(off+1))
	return w.write(b[:])
}

func (w *rowIndexWriter) commit() error {
	if w.buf == nil {
		return nil
	}
	if _, err := w.buf.Write(binary.LittleEndian.AppendUint32(nil, w.sum)); err != nil {
		return err
	}
	return errors.Join(w.buf.Flush(), w.file.Publish(), w.file.Close())
}

func (w *rowIndexWriter) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

// rowIndex reads a row index.
type rowIndex struct{ file *os.File }

// openRowIndex opens the index of a journal if it is whole and has this head; otherwise, or when there is none, it returns nil.
func openRowIndex(journal string, head []byte) *rowIndex {
	f, err := os.Open(rowIndexPath(journal))
	if err != nil {
		return nil
	}
	if !wholeIndex(f, head) {
		f.Close()
		return nil
	}
	return &rowIndex{file: f}
}

func wholeIndex(f *os.File, head []byte) bool {
	info, err := f.Stat()
	if err != nil || info.Size() < rowHeadSize+rowTailSize {
		return false
	}
	got, tail := make([]byte, rowHeadSize), make([]byte, rowTailSize)
	sum := crc32.New(castagnoli)
	r := io.TeeReader(f, sum)
	if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, head) {
		return false
	}
	if _, err := io.CopyN(io.Discard, r, info.Size()-rowHeadSize-rowTailSize); err != nil {
		return false
	}
	_, err = io.ReadFull(f, tail)
	return err == nil && binary.LittleEndian.Uint32(tail) == sum.Sum32()
}

// window reads n rows from the ith on, fewer at the end.
func (x *rowIndex) window(i, n int) ([]rowEntry, error) {
	b := make([]byte, n*rowEntrySize)
	m, err := x.file.ReadAt(b, rowHeadSize+int64(i)*rowEntrySize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	rows := make([]rowEntry, m/rowEntrySize) // what is less than a row is the tail
	for i := range rows {
		e := b[i*rowEntrySize:]
		rows[i] = rowEntry{key: task.Key(e[:16]), off: int64(binary.LittleEndian.Uint64(e[16:])) - 1}
	}
	return rows, nil
}

func (x *rowIndex) Close() error { return x.file.Close() }

// rowEntry is one row of an index.
type rowEntry struct {
	key task.Key
	off int64 // of the result in the journal, -1 if there was none
}

// indexOf opens the row index of a source, nil if there is none that fits.
func (r *Run) indexOf(src table.Source) (*rowIndex, error) {
	head, err := rowHead(src.Stat(), &r.Settings, r.Sandbox)
	if err != nil {
		return nil, err
	}
	return openRowIndex(r.journal.path, head), nil
}

// beginRows begins the row index of the first pass, anew if that pass is made again.
func (r *Run) beginRows(src table.Source) (err error) {
	if r.rows != nil {
		r.rows.close()
	}
	r.rows, err = r.newRowIndex(src)
	return err
}

// commitRows leaves the row index of the first pass beside the journal.
func (r *Run) commitRows() error {
	rows := r.rows
	r.rows, r.indexed = nil, true
	return rows.commit()
}

// newRowIndex begins the row index of a pass.
func (r *Run) newRowIndex(src table.Source) (*rowIndexWriter, error) {
	if r.dry {
		return &rowIndexWriter{}, nil
	}
	head, err := rowHead(src.Stat(), &r.Settings, r.Sandbox)
	if err != nil {
		return nil, err
	}
	return newRowIndexWriter(rowIndexPath(r.Journal), head)
}
