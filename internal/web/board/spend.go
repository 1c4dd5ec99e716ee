package board

import (
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/blast"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Budget bounds what a run may spend. The zero value of a field is no bound.
type Budget struct {
	Cost   float64 `json:"max_cost_rub"`
	Tokens int64   `json:"max_tokens_total"`
}

func (b *Budget) check() error {
	hint := messages.Sprintf("leave it empty for no budget")
	switch {
	case !(b.Cost >= 0 && b.Cost <= cost.MaxRubles) || b.Cost > 0 && cost.OfRubles(b.Cost) == 0:
		return &spec.UsageError{Msg: messages.Sprintf("the budget must be a number of rubles above 0"), Hint: hint, Cure: spec.CureBudget}
	case b.Tokens < 0:
		return &spec.UsageError{Msg: messages.Sprintf("the budget must be a number of tokens above 0"), Hint: hint, Cure: spec.CureBudget}
	}
	return nil
}

// of returns the budget with the daily one of before, which the page does not change.
func (b *Budget) of(before cost.Budget) cost.Budget {
	return cost.Budget{Tokens: b.Tokens, Cost: cost.OfRubles(b.Cost), Daily: before.Daily}
}

// Money is what the last run of a journal has spent, and what it may spend.
type Money struct {
	Spent  *cost.Spent `json:"spent"` // nil if it is not known, or nothing was spent
	Budget cost.Budget `json:"budget"`
}

func (m *Money) spend(s cost.Spent) {
	if m.Spent = &s; s.Tokens == 0 && s.Cost == 0 {
		m.Spent = nil
	}
	if s.Budget > 0 { // it was changed on the way
		m.Budget.Cost = s.Budget
	}
}

// Blast is what a run would ask although it has an answer.
type Blast struct {
	Confirmed
	Day     string          `json:"prices_of"`
	Reasons []messages.Text `json:"reasons"`
	Confirm bool            `json:"confirm"` // it is more than blast.UsualAbove, so a run starts only if these figures are confirmed
}

// Confirmed are the figures that the user has seen and confirmed.
type Confirmed struct {
	Requests int          `json:"requests"`
	Cost     *cost.Amount `json:"rubles"` // nil if a price is unknown
}

// blastOf returns nil if nothing is asked again.
func blastOf(b *blast.Radius) *Blast {
	if b.Requests == 0 {
		return nil
	}
	shown := &Blast{
		Confirmed: Confirmed{Requests: b.Requests}, Day: b.Day, Reasons: b.Reasons(), Confirm: !blast.UsualAbove.Allows(b, b.Requests),
	}
	if b.Priced() {
		shown.Cost = &b.Cost
	}
	return shown
}

// confirmed returns the function that refuses a plan that asks again more than is usual, unless the user has confirmed these figures or
// higher ones. c is nil if nothing was confirmed.
func (c *Confirmed) confirmed() func(*jobs.Plan) error {
	return func(p *jobs.Plan) error {
		now := blastOf(&p.Blast)
		if now == nil || !now.Confirm || c != nil && c.covers(&now.Confirmed) {
			return nil
		}
		msg := messages.Sprintf("nothing was sent, because what has an answer would be asked again: %s", p.Blast.Message())
		if c != nil {
			msg = messages.Sprintf("nothing was sent, because more would be asked again than was confirmed: %s", p.Blast.Message())
		}
		return &spec.UsageError{Msg: msg, Hint: messages.Sprintf("confirm these figures, or take the change back"), Cure: spec.CureConfirm}
	}
}

// covers reports whether other figures are no higher. An unknown amount is higher than any.
func (c *Confirmed) covers(now *Confirmed) bool {
	return now.Requests <= c.Requests && (c.Cost == nil || now.Cost != nil && *now.Cost <= *c.Cost)
}
