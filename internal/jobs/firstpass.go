package jobs

import (
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// firstPass counts rows into a plan. It goes through all of them, also those that are not selected: the output has them too, and
// what is wrong with them is found now.
type firstPass struct {
	run    *Run
	pass   *pass
	sel    *spec.Selector
	plan   *Plan
	models map[string]bool
	files  map[[32]byte]bool
	out    *outDir
	asked  []int // positions, among the selected rows, of those that a preview can ask
}

func (f *firstPass) row(row table.Row) error {
	f.plan.total++
	f.plan.width = max(f.plan.width, row.Width())
	if !f.sel.Has(row) {
		return f.pass.over(row)
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
	if f.run.rows != nil {
		f.run.rows.add(cells[0].key)
	}
	return nil
}

// cell notes what the jobs of a cell need.
func (f *firstPass) cell(row table.Row, i int, c *cell) {
	a := f.pass.asks.List[i]
	f.plan.measureLong(a.Source, row, c, a.ContextTokens(a.Spec.Model))
	for _, j := range c.jobs {
		f.models[j.Model] = true
		f.plan.Tokens += gigachat.EstimateTokens(utf8.RuneCount(j.Body))
		for _, file := range j.Attachments {
			if !f.files[file.Hash] {
				f.files[file.Hash] = true
				f.plan.Files++
				f.plan.FileBytes += file.Size
			}
		}
	}
	if c.standing == later {
		f.models[a.Spec.Model] = true
	}
}
