package jobs

import (
	"context"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// finder tells what is known of the rows of an input, one after the other: how each of their completion columns stands. What it returns
// is valid until the next row.
type finder interface {
	find(row table.Row) ([]cell, error)
}

// resultReader reads results by their keys. It is not safe for concurrent use.
type resultReader struct {
	journal *journal.Journal
	sandbox bool
	buf     []byte
}

func (r *resultReader) read(k task.Key) (c cell, err error) {
	c.key, c.off = k, -1
	if k == (task.Key{}) {
		c.standing = blank
		return c, nil
	}
	at, ok := r.journal.Lookup(k, r.sandbox)
	if !ok {
		return c, nil
	}
	c.off, c.standing = at.Off, answered
	c.result, r.buf, err = r.journal.ReadResult(at, r.buf)
	return c, err
}

// rowFinder finds out from the rows themselves.
type rowFinder struct{ pass *pass }

func (f *rowFinder) find(row table.Row) ([]cell, error) { return f.pass.row(row) }

// aheadFinder takes the keys from the plan, so that the results are read while earlier rows are written. It is for a single
// completion column whose answers stand as they are.
type aheadFinder struct {
	keys    *rowKeys
	results resultReader
	batches chan []cell
	batch   []cell
}

// read reads the results of all rows, in order.
func (a *aheadFinder) read(ctx context.Context) error {
	defer close(a.batches)
	for _, block := range a.keys.blocks {
		for keys := range slices.Chunk(block, rowsPerBatch) {
			batch := make([]cell, len(keys))
			for i, k := range keys {
				var err error
				if batch[i], err = a.results.read(k); err != nil {
					return err
				}
			}
			select {
			case a.batches <- batch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

const rowsPerBatch = 256

// find returns what was read for the next row. An input that has more rows than were planned has changed.
func (a *aheadFinder) find(table.Row) ([]cell, error) {
	if len(a.batch) == 0 {
		a.batch = <-a.batches
	}
	if len(a.batch) == 0 {
		return nil, errInputChanged
	}
	c := a.batch[:1]
	a.batch = a.batch[1:]
	return c, nil
}
