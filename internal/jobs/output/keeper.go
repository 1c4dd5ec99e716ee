package output

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// keeper finds the user's texts in the completion columns of the input: those that no run ever wrote. It is not safe for concurrent use.
type keeper struct {
	journal *journal.Journal
	edits   *journal.Edits
	columns []filledColumn
	forms   []*form.Form // of all completion columns; nil for a column that accepts any text
	earlier *earlier     // the run that wrote the input, nil if that asked the same
	texts   *textSet     // all texts of the journal; nil until needed
	placeds *textSet     // the texts that the rows of the input held when it was last written; nil until needed
	resolve func() (table.Source, resolve.Options, error)
	held    int64             // offset in the journal: the cells of the input held their completions before it
	by      *journal.Manifest // of the run that wrote the input, nil if none did
}

// earlier is the run that last wrote the input, if it asked something else.
type earlier struct {
	step    func(table.Row) ([]resolve.Cell, error)
	columns map[string]filledColumn // by name
	forms   []*form.Form
	cells   []resolve.Cell // of the current row
}

// newKeeper returns the keeper of a pass over src, nil if the pass cannot overwrite a text of the user. What is written aside is to be a
// copy of the input, too.
func newKeeper(o *Output, src table.Source) *keeper {
	k := &keeper{journal: o.Journal, edits: o.Edits, columns: filledColumns(o.Settings, src)}
	if o.Overwrite || len(k.columns) == 0 || !o.Settings.InPlace {
		return nil
	}
	k.forms = formsOf(o.Settings)
	k.resolve = func() (table.Source, resolve.Options, error) {
		again, err := o.Again()
		if err != nil {
			return nil, resolve.Options{}, err
		}
		edits, size := o.Edits, o.EditsSize
		options, err := o.Resolve(again)
		o.Edits, o.EditsSize, options.Edits = edits, size, edits // the output has no later ones
		options.Hand = nil
		if k.earlier != nil && err == nil {
			options, err = o.Earlier(again, k.by)
		}
		if err != nil {
			again.Close()
		}
		return again, options, err
	}
	if o.Journal == nil {
		return k
	}
	if k.held, k.by = o.Journal.Placed(); o.returned {
		k.held, k.by = o.Journal.Written()
	}
	by := k.by
	if by == nil || by.Sandbox == o.Sandbox && by.Settings.SameTasks(o.Settings) {
		return k
	}
	k.earlier = &earlier{columns: map[string]filledColumn{}, step: func(table.Row) ([]resolve.Cell, error) { return nil, nil }}
	options, err := o.Earlier(src, by)
	if err != nil { // the input no longer has the columns that the run needed
		return k
	}
	k.earlier.step, k.earlier.forms = resolve.Stepper(options), formsOf(options.Settings)
	for _, c := range filledColumns(options.Settings, src) {
		k.earlier.columns[c.Name] = c
	}
	return k
}

// NewHand returns what finds the texts of the user that columns use in place of the completions of other columns, nil if there can be none.
func NewHand(o *Output, src table.Source, used []bool) *resolve.Hand {
	if o.Journal == nil || !slices.Contains(used, true) {
		return nil
	}
	k := newKeeper(o, src)
	if k == nil {
		return nil
	}
	return &resolve.Hand{Row: k.row, Text: func(row table.Row, ref spec.Reference, c *resolve.Cell) (string, bool, error) {
		i := slices.IndexFunc(k.columns, func(f filledColumn) bool { return f.Column == ref.Column && f.Value == ref.Value })
		if i < 0 {
			return "", false, nil
		}
		keeps, err := k.keeps(row, k.columns[i], c)
		return valueAt(row, k.columns[i].in), keeps, err
	}}
}

// formsOf returns the forms of all completion columns, nil for a column without one. The settings were checked for errors in them.
func formsOf(s *spec.Settings) (all []*form.Form) {
	for _, c := range s.All() {
		f, _ := c.Form()
		all = append(all, f)
	}
	return all
}

// row must be called with every row of the input, in order.
func (k *keeper) row(row table.Row) (err error) {
	if k != nil && k.earlier != nil {
		k.earlier.cells, err = k.earlier.step(row)
	}
	return err
}

// keep sets those cells of out, the cells to write for a row, to table.Keep that would overwrite a text of the user. It returns the name of
// the first of their columns, "" if there are none.
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

