package pack

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// DefaultTexts is the default number of texts in a request.
const DefaultTexts = 20

// errNoVector is the error of a text for which the service answers without a vector.
var errNoVector = messages.Errorf("the answer has no vector for the text")

// EmbedFunc sends one request for vectors and returns the response or a *gigachat.Error. It must be safe for concurrent use.
type EmbedFunc func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.EmbeddingResponse, error)

// Executor is a task.Executor that asks for vectors with a pool. Make it with Over.
type Executor struct {
	pool    *pool.Pool
	texts   int // of a pack, at most
	context int // tokens of a pack, at most; 0 is what the model takes

	lost   func(task.Key) error // these are what the pool called before Over
	spent  func(task.Result) error
	wanted func(task.Key) bool
	flight func(n int) error

	record func(task.Result) error // of the present Execute
	mu     sync.Mutex              // guards the fields below
	state
}

// state is what is under way.
type state struct {
	packs    map[task.Key]*pack // with a task in the pool, by its key
	again    []*pack            // to be asked next
	inFlight int                // tasks whose request may be in flight
	flights  int                // of which flight was told last
}

// Over returns an executor that asks about several tasks at once with p, whose functions are set and do not change any more. embed is nil if
// others ask with AskWith. texts is how many of them at most, 0 for DefaultTexts, and context how many tokens they may have, 0 for what the model
// takes.
func Over(p *pool.Pool, embed EmbedFunc, texts, context int) *Executor {
	x := &Executor{
		pool: p, texts: cmp.Or(texts, DefaultTexts), context: context,
		lost: p.Lost, spent: p.Spent, wanted: p.Wanted, flight: p.Flight, state: state{packs: map[task.Key]*pack{}},
	}
	if p.Body, p.Stale = x.body, nil; embed != nil {
		p.Ask = AskWith(embed)
	}
	if x.wanted != nil {
		p.Wanted = x.wants
	}
	if x.lost != nil {
		p.Lost = func(k task.Key) error { return x.each(k, x.lost) }
	}
	p.Spent = func(r task.Result) error {
		if x.spent == nil {
			return nil
		}
		return x.each(r.Key, func(k task.Key) error {
			r.Key = k
			defer func() { r.Usage = gigachat.Usage{} }() // it counts once
			return x.spent(r)
		})
	}
	p.Flight = nil // body counts the tasks
	return x
}

// Execute implements task.Executor. A pack that is refused for good is asked again in halves, so that one bad text fails alone. What an answer
// lacks is asked again alone.
func (x *Executor) Execute(
	ctx context.Context, drain <-chan struct{}, tasks iter.Seq2[task.Task, error], record func(task.Result) error,
) error {
	x.record = record
	defer func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.state = state{packs: map[task.Key]*pack{}, flights: x.flights}
	}()
	for {
		err := x.pool.Execute(ctx, drain, x.pull(tasks), x.recorded)
		stopped := false
		select {
		case <-drain:
			stopped = true
		case <-ctx.Done():
			stopped = true
		default:
		}
		x.mu.Lock()
		done := len(x.again) == 0
		x.mu.Unlock()
		if err != nil || stopped || done || x.pool.Current != nil && !x.pool.Current() {
			return err
		}
		tasks = func(func(task.Task, error) bool) {}
	}
}

// pull yields the tasks of packs. Those that are asked again go first.
func (x *Executor) pull(tasks iter.Seq2[task.Task, error]) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		repeat := func() bool {
			for {
				x.mu.Lock()
				if len(x.again) == 0 {
					x.mu.Unlock()
					return true
				}
				p := x.again[0]
				x.again = x.again[1:]
				x.packs[p.tasks[0].Key] = p
				x.mu.Unlock()
				if !yield(p.asTask(), nil) {
					return false
				}
			}
		}
		send := func(p *pack) bool {
			if !repeat() {
				return false
			}
			x.mu.Lock()
			x.packs[p.tasks[0].Key] = p
			x.mu.Unlock()
			return yield(p.asTask(), nil)
		}
		next, tokens := &pack{}, 0
		for t, err := range tasks {
			if err != nil {
				yield(task.Task{}, err)
				return
			}
			n := tokensOf(t.Body)
			if len(next.tasks) > 0 &&
				(t.Model != next.tasks[0].Model || tokens+n > cmp.Or(x.context, gigachat.TextTokens(t.Model))) {
				if !send(next) {
					return
				}
				next, tokens = &pack{}, 0
			}
			next.tasks, tokens = append(next.tasks, t), tokens+n
			if len(next.tasks) == x.texts {
				if !send(next) {
					return
				}
				next, tokens = &pack{}, 0
			}
		}
		if len(next.tasks) == 0 || send(next) {
			repeat()
		}
	}
}

// each calls do with the key of each task of the pack with a key, and returns its first error.
func (x *Executor) each(k task.Key, do func(task.Key) error) error {
	for _, t := range x.of(k).tasks {
		if err := do(t.Key); err != nil {
			return err
		}
	}
	return nil
}

