package resolve

import (
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
	Own Cell // the cell without the edit
}

// editOf returns the edit of a cell, or nil if it has none or the text does not have the form. Edits of a plain key belong to cells by
// their order, so the cells with the key are counted. It does nothing if nothing was ever edited.
func (r *resolver) editOf(c *Cell, column *prompt.Renderer, req prompt.Request) (*journal.Edit, form.Completion) {
	if r.Edits == nil && !r.Identify {
		return nil, form.Completion{}
	}
	c.Plain = task.KeyOf(req.Body)
	if len(r.Edits.Ever(c.Plain)) == 0 {
		return nil, form.Completion{}
	}
	n := r.alike[c.Plain]
	r.alike[c.Plain] = n + 1
	if r.above != nil {
		n += r.above(c.Plain)
	}
	edit, ok := r.Edits.Lookup(c.Plain, n, r.Sandbox)
	if !ok {
		return nil, form.Completion{}
	}
	completion, problem := spec.AnswerByHand(column.Form, edit.Text)
	if problem != "" {
		return nil, form.Completion{}
	}
	if r.Applied != nil {
		*r.Applied++
	}
	return &edit, completion
}

// byHand decides a cell by its edit. It also decides how the cell would be without the edit, but asks nothing for that. The cost of the
// cell's own completion is kept.
func (r *resolver) byHand(c *Cell, i int, row table.Row, req prompt.Request, edit *journal.Edit, completion form.Completion) error {
	quiet := r.quiet
	r.quiet = true
	err := r.decideWhole(c, i, row, req)
	r.quiet = quiet
	if err != nil {
		return err
	}
	result := &task.Result{Key: c.Key, State: task.Completed, Sandbox: edit.Sandbox, Completion: completion.Text, At: edit.At}
	if was := c.Result; was != nil {
		result.Model, result.RequestID = was.Model, was.RequestID
		result.Usage, result.Attempts, result.Latency = was.Usage, was.Attempts, was.Latency
		if was.State == task.Completed && !was.Truncated() {
			result.FinishReason = was.FinishReason
		}
	}
	c.Edited = &ByHand{Edit: *edit, Own: *c}
	c.Standing, c.Result, c.Values, c.Tasks = Decided, result, completion.Values, nil
	c.Long, c.Split = 0, false
	return nil
}

// uncount reverts the counts of a row in alike. Edits do not count a row with a column that cannot be rendered.
func (r *resolver) uncount() {
	for i := range r.cells {
		if key := r.cells[i].Plain; r.alike[key] > 0 {
			r.alike[key]--
		}
	}
}
