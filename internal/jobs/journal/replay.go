package journal

import (
	"bytes"
	"errors"
)

// Damage is a place of a journal that is not as it was written. What it held is asked again.
type Damage struct {
	Line   int // from 1
	Offset int64
}

// seen is how far a journal that others write has been read.
type seen struct {
	off   int64
	lines int
}

var ErrShrunk = errors.New("the journal is shorter than it was")

// replay is one reading of a journal.
type replay struct {
	journal *Journal
	records int
	lines   int   // that end
	end     int64 // of the last whole record, with its newline if it has one
	begins  bool  // the file begins with a whole record
	torn    bool  // the file is what a crash may leave of its first record
	similar bool  // the file begins almost as a journal does
}

// firstRecord is how every journal begins.
const firstRecord = keyPrefix + noKey + statePrefix + kindRun + `"`

// maxChanged is how many bytes of that may differ in a damaged journal.
const maxChanged = 2

// plausible reports whether the file is a journal, perhaps a damaged one. A few records in another file do not make it one.
func (r *replay) plausible() bool {
	if r.records == 0 {
		return r.torn
	}
	return r.begins || r.similar || r.records > len(r.journal.damage)
}

// first looks at the first line.
func (r *replay) first(line []byte, whole bool) {
	r.torn = !whole && isTorn(line)
	n := min(len(line), len(firstRecord))
	changed := 0
	for i := range n {
		if line[i] != firstRecord[i] {
			changed++
		}
	}
	r.similar = n > len(keyPrefix) && changed <= maxChanged
}

// isTorn reports whether line is a beginning of a first record, or the zeros that some file systems leave after a power cut.
func isTorn(line []byte) bool {
	line = bytes.TrimRight(line, "\x00")
	n := min(len(line), len(firstRecord))
	return string(line[:n]) == firstRecord[:n]
}

// line takes in one line.
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
	if whole {
		r.end, r.lines = off+int64(len(line))+1, number
		if !exact {
			r.damaged(line, off, number)
		}
	}
}

// damaged counts a damaged line, but not the second half of one that became two because a byte turned into a newline.
func (r *replay) damaged(line []byte, off int64, number int) {
	d := &r.journal.damage
	if n := len(*d); n > 0 && (*d)[n-1].Line == number-1 && !bytes.HasPrefix(line, []byte(keyPrefix)) {
		return
	}
	*d = append(*d, Damage{Line: number, Offset: off})
}

// eachRecord calls record for each whole record within a line, with its place, and broken for each part that is none. A line is one
// record; but where the newline between two was damaged, both are found.
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
