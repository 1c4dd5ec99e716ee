package board

import "context"

// Edit changes the answer of a row by hand, or takes the change back. column is the name of a completion column, "" the first.
func (b *Board) Edit(ctx context.Context, id string, index int, column, text string, undo bool) error {
	e, err := b.entry(id)
	if err != nil {
		return err
	}
	v, err := e.open()
	if err != nil {
		return err
	}
	if err := v.Edit(ctx, index, column, text, undo); err != nil {
		return b.plain(err)
	}
	b.changed(id)
	return nil
}
