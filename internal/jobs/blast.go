package jobs

import (
	"fmt"
	"reflect"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Blast is what a run asks although it has an answer: what the last run asked of the same rows was answered, and another request takes its
// place.
type Blast struct {
	Columns  []BlastColumn // completion columns that ask anew, in the order of the output
	Rows     int           // cells whose row changed in the table; their number follows from that of the answers
	Reread   int           // cells that an older program read differently
	Requests int           // at most: columns that use other columns may ask less
	Certain  int           // those among them that are not about Rows, which may be other rows, as in a file that is replaced
	Cost     cost.Amount   // an estimate; 0 if a price is unknown
	Day      string        // the date of the prices; "" if one has none or is unknown
}

// BlastColumn is a completion column whose cells with an answer are asked again.
type BlastColumn struct {
	Name    string // "" if it is the only one
	Changed []messages.Text
	Cells   int
}

// blast finds the Blast of a plan row by row.
type blast struct {
	Blast
	columns []BlastColumn
	same    bool // the last run asked the same, so each cell is compared with itself
	step    func(row table.Row) ([]resolve.Cell, error)
	place   []int             // of each column among those of the last run
	then    []int             // cells that had an answer when the last run ended
	now     []int             // those that the same requests have now
	open    []int             // other cells to ask, in requests
	asked   map[string]int    // requests by model
	models  []string          // of the columns
	later   map[task.Key]bool // requests of the last run in whose place another one comes that is not known yet
}

// newBlast prepares to compare the plan of r with what the last run asked, nil if no run has.
func newBlast(r *Run, src table.Source) *blast {
	last := lastLike(r)
	if last == nil || r.preview > 0 || r.job.Fresh {
		return nil
	}
	then := last.Settings.Located(r.job.Input)
	b := &blast{asked: map[string]int{}, later: map[task.Key]bool{}}
	all, were := r.job.Settings.All(), then.All()
	n := len(all)
	b.columns, b.place = make([]BlastColumn, n), make([]int, n)
	b.then, b.now, b.open = make([]int, n), make([]int, n), make([]int, n)
	for i, c := range all {
		b.models = append(b.models, c.Model)
		if b.columns[i].Name = c.CompletionColumn; !r.job.Settings.Several() {
			b.columns[i].Name = ""
		}
		b.place[i] = slices.IndexFunc(were, func(w *spec.Column) bool { return w.CompletionColumn == c.CompletionColumn })
		if n == 1 && len(were) == 1 {
			b.place[i] = 0
		}
		if b.place[i] >= 0 {
			b.columns[i].Changed = changesOf(were[b.place[i]], c)
		}
	}
	if tally := r.journal.Standing().Tally; tally != nil && r.journal.Whole() == last && !then.Selects() && !r.job.Settings.Selects() {
		for i, place := range b.place {
			switch {
			case len(were) == 1 && place == 0:
				b.then[i] = tally.Completed
			case place >= 0 && place < len(tally.Columns):
				b.then[i] = tally.Columns[place].Completed
			}
		}
	}
	if b.same = then.SameQuestions(&r.job.Settings) && r.out.Edits == nil; b.same {
		return b
	}
	if options, err := r.earlierOptions(src, last); err == nil && len(options.Columns.List) == len(were) {
		options.Editing = resolve.Editing{}
		options.Read = resolve.ReadFailures
		if options.Columns.Deep() {
			options.Read = resolve.ReadAll
		}
		b.step = resolve.Stepper(options)
	}
	return b
}

// lastLike returns the manifest of the newest run, no preview, that wrote where this run writes and had the same kind of service.
func lastLike(r *Run) (last *journal.Manifest) {
	if r.journal == nil {
		return nil
	}
	if m := r.journal.Whole(); m != nil && likeOf(r, m) {
		return m
	}
	err := journal.Manifests(r.job.Journal, func(m *journal.Manifest) {
		if !m.Preview && likeOf(r, m) {
			last = m
		}
	})
	if err != nil {
		return nil
	}
	return last
}

func likeOf(r *Run, m *journal.Manifest) bool {
	then := m.Settings.Located(r.job.Input)
	return m.Sandbox == r.sandbox && r.job.writes().same(placesOf(&then))
}

// changesOf names what differs in what two columns ask.
func changesOf(a, b *spec.Column) (all []messages.Text) {
	add := func(same bool, name messages.Text) {
		if !same {
			all = append(all, name)
		}
	}
	same := reflect.DeepEqual
	add(a.Prompt == b.Prompt, messages.Sprintf("the prompt"))
	add(a.System == b.System, messages.Sprintf("the system prompt"))
	add(a.Model == b.Model && a.ModelForced == b.ModelForced, messages.Sprintf("the model"))
	p, q := a.Params, b.Params
	p.Model, q.Model, p.ModelForced, q.ModelForced = "", "", false, false
	add(same(p, q) && slices.Equal(a.RowParams, b.RowParams), messages.Sprintf("a parameter"))
	add(slices.Equal(a.Choices, b.Choices) && slices.Equal(a.Schema, b.Schema), messages.Sprintf("the form of the answer"))
	add(slices.Equal(a.FewShot, b.FewShot), messages.Sprintf("the examples"))
	add(a.Attach == b.Attach, messages.Sprintf("the files"))
	add(same(a.LongText, b.LongText), messages.Sprintf("the way of long texts"))
	return all
}

// add compares a row of the plan with the last run. reread reports whether the last run may have read the row differently.
func (b *blast) add(row *resolve.Row, reread bool) error {
	var before []resolve.Cell
	if b.same {
		before = row.Cells
	} else if b.step != nil {
		var err error
		if before, err = b.step(row.Row); err != nil {
			return err
		}
	}
	if !row.Selected {
		return nil
	}
	for i := range row.Cells {
		c := &row.Cells[i]
		answered, key := false, task.Key{}
		if place := b.place[i]; place >= 0 && place < len(before) {
			was := &before[place]
			answered = !was.Open() && was.Standing != resolve.Blank && !was.Failed() && was.Off >= 0
			key = was.Key
		}
		if answered {
			b.now[i]++
		}
		if !c.Open() {
			continue
		}
		n := len(c.Tasks)
		if c.Standing == resolve.Later && !b.later[key] {
			n, b.later[key] = 1, answered
		}
		switch {
		case answered:
			b.columns[i].Cells++
		case reread:
			b.Reread++
		default:
			b.open[i] += n
			continue
		}
		b.Requests += n
		for _, t := range c.Tasks {
			b.asked[t.Model]++
		}
		if c.Standing == resolve.Later && n > 0 {
			b.asked[b.models[i]]++
		}
	}
	return nil
}

// result returns the Blast of the rows that were added. Answers of the last run that no row of the table has now belong to rows that have
// changed; as many of the other cells to ask count as asked again. A request costs as much as one of p to the same model on average.
func (b *blast) result(p *Plan, prices *cost.Prices) Blast {
	b.Certain = b.Requests
	for i := range b.columns {
		if b.columns[i].Cells > 0 {
			b.Columns = append(b.Columns, b.columns[i])
		}
		moved := min(max(0, b.then[i]-b.now[i]-b.Reread), b.open[i])
		b.Rows += moved
		b.Requests += moved
		if moved > 0 {
			b.asked[b.models[i]] += moved
		}
	}
	if b.Requests == 0 {
		return b.Blast
	}
	known := 0
	for _, part := range p.Estimate(prices).Models {
		n := b.asked[part.Model]
		if n == 0 {
			continue
		}
		line, ok := prices.Of(part.Model)
		if !ok {
			b.Cost, b.Day = 0, ""
			return b.Blast
		}
		known += n
		b.Cost += cost.Amount(float64(part.Cost.Likely) * float64(n) / part.Requests.Likely)
		b.Day = line.Day
	}
	if known > 0 && known < b.Requests {
		b.Cost = cost.Amount(float64(b.Cost) * float64(b.Requests) / float64(known))
	}
	return b.Blast
}

// CostOf returns the cost of some of the requests.
func (b *Blast) CostOf(requests int) cost.Amount {
	if b.Requests == 0 {
		return 0
	}
	return cost.Amount(float64(b.Cost) * float64(requests) / float64(b.Requests))
}

// Above is what a run may ask again although it has an answer, without anybody's confirmation.
type Above struct {
	Requests int
	Cost     cost.Amount
}

// UsualAbove is the default of --confirm-above, and the limit on the page.
var UsualAbove = Above{Requests: 1000, Cost: 500 * cost.Ruble}

// String returns the limit as --confirm-above takes it.
func (a Above) String() string { return fmt.Sprintf("%d,%vrub", a.Requests, a.Cost.Rubles()) }

// Allows reports whether some of the requests need no confirmation.
func (a Above) Allows(b *Blast, requests int) bool {
	return requests <= a.Requests && b.CostOf(requests) <= a.Cost
}

// Message says what is asked again, why, and what that may cost.
func (b *Blast) Message() messages.Text { return messages.Join(append(b.Reasons(), b.total()), "; ") }

// Reasons says which cells are asked again, and why.
func (b *Blast) Reasons() (parts []messages.Text) {
	for _, c := range b.Columns {
		why := messages.Join(c.Changed, ", ")
		switch {
		case len(c.Changed) > 0 && c.Name == "":
			parts = append(parts, messages.Sprintf("%s changed: %d {cell|cells} that {2:has|have} an answer {2:is|are} asked again", why, c.Cells))
		case len(c.Changed) > 0:
			parts = append(parts, messages.Sprintf("%s of the column %q changed: %d {cell|cells} that {3:has|have} an answer {3:is|are} asked again",
				why, c.Name, c.Cells))
		case c.Name == "":
			parts = append(parts, messages.Sprintf("%d {cell|cells} that {1:has|have} an answer {1:is|are} asked again", c.Cells))
		default:
			parts = append(parts, messages.Sprintf("the column %q follows: %d {cell|cells}", c.Name, c.Cells))
		}
	}
	if b.Rows > 0 {
		parts = append(parts, messages.Sprintf("%d {row|rows} changed in the table since {1:it was|they were} answered, and {1:is|are} asked again", b.Rows))
	}
	if b.Reread > 0 {
		parts = append(parts, messages.Sprintf("%d {cell is|cells are} read differently than by the program that asked {1:it|them} before", b.Reread))
	}
	return parts
}

// Priced reports whether the prices of all requests are known.
func (b *Blast) Priced() bool { return b.Day != "" || b.Cost > 0 }

// total says how much is asked again.
func (b *Blast) total() messages.Text {
	switch {
	case b.Day != "":
		return messages.Sprintf("at most %d {request|requests}, about %s (an estimate by prices of %s)", b.Requests, b.Cost.Text(), b.Day)
	case b.Priced():
		return messages.Sprintf("at most %d {request|requests}, about %s (an estimate)", b.Requests, b.Cost.Text())
	}
	return messages.Sprintf("at most %d {request|requests}", b.Requests)
}
