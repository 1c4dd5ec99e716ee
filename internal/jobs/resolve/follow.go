package resolve

import (
	"slices"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// look is ask for a request that others may follow. A request follows another one and takes its place with another model, after a block by
// moderation or if the package of the model is used up, or with twice the max_tokens, after a completion that was cut off. The journal links
// it to the one before it, so that its completion counts also in runs that would not ask it.
func (r *resolver) look(c *Cell, req prompt.Request, read bool) (*task.Result, error) {
	if r.Journal == nil {
		return r.ask(c, req, read)
	}
	return r.lookAfter(c, req, nil, read)
}

// lookAfter is look for a request that follows the requests of path, each of which follows the one before it.
func (r *resolver) lookAfter(c *Cell, req prompt.Request, path []task.Key, read bool) (*task.Result, error) {
	key := task.KeyOf(req.Body).Occurrence(c.nth)
	if n := len(path); n > 0 && !r.quiet {
		c.Links = append(c.Links, [2]task.Key{path[n-1], key})
	}
	path = append(path, key)
	_, standing := r.standing(key)
	known := standing != ToAsk // there is a result, and it stays
	last, at, answered := r.follower(key, 0)
	answered = answered && last != key
	switch other, ok := r.fallback(c, req, path); {
	case !known && ok && (!answered && r.Ways.isEmpty(req.Model) || r.decided(c, key, other)):
		return r.lookAfter(c, other, path, read)
	case answered && (!known || !r.follows.Follows()):
		return r.take(c, last, at, read)
	case !known || !r.follows.Follows():
		return r.ask(c, req, read)
	}
	result, err := r.ask(c, req, true)
	if result == nil || err != nil {
		return result, err
	}
	next, follows := r.next(req, result)
	if follows {
		nextKey := task.KeyOf(next.Body).Occurrence(c.nth)
		_, standing := r.standing(nextKey)
		if standing == ToAsk && r.Ways.isEmpty(next.Model) {
			next, follows = r.fallback(c, next, path)
			nextKey = task.KeyOf(next.Body).Occurrence(c.nth)
		}
		_, asked := r.lookup(nextKey)
		follows = follows && !slices.Contains(path, nextKey) && (asked || !answered) // what another setting brought stays
	}
	switch {
	case !follows && answered:
		return r.take(c, last, at, true)
	case !follows:
		return result, nil
	}
	was := *c
	followed, err := r.lookAfter(c, next, path, true)
	// What follows was no better, or was not asked: then the answer that there is stays in the output.
	if err == nil && (followed != nil && followed.State != task.Completed || followed == nil && r.Read == ReadAll) {
		c.Key, c.Off, c.place, c.Standing, c.Tasks = was.Key, was.Off, was.place, was.Standing, was.Tasks
		return result, nil
	}
	return followed, err
}

// fallback returns the request that is asked instead of one of path if the package of its model is used up. ok is false if there is none.
func (r *resolver) fallback(c *Cell, req prompt.Request, path []task.Key) (other prompt.Request, ok bool) {
	if r.follows.FallbackModel == "" || r.follows.FallbackModel == req.Model {
		return req, false
	}
	other = req.WithModel(r.follows.FallbackModel)
	return other, !slices.Contains(path, task.KeyOf(other.Body).Occurrence(c.nth))
}

// decided reports whether the journal links the request other to a key, with a result that stays.
func (r *resolver) decided(c *Cell, key task.Key, other prompt.Request) bool {
	to := task.KeyOf(other.Body).Occurrence(c.nth)
	if !slices.ContainsFunc(r.Journal.Followers(key, r.Sandbox), func(f journal.Follower) bool { return f.Key == to }) {
		return false
	}
	_, standing := r.standing(to)
	return standing != ToAsk
}

// maxFollowers limits how long a chain of requests that follow each other may be.
const maxFollowers = 20

// follower returns the newest of the tasks that took the place of a task, or of each other, and are completed; the task itself if there is
// no other. ok is false if none is completed. A task that was asked again since, as by --fresh, has its place back.
func (r *resolver) follower(key task.Key, n int) (last task.Key, at journal.Place, ok bool) {
	if n == maxFollowers {
		return key, at, false
	}
	own, known := r.lookup(key)
	for _, next := range slices.Backward(r.Journal.Followers(key, r.Sandbox)) {
		if known && next.Off < own.Off {
			break
		}
		if last, at, ok = r.follower(next.Key, n+1); ok {
			return last, at, true
		}
	}
	return key, own, known && own.State == task.Completed
}

// take decides the standing of a cell by the result of a task that took the place of its own.
func (r *resolver) take(c *Cell, key task.Key, at journal.Place, read bool) (*task.Result, error) {
	c.Key, c.Off, c.place = key, at.Off, at
	c.pend(Decided)
	if !read {
		return nil, nil
	}
	return r.read(c, at)
}

// next returns the request that follows one with this result, if one does.
func (r *resolver) next(req prompt.Request, result *task.Result) (next prompt.Request, ok bool) {
	switch {
	case result.State == task.Blocked && r.follows.BlockedModel != "" && req.Model != r.follows.BlockedModel:
		return req.WithModel(r.follows.BlockedModel), true
	case result.State == task.Completed && result.Truncated() && r.follows.RaiseLength:
		most := result.Usage.CompletionTokens
		if req.Chat.MaxTokens != nil {
			most = *req.Chat.MaxTokens
		}
		if twice := min(2*most, gigachat.ContextTokens(req.Model)-result.Usage.PromptTokens); twice > most {
			return req.WithMaxTokens(twice), true
		}
	}
	return req, false
}

// failBlocked makes a blocked cell a failed one, if the user wants that.
func (r *resolver) failBlocked(c *Cell, i int) {
	if c.Result != nil && c.Result.State == task.Blocked && r.Columns.List[i].Spec.BlockedFails {
		own := *c.Result
		own.State, own.Cause = task.Failed, task.CauseRejected
		c.Result = &own
	}
}
