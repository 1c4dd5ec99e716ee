package resolve

import (
	"fmt"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// fit finds out what a request came to whose answer must have a form: it is asked in the best way that the model takes, and a better
// answer is asked for as often as the user allows.
func (p *resolver) fit(c *Cell, a *prompt.Renderer, q prompt.Request) error {
	q, r, err := p.first(c, a, q)
	for n := 0; r != nil && err == nil; n++ {
		if r.State != task.Completed {
			c.settle(r)
			return nil
		}
		answer, problem := a.Form.Check(prompt.CompletionIn(q.Way, r))
		switch {
		case problem == "":
			c.settle(r).Completion, c.Values = answer.Text, answer.Values
			return nil
		case r.Truncated():
			c.settle(r)
			c.fail(task.CauseInvalid, "the answer was cut off at the limit of tokens (max_tokens): "+problem)
			return nil
		case n >= a.Spec.Repairs:
			c.settle(r)
			c.fail(task.CauseInvalid, unfit(n, problem))
			return nil
		}
		q = a.Repair(q, prompt.CompletionIn(q.Way, r), problem)
		r, err = p.look(c, q, true)
	}
	return err
}

func unfit(repairs int, problem string) string {
	switch repairs {
	case 0:
		return "the answer does not fit: " + problem
	case 1:
		return "the answer does not fit, also after a repair: " + problem
	}
	return fmt.Sprintf("the answer does not fit, also after %d repairs: %s", repairs, problem)
}

// first finds the answer to a request in any way in which it was given, the best way first. Where there is none, the request is to be
// asked in the best way that the model is not known to refuse.
func (p *resolver) first(c *Cell, a *prompt.Renderer, q prompt.Request) (prompt.Request, *task.Result, error) {
	if w, ok := p.completed(c, a, q); ok {
		q = a.WithForm(w, q)
		r, err := p.look(c, q, true)
		p.learn(q, r)
		return q, r, err
	}
	for w := p.Ways.first(q.Model); ; w++ {
		in := a.WithForm(w, q)
		r, err := p.look(c, in, true)
		p.learn(in, r)
		if r == nil || err != nil || !Refuses(w, r) || w == task.ByWords {
			return in, r, err
		}
		c.Standing = Answered
	}
}

// completed finds a way in which a request has an answer already, or was decided without one.
func (p *resolver) completed(c *Cell, a *prompt.Renderer, q prompt.Request) (task.Way, bool) {
	if p.Journal == nil {
		return 0, false
	}
	decided, found := task.Way(0), false
	for w := task.ByFormat; w <= task.ByWords; w++ {
		k := task.KeyOf(a.WithForm(w, q).Body).Occurrence(c.nth)
		at, ok := p.Journal.Lookup(k, p.Sandbox)
		switch {
		case ok && at.State == task.Completed:
			return w, true
		case ok && !found && p.decides(w, at):
			decided, found = w, true
		}
	}
	return decided, found
}

// decides reports whether what stands at a place is a block, or a failure that is no refusal of the way and does not pass.
func (p *resolver) decides(w task.Way, at journal.Place) bool {
	if at.State != task.Failed {
		return at.State == task.Blocked
	}
	r, _, err := p.Journal.ReadResult(at, nil)
	return err == nil && !at.Again && !p.RetryFailed && !Refuses(w, r)
}

// Refuses reports whether a result means that the next way is to be tried.
func Refuses(w task.Way, r *task.Result) bool {
	return r.State == task.Failed && (r.Cause == task.CauseRejected || r.Cause == task.CauseModel && w == task.ByFunction)
}

// learn notes what a result tells of the model.
func (p *resolver) learn(q prompt.Request, r *task.Result) {
	if r != nil {
		p.Ways.note(q.Model, q.Way, r, 0)
	}
}
