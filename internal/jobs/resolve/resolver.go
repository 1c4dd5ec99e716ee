package resolve

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Options define how rows are resolved.
type Options struct {
	Source   table.Source
	Settings *spec.Settings
	Columns  *prompt.Columns
	Journal  *journal.Journal // nil if it does not exist yet
	Editing
	Ways        *Ways
	Sandbox     bool // only results of a sandbox count, else only those of the real service
	RetryFailed bool // failures that are Waiting are pending
	This
	Read Depth
	Rest
	Hand  *Hand // texts that the user wrote into the input in place of completions; nil for none
	Quiet bool  // nothing will be asked: no cell has tasks, nor is it the Duplicate of another
	Wanted
}

// Wanted says which rows are looked at.
type Wanted struct {
	Short bool   // stop after the last selected row
	Picks []int  // positions of the wanted rows among the selected ones, sorted; nil for all
	Share *Share // learns of the rows of all shards; may be nil
}

// Hand finds texts that the user wrote into the input in place of completions. Other columns use them.
type Hand struct {
	Row func(row table.Row) error // must be called with every row of the input, in order
	// Text returns the text in the place of a completion, or of its property, of the cell c in row. ok is false if the user wrote none.
	Text func(row table.Row, ref spec.Reference, c *Cell) (text string, ok bool, err error)
}

// This defines which results are those of this run. Began and Retry are offsets in the journal.
type This struct {
	Asked bool // the run has asked since Began: every result at or after Began counts
	Began int64
	Retry int64 // failures for a temporary cause before it are asked again, also if they are at or after Began
}

// Rest defines how rows that are not selected are resolved.
type Rest struct {
	Others bool // resolve them, instead of only counting them
	// Earlier returns what earlier runs asked, the newest first: the answers that they got count, too. It is called at most once; may be nil.
	Earlier func() []*prompt.Columns
}

// Editing defines how edits are used.
type Editing struct {
	Edits    *journal.Edits // nil without edits
	Applied  *int           // counts the cells with an edit, whether selected or not; may be nil
	Identify bool           // set Cell.Plain even without edits
	Past     bool           // set Cell.Before
	Undone   bool           // a cell whose edit was undone has its answer from before --fresh, which did not ask it
}

// Depth defines which results are read from the journal in addition to those that decide what is asked.
type Depth int

const (
	ReadNone     Depth = iota // none: Cell.Result can be nil although the journal has the result
	ReadFailures              // results that are not completed
	ReadAll                   // all results; each one counts unless it should have been asked again and was not
)

// Row is a row of the input with its cells.
type Row struct {
	table.Row
	Selected bool   // the row is part of the run
	Cells    []Cell // by completion column, valid until the next row; nil if the row was only counted or cannot be resolved
}

// Blank reports whether no completion column asks anything about the row.
func (r *Row) Blank() bool {
	for i := range r.Cells {
		if r.Cells[i].Standing != Blank {
			return false
		}
	}
	return true
}

