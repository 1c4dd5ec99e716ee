package journal

import (
	"bytes"
	"io"
	"os"

	"gigabatch/internal/messages"
)

// Damage is a damaged place of a journal. The tasks whose results it contained are pending again.
type Damage struct {
	Line   int // from 1
	Offset int64
}

// seen is how far a journal written by others has been read.
type seen struct {
	off   int64
	lines int
}

// ErrShrunk means that a followed journal has become shorter.
var ErrShrunk = messages.Errorf("the journal has become shorter")

// replay is one reading of a journal.
type replay struct {
	journal *Journal
	records int
	lines   int   // complete lines
	end     int64 // end of the last whole record, including its newline if present
	begins  bool  // the file begins with a whole record
	torn    bool  // the file may be a first record truncated by a crash
	similar bool  // the file begins almost like a journal
}

// firstRecord is the beginning of every journal.
const firstRecord = keyPrefix + noKey + statePrefix + kindRun + `"`

// maxChanged is the maximum number of bytes of firstRecord that differ in a damaged journal.
const maxChanged = 2

// plausible reports whether the file is a journal, possibly a damaged one. A few records in another file do not make it a journal.
func (r *replay) plausible() bool {
	if r.records == 0 {
		return r.torn
	}
	return r.begins || r.similar || r.records > len(r.journal.damage)
}

// first compares the first line with firstRecord. A crash may leave a part of it, possibly followed by zeros that some file systems leave
// after a power failure.
func (r *replay) first(line []byte, whole bool) {
	start := bytes.TrimRight(line, "\x00")
	start = start[:min(len(start), len(firstRecord))]
	r.torn = !whole && string(start) == firstRecord[:len(start)]
	n := min(len(line), len(firstRecord))
	changed := 0
	for i := range n {
		if line[i] != firstRecord[i] {
			changed++
		}
	}
	r.similar = n > len(keyPrefix) && changed <= maxChanged
}

// line processes one line.
func (r *replay) line(line []byte, off int64, number int, whole bool) {
	if number == 1 {
		r.first(line, whole)
	}
	exact := len(line) > 0
	eachRecord(line, func(h header, at, end int) {
		exact = exact && at == 0 && end == len(line)
		r.records++
		r.begins = r.begins || off == 0 && at == 0
		r.end = off + int64(end)
		if r.journal.take(h, line[at:end], off+int64(at)) != nil {
			exact = false
		}
	}, func() { exact = false })
	if !whole {
		return
	}
	r.end, r.lines = off+int64(len(line))+1, number
	if exact {
		return
	}
	d := &r.journal.damage
	if n := len(*d); n > 0 && (*d)[n-1].Line == number-1 && !bytes.HasPrefix(line, []byte(keyPrefix)) {
		return // the second half of a line split by a byte that became a newline
	}
	*d = append(*d, Damage{Line: number, Offset: off})
}

// eachRecord calls record for each whole record within a line, with its bounds, and broken for any other part. A line is one record, but if
// the newline between two records is damaged, both are found.
func eachRecord(line []byte, record func(h header, at, end int), broken func()) {
	if h, ok := parseHeader(line); ok {
		record(h, 0, len(line))
		return
	}
	for at := 0; at < len(line); {
		next := len(line)
		if i := bytes.Index(line[at+1:], []byte(keyPrefix)); i >= 0 {
			next = at + 1 + i
		}
		if h, ok := parseHeader(line[at:next]); ok {
			record(h, at, next)
		} else if h, ok := parseHeader(line[at : next-1]); ok {
			record(h, at, next-1)
		} else {
			broken()
		}
		at = next
	}
}

// scanLines calls line for each line of the file, without its newline, with its offset and its number from 1. whole is false for a last
// line without a newline. The bytes are valid only during the call.
func scanLines(f *os.File, line func(b []byte, off int64, number int, whole bool)) error {
	return scanLinesFrom(f, 0, 0, line)
}

// scanLinesFrom is scanLines from the offset base, with number lines before it.
func scanLinesFrom(f *os.File, base int64, number int, line func(b []byte, off int64, number int, whole bool)) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	const chunk = 1 << 20
	buf := make([]byte, min(chunk, max(info.Size()-base, 0)+1))
	n := 0
	for { // base is the offset of buf[0] in the file
		m, err := f.ReadAt(buf[n:], base+int64(n))
		n += m
		start := 0
		for {
			i := bytes.IndexByte(buf[start:n], '\n')
			if i < 0 {
				break
			}
			number++
			line(buf[start:start+i], base+int64(start), number, true)
			start += i + 1
		}
		if err == io.EOF {
			if start < n {
				line(buf[start:n], base+int64(start), number+1, false)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if start == 0 && n == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
			continue
		}
		n = copy(buf, buf[start:n])
		base += int64(start)
	}
}
