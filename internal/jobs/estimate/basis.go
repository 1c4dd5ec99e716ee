package estimate

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Basis is what a traversal of the rows tells about the requests of a run: their texts, and what those that have an answer cost. It takes
// 40 bytes for each cell of a column that uses another column's answer, and otherwise the same for any number of rows.
type Basis struct {
	UnderWay map[task.Key]bool // tasks in batches at the service: they are not asked again
	Journal  *journal.Journal  // nil if there is none
	Sandbox  bool
	Typical  journal.Typical // of its newest answers, whatever was asked
	Former   *Basis          // of what an earlier run asked; may be nil
	columns  []*column
	random   *rand.Rand
}

// column is what is known of the requests of a completion column.
type column struct {
	*prompt.Renderer
	groups   []*group
	answered []answered    // a random choice of those that have an answer
	seen     int           // of which it was made
	split    int           // cells that are asked in parts
	parts    int           // known requests about these parts
	settled  journal.Index // by the answers that conditions are about
	asked    int           // of them, those that fulfil the conditions
	spared   int           // those that do not
}

// group is the requests of a column to a model.
type group struct {
	model string
	shape
	asked bulk
	later bulk          // requests that need answers, at most, without these answers
	uses  []float64     // answers in the texts of later, by column
	keys  journal.Index // of later
	sampled
}

// bulk is a number of requests and the characters of their texts.
type bulk struct{ n, chars, squares float64 }

func (b *bulk) add(chars int) {
	x := float64(chars)
	b.n, b.chars, b.squares = b.n+1, b.chars+x, b.squares+x*x
}

// shape is what the requests of a group have in common.
type shape struct {
	frame    int // characters of their JSON that are no text
	messages int // 0 of a request for vectors
	forms    int // characters of the description of a form
}

// answered is a request that has an answer.
type answered struct {
	key      task.Key // of the cell
	body     []byte   // nil for most of them
	chars    float64
	template float64 // tokens that the service is expected to add
	model    string
	usage    gigachat.Usage
	repaired bool
}

const (
	maxAnswered = 64 // answered requests of a column from which costs are learned
	maxBodies   = 8  // of them, those whose tokens the service counts
)

// NewBasis returns the basis of an estimate over columns. j may be nil.
func NewBasis(columns []*prompt.Renderer, j *journal.Journal, sandbox bool) *Basis {
	b := &Basis{Journal: j, Sandbox: sandbox, random: rand.New(rand.NewPCG(1, 1))}
	for _, c := range columns {
		b.columns = append(b.columns, &column{Renderer: c})
	}
	return b
}

// Add adds a selected row, whose cells are just resolved.
func (b *Basis) Add(row *resolve.Row) error {
	for i := range row.Cells {
		c, cell := b.columns[i], &row.Cells[i]
		c.settle(row.Cells, cell)
		if cell.Standing == resolve.Later {
			if err := b.addLater(row, i); err != nil {
				return err
			}
			continue
		}
		if cell.Split && cell.Open() {
			c.split++
			c.parts += len(cell.Tasks)
		}
		for t := range cell.Tasks {
			if b.UnderWay[cell.Tasks[t].Key] {
				continue
			}
			g := c.of(cell.Tasks[t].Model, cell.Tasks[t].Body)
			g.asked.add(g.charsOf(cell.Tasks[t].Body))
		}
		if err := b.learn(row, i); err != nil {
			return err
		}
	}
	return nil
}

// settle counts whether a cell is asked, if that depends on answers. Rows with the same answers count once.
func (c *column) settle(cells []resolve.Cell, cell *resolve.Cell) {
	if !c.conditional() || cell.Standing == resolve.Later {
		return
	}
	var key task.Key
	for _, j := range c.Needs {
		for i, x := range cells[j].Key {
			key[i] ^= x
		}
	}
	if _, seen := c.settled.Get(key); seen {
		return
	}
	c.settled.Put(key, journal.Place{})
	if cell.Standing == resolve.Blank {
		c.spared++
	} else {
		c.asked++
	}
}

// conditional reports whether it depends on another column's answer whether a row is asked.
func (c *column) conditional() bool { return slices.ContainsFunc(c.When, c.unsettled) }

func (c *column) unsettled(when spec.Condition) bool {
	_, uses := c.Uses[when.Column]
	return uses
}

// of returns the group of a request.
func (c *column) of(model string, body []byte) *group {
	for _, g := range c.groups {
		if g.model == model {
			return g
		}
	}
	g := &group{model: model, shape: shapeOf(body)}
	c.groups = append(c.groups, g)
	return g
}

// charsOf returns the characters of the texts of a request: of its messages, and of the description of a form.
func (s shape) charsOf(body []byte) int { return max(0, measure(body)-s.frame) }

// measure counts the characters of JSON as if nothing in it was escaped.
func measure(body []byte) int { return utf8.RuneCount(body) - bytes.Count(body, []byte{'\\'}) }

func shapeOf(body []byte) shape {
	contents, forms := textsOf(body)
	s := shape{messages: len(contents)}
	if bytes.HasPrefix(body, []byte(`{"input":`)) {
		s.messages = 0
	}
	texts := 0
	for _, text := range contents {
		texts += utf8.RuneCountInString(text)
	}
	for _, text := range forms {
		s.forms += measure([]byte(text))
	}
	s.frame = measure(body) - texts - s.forms
	return s
}

