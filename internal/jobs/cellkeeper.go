package jobs

import (
	"slices"
	"strings"

	"gigabatch/internal/io/table"
)

// cellKeeper finds the texts in the completion column of the input that are the user's, because no run has ever brought them. It is not safe
// for concurrent use.
type cellKeeper struct {
	journal *Journal
	column  int      // of the completions in the input
	cell    int      // of the completions among the cells that are written
	brought *textSet // nil until it is needed
}

// newCellKeeper returns the keeper of a pass over src that writes src itself, nil if no text of the user's could be lost in it.
func (r *Run) newCellKeeper(src table.Source, dst string) *cellKeeper {
	k := &cellKeeper{
		journal: r.journal,
		column:  slices.Index(src.Columns(), r.Settings.CompletionColumn),
		cell:    slices.Index(r.Settings.Columns, "completion"),
	}
	if r.Overwrite || k.column < 0 || k.cell < 0 || !sameFile(dst, r.Input) {
		return nil
	}
	return k
}

// keeps reports whether the cell of a row, whose result is r or nil, is to stay.
func (k *cellKeeper) keeps(row table.Row, r *Result) (bool, error) {
	if k == nil {
		return false, nil
	}
	if slices.Contains(row.Uncalculated, k.column) {
		return true, nil // a formula
	}
	text := valueAt(row, k.column)
	if strings.TrimSpace(text) == "" || answers(r, text) || mayBeAltered(text) {
		return false, nil
	}
	ours, err := k.broughtAny(text)
	return !ours, err
}

// answers reports whether the text is the completion of r.
func answers(r *Result, text string) bool {
	return r != nil && r.State == Completed && (r.Completion == text || newCellSet(text).has(r.Completion))
}

// mayBeAltered reports whether a cell or an encoding may have taken a part of the text away, so that nothing tells whose it is.
func mayBeAltered(text string) bool {
	text = plain(text)
	return strings.HasSuffix(text, cutMark) && len(text) >= leastCut+len(cutMark) || strings.Contains(text, replacement)
}

// broughtAny reports whether any row ever got the text as its completion.
func (k *cellKeeper) broughtAny(text string) (ours bool, err error) {
	if k.brought == nil {
		if k.brought, err = k.journal.brought(); err != nil {
			return false, err
		}
	}
	return k.brought.has(text) || k.brought.has(table.Unguarded(text)), nil
}

// valueAt is the cell of a column by its place, "" where the row has none.
func valueAt(row table.Row, column int) string {
	if column >= len(row.Values) {
		return ""
	}
	return row.Values[column]
}
