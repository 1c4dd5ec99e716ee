package board

import (
	"context"

	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/task"
)

// rowsOf returns a window of the rows from which a run is counted.
func rowsOf(b *Board, id string, from, n int, q rows.Query) (*rows.Window, error) {
	return with(b, id, func(e *entry) (*rows.Window, error) {
		v, err := e.open()
		if err != nil {
			return nil, err
		}
		w, err := v.Rows(from, n, q)
		return w, b.Plain(err)
	})
}

// rowOf returns a row of a run, nil if it does not exist.
func rowOf(ctx context.Context, b *Board, id string, index int) (*Row, error) {
	return with(b, id, func(e *entry) (*Row, error) {
		v, err := e.open()
		if err != nil {
			return nil, err
		}
		return RowOf(ctx, v, index)
	})
}

// change changes a completion of a row as the page does, or undoes the change. key is that of the cell as it was shown.
func change(ctx context.Context, b *Board, id string, index int, key string, to rows.Change) (err error) {
	if to.Key, err = task.ParseKey(key); err != nil {
		return rows.ErrMoved
	}
	_, err = with(b, id, func(e *entry) (any, error) {
		v, err := e.open()
		if err == nil {
			err = v.Edit(ctx, index, to)
		}
		return nil, b.Plain(err)
	})
	b.Edited(id)
	return err
}
