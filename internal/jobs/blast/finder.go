package blast

import (
	"reflect"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Finder finds the Radius of a plan row by row. Not only the last run counts, which may have tried a change on a few rows.
type Finder struct {
	Radius
	all     []*spec.Column
	columns []Column
	runs    []earlier         // the newest first
	every   bool              // each row must be compared, because the rows before a row decide its request
	then    []int             // cells that had an answer when the last run ended
	now     []int             // those that have one now, for the same request or another
	open    []int             // other cells to ask, in requests
	asked   map[string]int    // requests by model
	seen    []*spec.Settings  // what the runs asked
	later   map[task.Key]bool // requests of an earlier run in whose place another one comes that is not known yet
}

// earlier is an earlier run whose answers count.
type earlier struct {
	were  []*spec.Column // by column of the plan: what the run asked, nil if it had no such column
	place []int          // of each of them among the columns of the run
	step  func(row table.Row) ([]resolve.Cell, error)
}

// NewFinder returns a Finder for the plan of a job. With asked, what the job asked counts as asked by an earlier run, too: edits hide it in
// the plan.
func NewFinder(s *spec.Settings, asked bool) *Finder {
	n := len(s.All())
	f := &Finder{asked: map[string]int{}, later: map[task.Key]bool{}, all: s.All(), columns: make([]Column, n), every: s.NoDedupe,
		then: make([]int, n), now: make([]int, n), open: make([]int, n)}
	if s.Several() {
		for i, c := range f.all {
			f.columns[i].Name = c.CompletionColumn
		}
	}
	if !asked { // what this definition asked is found in the plan
		f.seen = append(f.seen, s)
	}
	return f
}

// Ended says how the last run of all rows ended, and what it asked.
func (f *Finder) Ended(then *spec.Settings, tally *task.Tally) {
	for i, place := range placesIn(f.all, then.All()) {
		switch {
		case place == 0 && len(then.All()) == 1:
			f.then[i] = tally.Completed
		case place >= 0 && place < len(tally.Columns):
			f.then[i] = tally.Columns[place].Completed
		}
	}
}

// Wants reports whether an earlier run asked something that no run before it in the order of Run asked.
func (f *Finder) Wants(then *spec.Settings) bool {
	if slices.ContainsFunc(f.seen, func(other *spec.Settings) bool { return then.SameQuestions(other) }) {
		return false
	}
	f.seen = append(f.seen, then)
	return true
}

// Run adds an earlier run, the newest first. It returns how many there are. The options resolve the cells of the run, one for each of its columns.
func (f *Finder) Run(then *spec.Settings, options *resolve.Options) int {
	options.Editing = resolve.Editing{}
	options.Read = resolve.ReadFailures
	if options.Columns.Deep() {
		options.Read = resolve.ReadAll
	}
	run := earlier{place: placesIn(f.all, then.All()), step: resolve.Stepper(*options)}
	for _, place := range run.place {
		var were *spec.Column
		if place >= 0 {
			were = then.All()[place]
		}
		run.were = append(run.were, were)
	}
	f.runs = append(f.runs, run)
	return len(f.runs)
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

// Add compares a row of the plan with earlier runs. reread reports whether one of them may have read the row differently.
func (f *Finder) Add(row *resolve.Row, reread bool) error {
	open := slices.ContainsFunc(row.Cells, func(c resolve.Cell) bool { return c.Open() })
	var before [][]resolve.Cell
	if open || f.every {
		for _, run := range f.runs {
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
				f.now[i]++
			}
			continue
		}
		was, by := f.answered(i, before)
		n := len(c.Tasks)
		if c.Standing == resolve.Later {
			key := task.Key{}
			if was != nil {
				key = was.Key
			}
			if !f.later[key] {
				n, f.later[key] = 1, was != nil
			}
		}
		switch {
		case was != nil:
			f.now[i]++
			if f.columns[i].Cells++; f.columns[i].Changed == nil {
				f.columns[i].Changed = changesOf(by, f.all[i])
			}
		case reread:
			f.Reread++
		default:
			f.open[i] += n
			continue
		}
		f.Requests += n
		for _, t := range c.Tasks {
			f.asked[t.Model]++
		}
		if c.Standing == resolve.Later && n > 0 {
			f.asked[f.all[i].Model]++
		}
	}
	return nil
}

// answered returns the cell of the newest run that has an answer for the ith column of a row, and what that run asked; nil if none has.
func (f *Finder) answered(i int, before [][]resolve.Cell) (*resolve.Cell, *spec.Column) {
	for k, cells := range before {
		if place := f.runs[k].place[i]; place >= 0 && place < len(cells) {
			if was := &cells[place]; !was.Open() && was.Standing != resolve.Blank && !was.Failed() && was.Off >= 0 {
				return was, f.runs[k].were[i]
			}
		}
	}
	return nil, nil
}

// Found returns the Radius of the rows that were added. Answers of the last run that no row of the table has now belong to rows that have
// changed; as many of the other cells to ask count as asked again. A request
// costs as much as one of the parts to the same model on average, and with live the live price.
func (f *Finder) Found(parts func() []estimate.Part, prices *cost.Prices, live bool) Radius {
	f.Certain = f.Requests
	f.Raises = slices.ContainsFunc(f.all, func(c *spec.Column) bool { return c.RaiseLength })
	for i := range f.columns {
		if f.columns[i].Cells > 0 {
			f.Columns = append(f.Columns, f.columns[i])
		}
		moved := min(max(0, f.then[i]-f.now[i]-f.Reread), f.open[i])
		f.Rows += moved
		f.Requests += moved
		if moved > 0 {
			f.asked[f.all[i].Model] += moved
		}
	}
	if f.Requests == 0 {
		return f.Radius
	}
	known := 0
	for _, part := range parts() {
		n := f.asked[part.Model]
		if n == 0 {
			continue
		}
		line, _ := prices.Of(part.Model)
		of := part.Cost
		if live {
			of = part.Live
		}
		if of == nil {
			f.Cost, f.Day = 0, ""
			return f.Radius
		}
		known += n
		f.Cost += cost.Amount(float64(of.Likely) * float64(n) / part.Requests.Likely)
		f.Day = line.Day
	}
	if known > 0 && known < f.Requests {
		f.Cost = cost.Amount(float64(f.Cost) * float64(f.Requests) / float64(known))
	}
	return f.Radius
}
