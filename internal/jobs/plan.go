package jobs

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"gigabatch/internal/io/table"
)

// Plan is what a first pass over the input found, before anything is asked.
type Plan struct {
	Rows        int            // selected rows
	Skipped     int            // rows without a prompt
	FromJournal int            // rows whose result the journal holds
	Waiting     int            // of them, failures that wait for --retry-failed
	Jobs        int            // distinct requests to be asked
	Duplicates  int            // rows that share a request with an earlier row that is to be asked
	Models      []string       // of the requests to be asked
	Column      string         // the column that was chosen as prompt, "" if none was
	Warnings    map[string]int // fields of the rows that the API lacks, with the number of rows
	Damaged     []Damage       // lines of the journal
	Long        int            // rows that have more cells than the header; what is beyond it is not asked
	LongLine    int            // of the first of them
}

// selected reports whether a row is part of the run.
func (s *Settings) selected(row table.Row) bool { return s.Limit <= 0 || row.Index < s.Limit }

// standing is what is known of a row before it is asked.
type standing int

const (
	toAsk standing = iota
	duplicate
	answered
	waiting // failed, and asked again only on demand
	blank
)

// pass goes through the rows of an input in order. It is made anew for each time.
type pass struct {
	keys    keyer
	journal *Journal // nil if there is none yet
	sandbox bool
	retry   bool // failures that wait are asked too
	asking  bool // the run asks already: what stands from began on is its own, and stands
	began   int64
	asked   index
}

// next tells where a row stands. A row that is to be asked is so only once in a pass.
func (p *pass) next(row table.Row) (Key, standing, error) {
	k, skip, err := p.keys.key(row)
	if err != nil || skip {
		return k, blank, err
	}
	if _, seen := p.asked.get(k); seen {
		return k, duplicate, nil
	}
	if s := p.standing(k); s != toAsk {
		return k, s, nil
	}
	p.asked.put(k, place{})
	return k, toAsk, nil
}

func (p *pass) standing(k Key) standing {
	if p.journal == nil {
		return toAsk
	}
	at, ok := p.journal.lookup(k, p.sandbox)
	switch {
	case !ok:
		return toAsk
	case at.state != Failed || (p.asking && at.off >= p.began):
		return answered
	case at.again || p.retry:
		return toAsk
	}
	return waiting
}

// plan makes the first pass: it renders every row, so that bad input is found before anything is sent, and
// begins the row index.
func (r *Run) plan(ctx context.Context, src table.Source, a *asker) (*Plan, error) {
	plan := &Plan{Column: a.column}
	if err := r.beginRows(src); err != nil {
		return nil, err
	}
	models := map[string]bool{}
	keys := a.keyer()
	p := r.pass(keys)
	for row, err := range src.Rows() {
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !r.Settings.selected(row) {
			break
		}
		k, s, err := p.next(row)
		if err != nil {
			return nil, err
		}
		plan.count(s)
		plan.measure(row)
		if s == toAsk {
			models[keys.asked.model] = true
		}
		if err := r.rows.add(k, -1); err != nil {
			return nil, err
		}
	}
	plan.Models = slices.Sorted(maps.Keys(models))
	plan.Warnings = a.warnings
	if r.journal != nil {
		plan.Damaged = r.journal.Damaged()
	}
	return plan, plan.check(src)
}

// measure notes a row that has more cells than the header: a text without quotes that was cut, perhaps.
func (p *Plan) measure(row table.Row) {
	if row.Extra() == 0 {
		return
	}
	if p.Long++; p.Long == 1 {
		p.LongLine = row.Line
	}
}

func (p *Plan) count(s standing) {
	p.Rows++
	switch s {
	case toAsk:
		p.Jobs++
	case duplicate:
		p.Duplicates++
	case answered:
		p.FromJournal++
	case waiting:
		p.FromJournal++
		p.Waiting++
	case blank:
		p.Skipped++
	}
}

// check refuses an input in which there is nothing to ask.
func (p *Plan) check(src table.Source) error {
	switch {
	case p.Rows == 0:
		return &table.Error{Name: src.Name(), Msg: "there are no rows", Hint: "the first line is the header; the rows follow it"}
	case p.Skipped == p.Rows:
		return &table.Error{Name: src.Name(), Msg: fmt.Sprintf("the prompt of all %d rows is empty", p.Rows), Hint: "choose the column with --prompt '{{column}}'"}
	}
	return nil
}

// jobs yields each job that is to be asked, in the order of the rows. It ends early when the input is no longer what was planned.
func (r *Run) jobs(src table.Source, a *asker) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		keys := a.keyer()
		p := r.pass(keys)
		for row, err := range src.Rows() {
			if err != nil {
				yield(Job{}, err)
				return
			}
			if !r.Settings.selected(row) {
				return
			}
			k, s, err := p.next(row)
			if err != nil {
				yield(Job{}, err)
				return
			}
			if s == toAsk && (r.inputChanged() || !yield(Job{Key: k, Body: slices.Clone(keys.asked.body)}, nil)) {
				return
			}
		}
	}
}

func (r *Run) pass(k keyer) *pass {
	return &pass{keys: k, journal: r.journal, sandbox: r.Sandbox, retry: r.RetryFailed, asking: r.asked, began: r.began}
}
