package jobs

import (
	"errors"
	"iter"

	"gigabatch/internal/io/table"
)

// firstPass counts rows into a plan. It goes through all of them, also those that are not selected: the output has them too, and
// what is wrong with them is found now.
type firstPass struct {
	run    *Run
	pass   *pass
	sel    *selector
	plan   *Plan
	index  *rowIndexWriter
	models map[string]bool
	files  map[[32]byte]bool
	out    *outDir
	asked  []int // positions, among the selected rows, of those that a preview can ask
}

func (f *firstPass) row(row table.Row) error {
	f.plan.total++
	f.plan.width = max(f.plan.width, row.Width())
	if !f.sel.has(row) {
		return errors.Join(f.pass.over(row), f.index.none(len(f.pass.cells)))
	}
	cells, err := f.pass.row(row)
	if err != nil {
		return err
	}
	if err := f.out.check(row); err != nil {
		return err
	}
	if f.run.preview > 0 && rowStanding(cells) != blank {
		f.asked = append(f.asked, f.plan.Rows)
	}
	f.plan.count(row, cells)
	f.plan.measure(row)
	for i := range cells {
		f.cell(row, i, &cells[i])
	}
	return f.index.addCells(cells)
}

// cell notes what the jobs of a cell need.
func (f *firstPass) cell(row table.Row, i int, c *cell) {
	a := f.pass.asks.list[i]
	f.plan.measureLong(a.source, row, c, a.context(a.spec.Model))
	for _, j := range c.jobs {
		f.models[j.model] = true
		for _, file := range j.files {
			if !f.files[file.hash] {
				f.files[file.hash] = true
				f.plan.Files++
				f.plan.FileBytes += file.size
			}
		}
	}
	if c.standing == later {
		f.models[a.spec.Model] = true
	}
}

// jobs yields each job that is to be asked, in the order of the rows. It ends early when the input is no longer what was planned.
func (r *Run) jobs(src table.Source, k *askers) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		sel, err := r.selector(src)
		if err != nil {
			yield(Job{}, err)
			return
		}
		p := r.pass(k)
		for row, err := range src.Rows() {
			if err == nil && sel.has(row) {
				var goOn bool
				if goOn, err = r.yieldRow(p, row, yield); !goOn && err == nil {
					return
				}
			} else if err == nil {
				err = p.over(row)
			}
			if err != nil {
				yield(Job{}, err)
				return
			}
			if sel.over(row) {
				return
			}
		}
	}
}

// yieldRow yields the jobs of a row. It tells whether more are wanted.
func (r *Run) yieldRow(p *pass, row table.Row, yield func(Job, error) bool) (goOn bool, err error) {
	cells, err := p.row(row)
	if err != nil {
		return false, err
	}
	for i := range cells {
		for _, j := range cells[i].jobs {
			if r.inputChanged() {
				return false, nil
			}
			r.ways.asked(j)
			r.yielded++
			if r.shown != nil {
				r.shown.more(r.yielded)
			}
			if !yield(j, nil) {
				return false, nil
			}
		}
	}
	return true, nil
}
