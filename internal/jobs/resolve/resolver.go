package resolve

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Options say what rows are resolved against, and how far.
type Options struct {
	Source      table.Source
	Settings    *spec.Settings
	Columns     *prompt.Columns
	Journal     *journal.Journal // nil if there is none yet
	Edits       *journal.Edits   // nil if nothing was edited by hand
	Ways        *Ways
	Sandbox     bool  // results of a sandbox count, and no others
	RetryFailed bool  // failures that wait are pending
	Asked       bool  // the run has asked since Began: results at or after it stand, whatever they are
	Began       int64 // offset in the journal
	Read        Depth
	Identify    bool  // Cell.Plain is wanted, even without edits
	Others      bool  // rows that are not selected are resolved, too, and not only counted
	Short       bool  // rows after the last selected one are not wanted
	Picks       []int // which of the selected rows are wanted, by their positions among them, sorted; nil for all
}

// Depth says which results are read from the journal, beside those that decide what is asked.
type Depth int

const (
	ReadNone     Depth = iota // none is read: Cell.Result can be nil although the journal has the result
	ReadFailures              // results that are not completed are read
	ReadAll                   // all results are read; whatever the journal holds stands, unless it is to be asked again and was not
)

// Row is a row of the input with its cells.
type Row struct {
	table.Row
	Selected bool   // it is part of the run
	Cells    []Cell // by completion column, valid until the next row; nil if the row was only counted, or cannot be resolved
}

// Blank reports whether no completion column asks anything of the row.
func (r *Row) Blank() bool {
	for i := range r.Cells {
		if r.Cells[i].Standing != Blank {
			return false
		}
	}
	return true
}

// Rows yields every row of the input in order, with cells for those that are wanted. A task that is to be asked is in one cell only. The
// first error, which is one of the input or of the journal, is the last thing that is yielded. A sequence can be iterated several times.
func Rows(ctx context.Context, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		r := newResolver(o)
		sel, err := o.Settings.Selector(o.Source)
		if err != nil {
			yield(Row{}, err)
			return
		}
		sel.Picks = o.Picks
		for row, err := range o.Source.Rows() {
			out := Row{Row: row}
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				out.Selected = sel.Has(row)
				out.Cells, err = r.resolve(row, out.Selected)
			}
			if out.Selected {
				r.selected++
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			if !yield(out, nil) || o.Short && sel.Over(row) {
				return
			}
		}
	}
}

// resolver resolves the rows of one traversal.
type resolver struct {
	Options
	asked    journal.Index    // the keys of the tasks that earlier rows have; Off is the number of the cell: see Cell.First
	selected int              // rows so far
	nth      []*journal.Index // by completion column: how often each plain key was seen; nil unless every row gets a completion of its own
	cells    []Cell           // of the current row
	buf      []byte
	alike    map[task.Key]int // how many cells had each plain key that was ever edited; nil without edits
	quiet    bool             // no tasks are made
}

func newResolver(o Options) *resolver {
	r := &resolver{Options: o, cells: make([]Cell, len(o.Columns.List)), nth: make([]*journal.Index, len(o.Columns.List))}
	if r.Edits != nil {
		r.alike = map[task.Key]int{}
	}
	for i, column := range o.Columns.List {
		column.Completion = func(ref spec.Reference) string { return r.cells[ref.Column].Text(ref.Value) }
		if o.Settings.NoDedupe {
			r.nth[i] = &journal.Index{}
		}
	}
	return r
}

// resolve returns the cells of a row, in the order in which the columns are written, valid until the next row. It returns nil for a row
// that is only counted, and for one that is not selected and is bad input.
func (r *resolver) resolve(row table.Row, selected bool) ([]Cell, error) {
	if !selected && !r.Others {
		return nil, r.countRow(row)
	}
	clear(r.cells)
	var err error
	for _, i := range r.Columns.Order {
		c := &r.cells[i]
		if err = r.cell(row, i, c); err != nil {
			r.uncount()
			break
		}
		if r.forgotten(c) {
			c.forget()
		}
	}
	if err == nil && r.Read == ReadFailures {
		err = r.readFailures()
	}
	var bad *table.Error
	switch {
	case err == nil:
		return r.cells, nil
	case !selected && errors.As(err, &bad):
		return nil, nil
	}
	return nil, err
}

