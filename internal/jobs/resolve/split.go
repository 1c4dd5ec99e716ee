package resolve

import (
	"cmp"

	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// split decides a prompt that is too long: it is asked in parts, whose completions are then joined into one. Only that one must have the
// form of the column.
func (r *resolver) split(c *Cell, i int, s *prompt.Splitter) error {
	requests, err := s.Parts()
	for err == nil {
		var completions []string
		if completions, err = r.completions(c, requests); completions == nil || err != nil {
			return err
		}
		before := len(requests)
		if requests, err = s.Joins(completions); err == nil && len(requests) == 1 {
			return r.decide(c, i, requests[0])
		}
		if err == nil && len(requests) >= before {
			err = prompt.ErrNoJoin
		}
	}
	c.fail(task.CauseTooLong, err.Error())
	return nil
}

// completions are the completions of all requests, nil while one is missing. If one has failed and none is to be asked, it decides the
// cell.
func (r *resolver) completions(c *Cell, requests []prompt.Request) ([]string, error) {
	var texts []string
	var failed *task.Result
	for _, req := range requests {
		result, err := r.look(c, req, true)
		switch {
		case err != nil:
			return nil, err
		case result == nil:
		case result.State != task.Completed:
			failed = cmp.Or(failed, result)
		default:
			texts = append(texts, result.Completion)
		}
	}
	switch {
	case failed != nil && len(c.Tasks) == 0: // tasks of this cell are asked in any case: other rows may wait for them
		c.settle(failed)
		return nil, nil
	case len(texts) < len(requests):
		return nil, nil
	}
	return texts, nil
}
