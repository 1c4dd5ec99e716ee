package jobs

import (
	"context"

	"gigabatch/internal/io/table"
)

// found is what the journal knows of a row.
type found struct {
	rowEntry
	result *Result // nil for a row that is pending or, with a zero key, skipped
}

// finder tells what is known of the rows of an input, one after the other.
type finder interface {
	find(row table.Row) (found, error)
}

// resultReader reads results by their keys. It is not safe for concurrent use.
type resultReader struct {
	journal *Journal
	sandbox bool
	buf     []byte
}

func (r *resultReader) read(k Key) (f found, err error) {
	f.key, f.off = k, -1
	if k == (Key{}) {
		return f, nil
	}
	at, ok := r.journal.lookup(k, r.sandbox)
	if !ok {
		return f, nil
	}
	f.off = at.off
	f.result, r.buf, err = r.journal.read(at, r.buf)
	return f, err
}

// rowFinder takes the keys from the rows.
type rowFinder struct {
	keys    keyer
	results resultReader
}

func (r *rowFinder) find(row table.Row) (found, error) {
	k, _, err := r.keys.key(row)
	if err != nil {
		return found{}, err
	}
	return r.results.read(k)
}

// aheadFinder takes the keys from a row index, so that the results are read while earlier rows are written.
type aheadFinder struct {
	index   *rowIndex
	results resultReader
	batches chan []found
	batch   []found
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

func (a *aheadFinder) readBatch(first int) ([]found, error) {
	rows, err := a.index.window(first, rowsPerBatch)
	if err != nil {
		return nil, err
	}
	batch := make([]found, len(rows))
	for i, e := range rows {
		if batch[i], err = a.results.read(e.key); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

// find returns what was read for the next row. An input that has more rows than the index has changed.
func (a *aheadFinder) find(table.Row) (found, error) {
	if len(a.batch) == 0 {
		a.batch = <-a.batches
	}
	if len(a.batch) == 0 {
		return found{}, errInputChanged
	}
	f := a.batch[0]
	a.batch = a.batch[1:]
	return f, nil
}
