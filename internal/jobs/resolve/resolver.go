package resolve

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"gigabatch/internal/gigachat"
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
	Edits       *journal.Edits   // nil where nothing was edited by hand
	Ways        *Ways
	Sandbox     bool  // completions of a sandbox count, and no others
	RetryFailed bool  // failures that wait are pending
	Asked       bool  // the run has asked since Began: a result at or after it stands, whatever it is
	Began       int64 // offset in the journal
	Read        Depth
	Identify    bool  // the plain keys of the cells are wanted
	Others      bool  // rows that are not selected are resolved too, and not only counted
	Short       bool  // rows behind the last selected one are not wanted
	Picks       []int // which of the selected rows are wanted, by their positions among them, sorted; nil for all
}

// Depth says which results are read from the journal, beside those that decide what is asked.
type Depth int

const (
	ReadNone     Depth = iota // a result tells no more than its state: completed results are nil
	ReadFailures              // results that are not completed are read
	ReadAll                   // every result is read, and whatever the journal holds stands, unless it is forgotten
)

// resolver resolves the rows of one traversal.
type resolver struct {
	Options
	asked journal.Index
	nth   []*journal.Index // by completion column: how often each plain key was seen, where every row gets a completion of its own
	cells []Cell
	buf   []byte
	alike map[task.Key]int // how many cells had each of their keys
	quiet bool             // nothing is to be asked
}

// Row is a row of the input with its cells.
type Row struct {
	table.Row
	Selected bool   // it is part of the run
	Cells    []Cell // one for each completion column, valid until the next row; nil where the row was only counted, or cannot be resolved
}

// Blank reports whether nothing is asked in any completion column of the row.
func (r *Row) Blank() bool {
	for i := range r.Cells {
		if r.Cells[i].Standing != Blank {
			return false
		}
	}
	return true
}

// Rows yields every row of the input in order, each of those that are wanted with its cells. A task that is to be asked is in one cell only.
// An error is bad input, or one of the journal, and the last that is yielded.
func Rows(ctx context.Context, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		p := newResolver(o)
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
				out.Cells, err = p.resolve(row, out.Selected)
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

func newResolver(o Options) *resolver {
	p := &resolver{Options: o, cells: make([]Cell, len(o.Columns.List)), nth: make([]*journal.Index, len(o.Columns.List))}
	if p.Edits != nil {
		p.alike = map[task.Key]int{}
	}
	for i, a := range o.Columns.List {
		a.Answer = func(ref spec.Reference) string { return p.cells[ref.Column].Text(ref.Value) }
		if o.Settings.NoDedupe {
			p.nth[i] = &journal.Index{}
		}
	}
	return p
}

// resolve returns the cells of a row. One that is not selected may be bad input: it has none then.
func (p *resolver) resolve(row table.Row, selected bool) ([]Cell, error) {
	if !selected && !p.Others {
		return nil, p.over(row)
	}
	cells, err := p.row(row)
	if err == nil && p.Read == ReadFailures {
		err = p.readFailures(cells)
	}
	var bad *table.Error
	if err != nil && !selected && errors.As(err, &bad) {
		return nil, nil
	}
	return cells, err
}

// row tells how each completion column of a row stands, in the order in which they are written; valid until the next row. A job that is
// to be asked is so only once in a pass.
func (p *resolver) row(row table.Row) ([]Cell, error) {
	clear(p.cells)
	for _, i := range p.Columns.Order {
		if err := p.cell(row, i, &p.cells[i]); err != nil {
			p.uncount()
			return nil, err
		}
		if c := &p.cells[i]; p.forgotten(c) {
			c.forget()
		}
	}
	return p.cells, nil
}

func (p *resolver) cell(row table.Row, i int, c *Cell) error {
	a := p.Columns.List[i]
	c.Standing, c.Off = Answered, -1
	if p.leavesOut(row, a) {
		c.Standing = Blank
		return nil
	}
	if p.lacks(a, c) {
		return nil
	}
	q, err := a.Render(row)
	if err != nil || q.Skip {
		c.Standing = Blank
		return err
	}
	p.count(i, q, c)
	if e, answer := p.editOf(c, a, q); e != nil {
		return p.byHand(c, a, i, row, q, e, answer)
	}
	return p.decideWhole(c, a, i, row, q)
}

// decideWhole finds out what a request came to, in parts where it is too long.
func (p *resolver) decideWhole(c *Cell, a *prompt.Renderer, i int, row table.Row, q prompt.Request) error {
	if a.TooLong(q) {
		c.Long = gigachat.EstimateTokens(prompt.Chars(q.Chat))
		if a.Splittable(q) {
			c.Split = true
			return p.split(c, a, row, q)
		}
	}
	return p.decide(c, a, i, q)
}

// leavesOut reports whether a condition of the completion column fails whatever answers are still missing.
func (p *resolver) leavesOut(row table.Row, a *prompt.Renderer) bool {
	for _, c := range a.When {
		ref, uses := a.Uses[c.Column]
		if uses && (p.cells[ref.Column].Open() || p.cells[ref.Column].Failed()) {
			continue
		}
		if !a.Fulfils(row, c) {
			return true
		}
	}
	return false
}

// lacks reports whether the cell cannot be asked, because the answer of another column that it uses is missing or failed.
func (p *resolver) lacks(a *prompt.Renderer, c *Cell) bool {
	for _, j := range a.Needs {
		other, name := &p.cells[j], p.Columns.List[j].Spec.CompletionColumn
		switch {
		case other.Open():
			c.Standing, c.Key = Later, other.Key
			return true
		case other.Failed():
			c.Key, c.Off = other.Key, other.Off
			c.fail(task.CauseNeeds, fmt.Sprintf("needs the column %q, which is %s", name, other.Result.State))
			c.Standing = other.Standing
			return true
		}
	}
	return false
}

// count tells which of the rows that ask the same this is.
func (p *resolver) count(i int, q prompt.Request, c *Cell) {
	if p.nth[i] == nil {
		return
	}
	key := task.KeyOf(q.Body)
	seen, _ := p.nth[i].Get(key)
	p.nth[i].Put(key, journal.Place{Off: seen.Off + 1})
	c.nth = uint32(seen.Off)
}

// over lets a row that is not selected count, where every row gets an answer of its own: which it is depends on all rows before it.
func (p *resolver) over(row table.Row) error {
	if p.Edits != nil {
		return p.overAll(row)
	}
	for i, a := range p.Columns.List {
		if p.nth[i] == nil {
			return nil
		}
		q, err := a.Render(row)
		var bad *table.Error
		if errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return err
		}
		if !q.Skip {
			p.count(i, q, &Cell{})
		}
	}
	return nil
}

