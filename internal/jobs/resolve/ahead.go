package resolve

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// Keys are the keys of the rows of an input, in order; zero for a row without a prompt. They take 16 bytes a row.
type Keys struct {
	blocks [][]task.Key
	n      int
}

const keysPerBlock = 1 << 12

// Add adds the key of the next row.
func (k *Keys) Add(key task.Key) {
	if k.n%keysPerBlock == 0 {
		k.blocks = append(k.blocks, make([]task.Key, 0, keysPerBlock))
	}
	last := &k.blocks[len(k.blocks)-1]
	*last = append(*last, key)
	k.n++
}

// ErrChanged says that an input is not what was planned, or what the traversal began with.
var ErrChanged = errors.New("the input changed while it was read")

// RowsAhead is Rows for an input whose rows all have a single completion column that nothing but a key decides, where an earlier traversal has
// found the keys: results are read ahead of the rows.
func RowsAhead(ctx context.Context, o Options, keys *Keys) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		batches := make(chan []Cell, 1)
		var g errgroup.Group
		g.Go(func() error { return o.readAhead(ctx, keys, batches) })
		defer g.Wait()
		defer stop()
		var batch []Cell
		for row, err := range o.Source.Rows() {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && len(batch) == 0 {
				if batch = <-batches; len(batch) == 0 { // there are more rows than keys, or the keys could not be read
					err = cmp.Or(g.Wait(), ErrChanged)
				}
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			cells := batch[:1]
			batch = batch[1:]
			if o.forgotten(&cells[0]) {
				cells[0].forget()
			}
			if !yield(Row{Row: row, Selected: true, Cells: cells}, nil) {
				return
			}
		}
	}
}

const rowsPerBatch = 256

// readAhead reads the results of all keys, in order.
func (o *Options) readAhead(ctx context.Context, keys *Keys, batches chan<- []Cell) error {
	defer close(batches)
	var buf []byte
	for _, block := range keys.blocks {
		for part := range slices.Chunk(block, rowsPerBatch) {
			batch := make([]Cell, len(part))
			for i, k := range part {
				var err error
				if batch[i], buf, err = readKey(o.Journal, k, o.Sandbox, buf); err != nil {
					return err
				}
			}
			select {
			case batches <- batch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// readKey resolves a cell that nothing but its key decides.
func readKey(j *journal.Journal, k task.Key, sandbox bool, buf []byte) (c Cell, rest []byte, err error) {
	c.Key, c.Off = k, -1
	if k == (task.Key{}) {
		c.Standing = Blank
		return c, buf, nil
	}
	at, ok := j.Lookup(k, sandbox)
	if !ok {
		return c, buf, nil
	}
	c.Off, c.Standing = at.Off, Answered
	c.Result, buf, err = j.ReadResult(at, buf)
	return c, buf, err
}
