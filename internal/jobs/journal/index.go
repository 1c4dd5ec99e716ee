package journal

import (
	"encoding/binary"

	"gigabatch/internal/jobs/task"
)

// Place is the place of a result in the journal, and the outcome of its task.
type Place struct {
	Off   int64  // of the record
	Len   uint32 // of the record, without its newline
	State task.State
	Again bool // failed for a temporary cause
	Odd   bool // completed with task.NotUTF8
}

const (
	entriesPerBlock = 1 << 12
	minHeads        = 1 << 8
)

// entry has 32 bytes: a million results take 32 MB and at most 8 MB of heads.
type entry struct {
	key  task.Key
	word uint64 // offset<<8 | again<<7 | odd<<6 | state
	len  uint32
	next uint32 // the next entry with the same head, plus one
}

// Index maps keys to places in 40 bytes per key, without pointers for the garbage collector. The zero value is empty. An Index is not safe
// for concurrent use.
type Index struct {
	blocks [][]entry
	heads  []uint32 // number of the first entry, plus one
	n      uint32
}

// Get returns the place of a key.
func (x *Index) Get(k task.Key) (Place, bool) {
	if e := x.find(k); e != nil {
		return e.place(), true
	}
	return Place{}, false
}

// Put sets the place of a key. Offsets must be less than 2^56.
func (x *Index) Put(k task.Key, p Place) {
	e := x.find(k)
	if e == nil {
		e = x.add(k)
	}
	e.len = p.Len
	e.word = uint64(p.Off)<<8 | uint64(p.State)
	if p.Again {
		e.word |= 1 << 7
	}
	if p.Odd {
		e.word |= 1 << 6
	}
}

func (e *entry) place() Place {
	return Place{
		Off: int64(e.word >> 8), Len: e.len, State: task.State(e.word & 0x3f), Again: e.word&(1<<7) != 0, Odd: e.word&(1<<6) != 0,
	}
}

func (x *Index) at(i uint32) *entry { return &x.blocks[i/entriesPerBlock][i%entriesPerBlock] }

func (x *Index) head(k task.Key) *uint32 {
	return &x.heads[binary.LittleEndian.Uint64(k[:])&uint64(len(x.heads)-1)]
}

func (x *Index) find(k task.Key) *entry {
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

func (x *Index) add(k task.Key) *entry {
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

func (x *Index) grow() {
	x.heads = make([]uint32, max(minHeads, 2*len(x.heads)))
	for i := range x.n {
		e := x.at(i)
		h := x.head(e.key)
		e.next, *h = *h, i+1
	}
}
