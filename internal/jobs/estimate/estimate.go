package estimate

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"unicode/utf8"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
)

// Source is where an amount comes from.
type Source string

// The sources.
const (
	FromCount      Source = "count"       // of a sample of the requests, by the service
	FromUsage      Source = "usage"       // of answers in the journal
	FromOthers     Source = "other_usage" // of answers in the journal to other prompts
	FromLimit      Source = "max_tokens"  // the limit of a completion
	FromAssumption Source = "assumption"
)

// Estimate is what the requests of a plan will cost. Every amount is an estimate.
type Estimate struct {
	Part
	Tasks     int        `json:"tasks"`              // requests that are known now: distinct, and without an answer
	Dependent Range      `json:"dependent_requests"` // requests that need answers of other columns first
	Repairs   Range      `json:"repairs"`            // requests for a better answer
	Sample    int        `json:"sample"`             // requests whose tokens were counted
	Files     int        `json:"files_not_counted,omitempty"`
	Columns   []Part     `json:"columns"`
	Models    []Part     `json:"models"`
	Unpriced  []string   `json:"models_without_price,omitempty"`
	InBatches *InBatches `json:"in_batches,omitempty"`
	Time
}

// Part is what the requests of a column or to a model will cost.
type Part struct {
	Column          string    `json:"column,omitempty"`
	Model           string    `json:"model,omitempty"`
	Requests        Range     `json:"requests"`
	Prompt          Range     `json:"prompt_tokens"`
	PromptFrom      Source    `json:"prompt_tokens_from"` // the least certain one
	CharsPerToken   float64   `json:"characters_per_token,omitempty"`
	Completion      Range     `json:"completion_tokens"`
	CompletionFrom  Source    `json:"completion_tokens_from"`
	CompletionsSeen int       `json:"completions_seen,omitempty"`
	Cost            *Money    `json:"rubles,omitempty"` // nil if the price of a model is unknown
	Prices          []Pricing `json:"prices"`
	Live            *Money    `json:"-"` // if the requests are asked live; nil if the price of a model is unknown
}

// Money is an estimated cost, as Range.
type Money struct {
	Likely cost.Amount `json:"estimate"`
	Low    cost.Amount `json:"low"`
	High   cost.Amount `json:"high"`
}

// Pricing says when a price was in force, and who has it.
type Pricing struct {
	Date   string `json:"date"`
	Source string `json:"source,omitempty"`
}

// sums are the amounts of a part while they are added up.
type sums struct {
	requests, dependent, repairs Sum
	prompt, completion           Sum
	rubles, inBatches            Sum
	priced, batched              bool // whether these are known
}

func (s *sums) add(o sums) {
	s.requests, s.dependent, s.repairs = s.requests.Plus(o.requests), s.dependent.Plus(o.dependent), s.repairs.Plus(o.repairs)
	s.prompt, s.completion, s.rubles = s.prompt.Plus(o.prompt), s.completion.Plus(o.completion), s.rubles.Plus(o.rubles)
	s.inBatches = s.inBatches.Plus(o.inBatches)
	s.priced, s.batched = s.priced && o.priced, s.batched && o.batched
}

// Estimate returns the estimate by a table of prices, for requests that are asked in a way.
func (b *Basis) Estimate(prices *cost.Prices, way task.Batching) *Estimate {
	e := &Estimate{Columns: []Part{}, Models: []Part{}}
	total, models, columns := sums{priced: true, batched: true}, map[string]*sums{}, make([]sums, len(b.columns))
	parts := map[string]*Part{}
	for i, c := range b.columns {
		each, from := b.completion(c)
		for _, g := range c.groups {
			e.Tasks += int(g.asked.n)
			e.Sample += len(g.counts)
			s := b.sum(c, g, each)
			part := Part{Column: c.Spec.CompletionColumn, Model: g.model, CompletionFrom: from, Prices: []Pricing{}}
			fit, learned := b.fit(c, g)
			part.PromptFrom, part.CharsPerToken = learned, math.Round(100*fit.CharsPerToken())/100
			if from == FromUsage {
				part.CompletionsSeen = len(c.answered)
			}
			if line, ok := prices.Of(g.model); ok {
				rubles := func(p cost.Price) Sum {
					return s.prompt.Times(p.Input.Rubles()).Both(s.completion.Times(p.Output.Rubles()))
				}
				s.rubles, s.priced = rubles(line.Price), true
				var batch cost.Price
				batch, s.batched = line.In(true)
				s.inBatches = rubles(batch)
				part.Prices = append(part.Prices, Pricing{line.Day, line.Source})
			}
			if s.requests.Mean == 0 {
				continue
			}
			if way, _, _ := s.money(way.Via); way == nil {
				e.Unpriced = append(e.Unpriced, g.model)
			}
			if parts[g.model] == nil {
				parts[g.model], models[g.model] = &Part{Model: g.model}, &sums{priced: true, batched: true}
			}
			models[g.model].add(s)
			columns[i].add(s)
			parts[g.model].mix(part)
			total.add(s)
			e.Part.mix(part)
			part.fill(s, way.Via)
			e.Columns = append(e.Columns, part)
		}
	}
	for model, part := range parts {
		part.fill(*models[model], way.Via)
		e.Models = append(e.Models, *part)
	}
	slices.SortFunc(e.Models, func(a, b Part) int { return cmp.Compare(a.Model, b.Model) })
	slices.Sort(e.Unpriced)
	e.Unpriced = slices.Compact(e.Unpriced)
	e.Part.fill(total, way.Via)
	e.InBatches = inBatches(b.columns, columns, total, way)
	e.Dependent, e.Repairs = total.dependent.Range(), total.repairs.Range()
	if e.Part.Prices == nil {
		e.Part.Prices = []Pricing{}
	}
	return e
}

