package journal

import (
	"bytes"
	"errors"
	"fmt"

	"gigabatch/internal/jobs/task"
)

// Damage is a place of a journal that is not as it was written. What it held is asked again.
type Damage struct {
	Line   int // from 1
	Offset int64
}

// load reads the whole file into the index, and sets where the last whole record ends. Results count from the epoch of the last run on.
func (j *Journal) load() error {
	r := replay{journal: j, torn: true}
	if err := scanLines(j.file, r.line); err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	if !r.plausible() {
		return &ForeignError{Journal: j.path}
	}
	if j.history.future != 0 {
		return &FormatError{Journal: j.path, Format: j.history.future}
	}
	j.out.end = r.end
	j.seen = seen{r.end, r.lines}
	return nil
}

// Follow takes in what was appended since, whole lines only. It reports whether there was anything. A journal that is shorter than it was
// is an errShrunk: it has to be opened anew.
func (j *Journal) Follow() (more bool, err error) {
	info, err := j.file.Stat()
	if err != nil {
		return false, err
	}
	switch size := info.Size(); {
	case size < j.seen.off:
		return false, ErrShrunk
	case size == j.seen.off:
		return false, nil
	}
	r := replay{journal: j, records: 1}
	j.mu.Lock()
	defer j.mu.Unlock()
	from := j.seen
	err = scanLinesFrom(j.file, from.off, from.lines, func(line []byte, off int64, number int, whole bool) {
		if !whole {
			return
		}
		j.seen = seen{off + int64(len(line)) + 1, number}
		if len(line) > 0 || off != from.off { // the newline of the last record may have come alone
			r.line(line, off, number, true)
		}
	})
	return j.seen != from, err
}

// seen is how far a journal that others write has been read.
type seen struct {
	off   int64
	lines int
}

var ErrShrunk = errors.New("the journal is shorter than it was")

// mend cuts off what follows the last whole record, and ends that record's line if it does not end.
func (j *Journal) mend() error {
	end := j.out.end
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > end {
		if err := j.file.Truncate(end); err != nil {
			return err
		}
	}
	last := []byte{'\n'}
	if end > 0 {
		if _, err := j.file.ReadAt(last, end-1); err != nil {
			return err
		}
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = j.append([]byte("\n"))
	return err
}

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

// take takes in one record.
func (j *Journal) take(h header, line []byte, off int64) error {
	if s := task.StateOf(h.kind); s != task.Pending {
		j.put(h, s, Place{Off: off, Len: uint32(len(line))})
		return nil
	}
	if err := j.history.note(h, line, off); err != nil {
		return err
	}
	if h.kind == kindRun {
		j.epoch = j.history.last.Epoch
	}
	return nil
}

// put makes p the newest result of its key; only a completed one replaces a completed one, except that of a run made with --fresh.
func (j *Journal) put(h header, s task.State, p Place) {
	if j.few {
		return
	}
	x := &j.index[origin(h.sandbox)]
	if old, ok := x.Get(h.key); ok && old.State == task.Completed && s != task.Completed && old.Off >= j.epoch {
		return
	}
	p.State, p.Again = s, h.cause.Passing()
	x.Put(h.key, p)
}
