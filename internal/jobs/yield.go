package jobs

import (
	"iter"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/task"
)

// jobs yields each job that is to be asked, in the order of the rows. It ends early when the input is no longer what was planned.
func (r *Run) jobs(src table.Source, k *prompt.Columns) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		sel, err := r.selector(src)
		if err != nil {
			yield(task.Task{}, err)
			return
		}
		p := r.pass(k)
		for row, err := range src.Rows() {
			if err == nil && sel.Has(row) {
				var goOn bool
				if goOn, err = r.yieldRow(p, row, yield); !goOn && err == nil {
					return
				}
			} else if err == nil {
				err = p.over(row)
			}
			if err != nil {
				yield(task.Task{}, err)
				return
			}
			if sel.Over(row) {
				return
			}
		}
	}
}

// yieldRow yields the jobs of a row. It tells whether more are wanted.
func (r *Run) yieldRow(p *pass, row table.Row, yield func(task.Task, error) bool) (goOn bool, err error) {
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
				r.shown.More(r.yielded)
			}
			if !yield(j, nil) {
				return false, nil
			}
		}
	}
	return true, nil
}
