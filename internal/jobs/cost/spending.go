package cost

import (
	"errors"
	"slices"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// Budget bounds what a run may spend. The zero value of a field is no bound.
type Budget struct {
	Tokens int64  `json:"max_tokens_total,omitempty"` // of prompts and completions
	Cost   Amount `json:"max_cost_rub,omitempty"`
	Daily  Amount `json:"daily_budget_rub,omitempty"` // of all runs of a folder on a day, kept in a Ledger
}

// Priced reports whether a bound is in rubles.
func (b Budget) Priced() bool { return b.Cost > 0 || b.Daily > 0 }

// Claim is a request that is about to be sent. Its prompt is estimated from its characters.
type Claim struct {
	Model      string
	Characters int   // of the prompt, with everything around it
	Files      int64 // tokens that its files may have
	Completion int64 // tokens that the completion has at most
	Batch      bool  // it is a line of a batch
}

// A LimitError ends a run in order at a limit of the user's: a budget or a time. The same command goes on, unless it is Small.
type LimitError struct {
	Msg   messages.Text
	Small bool // the budget is too small for a single request
	Open  bool // what is set aside for open batches keeps the request from being sent: once they are collected, the budget may be enough
}

func (e *LimitError) Error() string { return e.Msg.String() }

// Message is the text of Error in any language.
func (e *LimitError) Message() messages.Text { return e.Msg }

// TimeOver returns the error of a run that has taken all of its time.
func TimeOver(limit time.Duration) *LimitError {
	return &LimitError{Msg: messages.Sprintf("the time of the run is over (%v)", limit)}
}

// IsLimit reports whether err only says that a limit of the user's ended a run.
func IsLimit(err error) bool {
	switch e := err.(type) {
	case *LimitError:
		return true
	case interface{ Unwrap() error }:
		return IsLimit(e.Unwrap())
	case interface{ Unwrap() []error }:
		return !slices.ContainsFunc(e.Unwrap(), func(err error) bool { return !IsLimit(err) })
	}
	return false
}

// Spending adds up what a run spends. With a Budget, it sets aside what each request may cost before that is sent, so that the budget holds
// with everything that is in flight and with all lines of open batches. It is safe for concurrent use. Its exported fields are set before it
// is used; SetCost changes the budget later.
type Spending struct {
	Prices *Prices
	Budget
	Ledger *Ledger // of Budget.Daily; nil without one

	mu    sync.Mutex // guards the fields below
	total Spent
	held  sums // of the requests in flight, and of open
	open  batches
	lost  sums // set aside for requests whose answers were lost while there was no budget
	leasing
	ratio float64 // most tokens for a character of a prompt, as seen so far
	freed chan struct{}
}

// leasing is what a run has taken from its ledger.
type leasing struct {
	leased Amount
	leases []lease   // of leased without what is apart, the oldest first
	apart  Amount    // of leased, for open batches and not spent
	last   Amount    // what the last request may cost
	gave   time.Time // when something was last given back during the run
	polls  int       // how often the run has waited for others since it last took something
}

// Spent is what a run has spent.
type Spent struct {
	Tokens   int64    `json:"tokens"`
	Cost     Amount   `json:"cost_rub"`
	Budget   Amount   `json:"budget_rub,omitempty"`      // Budget.Cost, which may have been changed
	Maybe    Amount   `json:"perhaps_rub,omitempty"`     // of the cost: requests whose answer was lost, which may have been billed
	Open     Amount   `json:"open_rub,omitempty"`        // set aside for the lines of open batches, beside the cost
	Saved    Amount   `json:"saved_rub,omitempty"`       // by batches: what their answers would have cost more live
	Unpriced []string `json:"unpriced_models,omitempty"` // models whose price is unknown; their cost is not counted
	Day      string   `json:"prices_of,omitempty"`       // the oldest date among the prices used
}

// sums are tokens and their cost.
type sums struct {
	tokens int64
	cost   Amount
}

// Reserved is what was set aside for a request. Copies are the same: only the first call that settles, frees or keeps one counts.
type Reserved struct{ *part }

type part struct {
	sums
	claim Claim
	price Price
	batch *batch // nil if it belongs to no open batch
	ended bool
}

// over reports whether nothing is set aside any more.
func (r Reserved) over() bool { return r.part == nil || r.ended }

// most is what was set aside.
func (r Reserved) most() sums {
	if r.over() {
		return sums{}
	}
	return r.sums
}

// firstRatio is how many tokens a character of a prompt has at most, before an answer tells more. Russian and English have one for three or
// four characters; code, digits and rare scripts have more.
const firstRatio = 0.5

// Reserve sets aside what a request may cost. If that does not fit into the budget, wait is closed when requests in flight have cost less
// than was set aside for them. If nothing but lines of open batches is in flight, the error is a *LimitError.
func (s *Spending) Reserve(c Claim) (r Reserved, wait <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	price := s.price(c.Model, c.Batch)
	prompt := int64(float64(c.Characters)*max(s.ratio, firstRatio)) + 1 + c.Files
	r = Reserved{&part{sums: sums{prompt + c.Completion, price.OfTokens(prompt, c.Completion, 0)}, claim: c, price: price}}
	tokens, cost := s.total.Tokens+s.held.tokens+r.tokens, s.total.Cost+s.held.cost+r.cost
	onlyOpen := s.held == s.open.sums
	leased := s.leased - s.apart + min(s.apart, s.open.cost) // without what is left of batches that have ended and are not collected
	switch {
	case s.Tokens > 0 && tokens > s.Tokens && s.open.tokens > 0:
		err = over(messages.Sprintf("the budget of %d {token|tokens} is used up: %d {was|were} spent, open batches may need %d, and the next "+
			"request may need %d", s.Tokens, s.total.Tokens, s.open.tokens, r.tokens))
	case s.Tokens > 0 && tokens > s.Tokens:
		err = over(messages.Sprintf("the budget of %d {token|tokens} is used up: %d {was|were} spent, and the next request may need %d",
			s.Tokens, s.total.Tokens, r.tokens))
	case s.Cost > 0 && cost > s.Cost && s.open.cost > 0:
		err = over(messages.Sprintf("the budget of %s is used up: about %s was spent, open batches may cost %s, and the next request may cost %s "+
			"(an estimate by prices of %s)", s.Cost.Text(), s.total.Cost.Text(), s.open.cost.Text(), r.cost.Text(), s.total.Day))
	case s.Cost > 0 && cost > s.Cost:
		err = over(messages.Sprintf("the budget of %s is used up: about %s was spent, and the next request may cost %s (an estimate by prices of %s)",
			s.Cost.Text(), s.total.Cost.Text(), r.cost.Text(), s.total.Day))
	case s.Daily > 0 && cost > leased:
		var took lease
		var busy bool
		switch took, busy, err = s.Ledger.take(cost-leased, s.Daily); {
		case err != nil:
		case took.amount > 0:
			s.leased, s.leases, s.polls = s.leased+took.amount, append(s.leases, took), 0
		case busy && onlyOpen && (s.freed != nil || s.polls < len(pollWaits)):
			return Reserved{}, s.poll(), nil
		default:
			var taken Amount
			if taken, err = s.Ledger.Today(); err == nil {
				err = over(messages.Sprintf("the daily budget of %s is used up: today, the runs in this folder set %s of it aside, and the next "+
					"request may cost %s (an estimate by prices of %s; the day ends at midnight, %s)",
					s.Daily.Text(), taken.Text(), r.cost.Text(), s.total.Day, s.Ledger.zone()))
			}
		}
	}
	if limit, ok := errors.AsType[*LimitError](err); ok {
		limit.Open = s.open.sums != sums{} && !(s.Tokens > 0 && tokens-s.open.tokens > s.Tokens || s.Cost > 0 && cost-s.open.cost > s.Cost)
		alone := s.total.Tokens == 0 && s.held == (sums{})
		if alone && (s.Tokens > 0 && r.tokens > s.Tokens || s.Cost > 0 && r.cost > s.Cost) {
			limit.Small, limit.Msg = true, messages.Sprintf("the budget is too small for a single request, which may need %d {token|tokens}, about %s; raise it, "+
				"or lower --max-tokens", r.tokens, r.cost.Text())
		}
	}
	switch {
	case err == nil:
		s.held.add(r.sums, 1)
		s.last = r.cost
		s.relax()
		return r, nil, nil
	case !onlyOpen:
		if s.freed == nil {
			s.freed = make(chan struct{})
		}
		return Reserved{}, s.freed, nil
	}
	return Reserved{}, nil, err
}

// pollWaits are the pauses in which a run waits for another one to give back a part of the daily budget.
var pollWaits = []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

// poll returns a channel that is closed when the ledger is worth another look. The caller holds s.mu.
func (s *Spending) poll() <-chan struct{} {
	if s.freed == nil {
		s.freed = make(chan struct{})
		time.AfterFunc(pollWaits[s.polls], func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.wake()
		})
		s.polls++
	}
	return s.freed
}

