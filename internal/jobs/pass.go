package jobs

import (
	"errors"
	"iter"
	"slices"

	"gigabatch/internal/io/table"
)

// pass goes through the rows of an input in order. It is made anew for each time.
type pass struct {
	keys    *askKeyer
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

// firstPass counts rows into a plan. It goes through all of them, also those that are not selected: the output has them too, and
// what is wrong with them is found now.
type firstPass struct {
	pass   *pass
	sel    *selector
	plan   *Plan
	index  *rowIndexWriter
	models map[string]bool
}

func (f *firstPass) row(row table.Row) error {
	f.plan.total++
	f.plan.width = max(f.plan.width, row.Width())
	if !f.sel.has(row) {
		return errors.Join(passOver(f.pass.keys, row), f.index.add(Key{}, -1))
	}
	k, s, err := f.pass.next(row)
	if err != nil {
		return err
	}
	f.plan.count(row, s)
	f.plan.measure(row)
	if s == toAsk {
		f.models[f.pass.keys.asked.model] = true
	}
	return f.index.add(k, -1)
}

// jobs yields each job that is to be asked, in the order of the rows. It ends early when the input is no longer what was planned.
func (r *Run) jobs(src table.Source, a *asker) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		sel, err := r.Settings.selector(src)
		if err != nil {
			yield(Job{}, err)
			return
		}
		p := r.pass(a.keyer())
		for row, err := range src.Rows() {
			if err != nil {
				yield(Job{}, err)
				return
			}
			j, ask, err := r.job(row, p, sel)
			if err != nil {
				yield(Job{}, err)
				return
			}
			if ask && (r.inputChanged() || !yield(j, nil)) || sel.over(row) {
				return
			}
		}
	}
}

// job returns what is to be asked for a row; ask is false if nothing is.
func (r *Run) job(row table.Row, p *pass, sel *selector) (j Job, ask bool, err error) {
	if !sel.has(row) {
		return j, false, passOver(p.keys, row)
	}
	k, s, err := p.next(row)
	if err != nil || s != toAsk {
		return j, false, err
	}
	return Job{Key: k, Body: slices.Clone(p.keys.asked.body)}, true, nil
}

func (r *Run) pass(k *askKeyer) *pass {
	return &pass{keys: k, journal: r.journal, sandbox: r.Sandbox, retry: r.RetryFailed, asking: r.asked, began: r.began}
}
