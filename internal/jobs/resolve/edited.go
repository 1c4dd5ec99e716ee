package resolve

import (
	"errors"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// ByHand is the edit that decides a cell.
type ByHand struct {
	journal.Edit
	Own Cell // as it stands without the edit
}

// editOf finds the edit of a cell, nil if there is none or if it is not of the form, and counts the cells among which it is told. Where
// nothing was ever edited that costs nothing.
func (p *resolver) editOf(c *Cell, a *prompt.Renderer, q prompt.Request) (*journal.Edit, form.Completion) {
	if p.Edits == nil && !p.Identify {
		return nil, form.Completion{}
	}
	c.Plain = task.KeyOf(q.Body)
	if len(p.Edits.Ever(c.Plain)) == 0 {
		return nil, form.Completion{}
	}
	n := p.alike[c.Plain]
	p.alike[c.Plain] = n + 1
	e, ok := p.Edits.Lookup(c.Plain, n, p.Sandbox)
	if !ok {
		return nil, form.Completion{}
	}
	answer, problem := spec.AnswerByHand(a.Form, e.Text)
	if problem != "" {
		return nil, form.Completion{}
	}
	return &e, answer
}

// byHand decides a cell by its edit. How it would stand without is found out too, and nothing is asked for that.
func (p *resolver) byHand(c *Cell, a *prompt.Renderer, i int, row table.Row, q prompt.Request, e *journal.Edit, answer form.Completion) error {
	quiet := p.quiet
	p.quiet = true
	err := p.decideWhole(c, a, i, row, q)
	p.quiet = quiet
	if err == nil {
		c.edit(e, answer)
	}
	return err
}

// edit puts an edited answer in the place of what the cell has. What that took stays.
func (c *Cell) edit(e *journal.Edit, answer form.Completion) {
	r := &task.Result{Key: c.Key, State: task.Completed, Sandbox: e.Sandbox, Completion: answer.Text, At: e.At}
	if was := c.Result; was != nil {
		r.Model, r.Usage, r.Attempts, r.Latency, r.RequestID = was.Model, was.Usage, was.Attempts, was.Latency, was.RequestID
		if was.State == task.Completed && !was.Truncated() {
			r.FinishReason = was.FinishReason
		}
	}
	c.Edited = &ByHand{Edit: *e, Own: *c}
	c.Standing, c.Result, c.Values, c.Tasks = Answered, r, answer.Values, nil
	c.Long, c.Split = 0, false
}

// overAll lets a row that is not selected count where answers were edited: which cell is which depends on all before it, and what a
// column asks may depend on the answers of others.
func (p *resolver) overAll(row table.Row) error {
	p.quiet = true
	defer func() { p.quiet = false }()
	clear(p.cells)
	var bad *table.Error
	for _, i := range p.Columns.Order {
		if err := p.cell(row, i, &p.cells[i]); err != nil && !errors.As(err, &bad) {
			return err
		}
	}
	if bad != nil {
		p.uncount()
	}
	return nil
}

// uncount takes back what a row counted in which something cannot be asked: for edits such a row is not there.
func (p *resolver) uncount() {
	for i := range p.cells {
		if k := p.cells[i].Plain; p.alike[k] > 0 {
			p.alike[k]--
		}
	}
}
