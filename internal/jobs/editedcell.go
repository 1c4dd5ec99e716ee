package jobs

import (
	"errors"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// edited is the edit that decides a cell.
type edited struct {
	journal.Edit
	own cell // as it stands without the edit
}

// editOf finds the edit of a cell, nil if there is none or if it is not of the form, and counts the cells among which it is told. Where
// nothing was ever edited that costs nothing.
func (p *pass) editOf(c *cell, a *prompt.Renderer, q prompt.Request) (*journal.Edit, form.Answer) {
	if p.edits == nil && !p.identify {
		return nil, form.Answer{}
	}
	c.plain = task.KeyOf(q.Body)
	if len(p.edits.Ever(c.plain)) == 0 {
		return nil, form.Answer{}
	}
	n := p.alike[c.plain]
	p.alike[c.plain] = n + 1
	e, ok := p.edits.Lookup(c.plain, n, p.sandbox)
	if !ok {
		return nil, form.Answer{}
	}
	answer, problem := spec.AnswerByHand(a.Form, e.Text)
	if problem != "" {
		return nil, form.Answer{}
	}
	return &e, answer
}

// byHand decides a cell by its edit. How it would stand without is found out too, and nothing is asked for that.
func (p *pass) byHand(c *cell, a *prompt.Renderer, i int, row table.Row, q prompt.Request, e *journal.Edit, answer form.Answer) error {
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
func (c *cell) edit(e *journal.Edit, answer form.Answer) {
	r := &task.Result{Key: c.key, State: task.Completed, Sandbox: e.Sandbox, Completion: answer.Text, At: e.At}
	if was := c.result; was != nil {
		r.Model, r.Usage, r.Attempts, r.Latency, r.RequestID = was.Model, was.Usage, was.Attempts, was.Latency, was.RequestID
		if was.State == task.Completed && !was.Truncated() {
			r.FinishReason = was.FinishReason
		}
	}
	c.edited = &edited{Edit: *e, own: *c}
	c.standing, c.result, c.values, c.jobs = answered, r, answer.Values, nil
	c.long, c.split = 0, false
}

// overAll lets a row that is not selected count where answers were edited: which cell is which depends on all before it, and what a
// column asks may depend on the answers of others.
func (p *pass) overAll(row table.Row) error {
	if p.err != nil {
		return p.err
	}
	p.quiet = true
	defer func() { p.quiet = false }()
	clear(p.cells)
	var bad *table.Error
	for _, i := range p.asks.Order {
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
func (p *pass) uncount() {
	for i := range p.cells {
		if k := p.cells[i].plain; p.alike[k] > 0 {
			p.alike[k]--
		}
	}
}

// wasOurs reports whether a text in an answer column is what a run has put there before the answer was edited, edited again, or the edit
// undone. Rows that ask the same may have changed places.
func (k *cellKeeper) wasOurs(at answerColumn, c *cell, text string) bool {
	if k.pass == nil {
		return false
	}
	if c.edited != nil && c.edited.own.shows(at.Value, text) {
		return true
	}
	for _, t := range k.pass.edits.Ever(c.plain) {
		answer, problem := spec.AnswerByHand(k.pass.asks.List[at.Column].Form, t)
		was := cell{result: &task.Result{State: task.Completed, Completion: answer.Text}, values: answer.Values}
		if problem == "" && was.shows(at.Value, text) {
			return true
		}
	}
	return false
}
