package resolve

import (
	"cmp"
	"context"
	"iter"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Keys are the keys of the rows of an input, in order, with a zero key for a row without a prompt. They take 16 bytes per row.
type Keys struct {
	Digest table.Digest // of the rows
	blocks [][]task.Key
	n      int
}

const keysPerBlock = 1 << 12

// Add appends the key of the next row.
func (k *Keys) Add(key task.Key) {
	if k.n%keysPerBlock == 0 {
		k.blocks = append(k.blocks, make([]task.Key, 0, keysPerBlock))
	}
	last := &k.blocks[len(k.blocks)-1]
	*last = append(*last, key)
	k.n++
}

// ErrChanged means that an input differs from the planned one, or changed during the traversal.
var ErrChanged = messages.Errorf("the input changed while it was being read")

// RowsAhead is Rows for an input with a single completion column whose cells depend only on their keys, with all rows selected. The keys
// come from an earlier traversal, so that results can be read ahead of the rows. It yields ErrChanged if there are more rows than keys.
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
				if batch = <-batches; len(batch) == 0 { // more rows than keys, or the results could not be read
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

const (
	rowsPerBatch  = 256
	bytesPerBatch = 4 << 20 // of the journal, from which a batch ends early
)

// readAhead sends the cells of all keys, in order, with their results.
func (o *Options) readAhead(ctx context.Context, keys *Keys, batches chan<- []Cell) error {
	defer close(batches)
	var buf []byte
	for _, block := range keys.blocks {
		for len(block) > 0 {
			batch := make([]Cell, 0, min(len(block), rowsPerBatch))
			for read := 0; len(batch) < cap(batch) && read < bytesPerBatch; {
				c := Cell{Key: block[len(batch)], Off: -1}
				if c.Key == (task.Key{}) {
					c.Standing = Blank
				} else if at, ok := o.Journal.Lookup(c.Key, o.Sandbox); ok {
					c.Standing, c.Off = Decided, at.Off
					var err error
					if c.Result, buf, err = o.Journal.ReadResult(at, buf); err != nil {
						return err
					}
					read += int(at.Len)
				}
				batch = append(batch, c)
			}
			block = block[len(batch):]
			select {
			case batches <- batch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}
