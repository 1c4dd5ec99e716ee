package rows

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"sync"

	"gigabatch/internal/io/scratch"
	"gigabatch/internal/jobs/spec"
)

const (
	maxKeyText = 1 << 10 // bytes of a text in a key
	sortAtOnce = 4 << 20 // bytes of keys, with their items, that a core sorts in memory
	mergeAhead = 64 << 10
)

// A key is bytes that compare as the rows do: for each order a byte for the scale and the number or the text. It ends at the first text that
// is too long; a tie of such keys is decided by what follows in the texts.
const (
	keyNumber = 1
	keyDate   = 2
	keyText   = 3
	keyEmpty  = 0xff // in both directions
)

// tie is where keys begin, because what is before it is equal: in the text of an order, after so many bytes. The zero value is the beginning.
type tie struct{ order, skip int }

// appendKey appends the part of a key for a text from its byte skip on, at most most bytes of it. cut reports whether there are more.
func (o *order) appendKey(b, text []byte, skip, most int) (key []byte, cut bool) {
	if len(text) == 0 {
		return append(b, keyEmpty), false
	}
	from := len(b)
	scale, n := spec.Words, 0.0
	if !o.exact && skip == 0 {
		scale, n = spec.Measure(string(text), o.months)
	}
	switch scale {
	case spec.Words:
		b = append(b, keyText)
		at := len(b)
		if o.exact {
			b = append(b, text...)
		} else {
			b = lower(b, text)
			for i := at; i < len(b)-1; i++ {
				if b[i] == 0xD1 && b[i+1] == 0x91 { // ё has the place of е, as in dictionaries
					b[i], b[i+1] = 0xD0, 0xB5
				}
			}
		}
		b = slices.Delete(b, at, min(at+skip, len(b))) // an answer may have changed since it was cut
		if cut = len(b)-at > most; cut {
			b = b[:at+most]
		}
		for i := at; i < len(b); i++ {
			if b[i] == 0 { // 0 and 0 end a text
				b = slices.Insert(b, i+1, 0xff)
				i++
			}
		}
		if cut {
			b = append(b, 1) // after all texts that end here
		} else {
			b = append(b, 0, 0)
		}
	default:
		b = append(b, keyNumber+byte(scale-spec.Numbers))
		u := math.Float64bits(n + 0) // -0 is 0
		if u>>63 == 0 {
			u |= 1 << 63
		} else {
			u = ^u
		}
		b = binary.BigEndian.AppendUint64(b, u)
	}
	if o.desc {
		for i := from; i < len(b); i++ {
			b[i] = ^b[i]
		}
	}
	return b, cut
}

// appendKeys appends the key of the kth row of a looker's page from a tie on, with at most most bytes of a text. If it is cut, next is where it
// ends.
func appendKeys(b []byte, l *looker, k int, orders []order, from tie, most int) (key []byte, next tie, cut bool) {
	for i := from.order; i < len(orders); i++ {
		skip := 0
		if i == from.order {
			skip = from.skip
		}
		if b, cut = orders[i].appendKey(b, l.text(k, orders[i].ref), skip, most); cut {
			return b, tie{i, skip + most}, true
		}
	}
	return b, tie{}, false
}

// item is a row to sort.
type item struct {
	row uint32
	cut bool
	key []byte
}

func (a *item) compare(b *item) int {
	return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
}

// chunk holds keys that a core sorts in memory. Chunks are written to a file when they are full: each is a run, sorted.
type chunk struct {
	look   *looker
	orders []order
	from   tie
	keys   []byte
	items  []shortItem
	file   *os.File
	size   int64
	runs   []int64 // the ends of the runs in the file
	space  *space
}

// shortItem is an item whose key is in a chunk.
type shortItem struct {
	head     uint64 // the beginning of the key
	at, size uint32
	row      uint32
	cut      bool
}

func (c *chunk) full() bool { return len(c.keys)+24*len(c.items) >= sortAtOnce }

func (c *chunk) item(s *shortItem) item {
	return item{row: s.row, cut: s.cut, key: c.keys[s.at : s.at+s.size]}
}

func (c *chunk) add(k int) {
	from := len(c.keys)
	var s shortItem
	c.keys, _, s.cut = appendKeys(c.keys, c.look, k, c.orders, c.from, maxKeyText)
	s.at, s.size, s.row = uint32(from), uint32(len(c.keys)-from), uint32(c.look.first+k)
	var head [8]byte
	copy(head[:], c.keys[from:])
	s.head = binary.BigEndian.Uint64(head[:])
	c.items = append(c.items, s)
}

func (c *chunk) sort() {
	slices.SortFunc(c.items, func(s, t shortItem) int {
		if s.head != t.head {
			return cmp.Compare(s.head, t.head)
		}
		a, b := c.item(&s), c.item(&t)
		return a.compare(&b)
	})
}

// spill writes the sorted chunk to the file.
func (c *chunk) spill() (err error) {
	if c.file == nil {
		if c.file, err = scratch.File(); err != nil {
			return full(err)
		}
	}
	out := bufio.NewWriterSize(io.NewOffsetWriter(c.file, c.size), mergeAhead)
	var b []byte
	from := c.size
	for i := range c.items {
		it := c.item(&c.items[i])
		b = binary.LittleEndian.AppendUint32(b[:0], it.row)
		b = append(b, bits(it.cut))
		b = appendText(b, string(it.key))
		c.size += int64(len(b))
		if _, err := out.Write(b); err != nil {
			return full(err)
		}
	}
	if err := c.space.take(c.size - from); err != nil {
		c.size = from // is not taken
		return err
	}
	if err := out.Flush(); err != nil {
		return full(err)
	}
	c.runs, c.keys, c.items = append(c.runs, c.size), c.keys[:0], c.items[:0]
	return nil
}

