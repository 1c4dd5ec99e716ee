package jobs

import (
	"errors"
	"fmt"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// pass goes through the rows of an input in order. It is made anew for each time.
type pass struct {
	asks    *prompt.Columns
	journal *journal.Journal // nil if there is none yet
	sandbox bool
	retry   bool // failures that wait are asked too
	asking  bool // the run asks already: what stands from began on is its own, and stands
	began   int64
	reading bool        // every result is wanted, and whatever the journal holds stands
	forget  func(*cell) // nil, or what makes a cell pending before others use it
	ways    *ways
	asked   journal.Index
	nth     []*journal.Index // by completion column: how often each plain key was seen, where every row gets an answer of its own
	cells   []cell
	buf     []byte

	edits    *journal.Edits   // nil where nothing was edited by hand
	alike    map[task.Key]int // how many cells had each of their keys
	identify bool             // the plain keys of the cells are wanted
	quiet    bool             // nothing is to be asked
	err      error            // why the pass cannot be made
}

func (r *Run) pass(k *prompt.Columns) *pass {
	p := &pass{
		asks: k, journal: r.journal, sandbox: r.Sandbox, retry: r.RetryFailed, asking: r.asked, began: r.began, ways: &r.ways,
		cells: make([]cell, len(k.List)), nth: make([]*journal.Index, len(k.List)),
	}
	if p.edits, p.err = r.edits(); p.edits != nil {
		p.alike = map[task.Key]int{}
	}
	for i, a := range k.List {
		a.Answer = func(ref spec.Reference) string { return p.cells[ref.Column].text(ref.Value) }
		if r.Settings.NoDedupe {
			p.nth[i] = &journal.Index{}
		}
	}
	return p
}

// row tells how each completion column of a row stands, in the order in which they are written; valid until the next row. A job that is
// to be asked is so only once in a pass.
func (p *pass) row(row table.Row) ([]cell, error) {
	if p.err != nil {
		return nil, p.err
	}
	clear(p.cells)
	for _, i := range p.asks.Order {
		if err := p.cell(row, i, &p.cells[i]); err != nil {
			p.uncount()
			return nil, err
		}
		if p.forget != nil {
			p.forget(&p.cells[i])
		}
	}
	return p.cells, nil
}

func (p *pass) cell(row table.Row, i int, c *cell) error {
	a := p.asks.List[i]
	c.standing, c.off = answered, -1
	if p.leavesOut(row, a) {
		c.standing = blank
		return nil
	}
	if p.lacks(a, c) {
		return nil
	}
	q, err := a.Render(row)
	if err != nil || q.Skip {
		c.standing = blank
		return err
	}
	p.count(i, q, c)
	if e, answer := p.editOf(c, a, q); e != nil {
		return p.byHand(c, a, i, row, q, e, answer)
	}
	return p.decideWhole(c, a, i, row, q)
}

// decideWhole finds out what a request came to, in parts where it is too long.
func (p *pass) decideWhole(c *cell, a *prompt.Renderer, i int, row table.Row, q prompt.Request) error {
	if a.TooLong(q) {
		c.long = gigachat.EstimateTokens(prompt.Chars(q.Chat))
		if a.Splittable(q) {
			c.split = true
			return p.split(c, a, row, q)
		}
	}
	return p.decide(c, a, i, q)
}

// leavesOut reports whether a condition of the completion column fails whatever answers are still missing.
func (p *pass) leavesOut(row table.Row, a *prompt.Renderer) bool {
	for _, c := range a.When {
		ref, uses := a.Uses[c.Column]
		if uses && (p.cells[ref.Column].open() || p.cells[ref.Column].failed()) {
			continue
		}
		if !a.Fulfils(row, c) {
			return true
		}
	}
	return false
}

// lacks reports whether the cell cannot be asked, because the answer of another column that it uses is missing or failed.
func (p *pass) lacks(a *prompt.Renderer, c *cell) bool {
	for _, j := range a.Needs {
		other, name := &p.cells[j], p.asks.List[j].Spec.CompletionColumn
		switch {
		case other.open():
			c.standing, c.key = later, other.key
			return true
		case other.failed():
			c.key, c.off = other.key, other.off
			c.fail(task.CauseNeeds, fmt.Sprintf("needs the column %q, which is %s", name, other.result.State))
			c.standing = other.standing
			return true
		}
	}
	return false
}

// count tells which of the rows that ask the same this is.
func (p *pass) count(i int, q prompt.Request, c *cell) {
	if p.nth[i] == nil {
		return
	}
	key := task.KeyOf(q.Body)
	seen, _ := p.nth[i].Get(key)
	p.nth[i].Put(key, journal.Place{Off: seen.Off + 1})
	c.nth = uint32(seen.Off)
}

// over lets a row that is not selected count, where every row gets an answer of its own: which it is depends on all rows before it.
func (p *pass) over(row table.Row) error {
	if p.edits != nil || p.err != nil {
		return p.overAll(row)
	}
	for i, a := range p.asks.List {
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
			p.count(i, q, &cell{})
		}
	}
	return nil
}

// decide finds out what a request came to.
func (p *pass) decide(c *cell, a *prompt.Renderer, i int, q prompt.Request) error {
	if a.Form != nil {
		return p.fit(c, a, q)
	}
	r, err := p.look(c, q, p.reading || p.asks.Used[i])
	if r != nil {
		c.settle(r)
	}
	return err
}

// look finds out how a job stands. Its result is returned if it has one and it is to be read; else c has the job, if it is to be asked.
func (p *pass) look(c *cell, q prompt.Request, read bool) (*task.Result, error) {
	k := task.KeyOf(q.Body).Occurrence(c.nth)
	c.key, c.off = k, -1
	if _, seen := p.asked.Get(k); seen {
		c.pend(duplicate)
		return nil, nil
	}
	at, s := p.standing(k)
	if s == toAsk {
		c.pend(toAsk)
		if p.quiet {
			return nil, nil
		}
		p.asked.Put(k, journal.Place{})
		c.jobs = append(c.jobs, prompt.NewTask(k, q))
		return nil, nil
	}
	c.off = at.Off
	c.pend(s)
	if !read {
		return nil, nil
	}
	return p.read(c, at)
}

// read reads a result and adds what it took.
func (p *pass) read(c *cell, at journal.Place) (r *task.Result, err error) {
	if r, p.buf, err = p.journal.ReadResult(at, p.buf); err != nil {
		return nil, err
	}
	c.spent.take(r)
	return r, nil
}

// known fills in how a cell stands that the journal holds and that was not read: read in full only if it is not completed.
func (p *pass) known(c *cell) error {
	if c.result != nil || c.standing == blank || p.journal == nil {
		return nil
	}
	at, ok := p.journal.Lookup(c.key, p.sandbox)
	switch {
	case !ok || p.reading:
		return nil
	case at.State == task.Completed:
		c.result = &task.Result{State: task.Completed}
		return nil
	}
	var err error
	c.result, err = p.read(c, at)
	return err
}

func (p *pass) standing(k task.Key) (journal.Place, standing) {
	if p.journal == nil {
		return journal.Place{}, toAsk
	}
	at, ok := p.journal.Lookup(k, p.sandbox)
	switch {
	case !ok:
		return at, toAsk
	case at.State != task.Failed || p.reading || (p.asking && at.Off >= p.began):
		return at, answered
	case at.Again || p.retry:
		return at, toAsk
	}
	return at, waiting
}
