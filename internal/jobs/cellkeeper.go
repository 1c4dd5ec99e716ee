package jobs

import (
	"cmp"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// cellKeeper finds the texts in the answer columns of the input that are the user's, because no run has ever brought them. It is not safe
// for concurrent use.
type cellKeeper struct {
	journal *journal.Journal
	columns []answerColumn
	forms   []*form.Form
	pass    *pass    // that finds the cells; nil where the plan tells their keys
	brought *textSet // nil until it is needed
}

// newCellKeeper returns the keeper of a pass over src that writes src itself, nil if no text of the user's could be lost in it.
func (r *Run) newCellKeeper(src table.Source, dst string, p *pass) *cellKeeper {
	k := &cellKeeper{journal: r.journal, columns: answersIn(&r.Settings, src), forms: r.Settings.Forms(), pass: p}
	if r.Overwrite || len(k.columns) == 0 || !r.isInput(dst) {
		return nil
	}
	return k
}

// keep leaves the cells of a row as they are that hold a text of the user's; cells are what out is made of. It tells the column of the
// first of them, "" if there are none.
func (k *cellKeeper) keep(row table.Row, cells []cell, out []any) (kept string, err error) {
	if k == nil {
		return "", nil
	}
	for _, c := range k.columns {
		keeps, err := k.keeps(row, c, &cells[c.Column])
		if err != nil {
			return kept, err
		}
		if keeps {
			out[c.out], kept = table.Keep, cmp.Or(kept, c.Name)
		}
	}
	return kept, nil
}

// keeps reports whether a cell of the input is to stay.
func (k *cellKeeper) keeps(row table.Row, at answerColumn, c *cell) (bool, error) {
	if slices.Contains(row.Uncalculated, at.in) {
		return true, nil // a formula
	}
	text := valueAt(row, at.in)
	if strings.TrimSpace(text) == "" || c.shows(at.Value, text) || mayBeAltered(text) || k.wasOurs(at, c, text) {
		return false, nil
	}
	if at.form && c.off >= 0 && c.off < k.journal.Placed() && c.result != nil && c.result.State == task.Completed {
		return true, nil // its own answer stood there once, so this is what the user has made of it
	}
	ours, err := k.broughtAny(text)
	return !ours, err
}

// shows reports whether a text is the answer of the cell, or the property of that number.
func (c *cell) shows(value int, text string) bool {
	if c.result == nil || c.result.State != task.Completed {
		return false
	}
	own := c.text(value)
	return own == text || newCellSet(text).has(own)
}

// mayBeAltered reports whether a cell or an encoding may have taken a part of the text away, so that nothing tells whose it is.
func mayBeAltered(text string) bool {
	text = plain(text)
	return strings.HasSuffix(text, cutMark) && len(text) >= leastCut+len(cutMark) || strings.Contains(text, replacement)
}

// broughtAny reports whether any row ever got the text as its completion.
func (k *cellKeeper) broughtAny(text string) (ours bool, err error) {
	if k.brought == nil {
		if k.brought, err = broughtBy(k.journal, k.forms, func(bool) bool { return true }); err != nil {
			return false, err
		}
	}
	return k.brought.hasCell(text), nil
}

// valueAt is the cell of a column by its place, "" where the row has none.
func valueAt(row table.Row, column int) string {
	if column >= len(row.Values) {
		return ""
	}
	return row.Values[column]
}