// wake lets the requests try again that did not fit into the budget. The caller holds s.mu.
func (s *Spending) wake() {
	if s.freed != nil {
		close(s.freed)
		s.freed = nil
	}
}

// relax gives back to the ledger what was taken beyond twice what the requests in flight may cost, at most once a second. An error only keeps it
// from other runs. The caller holds s.mu.
func (s *Spending) relax() {
	free := s.leased - s.apart - s.total.Cost - 2*max(s.held.cost-s.open.cost, s.last)
	if s.Ledger == nil || free <= 0 || s.Ledger.now().Sub(s.gave).Abs() < time.Second {
		return
	}
	s.gave = s.Ledger.now()
	_ = s.give(&s.leases, free)
}

func over(msg messages.Text) error { return &LimitError{Msg: msg} }

// Settle counts what the request has cost, instead of what was set aside for it.
func (s *Spending) Settle(r Reserved, u gigachat.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.over() {
		s.settle(r, r.claim.Model, u)
	}
}

// settle counts the usage of an answer of a model. The caller holds s.mu.
func (s *Spending) settle(r Reserved, model string, u gigachat.Usage) {
	if text := u.PromptTokens - int(r.claim.Files); r.claim.Characters > 0 && r.claim.Files == 0 {
		s.ratio = max(s.ratio, float64(text)/float64(r.claim.Characters))
	}
	spent := used(u, r.price)
	if live, priced := s.Prices.Of(model); priced && r.claim.Batch && r.price != (Price{}) {
		s.total.Saved += max(0, live.Price.Of(u)-spent.cost)
	}
	s.total.Tokens, s.total.Cost = s.total.Tokens+spent.tokens, s.total.Cost+spent.cost
	s.end(r, spent, sums{})
}

