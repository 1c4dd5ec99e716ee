package estimate

import (
	"context"
	"math"
	"unicode/utf8"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// CountFunc counts the tokens of texts for a model.
type CountFunc func(ctx context.Context, model string, texts []string) ([]int, error)

// DefaultSample is the default number of requests whose tokens are counted.
const DefaultSample = 100

// seed makes the same choice of requests each time.
const seed = 16

// sampled is what is counted of the requests of a group.
type sampled struct {
	sizes  []uint32 // characters of each request
	sample *Sample
	bodies map[int][]byte  // of the chosen requests
	counts map[int]float64 // their tokens
	seen   int             // requests of the second traversal
	form   float64         // tokens of the description of a form in a request
	beyond []float64       // tokens of answered requests beyond those counted and those expected of the template
}

// Size notes a request. It is called for every request that Add was called for, in the same order.
func (b *Basis) Size(i int, t *task.Task) {
	g := b.columns[i].of(t.Model, t.Body)
	g.sizes = append(g.sizes, uint32(min(math.MaxUint32, g.charsOf(t.Body))))
}

// Choose chooses about n of the requests that Size was called for, the same ones each time: more from groups with more text.
func (b *Basis) Choose(n int) {
	all := 0.0
	for g := range b.groups() {
		all += g.asked.chars
	}
	for g := range b.groups() {
		share := int(math.Ceil(float64(n) * g.asked.chars / max(1, all)))
		g.sample, g.bodies, g.counts = Choose(g.sizes, max(min(n, perStratum), share), seed), map[int][]byte{}, map[int]float64{}
		for _, at := range g.sample.Chosen() {
			g.bodies[at] = nil
		}
		g.sizes = nil
	}
}

// Take keeps a request if it was chosen. It is called like Size, in another traversal.
func (b *Basis) Take(i int, t *task.Task) {
	g := b.columns[i].of(t.Model, t.Body)
	if _, chosen := g.bodies[g.seen]; chosen {
		g.bodies[g.seen] = t.Body
	}
	g.seen++
}

// Count counts the tokens of the chosen requests, and of some that have an answer: their usage shows what the service adds to them.
func (b *Basis) Count(ctx context.Context, count CountFunc) error {
	for _, c := range b.columns {
		for _, g := range c.groups {
			if g.asked.n == 0 {
				continue
			}
			book := tokenBook{model: g.model, counts: map[string]int{}}
			for _, body := range g.bodies {
				if body == nil {
					return messages.Errorf("the input changed while it was read")
				}
				book.add(body)
			}
			like := b.like(c, g.model)
			for _, a := range like {
				if a.body != nil {
					book.add(a.body)
				}
			}
			if err := book.count(ctx, count); err != nil {
				return err
			}
			for at, body := range g.bodies {
				g.counts[at], g.form = book.of(body)
			}
			for _, a := range like {
				if a.body != nil {
					counted, _ := book.of(a.body)
					g.beyond = append(g.beyond, float64(a.usage.PromptTokens)-counted-a.template)
				}
			}
			g.bodies = nil
		}
	}
	return nil
}

// tokenBook has the tokens of texts, each of which is counted once.
type tokenBook struct {
	model  string
	texts  []string
	counts map[string]int
}

func (b *tokenBook) add(body []byte) {
	contents, forms := textsOf(body)
	for _, text := range append(contents, forms...) {
		if _, known := b.counts[text]; !known && text != "" {
			b.counts[text] = 0
			b.texts = append(b.texts, text)
		}
	}
}

// of returns the tokens of a request, and of the description of a form in it.
func (b *tokenBook) of(body []byte) (all, form float64) {
	contents, forms := textsOf(body)
	for _, text := range contents {
		all += float64(b.counts[text])
	}
	for _, text := range forms {
		form += float64(b.counts[text])
	}
	return all + form, form
}

// The most that is counted in one request. No limit is documented.
const (
	maxTexts = 100
	maxChars = 200_000
)

func (b *tokenBook) count(ctx context.Context, count CountFunc) error {
	for rest := b.texts; len(rest) > 0; {
		n, chars := 0, 0
		for n < min(len(rest), maxTexts) {
			if chars += utf8.RuneCountInString(rest[n]); n > 0 && chars > maxChars {
				break
			}
			n++
		}
		counts, err := count(ctx, b.model, rest[:n])
		if err != nil {
			return err
		}
		for i, text := range rest[:n] {
			b.counts[text] = counts[i]
		}
		rest = rest[n:]
	}
	return nil
}