// keeps reports whether a cell of the input holds a text of the user.
func (k *keeper) keeps(row table.Row, at filledColumn, c *resolve.Cell) (bool, error) {
	if slices.Contains(row.Uncalculated, at.in) {
		return true, nil // a formula
	}
	text := valueAt(row, at.in)
	if strings.TrimSpace(text) == "" || shows(c, at.Value, text) {
		return false, nil
	}
	if isPart(text) {
		return false, nil // its author is unknown
	}
	if k.wasOurs(k.forms[at.Column], at, c, text) {
		return false, nil
	}
	was, wasAt, known := c, at, true // what the input held when it was last written
	if e := k.earlier; e != nil {
		if wasAt, known = e.columns[at.Name]; known && e.cells != nil {
			was = &e.cells[wasAt.Column]
			if shows(was, wasAt.Value, text) || k.wasOurs(e.forms[wasAt.Column], wasAt, was, text) {
				return false, nil
			}
		} else {
			known = false
		}
	}
	if known && k.placed(was) { // the cell held that completion, or the prompt of the row was another one
		if wasAt.form { // prompts that changed places and labels that the user exchanged give the same rows, so the text stays
			return true, nil
		}
		another, err := k.isOfAnotherRow(text)
		if another || err != nil {
			return another, err
		}
	}
	if k.texts == nil {
		var err error
		if k.texts, err = journalTexts(k.journal, k.forms, func(bool) bool { return true }); err != nil {
			return false, err
		}
	}
	return !k.texts.hasCell(text), nil
}

// isOfAnotherRow reports whether a text that is not that of its row is that of another row of the input, which has it. Then the user has
// copied it. A text that is left from another prompt of the row is that of no row, unless other rows have that prompt.
func (k *keeper) isOfAnotherRow(text string) (bool, error) {
	if k.placeds == nil {
		src, options, err := k.resolve()
		if err != nil {
			return false, err
		}
		defer src.Close()
		options.Read, options.Others = resolve.ReadAll, true
		columns := filledColumns(options.Settings, src)
		k.placeds = &textSet{seed: maphash.MakeSeed()}
		for row, err := range resolve.Rows(context.Background(), options) {
			if err != nil {
				return false, err
			}
			for _, c := range columns {
				if row.Cells == nil || !k.placed(&row.Cells[c.Column]) || !shows(&row.Cells[c.Column], c.Value, valueAt(row.Row, c.in)) {
					continue // if the prompts changed places, no row has its own completion
				}
				k.placeds.add(row.Cells[c.Column].Text(c.Value))
			}
		}
		k.placeds.sort()
	}
	return k.placeds.hasCell(text), nil
}

// isPart reports whether a cell or an encoding may have removed a part of a text.
func isPart(text string) bool {
	p := plain(text)
	return strings.HasSuffix(p, cutMark) && len(p) >= minCut+len(cutMark) || strings.Contains(p, replacement)
}

// placed reports whether the input held the completion of a cell when it was last written.
func (k *keeper) placed(c *resolve.Cell) bool {
	return c.Off >= 0 && c.Off < k.held && c.Result != nil && c.Result.State == task.Completed
}

// shows reports whether a text is the completion of the cell, or one of its values if value is not negative.
func shows(c *resolve.Cell, value int, text string) bool {
	if c.Result == nil || c.Result.State != task.Completed {
		return false
	}
	own := c.Text(value)
	if own == text || newCellSet(text).has(own) || questioned(text, own) {
		return true
	}
	a, known := canonical(own)
	b, same := canonical(text)
	return known && same && a == b
}

// wasOurs reports whether a run wrote a text in a completion column before the completion was edited, edited again, or the edit undone. It
// considers the edits of all rows with the same request, because these may have changed places.
func (k *keeper) wasOurs(f *form.Form, at filledColumn, c *resolve.Cell, text string) bool {
	if c.Edited != nil && shows(&c.Edited.Own, at.Value, text) {
		return true
	}
	for _, t := range k.edits.Ever(c.Plain) {
		answer, problem := spec.AnswerByHand(f, t)
		was := resolve.Cell{Result: &task.Result{State: task.Completed, Completion: answer.Text}, Values: answer.Values}
		if problem == "" && shows(&was, at.Value, text) {
			return true
		}
	}
	return false
}