// Rows yields every row of the input in order, with cells for the wanted rows. A task to ask is in one cell only. The sequence ends after
// the first error, which is one of the input or of the journal. It can be iterated several times.
func Rows(ctx context.Context, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		r := newResolver(o)
		defer func() { r.asked = journal.Index{} }() // the columns keep r
		sel, err := o.Settings.Selector(o.Source)
		if err != nil {
			yield(Row{}, err)
			return
		}
		sel.Picks = o.Picks
		share, err := newShare(ctx, &o)
		if err != nil {
			yield(Row{}, err)
			return
		}
		if share != nil {
			sel.Share = share.has
		}
		for row, err := range o.Source.Rows() {
			out := Row{Row: row}
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				out.Selected = sel.Has(row)
				out.Cells, err = r.resolve(row, out.Selected)
				err = cmp.Or(share.failed(), err)
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

// Again resolves one row of an earlier traversal with these options, whose source may be closed since. It must not overlap with that
// traversal, and rows may not have completions of their own. above returns how many cells of the rows before this one have a request.
// The cells are nil if the row cannot be resolved.
func Again(o Options, row table.Row, selected bool, above func(plain task.Key) int) ([]Cell, error) {
	r := newResolver(o)
	r.above = above
	return r.resolve(row, selected)
}

// Stepper returns a function that resolves the rows of another traversal, each in its turn, as rows that are not selected: they have the
// answers that they had before --fresh. The cells are valid until the next row, and nil for a row that cannot be resolved.
func Stepper(o Options) func(row table.Row) ([]Cell, error) {
	o.Others = true
	r := newResolver(o)
	return func(row table.Row) ([]Cell, error) {
		r.selected++
		return r.resolve(row, false)
	}
}

// resolver resolves the rows of one traversal.
type resolver struct {
	Options
	asked    journal.Index    // the keys of the tasks of earlier rows; Off is the number of the cell, see Cell.First
	selected int              // rows so far
	nth      []*journal.Index // by completion column: how often each plain key was seen; nil unless every row gets its own completion
	cells    []Cell           // of the current row
	buf      []byte
	alike    map[task.Key]int         // number of cells with each plain key that was ever edited; nil without edits
	kept     bool                     // the current cell has its answer from before --fresh
	above    func(plain task.Key) int // the number of cells with a plain key before the first row; nil for none
	quiet    bool                     // create no tasks
	before   bool                     // results that this run has replaced count for it
	other    bool                     // the current row is not selected
	earlier  []*prompt.Columns        // of Options.Earlier, once it was called
	current
	failed error // of Hand
}

// current is what a resolver is working at.
type current struct {
	row     table.Row
	follows *spec.FollowUp // of the column
	counted []nth          // the requests of the row that were counted, however often it was resolved
	stays   bool           // the row, which is not selected, keeps its failures for a temporary cause, too
	past
}

// nth is a request of a completion column, with the number of rows before it that have the same.
type nth struct {
	column int
	key    task.Key
	n      uint32
}

func newResolver(o Options) *resolver {
	r := &resolver{Options: o, quiet: o.Quiet, cells: make([]Cell, len(o.Columns.List)), nth: make([]*journal.Index, len(o.Columns.List))}
	if r.Edits != nil {
		r.alike = map[task.Key]int{}
	}
	for i := range o.Columns.List {
		if o.Settings.NoDedupe {
			r.nth[i] = &journal.Index{}
		}
	}
	r.bind(o.Columns)
	return r
}

// bind lets columns use the completions of each other.
func (r *resolver) bind(c *prompt.Columns) {
	for _, column := range c.List {
		column.Completion = r.used
	}
}

// used returns a completion of the current row, or what the user wrote in its place, as other columns use it.
func (r *resolver) used(ref spec.Reference) string {
	c := &r.cells[ref.Column]
	if r.Hand != nil && r.failed == nil {
		text, ok, err := r.Hand.Text(r.row, ref, c)
		if r.failed = err; ok {
			c.Written = true
			return text
		}
	}
	return c.Text(ref.Value)
}

// lookup finds the result of a task. A row that is not selected keeps its answer: what --fresh discards, it discards for the rows that it
// asks.
func (r *resolver) lookup(k task.Key) (journal.Place, bool) {
	if r.other || r.kept {
		if p, ok := r.Journal.Former(k, r.Sandbox); ok && r.before {
			return p, true
		}
		return r.Journal.Latest(k, r.Sandbox)
	}
	return r.Journal.Lookup(k, r.Sandbox)
}

// resolve returns the cells of a row in output order, valid until the next row. It returns nil for a row that is only counted, and for an
// unselected row with bad input.
func (r *resolver) resolve(row table.Row, selected bool) ([]Cell, error) {
	r.other, r.row, r.counted = !selected, row, r.counted[:0]
	if r.Hand != nil {
		if err := r.Hand.Row(row); err != nil {
			return nil, err
		}
	}
	if !selected && !r.Others {
		return nil, r.countRow(row)
	}
	err := r.resolveCells(row)
	if err == nil && !selected && r.open() {
		err = r.asBefore(row)
	}
	if err == nil && r.Past && r.open() {
		err = r.lookBack(row)
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

// resolveCells resolves the cells of a row.
func (r *resolver) resolveCells(row table.Row) error {
	clear(r.cells)
	for _, i := range r.Columns.Order {
		c := &r.cells[i]
		if err := r.cell(row, i, c); err != nil {
			r.uncount()
			return err
		}
		r.failBlocked(c, i)
		if !r.stays && r.forgotten(c) && (!r.other || c.Result.Cause.Passing()) { // a row that is not selected was not to be asked again
			c.forget()
		}
	}
	return r.failed
}

// open reports whether a cell of the row is open.
func (r *resolver) open() bool {
	return slices.ContainsFunc(r.cells, func(c Cell) bool { return c.Open() })
}

// asBefore resolves a row that is not selected and has open cells with the answers that it had before this run: those that this run has
// replaced because a selected row asks the same, or those of the newest earlier run that asked something else. If they are not complete,
// the row stays as it is, with its failures.
func (r *resolver) asBefore(row table.Row) error {
	if r.Earlier != nil {
		r.earlier = r.Earlier()
		for _, c := range r.earlier {
			r.bind(c)
		}
		r.Earlier = nil
	}
	now, quiet := r.Columns, r.quiet
	defer func() { r.Columns, r.quiet = now, quiet }()
	r.quiet, r.before = true, true
	r.uncount()
	err := r.resolveCells(row)
	if r.before = false; err == nil && !r.open() {
		return nil
	}
	for _, r.Columns = range r.earlier {
		r.uncount()
		if r.resolveCells(row) == nil && !r.open() {
			return nil
		}
	}
	r.Columns, r.quiet = now, quiet
	r.uncount()
	r.stays = true
	defer func() { r.stays = false }()
	return r.resolveCells(row)
}

// past is how a row was resolved at some time.
type past struct {
	edits []journal.Edit // all that were made, and the undoings; nil before it is looked back
	back  bool           // the row is resolved as it was when only the edits before the one at until had been made
	until int
	last  int // the newest one of them in the row, -1 if there is none
}

// lookBack sets Cell.Before of the open cells of a row: it resolves the row without its last edit, without the one before it, and so on.
func (r *resolver) lookBack(row table.Row) error {
	edited := func(c Cell) bool { return len(r.Edits.Ever(c.Plain)) > 0 }
	if !slices.ContainsFunc(r.cells, edited) {
		return nil
	}
	if r.edits == nil {
		r.edits = r.Edits.Since(0)
	}
	now, quiet, applied := slices.Clone(r.cells), r.quiet, r.Applied
	r.quiet, r.Applied, r.back, r.until = true, nil, true, len(r.edits)
	var err error
	for n := 0; n < maxPast && r.until >= 0 && err == nil; n++ {
		r.uncount()
		r.last = -1
		err = r.resolveCells(row)
		for i := range now {
			c, was := &now[i], r.cells[i]
			if err == nil && c.Open() && c.Before == nil && was.Plain != c.Plain && was.Result != nil && was.Result.State == task.Completed {
				c.Before = &was
			}
		}
		r.until = r.last
	}
	if err == nil {
		r.uncount()
	}
	r.quiet, r.Applied, r.back = quiet, applied, false
	copy(r.cells, now)
	for i := range now {
		if edited(now[i]) {
			r.alike[now[i].Plain]++
		}
	}
	return err
}

// maxPast is the number of edits of a row that lookBack leaves out.
const maxPast = 20

// cell resolves the cell c of the ith completion column. The cells of the columns that it uses are already resolved.
func (r *resolver) cell(row table.Row, i int, c *Cell) error {
	c.number = r.selected*len(r.cells) + i
	column := r.Columns.List[i]
	r.follows = &column.Spec.FollowUp
	c.Standing, c.Off = Decided, -1
	r.kept = false
	for _, when := range column.When {
		ref, uses := column.Uses[when.Column]
		if uses && (r.cells[ref.Column].Open() || r.cells[ref.Column].Failed()) {
			continue // unknown whether this condition holds; another may fail
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
			c.fail(task.CauseNeeds, needs(r.Columns.List[j].Spec.CompletionColumn, other.Result.State).String())
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
	edit, completion := r.editOf(c, column, req)
	r.kept = r.isKept(c)
	if edit != nil {
		return r.byHand(c, i, row, req, edit, completion)
	}
	return r.decideWhole(c, i, row, req)
}

// isKept reports whether a cell has its answer from before --fresh.
func (r *resolver) isKept(c *Cell) bool { return r.Undone && len(r.Edits.Ever(c.Plain)) > 0 }

// needs returns the reason why a cell fails that uses the column of a cell without a completion. Like all texts of the cells of "error", it
// stays the same from release to release.
func needs(column string, state task.State) messages.Text {
	if state == task.Blocked {
		return messages.Sprintf("needs the column %q, which is blocked", column)
	}
	return messages.Sprintf("needs the column %q, which is failed", column)
}

// countRow counts a row that is not selected, if every row gets its own completion or if there are edits. Both belong to the nth cell with
// the same request, so all rows before a cell count. With edits, all cells of the row are resolved because a column may depend on the
// completions of others.
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
	quiet := r.quiet
	r.quiet = true
	defer func() { r.quiet = quiet }()
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

// count records that c is the nth cell of the ith completion column with the same request, if every row gets its own completion. A row counts
// once, however often it is resolved.
func (r *resolver) count(i int, req prompt.Request, c *Cell) {
	if r.nth[i] == nil {
		return
	}
	key := task.KeyOf(req.Body)
	for _, was := range r.counted {
		if was.column == i && was.key == key {
			c.nth = was.n
			return
		}
	}
	seen, _ := r.nth[i].Get(key)
	r.nth[i].Put(key, journal.Place{Off: seen.Off + 1})
	c.nth = uint32(seen.Off)
	r.counted = append(r.counted, nth{i, key, c.nth})
}

// unread are the results of completed cells whose results were not read: usual ones, and those at a Place that is Odd.
var unread = map[bool]*task.Result{false: {State: task.Completed}, true: {State: task.Completed, Cause: task.NotUTF8}}

// readFailures sets the results of the current row that were not read: to the full result if it is not completed, else to one of unread.
func (r *resolver) readFailures() error {
	for i := range r.cells {
		c := &r.cells[i]
		if c.Result != nil || c.Standing == Blank || r.Journal == nil {
			continue
		}
		if c.place.State == task.Completed && !c.Open() {
			c.Result = unread[c.place.Odd]
			continue
		}
		r.kept = r.isKept(c)
		at, ok := r.lookup(c.Key)
		switch {
		case !ok:
			continue
		case at.State == task.Completed:
			c.Result = unread[at.Odd]
			continue
		}
		var err error
		if c.Result, err = r.read(c, at); err != nil {
			return err
		}
		r.failBlocked(c, i)
	}
	return nil
}

// forgotten reports whether the result of a cell is a failure that this run should have asked again but did not: one of an earlier run, or
// one for a temporary cause. Such a cell is pending.
func (o *Options) forgotten(c *Cell) bool {
	r := c.Result
	if o.Read != ReadAll || !o.Asked || r == nil || r.State != task.Failed {
		return false
	}
	return r.Cause.Passing() && c.Off < max(o.Began, o.Retry) || o.RetryFailed && r.Cause.Retried() && c.Off < o.Began
}