// fill sets the amounts.
func (p *Part) fill(s sums, via string) {
	p.Requests, p.Prompt, p.Completion = s.requests.Range(), s.prompt.Range(), s.completion.Range()
	p.Cost, p.Live, _ = s.money(via)
}

// certainty orders the sources.
var certainty = []Source{FromCount, FromUsage, FromOthers, FromLimit, FromAssumption}

// mix adds where the amounts of another part come from: the least certain source counts.
func (p *Part) mix(o Part) {
	least := func(a, b Source) Source {
		return certainty[max(slices.Index(certainty, a), slices.Index(certainty, b), 0)]
	}
	p.PromptFrom, p.CompletionFrom = least(p.PromptFrom, o.PromptFrom), least(p.CompletionFrom, o.CompletionFrom)
	p.CompletionsSeen += o.CompletionsSeen
	for _, price := range o.Prices {
		if !slices.Contains(p.Prices, price) {
			p.Prices = append(p.Prices, price)
		}
	}
	slices.SortFunc(p.Prices, func(a, b Pricing) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Source, b.Source)) })
}

// groups yields all groups.
func (b *Basis) groups() iter.Seq[*group] {
	return func(yield func(*group) bool) {
		for _, c := range b.columns {
			for _, g := range c.groups {
				if !yield(g) {
					return
				}
			}
		}
	}
}

// What the service adds to the texts of a chat, in tokens. A recorded request with a message of six words used 17 (fact sheet of the API,
// 4.1), so it is about 9 for one message; how it grows with the messages is an assumption.
const (
	tokensPerChat    = 5
	tokensPerMessage = 4
)

// template returns the tokens that the service is expected to add to the texts of a request: none to those for vectors.
func (s shape) template() float64 {
	if s.messages == 0 {
		return 0
	}
	return float64(tokensPerChat + tokensPerMessage*s.messages)
}

// doubt returns the standard deviation of that assumption.
func (s shape) doubt() float64 { return float64(1+s.messages) / 2 }

// What a repair adds to the request that it repeats besides the answer, in tokens, and how often answers are repaired: as seen in the
// journal, after five in a hundred.
const (
	repairTokens  = 60
	priorRepaired = 0.5
	priorRepairs  = 10.0
	joinTokens    = 120 // of the prompt that joins answers to parts
)

// fit returns what is known of the prompts of a group, and from where: from its own counted requests, from answers, or from counted requests
// of other columns with the same model.
func (b *Basis) fit(c *column, g *group) (Fit, Source) {
	doubt := g.doubt() + float64(g.forms)*likelyEach/2
	if seen := g.counted(); len(seen) > 0 {
		return fit(doubt, seen), FromCount
	}
	var seen []observation
	for _, a := range b.like(c, g.model) {
		seen = append(seen, observation{a.chars, float64(a.usage.PromptTokens) - a.template})
	}
	if len(seen) > 0 {
		return fit(doubt, seen), FromUsage
	}
	for other := range b.groups() {
		if other.model == g.model {
			seen = append(seen, other.counted()...)
		}
	}
	if len(seen) > 0 {
		return fit(doubt, seen), FromCount
	}
	return fit(doubt, nil), FromAssumption
}

// counted returns the requests whose tokens were counted.
func (g *group) counted() (seen []observation) {
	if len(g.counts) == 0 {
		return nil
	}
	for _, h := range g.sample.strata {
		for i, at := range h.chosen {
			seen = append(seen, observation{h.sizes[i], g.counts[at]})
		}
	}
	return seen
}