// textsOf returns the contents of the messages of a request, and what describes a form to the model. Both are billed (developers.sber.ru,
// guides/counting-tokens).
func textsOf(body []byte) (contents, forms []string) {
	var chat gigachat.ChatRequest
	if json.Unmarshal(body, &chat) != nil {
		return []string{string(body)}, nil
	}
	for _, m := range chat.Messages {
		contents = append(contents, m.Content)
		if call := m.Fields["function_call"]; call != nil {
			forms = append(forms, string(call))
		}
	}
	if len(chat.Messages) == 0 && json.Unmarshal(chat.Fields["input"], &contents) == nil { // a request for vectors
		return contents, nil
	}
	for _, name := range []string{"functions", "response_format"} {
		if raw := chat.Fields[name]; raw != nil {
			forms = append(forms, string(raw))
		}
	}
	return contents, forms
}

// addLater adds a cell that needs other columns' answers. Its request is rendered with keys in the place of these answers, so equal ones
// count once.
func (b *Basis) addLater(row *resolve.Row, i int) error {
	c := b.columns[i]
	completion, when := c.Completion, c.When
	defer func() { c.Completion, c.When = completion, when }()
	c.When = slices.DeleteFunc(slices.Clone(when), c.unsettled)
	answers := make([]float64, len(b.columns))
	keys := 0
	c.Completion = func(ref spec.Reference) string {
		other := &row.Cells[ref.Column]
		if !other.Open() {
			return completion(ref)
		}
		share := 1.0
		if form := b.columns[ref.Column].Form; ref.Value >= 0 && form != nil {
			share = 1 / float64(max(1, len(form.Names())))
		}
		answers[ref.Column] += share
		keys++
		return other.Key.String()
	}
	req, err := c.Render(row.Row)
	if err != nil || req.Skip {
		return err
	}
	model := req.Model
	if c.Form != nil {
		req = c.WithForm(task.ByFormat, req)
	}
	g := c.of(model, req.Body)
	key := task.KeyOf(req.Body)
	if _, seen := g.keys.Get(key); seen {
		return nil
	}
	g.keys.Put(key, journal.Place{})
	g.later.add(max(0, g.charsOf(req.Body)-keys*2*len(key)))
	if g.uses == nil {
		g.uses = make([]float64, len(b.columns))
	}
	for j, n := range answers {
		g.uses[j] += n
	}
	return nil
}

// Learned returns how many requests have an answer from which costs are learned.
func (b *Basis) Learned() (n int) {
	for _, c := range b.columns {
		n += len(c.answered)
	}
	return n
}

// like returns the answered requests to a model from which the prompts of a column are learned: its own, or those of other columns or of an
// earlier run whose answers have no form.
func (b *Basis) like(c *column, model string) (all []answered) {
	for _, a := range c.answered {
		if a.model == model {
			all = append(all, a)
		}
	}
	if len(all) >= minLearned || c.Form != nil {
		return all
	}
	others := b.columns
	if b.Former != nil {
		others = slices.Concat(others, b.Former.columns)
	}
	for _, other := range others {
		if other == c || other.Form != nil || len(all) >= minLearned {
			continue
		}
		for _, a := range other.answered {
			if a.model == model {
				all = append(all, a)
			}
		}
	}
	return all
}

// minLearned is how many answered requests of a column are enough.
const minLearned = 3

// learn adds the request of a cell to the random choice of those that have an answer.
func (b *Basis) learn(row *resolve.Row, i int) error {
	c, cell := b.columns[i], &row.Cells[i]
	if b.Journal == nil || cell.Standing == resolve.Blank || cell.Standing == resolve.Duplicate {
		return nil
	}
	if _, known := b.Journal.Latest(cell.Key, b.Sandbox); !known {
		return nil
	}
	if slices.ContainsFunc(c.answered, func(a answered) bool { return a.key == cell.Key }) {
		return nil
	}
	at := c.seen
	if at >= maxAnswered {
		if at = b.random.IntN(c.seen + 1); at >= maxAnswered {
			c.seen++
			return nil
		}
	}
	req, err := c.Render(row.Row)
	if err != nil || req.Skip {
		return err
	}
	a, err := b.answer(c, req)
	if a == nil || err != nil {
		return err
	}
	a.key, a.repaired = cell.Key, cell.Key != task.KeyOf(a.body) && c.Form != nil
	g := c.of(a.model, a.body)
	a.chars, a.template = float64(g.charsOf(a.body)), g.template()
	if at >= maxBodies {
		a.body = nil
	} else {
		a.body = slices.Clone(a.body)
	}
	c.seen++
	if at == len(c.answered) {
		c.answered = append(c.answered, *a)
	} else {
		c.answered[at] = *a
	}
	return nil
}

// answer returns a request, in the way in which it was asked, with its answer. It is nil if none was completed.
func (b *Basis) answer(c *column, req prompt.Request) (*answered, error) {
	asked := []prompt.Request{req}
	if c.Form != nil {
		asked = nil
		for way := task.ByFormat; way <= task.ByWords; way++ {
			asked = append(asked, c.WithForm(way, req))
		}
	}
	for _, in := range asked {
		at, ok := b.Journal.Latest(task.KeyOf(in.Body), b.Sandbox)
		if !ok || at.State != task.Completed {
			continue
		}
		result, _, err := b.Journal.ReadResult(at, nil)
		if err != nil || result.Usage.PromptTokens == 0 {
			return nil, err
		}
		return &answered{body: in.Body, model: in.Model, usage: result.Usage}, nil
	}
	return nil, nil
}
