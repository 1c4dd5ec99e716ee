package jobs

import (
	"encoding/binary"

	"gigabatch/internal/jobs/task"
)

// place says what the journal holds for a key: where the record starts and ends, and how the job stands.
type place struct {
	off   int64
	len   uint32
	state task.State
	again bool // failed for a passing cause
}

const (
	entriesPerBlock = 1 << 12
	minHeads        = 1 << 8
)

// entry is 32 bytes: a million finished rows take 32 MB and at most 8 MB of heads.
type entry struct {
	key  task.Key
	word uint64 // offset<<8 | again<<7 | state
	len  uint32
	next uint32 // the next entry with the same head, plus one
}

// index maps keys to places in 40 bytes a key, without pointers that a garbage collector would follow. It is not safe for concurrent use.
type index struct {
	blocks [][]entry
	heads  []uint32 // number of the first entry, plus one
	n      uint32
}

func (x *index) get(k task.Key) (place, bool) {
	if e := x.find(k); e != nil {
		return e.place(), true
	}
	return place{}, false
}

func (x *index) put(k task.Key, p place) {
	e := x.find(k)
	if e == nil {
		e = x.add(k)
	}
	e.len = p.len
	e.word = uint64(p.off)<<8 | uint64(p.state)
	if p.again {
		e.word |= 1 << 7
	}
}

func (e *entry) place() place {
	return place{off: int64(e.word >> 8), len: e.len, state: task.State(e.word & 0x7f), again: e.word&(1<<7) != 0}
}

func (x *index) at(i uint32) *entry { return &x.blocks[i/entriesPerBlock][i%entriesPerBlock] }

func (x *index) head(k task.Key) *uint32 {
	return &x.heads[binary.LittleEndian.Uint64(k[:])&uint64(len(x.heads)-1)]
}

func (x *index) find(k task.Key) *entry {
	if len(x.heads) == 0 {
		return nil
	}
	for i := *x.head(k); i != 0; {
		e := x.at(i - 1)
		if e.key == k {
			return e
		}
		i = e.next
	}
	return nil
}

func (x *index) add(k task.Key) *entry {
	if int(x.n) >= len(x.heads) {
		x.grow()
	}
	if x.n%entriesPerBlock == 0 {
		x.blocks = append(x.blocks, make([]entry, entriesPerBlock))
	}
	h := x.head(k)
	e := x.at(x.n)
	*e = entry{key: k, next: *h}
	x.n++
	*h = x.n
	return e
}

func (x *index) grow() {
	x.heads = make([]uint32, max(minHeads, 2*len(x.heads)))
	for i := range x.n {
		e := x.at(i)
		h := x.head(e.key)
		e.next, *h = *h, i+1
	}
}