// Free gives back what was set aside for a request that has cost nothing.
func (s *Spending) Free(r Reserved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(r, sums{}, sums{})
}

// Keep counts a request that was sent and whose answer was lost, as if it had cost all that was set aside for it. Without a budget, nothing
// bounds that, so it only counts once there is one. A line of an open batch counts once the last one has ended.
func (s *Spending) Keep(r Reserved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(r, sums{}, r.most())
}

// keep counts what may have been spent, at once if it must. The caller holds s.mu.
func (s *Spending) keep(a sums, must bool) {
	if s.Budget == (Budget{}) && !must {
		s.lost.add(a, 1)
		return
	}
	s.total.Tokens, s.total.Cost, s.total.Maybe = s.total.Tokens+a.tokens, s.total.Cost+a.cost, s.total.Maybe+a.cost
}

// SetCost changes Budget.Cost. What was spent so far counts, too, so a budget that is lower lets no further request start.
func (s *Spending) SetCost(a Amount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Cost = a
	s.keep(s.lost, true)
	s.lost = sums{}
	s.wake()
}

// Bounds returns the present budget.
func (s *Spending) Bounds() Budget {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Budget
}

// end gives back what was set aside. What was spent is counted, what may have been is not. The caller holds s.mu.
func (s *Spending) end(r Reserved, spent, kept sums) {
	if r.over() {
		return
	}
	r.ended = true
	if r.batch != nil {
		s.endLine(r.batch, spent, kept)
	} else {
		s.held.add(r.sums, -1)
		if kept != (sums{}) {
			s.keep(kept, false)
		}
	}
	s.relax()
	s.wake()
}

// used returns what a usage costs.
func used(u gigachat.Usage, price Price) sums {
	return sums{int64(u.PromptTokens) + int64(u.CompletionTokens), price.Of(u)}
}

func (a *sums) add(b sums, times int64) {
	a.tokens += times * b.tokens
	a.cost += Amount(times) * b.cost
}

// price returns the price of a request, and notes what it is from. The caller holds s.mu.
func (s *Spending) price(model string, inBatch bool) Price {
	line, priced := s.Prices.Of(model)
	price, known := line.In(inBatch)
	s.total.note(model, line, priced && known)
	return price
}

// note remembers the date of a price, or the model whose price is unknown.
func (t *Spent) note(model string, line Line, priced bool) {
	switch {
	case !priced:
		for _, m := range t.Unpriced {
			if m == model {
				return
			}
		}
		t.Unpriced = append(t.Unpriced, model)
	case t.Day == "" || line.Day != "" && line.Day < t.Day:
		t.Day = line.Day
	}
}

// Spent returns what was spent so far.
func (s *Spending) Spent() Spent {
	s.mu.Lock()
	defer s.mu.Unlock()
	spent := s.total
	spent.Budget, spent.Open = s.Cost, s.open.cost
	return spent
}

// Close gives back to the ledger what was taken from it and not spent, except for what open batches may cost.
func (s *Spending) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.give(&s.leases, s.leased-s.apart-s.total.Cost)
}

// give gives back to the ledger a part of what was taken last. Older leases are spent first. The caller holds s.mu.
func (s *Spending) give(leases *[]lease, rest Amount) error {
	for s.Ledger != nil && rest > 0 && len(*leases) > 0 {
		back := last(leases, rest)
		if back.day != "" {
			if err := s.Ledger.give(back); err != nil {
				*leases = append(*leases, back)
				return err
			}
		}
		rest, s.leased = rest-back.amount, s.leased-back.amount
	}
	return nil
}

// last removes the newest of the leases, or the part of it that is wanted.
func last(leases *[]lease, want Amount) lease {
	newest := &(*leases)[len(*leases)-1]
	part := lease{newest.day, min(want, newest.amount)}
	if newest.amount -= part.amount; newest.amount == 0 {
		*leases = (*leases)[:len(*leases)-1]
	}
	return part
}
