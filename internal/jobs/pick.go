package jobs

import (
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// selector makes the selector of a pass that asks: of a preview it selects the picked rows only.
func (r *Run) selector(src table.Source) (*spec.Selector, error) {
	sel, err := r.Settings.Selector(src)
	if sel != nil && r.preview > 0 {
		sel.Picks = r.picks
		if sel.Picks == nil {
			sel.Picks = []int{}
		}
	}
	return sel, err
}