// of returns the pack with a task in the pool.
func (x *Executor) of(k task.Key) *pack {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.packs[k]
}

// wants reports whether any task of a pack is still wanted. The others are taken out of it.
func (x *Executor) wants(k task.Key) bool {
	p := x.of(k)
	var left []task.Task
	for _, t := range p.tasks {
		if x.wanted(t.Key) {
			left = append(left, t)
		}
	}
	if p.tasks = left; len(left) > 0 {
		return true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.inFlight -= p.sent
	delete(x.packs, k)
	return false
}

// body returns the request of a pack that is about to be sent.
func (x *Executor) body(_ context.Context, t task.Task) ([]byte, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := x.packs[t.Key]
	x.inFlight += len(p.tasks) - p.sent
	p.sent = len(p.tasks)
	if x.inFlight > x.flights {
		x.flights = max(x.inFlight, min(2*x.flights, x.texts*cmp.Or(x.pool.Concurrency, pool.DefaultConcurrency)))
		if x.flight != nil {
			if err := x.flight(x.flights); err != nil {
				return nil, err
			}
		}
	}
	return p.body(), nil
}

// AskWith returns a function that asks for the vectors of a pack.
func AskWith(embed EmbedFunc) pool.AskFunc {
	return func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
		answer, err := embed(ctx, body, timeout)
		if err != nil {
			return nil, err
		}
		r := &gigachat.ChatResponse{
			Completion: completionOf(answer.Embeddings), FinishReason: "stop", Model: answer.Model, RequestID: answer.RequestID, Sandbox: answer.Sandbox,
			Unknown: len(answer.Embeddings) == 0,
		}
		for _, e := range answer.Embeddings {
			r.Usage.PromptTokens += e.PromptTokens
		}
		r.Usage.TotalTokens = r.Usage.PromptTokens
		return r, nil
	}
}

// Texts returns the keys of the tasks that are asked with one task of the pool, in the order of the request.
func (x *Executor) Texts(k task.Key) (all []task.Key) {
	for _, t := range x.of(k).tasks {
		all = append(all, t.Key)
	}
	return all
}

// Split returns the results of the texts of a pack, in their order. Those of texts without a vector are missing, with a zero key.
func Split(r task.Result, texts []task.Key) []task.Result {
	all := make([]task.Result, len(texts))
	for i, v := range vectorsOf(r.Completion, len(texts)) {
		if v.json != "" {
			all[i] = r
			all[i].Key, all[i].Completion, all[i].FinishReason = texts[i], v.json, ""
			all[i].Usage = gigachat.Usage{PromptTokens: v.tokens, TotalTokens: v.tokens}
		}
	}
	return all
}

// recorded records the results of the tasks of a pack, all at once, because they can share the time to reach the disk.
func (x *Executor) recorded(r task.Result) error {
	x.mu.Lock()
	p := x.packs[r.Key]
	delete(x.packs, r.Key)
	if r.State == task.Failed && len(p.tasks) > 1 && splits(r.Cause) {
		x.again = append(x.again, p.halves()...)
		x.inFlight -= p.sent
		x.mu.Unlock()
		return nil
	}
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		x.inFlight -= p.sent
		x.mu.Unlock()
	}()
	results := make([]task.Result, 0, len(p.tasks))
	vectors := vectorsOf(r.Completion, len(p.tasks))
	for i, t := range p.tasks {
		of := r
		of.Key = t.Key
		if r.State == task.Completed {
			if vectors[i].json == "" {
				if len(p.tasks) > 1 {
					x.mu.Lock()
					x.again = append(x.again, &pack{tasks: []task.Task{t}})
					x.mu.Unlock()
					continue
				}
				of.State, of.Cause, of.Error, of.Raw = task.Failed, task.CauseUnknown, errNoVector.Error(), r.Completion
			}
			of.Completion, of.FinishReason = vectors[i].json, ""
			of.Usage = gigachat.Usage{PromptTokens: vectors[i].tokens, TotalTokens: vectors[i].tokens}
		} else if i > 0 {
			of.Usage = gigachat.Usage{} // it counts once
		}
		results = append(results, of)
	}
	errs := make([]error, len(results))
	var g errgroup.Group
	for i := range results {
		g.Go(func() error { errs[i] = x.record(results[i]); return nil })
	}
	g.Wait()
	kept := error(nil)
	for _, err := range errs {
		switch {
		case errors.Is(err, task.ErrKept):
			kept = err
		case err != nil:
			return err
		}
	}
	return kept
}

// splits reports whether a pack that failed for a cause is asked in halves: a text in it may be the cause. After a timeout or a broken answer,
// asking again may cost as much as an answer.
func splits(c task.Cause) bool {
	switch c {
	case task.CauseRejected, task.CauseTooLong, task.CauseServer, task.CauseUnknown:
		return true
	}
	return false
}
