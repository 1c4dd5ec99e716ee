// Package index keeps where the results of a million tasks are in a few megabytes.
package index

import (
	"encoding/binary"
	"slices"

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

	shared      []bool // by block: another Index has it, too, so that it is copied before it is changed; nil if none is
	sharedHeads bool
}

// Share returns an Index with the same places. What neither changes is in memory once.
func (x *Index) Share() Index {
	all := func() []bool { return slices.Repeat([]bool{true}, len(x.blocks)) }
	x.shared, x.sharedHeads = all(), true
	return Index{blocks: slices.Clone(x.blocks), heads: x.heads, n: x.n, shared: all(), sharedHeads: true}
}

// Get returns the place of a key.
func (x *Index) Get(k task.Key) (Place, bool) {
	if i, ok := x.find(k); ok {
		return x.at(i).place(), true
	}
	return Place{}, false
}

// Put sets the place of a key. Offsets must be less than 2^56.
func (x *Index) Put(k task.Key, p Place) {
	i, ok := x.find(k)
	if !ok {
		i = x.add(k)
	}
	e := x.own(i)
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

// Shared reports whether another Index may have memory in common with x.
func (x *Index) Shared() bool { return x.sharedHeads }

// Len returns the number of keys.
func (x *Index) Len() uint32 { return x.n }

// Nth returns the nth key that was put, from 0, and its place.
func (x *Index) Nth(n uint32) (task.Key, Place) {
	e := x.at(n)
	return e.key, e.place()
}

func (x *Index) at(i uint32) *entry { return &x.blocks[i/entriesPerBlock][i%entriesPerBlock] }

// own returns an entry to change it.
func (x *Index) own(i uint32) *entry {
	if b := i / entriesPerBlock; x.shared != nil && x.shared[b] {
		x.blocks[b], x.shared[b] = slices.Clone(x.blocks[b]), false
	}
	return x.at(i)
}

func (x *Index) head(k task.Key) *uint32 {
	return &x.heads[binary.LittleEndian.Uint64(k[:])&uint64(len(x.heads)-1)]
}

func (x *Index) find(k task.Key) (i uint32, ok bool) {
	if len(x.heads) == 0 {
		return 0, false
	}
	for i := *x.head(k); i != 0; {
		e := x.at(i - 1)
		if e.key == k {
			return i - 1, true
		}
		i = e.next
	}
	return 0, false
}

func (x *Index) add(k task.Key) uint32 {
	if int(x.n) >= len(x.heads) {
		x.grow()
	}
	if x.sharedHeads {
		x.heads, x.sharedHeads = slices.Clone(x.heads), false
	}
	if x.n%entriesPerBlock == 0 {
		x.blocks = append(x.blocks, make([]entry, entriesPerBlock))
		if x.shared != nil {
			x.shared = append(x.shared, false)
		}
	}
	h := x.head(k)
	*x.own(x.n) = entry{key: k, next: *h}
	x.n++
	*h = x.n
	return x.n - 1
}

func (x *Index) grow() {
	x.heads, x.sharedHeads = make([]uint32, max(minHeads, 2*len(x.heads))), false
	for i := range x.n {
		e := x.own(i)
		h := x.head(e.key)
		e.next, *h = *h, i+1
	}
}
