package ooxml

import (
	"cmp"
	"errors"
	"io"
	"os"
	"strconv"

	"gigabatch/internal/io/scratch"
	"gigabatch/internal/io/stream"
	"gigabatch/internal/messages"
)

// SharedStrings are the texts that cells refer to by number. If they exceed maxShared bytes, the excess is stored in a file.
type SharedStrings struct {
	limit  int  // of the memory, in bytes; 0 is maxShared
	ends   ends // of each text
	memory []byte
	file   *os.File
	at     int64  // length of the file; memory contains what follows
	ahead  []byte // a buffered range of the file
	from   int64  // its position in the file
	last   int64  // end of the text that was read last
}

// ends are the ends of the texts, of which there may be millions: five bytes for each, in blocks, so that they need not be copied.
type ends struct {
	blocks [][]byte
	n      int
}

const (
	endBytes = 5 // up to 1 TB
	endBlock = 1 << 16
)

func (e *ends) add(end int64) {
	last := len(e.blocks) - 1
	if e.n%endBlock == 0 && last < e.n/endBlock {
		e.blocks = append(e.blocks, make([]byte, 0, endBlock*endBytes))
		last++
	}
	e.blocks[last] = append(e.blocks[last], byte(end), byte(end>>8), byte(end>>16), byte(end>>24), byte(end>>32))
	e.n++
}

func (e *ends) at(i int) int64 {
	b := e.blocks[i/endBlock][i%endBlock*endBytes:][:endBytes]
	return int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24 | int64(b[4])<<32
}

const (
	maxShared  = 16 << 20
	readAhead  = 64 << 10
	maxStrings = 20_000_000
)

// readShared reads the part with that name. If the part does not exist, there are no shared strings.
func readShared(p *Package, name string) (s *SharedStrings, err error) {
	s = &SharedStrings{}
	if f, err := p.part(name); name == "" || f == nil || err != nil {
		return s, err
	}
	rc, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	if err := s.fill(rc); err != nil {
		return nil, errors.Join(messages.Errorf("%s: %w", name, err), s.close())
	}
	return s, nil
}

func (s *SharedStrings) fill(r io.Reader) error {
	e := &elements{Window: stream.Window{R: r, Max: maxElement}}
	head, err := e.enter("sst", "si")
	if err != nil {
		return err
	}
	s.expect(head)
	for {
		var t string
		err := e.next(func(raw []byte, m markup) (whole bool, err error) {
			t, whole, err = siText(raw, m)
			return whole, err
		})
		if errors.Is(err, io.EOF) {
			_, err := e.Rest()
			return err
		}
		if err == nil {
			err = s.add(Unescape(t))
		}
		if err != nil {
			return err
		}
	}
}

// expect allocates space for the number of strings that the part declares.
func (s *SharedStrings) expect(head []byte) {
	for p := 0; ; {
		m, err := next(head, p)
		if err != nil {
			return
		}
		if n, err := strconv.Atoi(string(m.attribute(head, "uniqueCount"))); err == nil && n > 0 {
			s.ends.blocks = [][]byte{make([]byte, 0, min(n, endBlock)*endBytes)}
			return
		}
		p = m.hi
	}
}

// siText returns the text of the element si at the end of raw. It returns false if the element continues.
func siText(raw []byte, m markup) (string, bool, error) {
	if m.kind == emptyTag {
		return "", true, nil
	}
	end, err := elementEnd(raw, m)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if err := checkText(raw); err != nil {
		return "", false, err
	}
	t, err := richText(raw[m.hi:end.lo])
	return t, true, err
}

func (s *SharedStrings) add(text string) error {
	if s.ends.n == maxStrings {
		return refuse(hintSave, "the workbook has more than %d shared {string|strings}", maxStrings)
	}
	s.memory = append(s.memory, text...)
	end := s.at + int64(len(s.memory))
	s.ends.add(end)
	if len(s.memory) < cmp.Or(s.limit, maxShared) && (s.file == nil || len(s.memory) < readAhead) {
		return nil
	}
	return s.spill()
}

// spill moves the texts in memory to the file.
func (s *SharedStrings) spill() (err error) {
	if s.file == nil {
		if s.file, err = scratch.File(); err != nil {
			return err
		}
	}
	n, err := s.file.Write(s.memory)
	s.at += int64(n)
	s.memory = s.memory[:0]
	if cap(s.memory) > maxShared/2 {
		s.memory = nil
	}
	return err
}

// text returns the string with that number.
func (s *SharedStrings) text(i int) (string, error) {
	lo, hi := int64(0), s.ends.at(i)
	if i > 0 {
		lo = s.ends.at(i - 1)
	}
	if lo >= s.at { // not in the file, which is s.at bytes long
		return string(s.memory[lo-s.at : hi-s.at]), nil
	}
	return s.stored(lo, hi)
}

// stored reads a text from the file. It reads ahead while texts are requested in order.
func (s *SharedStrings) stored(lo, hi int64) (string, error) {
	ordered := lo >= s.last && lo-s.last < readAhead
	s.last = hi
	if lo >= s.from && hi <= s.from+int64(len(s.ahead)) {
		return string(s.ahead[lo-s.from : hi-s.from]), nil
	}
	if !ordered || hi-lo > readAhead {
		b := make([]byte, hi-lo)
		_, err := s.file.ReadAt(b, lo)
		return string(b), err
	}
	if cap(s.ahead) < readAhead {
		s.ahead = make([]byte, readAhead)
	}
	s.ahead, s.from = s.ahead[:min(readAhead, s.at-lo)], lo
	if _, err := s.file.ReadAt(s.ahead, lo); err != nil {
		return "", err
	}
	return string(s.ahead[:hi-lo]), nil
}

func (s *SharedStrings) close() error {
	if s == nil || s.file == nil {
		return nil
	}
	err := scratch.Close(s.file)
	s.file = nil
	return err
}
