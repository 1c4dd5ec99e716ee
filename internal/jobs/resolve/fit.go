package resolve

import (
	"fmt"

	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// fit decides a request whose completion must have a form. It is asked in the best way that the model takes, and a better completion is
// asked for as often as the user allows.
func (r *resolver) fit(c *Cell, column *prompt.Renderer, req prompt.Request) error {
	req, result, err := r.lookWays(c, column, req)
	for n := 0; result != nil && err == nil; n++ {
		if result.State != task.Completed {
			c.settle(result)
			return nil
		}
		text := prompt.CompletionIn(req.Way, result)
		completion, problem := column.Form.Check(text)
		switch {
		case problem == "":
			c.settle(result).Completion, c.Values = completion.Text, completion.Values
			return nil
		case result.Truncated():
			c.settle(result)
			c.fail(task.CauseInvalid, "the answer was cut off at the limit of tokens (max_tokens): "+problem)
			return nil
		case n >= column.Spec.Repairs:
			c.settle(result)
			after := ""
			switch {
			case n == 1:
				after = ", also after a repair"
			case n > 1:
				after = fmt.Sprintf(", also after %d repairs", n)
			}
			c.fail(task.CauseInvalid, "the answer does not fit"+after+": "+problem)
			return nil
		}
		req = column.Repair(req, text, problem)
		result, err = r.look(c, req, true)
	}
	return err
}

// lookWays looks a request up in the way that has decided it, else in the best way that the model is not known to refuse and in the next
// ones as long as the results are refusals. It returns the request in that way and its result, nil if it is to be asked.
func (r *resolver) lookWays(c *Cell, column *prompt.Renderer, req prompt.Request) (prompt.Request, *task.Result, error) {
	way, decided := r.decidedWay(c, column, req)
	if !decided {
		way = r.Ways.first(req.Model)
	}
	for ; ; way++ {
		in := column.WithForm(way, req)
		result, err := r.look(c, in, true)
		if result != nil {
			r.Ways.note(in.Model, way, result, 0)
		}
		if decided || result == nil || err != nil || !Refuses(way, result) || way == task.ByWords {
			return in, result, err
		}
		c.Standing = Decided
	}
}

// decidedWay finds a way in which a request is completed. If there is none, it finds the best way in which the request is blocked, or has
// failed for a cause that is neither a refusal of the way nor one to be asked again.
func (r *resolver) decidedWay(c *Cell, column *prompt.Renderer, req prompt.Request) (way task.Way, found bool) {
	if r.Journal == nil {
		return way, false
	}
	for w := task.ByFormat; w <= task.ByWords; w++ {
		at, ok := r.Journal.Lookup(task.KeyOf(column.WithForm(w, req).Body).Occurrence(c.nth), r.Sandbox)
		switch {
		case !ok:
		case at.State == task.Completed:
			return w, true
		case found:
		case at.State == task.Blocked:
			way, found = w, true
		case at.State == task.Failed && !at.Again && !r.RetryFailed:
			if result, _, err := r.Journal.ReadResult(at, nil); err == nil && !Refuses(w, result) {
				way, found = w, true
			}
		}
	}
	return way, found
}

// Refuses reports whether a result means that the model refuses a way, so that the next one is tried.
func Refuses(way task.Way, result *task.Result) bool {
	return result.State == task.Failed &&
		(result.Cause == task.CauseRejected || result.Cause == task.CauseModel && way == task.ByFunction)
}
