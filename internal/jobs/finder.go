package jobs

import (
	"context"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/task"
)

// finder tells what is known of the rows of an input, one after the other: how each of their completion columns stands. What it returns
// is valid until the next row.
type finder interface {
	find(row table.Row) ([]cell, error)
}

// resultReader reads results by their keys. It is not safe for concurrent use.
type resultReader struct {
	journal *Journal
	sandbox bool
	buf     []byte
}

func (r *resultReader) read(k task.Key) (c cell, err error) {
	c.key, c.off = k, -1
	if k == (task.Key{}) {
		c.standing = blank
		return c, nil
	}
	at, ok := r.journal.lookup(k, r.sandbox)
	if !ok {
		return c, nil
	}
	c.off, c.standing = at.off, answered
	c.result, r.buf, err = r.journal.read(at, r.buf)
	return c, err
}

// rowFinder finds out from the rows themselves.
type rowFinder struct{ pass *pass }

func (f *rowFinder) find(row table.Row) ([]cell, error) { return f.pass.row(row) }

// aheadFinder takes the keys from a row index, so that the results are read while earlier rows are written. It is for a single
// completion column whose answers stand as they are.
type aheadFinder struct {
	index   *rowIndex
	results resultReader
	batches chan []cell
	batch   []cell
}

const rowsPerBatch = 256

// read reads the results of all rows of the index, in order.
func (a *aheadFinder) read(ctx context.Context) error {
	defer close(a.batches)
	for i := 0; ; i += rowsPerBatch {
		batch, err := a.readBatch(i)
		if err != nil || len(batch) == 0 {
			return err
		}
		select {
		case a.batches <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *aheadFinder) readBatch(first int) ([]cell, error) {
	rows, err := a.index.window(first, rowsPerBatch)
	if err != nil {
		return nil, err
	}
	batch := make([]cell, len(rows))
	for i, e := range rows {
		if batch[i], err = a.results.read(e.key); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

// find returns what was read for the next row. An input that has more rows than the index has changed.
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
