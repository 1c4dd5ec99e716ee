package resolve

import (
	"cmp"
	"math"
	"slices"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// decideWhole decides a cell by its request, in parts if the request is too long and the user wants it split. It is too long if the service
// said so, too.
func (r *resolver) decideWhole(c *Cell, i int, row table.Row, req prompt.Request) error {
	column := r.Columns.List[i]
	c.Long = column.TooLong(req)
	if column.Spec.Embed {
		return r.decideVector(c, i, req)
	}
	refused := false
	if column.Spec.Split {
		asked := []prompt.Request{req}
		if column.Form != nil {
			asked = asked[:0]
			for way := task.ByFormat; way <= task.ByWords; way++ {
				asked = append(asked, column.WithForm(way, req))
			}
		}
		for _, in := range asked {
			standing, err := r.sized(c, in)
			if err != nil {
				return err
			}
			refused = refused || standing == tooLarge
		}
	}
	if c.Long > 0 || refused {
		if s := prompt.NewSplitter(column, row, req); s != nil {
			c.Long, c.Split = max(c.Long, gigachat.EstimateTokens(len(req.Body))), true
			return r.split(c, i, s, refused)
		}
	}
	return r.decide(c, i, req)
}

// decideVector decides a cell by a request for a vector. A text that is too long fails unless it has a vector.
func (r *resolver) decideVector(c *Cell, i int, req prompt.Request) error {
	standing, err := r.sized(c, req)
	if c.Long == 0 || standing == fits || err != nil {
		c.Long = 0
		return cmp.Or(err, r.decide(c, i, req))
	}
	c.Key = task.KeyOf(req.Body).Occurrence(c.nth)
	c.fail(task.CauseTooLong, r.Columns.List[i].LongMessage(c.Long).String())
	return nil
}

// size is what the journal says of the size of a request.
type size int

const (
	unsized  size = iota
	fits          // it was answered
	tooLarge      // the service refused it
)

// sized returns what the journal says of the size of a request.
func (r *resolver) sized(c *Cell, req prompt.Request) (size, error) {
	if r.Journal == nil {
		return unsized, nil
	}
	at, ok := r.lookup(task.KeyOf(req.Body).Occurrence(c.nth))
	switch {
	case ok && at.State == task.Completed:
		return fits, nil
	case !ok || at.State != task.Failed:
		return unsized, nil
	}
	result, _, err := r.Journal.ReadResult(at, nil)
	if err == nil && result.Cause == task.CauseTooLong {
		return tooLarge, nil
	}
	return unsized, err
}

// parts returns the parts in which a text is asked. A part that the service refused because of its size is asked in halves, and so is every
// part of that size or more without an answer. refused reports that the whole text was refused.
func (r *resolver) parts(c *Cell, s *prompt.Splitter, refused bool) (parts []prompt.Part, err error) {
	if parts, err = s.Parts(); err != nil {
		return nil, err
	}
	limit := math.MaxInt
	if refused {
		limit = s.Chars()
	}
	for halved := true; halved; {
		halved = false
		sizes := make([]size, len(parts))
		for i := range parts {
			if sizes[i], err = r.sized(c, parts[i].Request); err != nil {
				return nil, err
			}
			if sizes[i] == tooLarge {
				limit = min(limit, parts[i].Chars())
			}
		}
		var next []prompt.Part
		for i := range parts {
			halves := []prompt.Part{parts[i]}
			if sizes[i] != fits && parts[i].Chars() >= limit {
				if two := s.Halves(parts[i]); two != nil {
					halves, halved = two, true
				}
			}
			next = append(next, halves...)
		}
		parts = next
	}
	return parts, nil
}

// split decides a prompt that is too long. It asks the prompt in parts and joins their completions. Only the joined completion must have
// the form of the column.
func (r *resolver) split(c *Cell, i int, s *prompt.Splitter, refused bool) error {
	parts, err := r.parts(c, s, refused)
	var requests []prompt.Request
	for _, p := range parts {
		requests = append(requests, p.Request)
	}
	name := func(n int) messages.Text {
		return messages.Sprintf("part %d of %d, %s", n+1, len(parts), form.Shown(parts[n].Text))
	}
	for err == nil {
		var completions []string
		if completions, err = r.completions(c, requests, name); completions == nil || err != nil {
			return err
		}
		before := len(requests)
		name = func(int) messages.Text { return messages.Sprintf("the answers to the parts") }
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

// completions returns the completions of all requests, or nil if one is missing. If one failed and there is nothing to ask, it decides the
// cell, and its error begins with the name of the request.
func (r *resolver) completions(c *Cell, requests []prompt.Request, name func(n int) messages.Text) ([]string, error) {
	var texts []string
	var failed *task.Result
	var which messages.Text
	for n, req := range requests {
		result, err := r.look(c, req, true)
		switch {
		case err != nil:
			return nil, err
		case result == nil:
		case result.State != task.Completed:
			if failed == nil {
				failed, which = result, name(n)
			}
		default:
			texts = append(texts, result.Completion)
		}
	}
	switch {
	case failed != nil && len(c.Tasks) == 0: // tasks of this cell are asked anyway because other rows may wait for them
		c.settle(failed).Error = messages.Sprintf("%s: %s", which, failed.Error).String()
		return nil, nil
	case len(texts) < len(requests):
		return nil, nil
	}
	return texts, nil
}

// decide decides a cell by a request without a form.
func (r *resolver) decide(c *Cell, i int, req prompt.Request) error {
	if column := r.Columns.List[i]; column.Form != nil {
		return r.fit(c, column, req)
	}
	result, err := r.look(c, req, r.Read == ReadAll || r.Columns.Used[i])
	if result != nil {
		c.settle(result)
	}
	return err
}

// fit decides a request whose completion must have a form. It uses the best way that the model supports, and asks again after a completion
// that does not match, as often as the user allows.
func (r *resolver) fit(c *Cell, column *prompt.Renderer, req prompt.Request) error {
	req, result, err := r.lookWays(c, column, req)
	for n := 0; result != nil && err == nil; n++ {
		if result.State != task.Completed {
			c.settle(result)
			return nil
		}
		text := column.CompletionIn(req.Way, result)
		completion, problem := column.Form.Check(text)
		switch {
		case problem == "":
			settled := c.settle(result)
			settled.Completion, settled.Error, c.Values = completion.Text, completion.Note, completion.Values
			return nil
		case result.Truncated():
			c.settle(result)
			c.fail(task.CauseInvalid, messages.Sprintf("the answer was cut off at the limit of tokens (max_tokens): %s", problem).String())
			return nil
		case n >= column.Spec.Repairs:
			c.settle(result)
			text := messages.Sprintf("the answer does not fit: %s", problem)
			switch {
			case n == 1:
				text = messages.Sprintf("the answer does not fit, also after a repair: %s", problem)
			case n > 1:
				text = messages.Sprintf("the answer does not fit, also after %d repairs: %s", n, problem)
			}
			c.fail(task.CauseInvalid, text.String())
			return nil
		}
		req = column.Repair(req, text, problem)
		result, err = r.look(c, req, true)
	}
	return err
}

// lookWays looks up a request in the way that decided it, or else in the best way that the model is not known to refuse and then in the
// next ways while the results are refusals. It returns the request in that way and its result, or nil if it must be asked.
func (r *resolver) lookWays(c *Cell, column *prompt.Renderer, req prompt.Request) (prompt.Request, *task.Result, error) {
	if in, decided := r.decidedWay(c, column, req); decided {
		result, err := r.look(c, in, true)
		if result != nil && c.Key == task.KeyOf(in.Body).Occurrence(c.nth) {
			r.Ways.note(in.Model, in.Way, result, 0)
		}
		return in, result, err
	}
	for way := r.Ways.first(req.Model); ; way++ {
		in := column.WithForm(way, req)
		result, err := r.look(c, in, true)
		if result != nil && c.Key == task.KeyOf(in.Body).Occurrence(c.nth) {
			r.Ways.note(in.Model, way, result, 0)
		}
		if result == nil || err != nil || !Refuses(way, result) || way == task.ByWords {
			return in, result, err
		}
		c.Standing = Decided
	}
}

// decidedWay finds a way in which a request is completed, also if it was asked so only in former times. Otherwise it finds the best way in
// which the request is blocked, or failed for a cause that is neither a refusal of the way nor to be asked again.
func (r *resolver) decidedWay(c *Cell, column *prompt.Renderer, req prompt.Request) (decided prompt.Request, found bool) {
	if r.Journal == nil {
		return decided, false
	}
	for w := task.ByFormat; w <= task.ByWords; w++ {
		in := column.WithForm(w, req)
		key := task.KeyOf(in.Body).Occurrence(c.nth)
		at, ok := r.lookup(key)
		if !ok {
			_, at, ok = r.follower(key, 0)
		}
		switch {
		case !ok:
		case at.State == task.Completed:
			return in, true
		case found:
		case at.State == task.Blocked:
			decided, found = in, true
		case at.State == task.Failed && (r.unasked() || !at.Again && !r.RetryFailed):
			if result, _, err := r.Journal.ReadResult(at, nil); err == nil && !Refuses(w, result) {
				decided, found = in, true
			}
		}
	}
	if former, ok := column.FormerForm(req); ok {
		if at, ok := r.lookup(task.KeyOf(former.Body).Occurrence(c.nth)); ok && at.State == task.Completed {
			return former, true
		}
	}
	return decided, found
}

// Refuses reports whether a result means that the model refuses a way, so that the next way is tried.
func Refuses(way task.Way, result *task.Result) bool {
	return result.State == task.Failed &&
		(result.Cause == task.CauseRejected || result.Cause == task.CauseModel && way == task.ByFunction)
}

// ask looks up a request in the journal and records in c the standing of its task. It returns the result if there is one and read is true.
// If the task must be asked, c gets it unless an earlier row has it.
func (r *resolver) ask(c *Cell, req prompt.Request, read bool) (*task.Result, error) {
	key := task.KeyOf(req.Body).Occurrence(c.nth)
	c.Key, c.Off = key, -1
	first, seen := r.asked.Get(key)
	if seen && r.other { // a selected row asks the same anew
		_, standing := r.standing(key)
		seen = standing == ToAsk
	}
	if seen {
		c.First = int(first.Off)
		c.pend(Duplicate)
		return nil, nil
	}
	at, standing := r.standing(key)
	c.pend(standing)
	if standing == ToAsk {
		if !r.quiet {
			r.asked.Put(key, journal.Place{Off: int64(c.number)})
			c.Tasks = append(c.Tasks, task.Task{
				Key: key, Body: slices.Clone(req.Body), Attachments: slices.Clone(req.Attachments), Model: req.Model, Way: req.Way,
				Fallback: r.follows.FallbackModel,
			})
		}
		return nil, nil
	}
	c.Off, c.place = at.Off, at
	if !read {
		return nil, nil
	}
	return r.read(c, at)
}

// unasked reports whether the current row is not selected and its results are wanted, whatever a run would ask again.
func (r *resolver) unasked() bool { return r.other && r.Read == ReadAll }

// standing looks up a key in the journal and returns whether its task must be asked.
func (r *resolver) standing(key task.Key) (journal.Place, Standing) {
	if r.Journal == nil {
		return journal.Place{}, ToAsk
	}
	at, ok := r.lookup(key)
	switch {
	case !ok:
		return at, ToAsk
	case at.State == task.Blocked && r.follows.BlockedFails && r.RetryFailed && !r.unasked() && !(r.Asked && at.Off >= r.Began):
		return at, ToAsk
	case at.State != task.Failed || r.Read == ReadAll, r.Asked && at.Off >= r.Began && !(at.Again && at.Off < r.Retry):
		return at, Decided
	case at.Again || r.RetryFailed:
		return at, ToAsk
	}
	return at, Waiting
}

// read reads a result and adds its cost to that of the cell.
func (r *resolver) read(c *Cell, at journal.Place) (result *task.Result, err error) {
	if result, r.buf, err = r.Journal.ReadResult(at, r.buf); err != nil {
		return nil, err
	}
	c.spent.results = append(c.spent.results, at.Off)
	usage := &c.spent.usage
	usage.PromptTokens += result.Usage.PromptTokens
	usage.CompletionTokens += result.Usage.CompletionTokens
	usage.TotalTokens += result.Usage.TotalTokens
	usage.CachedTokens += result.Usage.CachedTokens
	c.spent.attempts += result.Attempts
	c.spent.latency += result.Latency
	return result, nil
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
	edit, ok := r.lookupEdit(c.Plain, n)
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

// lookupEdit returns the nth edit of a request.
func (r *resolver) lookupEdit(plain task.Key, n int) (edit journal.Edit, ok bool) {
	if !r.back {
		return r.Edits.Lookup(plain, n, r.Sandbox)
	}
	for i, e := range slices.Backward(r.edits[:r.until]) {
		if e.Key == plain && e.Occurrence == n && e.Sandbox == r.Sandbox {
			r.last = max(r.last, i)
			return e, !e.Undo
		}
	}
	return edit, false
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
