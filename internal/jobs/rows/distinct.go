package rows

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"gigabatch/internal/jobs/task"
)

// Distinct are the different texts of a column.
type Distinct struct {
	Values   []task.ValueCount // the most frequent first, equally frequent ones by their text
	More     bool              // there are more
	Empty    int               // rows without a text
	Complete bool              // all rows are read
}

const maxCounted = 4 << 20 // bytes of different texts that are counted in memory

// distinct returns the n most frequent texts of the column of a plan's order in the rows before end that pass the plan. Texts of at most most
// bytes are counted in memory.
func distinct(ctx context.Context, look *looker, p *plan, end, n, most int) (*Distinct, error) {
	p.learn(look, end, false)
	of := p.orders[0].ref
	counts, found, many, err := countTexts(ctx, look, p, of, end, most)
	if err != nil {
		return nil, err
	}
	d := &Distinct{Empty: counts[""]}
	delete(counts, "")
	top := topmost{n: n}
	if !many {
		for text, rows := range counts {
			top.add(rows, false, func() (string, error) { return text, nil })
		}
	} else {
		p.orders[0].exact = true
		row, rows := 0, 0
		group := func() {
			top.add(rows, true, func() (string, error) {
				err := look.load(row, row+1)
				if err != nil {
					return "", err
				}
				return string(look.text(0, of)), look.err
			})
		}
		err = inOrder(ctx, look, found, p.orders, tie{}, func(i uint32, again bool) {
			if !again && rows > 0 {
				group()
				rows = 0
			}
			if rows++; !again {
				row = int(i)
			}
		})
		if rows > 0 {
			group()
		}
		if err != nil {
			return nil, err
		}
	}
	d.Values, d.More = top.counts, top.more
	return d, top.err
}

// countTexts counts the texts of a column in the rows before end that pass a plan, and those without one as "". found are the rows with a
// text. many means that there are too many texts to count them in memory; then only the count of "" is right.
func countTexts(ctx context.Context, l *looker, p *plan, of ref, end, most int) (counts map[string]int, found []uint32, many bool, err error) {
	var mu sync.Mutex // guards counts and size
	var over atomic.Bool
	size, parts := 0, make([][]uint32, (end+rowsPerPage-1)/rowsPerPage)
	counts = map[string]int{}
	err = sweep(ctx, l, 0, end, nil, func(l *looker) func(int) error {
		own := map[string]int{}
		return func(part int) error {
			for k := range l.entries {
				if !l.entries[k].selected || !l.fits(k, p) {
					continue
				}
				text := l.text(k, of)
				if len(text) > 0 {
					parts[part] = append(parts[part], uint32(l.first+k))
				}
				if len(text) == 0 || !over.Load() {
					own[string(text)]++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for text, n := range own {
				if _, known := counts[text]; !known {
					size += len(text) + 64
				}
				counts[text] += n
			}
			clear(own)
			if size > most {
				over.Store(true)
			}
			return l.err
		}
	})
	return counts, slices.Concat(parts...), over.Load(), err
}

// topmost keeps the most frequent texts.
type topmost struct {
	n      int
	counts []task.ValueCount
	more   bool
	err    error
}

// add adds a text with the number of its rows. last means that the text comes after those before it, so that it is read only if it is
// needed.
func (t *topmost) add(rows int, last bool, text func() (string, error)) {
	if len(t.counts) == t.n && (t.n == 0 || t.counts[t.n-1].Rows > rows || last && t.counts[t.n-1].Rows == rows) {
		t.more = true
		return
	}
	value, err := text()
	t.err = cmp.Or(t.err, err)
	c := task.ValueCount{Value: value, Rows: rows}
	at, _ := slices.BinarySearchFunc(t.counts, c, func(a, b task.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
	})
	t.counts = slices.Insert(t.counts, at, c)
	if len(t.counts) > t.n {
		t.counts, t.more = t.counts[:t.n], true
	}
}
