package output

import (
	"cmp"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// keeper finds the texts in the completion columns of the input that are the user's, because no run has ever brought them. It is not safe
// for concurrent use.
type keeper struct {
	journal *journal.Journal
	edits   *journal.Edits
	columns []answerColumn
	forms   []*form.Form // of all completion columns, nil where any text will do
	brought *textSet     // nil until it is needed
}

// newKeeper returns the keeper of a pass over src that writes dst, nil if no text of the user's could be lost in it.
func (o *Output) newKeeper(src table.Source, dst string) *keeper {
	k := &keeper{journal: o.Journal, edits: o.Edits, columns: answersIn(o.Settings, src)}
	if o.Overwrite || len(k.columns) == 0 || !o.isInput(dst) {
		return nil
	}
	for _, c := range o.Settings.All() {
		f, _ := c.Form() // which the settings were checked for
		k.forms = append(k.forms, f)
	}
	return k
}

// keep leaves the cells of a row as they are that hold a text of the user's; out is what is to be written. It returns the column of the
// first of them, "" if there are none.
func (k *keeper) keep(row resolve.Row, out []any) (kept string, err error) {
	if k == nil {
		return "", nil
	}
	for _, c := range k.columns {
		keeps, err := k.keeps(row.Row, c, &row.Cells[c.Column])
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
func (k *keeper) keeps(row table.Row, at answerColumn, c *resolve.Cell) (bool, error) {
	if slices.Contains(row.Uncalculated, at.in) {
		return true, nil // a formula
	}
	text := valueAt(row, at.in)
	if strings.TrimSpace(text) == "" || shows(c, at.Value, text) || mayBeAltered(text) || k.wasOurs(at, c, text) {
		return false, nil
	}
	if at.form && c.Off >= 0 && c.Off < k.journal.Placed() && c.Result != nil && c.Result.State == task.Completed {
		return true, nil // its own completion stood there once, so this is what the user has made of it
	}
	if k.brought == nil {
		var err error
		if k.brought, err = brought(k.journal, k.forms, func(bool) bool { return true }); err != nil {
			return false, err
		}
	}
	return !k.brought.hasCell(text), nil
}

// shows reports whether a text is the completion of the cell, or the property of that number.
func shows(c *resolve.Cell, value int, text string) bool {
	if c.Result == nil || c.Result.State != task.Completed {
		return false
	}
	own := c.Text(value)
	return own == text || newCellSet(text).has(own)
}

// wasOurs reports whether a text in a completion column is what a run has put there before the completion was edited, edited again, or the
// edit undone. Rows that ask the same may have changed places.
func (k *keeper) wasOurs(at answerColumn, c *resolve.Cell, text string) bool {
	if c.Edited != nil && shows(&c.Edited.Own, at.Value, text) {
		return true
	}
	for _, t := range k.edits.Ever(c.Plain) {
		answer, problem := spec.AnswerByHand(k.forms[at.Column], t)
		was := resolve.Cell{Result: &task.Result{State: task.Completed, Completion: answer.Text}, Values: answer.Values}
		if problem == "" && shows(&was, at.Value, text) {
			return true
		}
	}
	return false
}

// mayBeAltered reports whether a cell or an encoding may have taken a part of the text away, so that nothing tells whose it is.
func mayBeAltered(text string) bool {
	text = plain(text)
	return strings.HasSuffix(text, cutMark) && len(text) >= leastCut+len(cutMark) || strings.Contains(text, replacement)
}
