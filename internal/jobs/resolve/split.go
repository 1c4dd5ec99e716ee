package resolve

import (
	"cmp"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// split asks a prompt that is too long in parts, and then for one answer made of theirs. What a form demands, the last answer has.
func (p *resolver) split(c *Cell, a *prompt.Renderer, row table.Row, q prompt.Request) error {
	s := a.Splitter(row, q)
	requests, err := s.Parts()
	for err == nil {
		var texts []string
		if texts, err = p.answers(c, requests); texts == nil || err != nil {
			return err
		}
		before := len(requests)
		if requests, err = s.Joins(texts); err == nil && len(requests) == 1 {
			return p.decide(c, a, slices.Index(p.Columns.List, a), requests[0])
		}
		if err == nil && len(requests) >= before {
			err = prompt.ErrNoJoin
		}
	}
	c.fail(task.CauseTooLong, err.Error())
	return nil
}

// answers are the completions of all requests. There are none while one is missing, and the cell is decided if one has failed.
func (p *resolver) answers(c *Cell, requests []prompt.Request) ([]string, error) {
	var texts []string
	var failed *task.Result
	for _, q := range requests {
		r, err := p.look(c, q, true)
		switch {
		case err != nil:
			return nil, err
		case r == nil:
			continue
		case r.State != task.Completed:
			failed = cmp.Or(failed, r)
			continue
		}
		texts = append(texts, r.Completion)
	}
	switch {
	case failed != nil && len(c.Tasks) == 0: // a job that was found is asked: other rows may wait for it
		c.settle(failed)
		return nil, nil
	case len(texts) < len(requests):
		return nil, nil
	}
	return texts, nil
}