// sorted returns rows, which are in the order of the table, in another order.
func sorted(ctx context.Context, l *looker, rows []uint32, orders []order) ([]uint32, error) {
	all := make([]uint32, 0, len(rows))
	err := inOrder(ctx, l, rows, orders, tie{}, func(row uint32, _ bool) { all = append(all, row) })
	return all, err
}

// inOrder calls visit with the rows, which are in the order of the table and equal before a tie, in another order. again reports whether a row
// is equal to the one before it. It works on all cores, in bounded memory: keys that have no room in it are sorted in parts, which are merged.
func inOrder(ctx context.Context, l *looker, rows []uint32, orders []order, from tie, visit func(row uint32, again bool)) error {
	if len(rows) == 0 {
		return nil
	}
	var mu sync.Mutex // guards chunks
	var chunks []*chunk
	defer func() {
		for _, c := range chunks {
			if c.file != nil {
				scratch.Close(c.file)
				c.space.give(c.size)
			}
		}
	}()
	err := sweep(ctx, l, 0, int(rows[len(rows)-1])+1, rows, func(l *looker) func(int) error {
		c := &chunk{look: l, orders: orders, from: from, space: l.scan.file.space}
		mu.Lock()
		chunks = append(chunks, c)
		mu.Unlock()
		return func(int) error {
			next, _ := slices.BinarySearch(rows, uint32(l.first))
			for ; next < len(rows) && int(rows[next]) < l.first+len(l.entries); next++ {
				c.add(int(rows[next]) - l.first)
				if c.full() {
					c.sort()
					if err := c.spill(); err != nil {
						return err
					}
				}
			}
			return l.err
		}
	})
	if err != nil {
		return err
	}
	m := &merger{}
	for _, c := range chunks {
		c.sort()
		m.add(&run{chunk: c})
		var from int64
		for _, end := range c.runs {
			m.add(&run{in: bufio.NewReaderSize(io.NewSectionReader(c.file, from, end-from), mergeAhead)})
			from = end
		}
	}
	heap.Init(m)
	var before item
	var tied []uint32 // rows with the key before, if that is cut
	for first := true; len(m.runs) > 0 && m.err == nil && ctx.Err() == nil; first = false {
		now := &m.runs[0].item
		again := !first && bytes.Equal(before.key, now.key)
		if !again && len(tied) > 0 {
			if err := untie(ctx, l, tied, orders, from, visit); err != nil {
				return err
			}
			tied = tied[:0]
		}
		if now.cut {
			tied = append(tied, now.row)
		} else {
			visit(now.row, again)
		}
		before.key = append(before.key[:0], now.key...)
		m.next()
	}
	if err := errors.Join(m.err, ctx.Err()); err != nil || len(tied) == 0 {
		return err
	}
	return untie(ctx, l, tied, orders, from, visit)
}

// maxWhole is the number of rows whose whole keys are compared in memory.
const maxWhole = 32

// untie is inOrder for rows whose keys from a tie on are cut and equal.
func untie(ctx context.Context, l *looker, rows []uint32, orders []order, from tie, visit func(row uint32, again bool)) error {
	if len(rows) == 1 {
		visit(rows[0], false)
		return nil
	}
	l = l.another()
	if len(rows) > maxWhole {
		if err := l.load(int(rows[0]), int(rows[0])+1); err != nil {
			return err
		}
		_, next, cut := appendKeys(nil, l, 0, orders, from, maxKeyText)
		if !cut { // an answer has changed since
			next = tie{order: len(orders)}
		}
		return inOrder(ctx, l, slices.Clone(rows), orders, next, visit)
	}
	all := make([]item, len(rows))
	for i, row := range rows {
		if err := l.load(int(row), int(row)+1); err != nil {
			return err
		}
		all[i].row = row
		all[i].key, _, _ = appendKeys(nil, l, 0, orders, from, math.MaxInt)
	}
	slices.SortFunc(all, func(a, b item) int { return a.compare(&b) })
	for i := range all {
		visit(all[i].row, i > 0 && bytes.Equal(all[i-1].key, all[i].key))
	}
	return l.err
}

// run is sorted items, in a chunk or in a file.
type run struct {
	item
	chunk *chunk
	n     int // items of the chunk so far
	in    *bufio.Reader
}

// next reads the next item. The error is io.EOF at the end.
func (r *run) next() error {
	if r.chunk != nil {
		if r.n == len(r.chunk.items) {
			return io.EOF
		}
		r.item = r.chunk.item(&r.chunk.items[r.n])
		r.n++
		return nil
	}
	var head [5]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return err
	}
	size, err := binary.ReadUvarint(r.in)
	if err != nil {
		return err
	}
	r.row, r.cut = binary.LittleEndian.Uint32(head[:]), head[4] != 0
	r.key = slices.Grow(r.key[:0], int(size))[:size]
	_, err = io.ReadFull(r.in, r.key)
	return err
}

// merger is a heap of runs by their items.
type merger struct {
	runs []*run
	err  error
}

func (m *merger) add(r *run) {
	switch err := r.next(); err {
	case nil:
		m.runs = append(m.runs, r)
	case io.EOF:
	default:
		m.err = err
	}
}

// next reads the next item of the first run.
func (m *merger) next() {
	switch err := m.runs[0].next(); err {
	case nil:
		heap.Fix(m, 0)
	case io.EOF:
		heap.Pop(m)
	default:
		m.err = err
	}
}

func (m *merger) Len() int { return len(m.runs) }

func (m *merger) Less(i, j int) bool { return m.runs[i].compare(&m.runs[j].item) < 0 }

func (m *merger) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }

func (m *merger) Push(r any) { m.runs = append(m.runs, r.(*run)) }

func (m *merger) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
