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

// A key is bytes that compare as the rows do: for each order a byte for the scale and the number or the text. It ends at the first text
// that is too long; rows with equal keys are then compared by their whole texts.
const (
	keyNumber = 1
	keyDate   = 2
	keyText   = 3
	keyEmpty  = 0xff // in both directions
)

// appendKey appends the part of a key for a text. whole means that the text is not cut; else cut reports whether it was.
func (o *order) appendKey(b, text []byte, whole bool) (key []byte, cut bool) {
	if len(text) == 0 {
		return append(b, keyEmpty), false
	}
	from := len(b)
	scale, n := spec.Words, 0.0
	if !o.exact {
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
		if cut = !whole && len(b)-at > maxKeyText; cut {
			b = b[:at+maxKeyText]
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

// appendKeys appends the key of the kth row of a looker's page. cut reports whether a text was cut, which is never if whole is true.
func appendKeys(b []byte, l *looker, k int, orders []order, whole bool) (key []byte, cut bool) {
	for i := range orders {
		if b, cut = orders[i].appendKey(b, l.text(k, orders[i].ref), whole); cut {
			break
		}
	}
	return b, cut
}

// item is a row to sort.
type item struct {
	row uint32
	cut bool
	key []byte
}

// comparer compares items.
type comparer struct {
	look   *looker
	orders []order
	keys   [2][]byte
}

// compare compares the keys of two rows, not their places.
func (c *comparer) compare(a, b *item) int {
	if by := bytes.Compare(a.key, b.key); by != 0 || !a.cut || !b.cut {
		return by
	}
	for i, row := range []uint32{a.row, b.row} {
		if err := c.look.load(int(row), int(row)+1); err != nil {
			c.look.err = err
			return 0
		}
		c.keys[i], _ = appendKeys(c.keys[i][:0], c.look, 0, c.orders, true)
	}
	return bytes.Compare(c.keys[0], c.keys[1])
}

// chunk holds keys that a core sorts in memory. Chunks are written to a file when they are full: each is a run, sorted.
type chunk struct {
	comparer
	keys  []byte
	items []shortItem
	file  *os.File
	size  int64
	runs  []int64 // the ends of the runs in the file
	space *space
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
	c.keys, s.cut = appendKeys(c.keys, c.look, k, c.orders, false)
	s.at, s.size, s.row = uint32(from), uint32(len(c.keys)-from), uint32(c.look.first+k)
	var head [8]byte
	copy(head[:], c.keys[from:])
	s.head = binary.BigEndian.Uint64(head[:])
	c.items = append(c.items, s)
}

// sort sorts the chunk. by compares with a looker that is not reading a page.
func (c *chunk) sort(by *comparer) {
	slices.SortFunc(c.items, func(s, t shortItem) int {
		if s.head != t.head {
			return cmp.Compare(s.head, t.head)
		}
		a, b := c.item(&s), c.item(&t)
		if order := by.compare(&a, &b); order != 0 {
			return order
		}
		return cmp.Compare(s.row, t.row)
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
	err := inOrder(ctx, l, rows, orders, func(row uint32, _ bool) { all = append(all, row) })
	return all, err
}

// inOrder calls visit with the rows, which are in the order of the table, in another order. again reports whether a row has the key of the
// one before it. It works on all cores, in bounded memory: keys that have no room in it are sorted in parts, which are merged.
func inOrder(ctx context.Context, l *looker, rows []uint32, orders []order, visit func(row uint32, again bool)) error {
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
	finder := func(l *looker) func(int) error {
		c := &chunk{comparer: comparer{look: l, orders: orders}, space: l.scan.file.space}
		by := &comparer{look: l.another(), orders: orders}
		mu.Lock()
		chunks = append(chunks, c)
		mu.Unlock()
		return func(int) error {
			next, _ := slices.BinarySearch(rows, uint32(l.first))
			for ; next < len(rows) && int(rows[next]) < l.first+len(l.entries); next++ {
				c.add(int(rows[next]) - l.first)
				if c.full() {
					if c.sort(by); by.look.err != nil {
						return by.look.err
					}
					if err := c.spill(); err != nil {
						return err
					}
				}
			}
			return l.err
		}
	}
	if err := sweep(ctx, l, 0, int(rows[len(rows)-1])+1, rows, finder); err != nil {
		return err
	}
	m := &merger{by: comparer{look: l.another(), orders: orders}}
	for _, c := range chunks {
		c.sort(&m.by)
		m.add(&run{chunk: c})
		var from int64
		for _, end := range c.runs {
			m.add(&run{in: bufio.NewReaderSize(io.NewSectionReader(c.file, from, end-from), mergeAhead)})
			from = end
		}
	}
	heap.Init(m)
	before := item{}
	for first := true; len(m.runs) > 0 && m.err == nil && m.by.look.err == nil && ctx.Err() == nil; first = false {
		now := &m.runs[0].item
		visit(now.row, !first && m.by.compare(&before, now) == 0)
		before = item{row: now.row, cut: now.cut, key: append(before.key[:0], now.key...)}
		m.next()
	}
	return errors.Join(m.err, m.by.look.err, ctx.Err())
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
	by   comparer
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

func (m *merger) Less(i, j int) bool {
	a, b := m.runs[i], m.runs[j]
	by := m.by.compare(&a.item, &b.item)
	return by < 0 || by == 0 && a.row < b.row
}

func (m *merger) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }

func (m *merger) Push(r any) { m.runs = append(m.runs, r.(*run)) }

func (m *merger) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
