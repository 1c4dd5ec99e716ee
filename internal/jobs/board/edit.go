package board

import (
	"context"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/task"
)

// Edit changes the answer of a row by hand, or takes the change back. column is the name of a completion column, "" the first; key is that of
// the cell as it was shown.
func (b *Board) Edit(ctx context.Context, id string, index int, column, key, text string, undo bool) error {
	k, err := task.ParseKey(key)
	if err != nil {
		return jobs.ErrMoved
	}
	e, err := b.entry(id)
	if err != nil {
		return err
	}
	v, err := e.open()
	if err != nil {
		return err
	}
	if err := v.Edit(ctx, index, column, k, text, undo); err != nil {
		return b.plain(err)
	}
	b.changed(id)
	return nil
}
