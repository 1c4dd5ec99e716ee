package journal

import (
	"bytes"
	"io"
	"os"

	"gigabatch/internal/messages"
)

// Damage is a damaged place of a journal: one or more lines that follow each other. The tasks whose results it contained are pending again.
type Damage struct {
	Line   int // from 1
	Offset int64
	Joined bool `json:",omitempty"` // only a line break is missing: every record of the line is whole, and nothing is lost
}

// CountDamage returns the number of the places that are joined, or of the others, and the first of them.
func CountDamage(all []Damage, joined bool) (n int, first Damage) {
	for _, d := range all {
		if d.Joined != joined {
			continue
		}
		if n++; n == 1 {
			first = d
		}
	}
	return n, first
}

// seen is how far a journal written by others has been read.
type seen struct {
	off   int64
	lines int
	end   [seenEnd]byte // what is before off
}

// seenEnd is the number of bytes by which a followed journal is recognized: the end of its last record, which has a checksum.
const seenEnd = 32

// ErrOther means that a followed journal has another content: an editor has saved it, or another program has overwritten it.
var ErrOther = messages.Errorf("the journal was overwritten")

// recognize reads the bytes before off of a journal that is followed.
func (s *seen) recognize(f io.ReaderAt) error {
	from := max(0, s.off-seenEnd)
	_, err := f.ReadAt(s.end[:s.off-from], from)
	return err
}

// replay is one reading of a journal.
type replay struct {
	journal *Journal
	records int
	lines   int   // complete lines
	broken  int   // the number of the last damaged line
	begun   bool  // a line with text was read
	end     int64 // end of the last whole record, including its newline if present
	begins  bool  // the first text of the file is a whole record
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
func (r *replay) line(l textLine) {
	if !r.begun {
		r.begun = len(l.text) > 0
		r.first(l.text, l.whole || !r.begun)
	}
	exact, lost, before := true, false, r.records
	eachRecord(l.text, func(h header, at, end int) {
		exact = exact && at == 0 && end == len(l.text)
		r.begins = r.begins || r.records == 0 && len(r.journal.damage) == 0 && at == 0
		r.records++
		r.end = l.off + int64(end)
		lost = r.journal.take(h, l.text[at:end], l.off+int64(at)) != nil || lost
	}, func() { lost = true })
	if !l.whole {
		return
	}
	r.end, r.lines = l.end+1, l.number
	if exact && !lost {
		return
	}
	pieces := r.broken == l.number-1 && r.records == before && !bytes.HasPrefix(l.text, []byte(keyPrefix))
	r.broken = l.number
	if pieces && len(r.journal.damage) > 0 {
		return // of a record that bytes which became line breaks have split
	}
	r.journal.damage = append(r.journal.damage, Damage{Line: l.number, Offset: l.off, Joined: !lost})
}

// eachRecord calls record for each whole record within a line, with its bounds, and broken for any other part. A line is one record, but if
// the newline between two records is damaged, both are found, and the first one even if the second is damaged, too.
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
		h, end, ok := firstIn(line[at:next])
		if ok {
			record(h, at, at+end)
		}
		if !ok || at+end < next-1 { // one byte more was the newline
			broken()
		}
		at = next
	}
}

// firstIn returns the record that b begins with, and its end.
func firstIn(b []byte) (h header, end int, ok bool) {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(crcPrefix))
		end = from + i + tailLen
		if i < 0 || end > len(b) {
			return h, 0, false
		}
		if h, ok = parseHeader(b[:end]); ok {
			return h, end, true
		}
		from += i + 1
	}
}

// textLine is a line of a file without what other programs may have added to it: white space at its ends, also the CR before a newline, and
// the mark of UTF-8.
type textLine struct {
	text   []byte // valid only during the call of scanLines
	off    int64  // of the text
	end    int64  // of the line, without its newline
	number int    // from 1
	whole  bool   // false for a last line without a newline
}

func newTextLine(b []byte, off int64, number int, whole bool) textLine {
	l := textLine{end: off + int64(len(b)), number: number, whole: whole}
	text := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF")), blank)
	l.off = off + int64(len(b)-len(text))
	l.text = bytes.TrimRight(text, blank)
	return l
}

const blank = " \t\r"

// scanLines calls line for each line of the file.
func scanLines(f *os.File, line func(l textLine)) error { return scanLinesFrom(f, 0, 0, line) }

// scanLinesFrom is scanLines from the offset base, with number lines before it.
func scanLinesFrom(f *os.File, base int64, number int, line func(l textLine)) error {
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
			line(newTextLine(buf[start:start+i], base+int64(start), number, true))
			start += i + 1
		}
		if err == io.EOF {
			if start < n {
				line(newTextLine(buf[start:n], base+int64(start), number+1, false))
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
