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
	Raises   bool          // what is cut off is asked again with twice the limit, which is not counted
	Day      string        // the date of the prices; "" if one has none or is unknown
}

// BlastColumn is a completion column whose cells with an answer are asked again.
type BlastColumn struct {
	Name    string // "" if it is the only one
	Changed []messages.Text
	Cells   int
}

// blast finds the Blast of a plan row by row. Not only the last run counts, which may have tried a change on a few rows.
type blast struct {
	Blast
	all     []*spec.Column
	columns []BlastColumn
	runs    []blastRun        // the newest first
	every   bool              // each row must be compared, because the rows before a row decide its request
	then    []int             // cells that had an answer when the last run ended
	now     []int             // those that have one now, for the same request or another
	open    []int             // other cells to ask, in requests
	asked   map[string]int    // requests by model
	later   map[task.Key]bool // requests of an earlier run in whose place another one comes that is not known yet
}

// blastRun is an earlier run whose answers count.
type blastRun struct {
	were  []*spec.Column // by column of the plan: what the run asked, nil if it had no such column
	place []int          // of each of them among the columns of the run
	step  func(row table.Row) ([]resolve.Cell, error)
}

// newBlast prepares to compare the plan of r with what earlier runs asked that wrote where it writes and had the same kind of service. It
// returns nil if there are none.
func newBlast(r *Run, src table.Source) *blast {
	if r.journal == nil || r.preview > 0 || r.job.Fresh {
		return nil
	}
	var like []*journal.Manifest
	var last *journal.Manifest // of those that were no previews
	err := journal.Manifests(r.job.Journal, func(m *journal.Manifest) {
		then := m.Settings.Located(r.job.Input)
		if m.Sandbox != r.sandbox || !r.job.writes().same(placesOf(&then)) {
			return
		}
		if like = append(like, m); !m.Preview {
			last = m
		}
	})
	if err != nil || len(like) == 0 {
		return nil
	}
	s := &r.job.Settings
	n := len(s.All())
	b := &blast{asked: map[string]int{}, later: map[task.Key]bool{}, all: s.All(), columns: make([]BlastColumn, n), every: s.NoDedupe,
		then: make([]int, n), now: make([]int, n), open: make([]int, n)}
	if s.Several() {
		for i, c := range b.all {
			b.columns[i].Name = c.CompletionColumn
		}
	}
	if tally := r.journal.Standing().Tally; tally != nil && last != nil && r.journal.Whole().Equal(last) && !last.Settings.Selects() && !s.Selects() {
		then := last.Settings.Located(r.job.Input)
		for i, place := range placesIn(b.all, then.All()) {
			switch {
			case place == 0 && len(then.All()) == 1:
				b.then[i] = tally.Completed
			case place >= 0 && place < len(tally.Columns):
				b.then[i] = tally.Columns[place].Completed
			}
		}
	}
	var seen []*spec.Settings
	if r.out.Edits == nil { // without edits, what this definition asked is found in the plan
		seen = append(seen, s)
	}
	for _, m := range slices.Backward(like) {
		then := m.Settings.Located(r.job.Input)
		if slices.ContainsFunc(seen, func(other *spec.Settings) bool { return then.SameQuestions(other) }) {
			continue
		}
		seen = append(seen, &then)
		options, err := r.earlierOptions(src, m)
		if err != nil || len(options.Columns.List) != len(then.All()) {
			continue
		}
		options.Editing = resolve.Editing{}
		options.Read = resolve.ReadFailures
		if options.Columns.Deep() {
			options.Read = resolve.ReadAll
		}
		run := blastRun{place: placesIn(b.all, then.All()), step: resolve.Stepper(options)}
		for _, place := range run.place {
			var were *spec.Column
			if place >= 0 {
				were = then.All()[place]
			}
			run.were = append(run.were, were)
		}
		if b.runs = append(b.runs, run); len(b.runs) == maxEarlier {
			break
		}
	}
	return b
}

// placesIn returns the place of each column among others, -1 if it is not there. The only column of a job may have been renamed.
func placesIn(all, others []*spec.Column) (places []int) {
	for _, c := range all {
		place := slices.IndexFunc(others, func(o *spec.Column) bool { return o.CompletionColumn == c.CompletionColumn })
		if len(all) == 1 && len(others) == 1 {
			place = 0
		}
		places = append(places, place)
	}
	return places
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

// add compares a row of the plan with earlier runs. reread reports whether one of them may have read the row differently.
func (b *blast) add(row *resolve.Row, reread bool) error {
	open := slices.ContainsFunc(row.Cells, func(c resolve.Cell) bool { return c.Open() })
	var before [][]resolve.Cell
	if open || b.every {
		for _, run := range b.runs {
			cells, err := run.step(row.Row)
			if err != nil {
				return err
			}
			before = append(before, cells)
		}
	}
	if !row.Selected {
		return nil
	}
	for i := range row.Cells {
		c := &row.Cells[i]
		if !c.Open() {
			if c.Standing != resolve.Blank && !c.Failed() && c.Off >= 0 {
				b.now[i]++
			}
			continue
		}
		was, by := b.answered(i, before)
		n := len(c.Tasks)
		if c.Standing == resolve.Later {
			key := task.Key{}
			if was != nil {
				key = was.Key
			}
			if !b.later[key] {
				n, b.later[key] = 1, was != nil
			}
		}
		switch {
		case was != nil:
			b.now[i]++
			if b.columns[i].Cells++; b.columns[i].Changed == nil {
				b.columns[i].Changed = changesOf(by, b.all[i])
			}
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
			b.asked[b.all[i].Model]++
		}
	}
	return nil
}

// answered returns the cell of the newest run that has an answer for the ith column of a row, and what that run asked; nil if none has.
func (b *blast) answered(i int, before [][]resolve.Cell) (*resolve.Cell, *spec.Column) {
	for k, cells := range before {
		if place := b.runs[k].place[i]; place >= 0 && place < len(cells) {
			if was := &cells[place]; !was.Open() && was.Standing != resolve.Blank && !was.Failed() && was.Off >= 0 {
				return was, b.runs[k].were[i]
			}
		}
	}
	return nil, nil
}

// result returns the Blast of the rows that were added. Answers of the last run that no row of the table has now belong to rows that have
// changed; as many of the other cells to ask count as asked again. A request costs as much as one of p to the same model on average.
func (b *blast) result(p *Plan, prices *cost.Prices) Blast {
	b.Certain = b.Requests
	b.Raises = slices.ContainsFunc(b.all, func(c *spec.Column) bool { return c.RaiseLength })
	for i := range b.columns {
		if b.columns[i].Cells > 0 {
			b.Columns = append(b.Columns, b.columns[i])
		}
		moved := min(max(0, b.then[i]-b.now[i]-b.Reread), b.open[i])
		b.Rows += moved
		b.Requests += moved
		if moved > 0 {
			b.asked[b.all[i].Model] += moved
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
		line, _ := prices.Of(part.Model)
		of := part.Cost
		if via := p.run.job.Limits.Via; via == task.ViaAuto || via == task.ViaHybrid {
			of = part.Live // all may be asked live
		}
		if of == nil {
			b.Cost, b.Day = 0, ""
			return b.Blast
		}
		known += n
		b.Cost += cost.Amount(float64(of.Likely) * float64(n) / part.Requests.Likely)
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
	if b.Raises {
		parts = append(parts, messages.Sprintf("an answer that is cut off again needs more requests (--on-length raise)"))
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