// sum returns what the requests of a group will cost. each is a completion of the column.
func (b *Basis) sum(c *column, g *group, each Sum) (s sums) {
	fit, _ := b.fit(c, g)
	n := exactly(g.asked.n)
	s.requests = n
	if len(g.counts) == 0 {
		s.prompt = fit.Total(g.asked.n, g.asked.chars, g.asked.squares).Plus(exactly(g.template() * g.asked.n))
	} else {
		s.prompt = g.sample.Total(func(at int) float64 { return g.counts[at] }).Plus(g.added().Times(g.asked.n))
	}
	s.completion = n.Of(each)
	if g.later.n > 0 {
		count := exactly(1)
		if c.conditional() {
			count = share(float64(c.asked), float64(c.asked+c.spared), 0.5, 1)
		}
		likely := count.Mean
		count = count.Times(g.later.n)
		chance := likely * (1 - likely) // variance of whether a request is asked
		width := normal * math.Sqrt(chance*g.later.n)
		count.Down, count.Up = min(math.Hypot(count.Down, width), count.Mean), min(math.Hypot(count.Up, width), g.later.n-count.Mean)
		prompt := fit.Total(1, g.later.chars/g.later.n, 0).Plus(exactly(g.template()))
		for j, uses := range g.uses {
			prompt = prompt.Plus(b.columns[j].used(b).Times(uses / g.later.n))
		}
		s.dependent, s.requests = count, s.requests.Plus(count)
		s.prompt, s.completion = s.prompt.Plus(count.Of(prompt)), s.completion.Plus(count.Of(each))
		s.prompt.Noise += chance * fit.each * fit.each * g.later.squares // a few long ones may matter most
	}
	if c.split > 0 && g == c.groups[0] {
		joins := exactly(float64(c.split))
		s.requests = s.requests.Plus(joins)
		s.prompt = s.prompt.Plus(each.Times(float64(c.parts))).Plus(joins.Times(joinTokens))
		s.completion = s.completion.Plus(joins.Of(each))
	}
	if c.Form != nil && c.Spec.Repairs > 0 && s.requests.Mean > 0 {
		repaired := 0
		for _, a := range c.answered {
			if a.repaired {
				repaired++
			}
		}
		prompt := s.prompt.Times(1 / s.requests.Mean).Plus(each).Plus(exactly(repairTokens))
		s.repairs = s.requests.Of(share(float64(repaired), float64(len(c.answered)), priorRepaired, priorRepairs))
		s.requests = s.requests.Plus(s.repairs)
		s.prompt, s.completion = s.prompt.Plus(s.repairs.Of(prompt)), s.completion.Plus(s.repairs.Of(each))
	}
	return s
}

// added returns the tokens that the service adds to the counted texts of a request. The description of a form may not be billed.
func (g *group) added() Sum {
	beyond := g.beyond
	if len(beyond) == 0 {
		width := 2 * g.doubt()
		return Sum{Mean: g.template(), Down: width + g.form, Up: width}
	}
	k, mean, squares := float64(len(beyond)), 0.0, 0.5
	for _, d := range beyond {
		mean += d / k
	}
	for _, d := range beyond {
		squares += (d - mean) * (d - mean)
	}
	variance := squares / (k + 1)
	width := student(k+1) * math.Sqrt(variance/k)
	return Sum{Mean: g.template() + mean, Down: width, Up: width, Noise: variance}
}

// What is assumed of a completion while the journal has none, in tokens.
const (
	assumedCompletion = 150
	assumedProperty   = 20
	assumedObject     = 10
)

// completion returns the tokens of a completion of the column, and from where.
func (b *Basis) completion(c *column) (each Sum, _ Source) {
	limit := c.Spec.MaxTokens
	if c.Spec.Embed {
		return exactly(0), FromCount
	}
	if len(c.answered) > 0 {
		var seen []float64
		for _, a := range c.answered {
			seen = append(seen, float64(a.usage.CompletionTokens))
		}
		if each = meanOf(seen); limit != nil {
			each.Up = min(each.Up, max(0, float64(*limit)-each.Mean))
		}
		return each, FromUsage
	}
	tokens, from := float64(assumedCompletion), FromAssumption
	if c.Form != nil {
		if tokens = assumedObject + assumedProperty*float64(len(c.Form.Names())); c.Form.Choices() != nil {
			tokens = assumedObject + c.choice().Mean
		}
	}
	if limit != nil {
		return Sum{Mean: float64(*limit), Down: float64(*limit)}, FromLimit
	}
	if b.Typical.Answers > 0 && len(b.columns) == 1 {
		tokens, from = b.Typical.CompletionTokens, FromOthers
	}
	return Sum{Mean: tokens, Down: tokens * 2 / 3, Up: tokens * 2}, from
}

// choice returns the tokens of the text of a choice.
func (c *column) choice() Sum {
	shortest, longest := math.Inf(1), 0.0
	for _, choice := range c.Form.Choices() {
		tokens := float64(utf8.RuneCountInString(choice)) * likelyEach
		shortest, longest = min(shortest, tokens), max(longest, tokens)
	}
	width := (longest - shortest) / 2
	return Sum{Mean: shortest + width, Down: width, Up: width}
}

// used returns the tokens of an answer of the column as prompts of other columns have it: without the form in which it came.
func (c *column) used(b *Basis) Sum {
	answer, _ := b.completion(c)
	switch {
	case c.Form == nil:
		return answer
	case c.Form.Choices() != nil:
		return c.choice()
	}
	return Sum{Mean: answer.Mean * 0.6, Down: answer.Mean * 0.4, Up: answer.Mean * 0.4}
}