// decide finds out what a request came to.
func (p *resolver) decide(c *Cell, a *prompt.Renderer, i int, q prompt.Request) error {
	if a.Form != nil {
		return p.fit(c, a, q)
	}
	r, err := p.look(c, q, p.Read == ReadAll || p.Columns.Used[i])
	if r != nil {
		c.settle(r)
	}
	return err
}

// look finds out how a job stands. Its result is returned if it has one and it is to be read; else c has the job, if it is to be asked.
func (p *resolver) look(c *Cell, q prompt.Request, read bool) (*task.Result, error) {
	k := task.KeyOf(q.Body).Occurrence(c.nth)
	c.Key, c.Off = k, -1
	if _, seen := p.asked.Get(k); seen {
		c.pend(Duplicate)
		return nil, nil
	}
	at, s := p.standing(k)
	if s == ToAsk {
		c.pend(ToAsk)
		if p.quiet {
			return nil, nil
		}
		p.asked.Put(k, journal.Place{})
		c.Tasks = append(c.Tasks, prompt.NewTask(k, q))
		return nil, nil
	}
	c.Off, c.state = at.Off, at.State
	c.pend(s)
	if !read {
		return nil, nil
	}
	return p.read(c, at)
}

// read reads a result and adds what it took.
func (p *resolver) read(c *Cell, at journal.Place) (r *task.Result, err error) {
	if r, p.buf, err = p.Journal.ReadResult(at, p.buf); err != nil {
		return nil, err
	}
	c.spent.take(r)
	return r, nil
}

// completed is the result of cells whose completions were not read.
var completed = &task.Result{State: task.Completed}

// readFailures fills in how cells stand whose results were not read: in full only those that are not completed.
func (p *resolver) readFailures(cells []Cell) error {
	for i := range cells {
		c := &cells[i]
		if c.Result != nil || c.Standing == Blank || p.Journal == nil {
			continue
		}
		if c.state == task.Completed && !c.Open() {
			c.Result = completed
			continue
		}
		at, ok := p.Journal.Lookup(c.Key, p.Sandbox)
		switch {
		case !ok:
			continue
		case at.State == task.Completed:
			c.Result = completed
			continue
		}
		var err error
		if c.Result, err = p.read(c, at); err != nil {
			return err
		}
	}
	return nil
}

// forgotten reports whether a cell failed in an earlier run, for a cause for which this run was to ask again, and did not: it is pending.
func (o *Options) forgotten(c *Cell) bool {
	r := c.Result
	return o.Read == ReadAll && o.Asked && r != nil && c.Off < o.Began && r.State == task.Failed &&
		(r.Cause.Passing() || o.RetryFailed && r.Cause.Retried())
}

func (p *resolver) standing(k task.Key) (journal.Place, Standing) {
	if p.Journal == nil {
		return journal.Place{}, ToAsk
	}
	at, ok := p.Journal.Lookup(k, p.Sandbox)
	switch {
	case !ok:
		return at, ToAsk
	case at.State != task.Failed || p.Read == ReadAll || (p.Asked && at.Off >= p.Began):
		return at, Answered
	case at.Again || p.RetryFailed:
		return at, ToAsk
	}
	return at, Waiting
}