// cell resolves the cell c of the ith completion column. The cells of the columns that it uses are resolved already.
func (r *resolver) cell(row table.Row, i int, c *Cell) error {
	c.number = r.selected*len(r.cells) + i
	column := r.Columns.List[i]
	c.Standing, c.Off = Decided, -1
	for _, when := range column.When {
		ref, uses := column.Uses[when.Column]
		if uses && (r.cells[ref.Column].Open() || r.cells[ref.Column].Failed()) {
			continue // whether this condition holds is not known, and another may fail
		}
		if !column.Fulfils(row, when) {
			c.Standing = Blank
			return nil
		}
	}
	for _, j := range column.Needs {
		other := &r.cells[j]
		switch {
		case other.Open():
			c.Standing, c.Key = Later, other.Key
			return nil
		case other.Failed():
			c.Key, c.Off = other.Key, other.Off
			c.fail(task.CauseNeeds, fmt.Sprintf("needs the column %q, which is %s", r.Columns.List[j].Spec.CompletionColumn, other.Result.State))
			c.Standing = other.Standing
			return nil
		}
	}
	req, err := column.Render(row)
	if err != nil || req.Skip {
		c.Standing = Blank
		return err
	}
	r.count(i, req, c)
	if edit, completion := r.editOf(c, column, req); edit != nil {
		return r.byHand(c, i, row, req, edit, completion)
	}
	return r.decideWhole(c, i, row, req)
}

// countRow counts a row that is not selected, if every row gets a completion of its own or if there are edits. Both belong to the nth of
// the cells that ask the same, so all rows before a cell count. With edits all cells of the row are resolved, because what a column asks
// may depend on the completions of others.
func (r *resolver) countRow(row table.Row) error {
	var bad *table.Error
	if r.Edits == nil {
		for i, column := range r.Columns.List {
			if r.nth[i] == nil {
				return nil
			}
			req, err := column.Render(row)
			switch {
			case errors.As(err, &bad):
			case err != nil:
				return err
			case !req.Skip:
				r.count(i, req, &Cell{})
			}
		}
		return nil
	}
	r.quiet = true
	defer func() { r.quiet = false }()
	clear(r.cells)
	for _, i := range r.Columns.Order {
		if err := r.cell(row, i, &r.cells[i]); err != nil && !errors.As(err, &bad) {
			return err
		}
	}
	if bad != nil {
		r.uncount()
	}
	return nil
}

// count notes that c is the nth cell of the ith completion column that asks the same, if every row gets a completion of its own.
func (r *resolver) count(i int, req prompt.Request, c *Cell) {
	if r.nth[i] == nil {
		return
	}
	key := task.KeyOf(req.Body)
	seen, _ := r.nth[i].Get(key)
	r.nth[i].Put(key, journal.Place{Off: seen.Off + 1})
	c.nth = uint32(seen.Off)
}

// unread is the result of cells that are completed and whose results were not read.
var unread = &task.Result{State: task.Completed}

// readFailures fills in the results of the current row that were not read: in full if they are not completed, else as unread.
func (r *resolver) readFailures() error {
	for i := range r.cells {
		c := &r.cells[i]
		if c.Result != nil || c.Standing == Blank || r.Journal == nil {
			continue
		}
		if c.state == task.Completed && !c.Open() {
			c.Result = unread
			continue
		}
		at, ok := r.Journal.Lookup(c.Key, r.Sandbox)
		switch {
		case !ok:
			continue
		case at.State == task.Completed:
			c.Result = unread
			continue
		}
		var err error
		if c.Result, err = r.read(c, at); err != nil {
			return err
		}
	}
	return nil
}

// forgotten reports whether the result of a cell is a failure of an earlier run that this run was to ask again, and did not: the cell is
// pending.
func (o *Options) forgotten(c *Cell) bool {
	result := c.Result
	return o.Read == ReadAll && o.Asked && result != nil && c.Off < o.Began && result.State == task.Failed &&
		(result.Cause.Passing() || o.RetryFailed && result.Cause.Retried())
}
