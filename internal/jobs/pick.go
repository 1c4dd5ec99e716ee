package jobs

import (
	"gigabatch/internal/io/table"
)

// selector makes the selector of a pass that asks: of a preview it selects the picked rows only.
func (r *Run) selector(src table.Source) (*selector, error) {
	sel, err := r.Settings.selector(src)
	if sel != nil && r.preview > 0 {
		sel.picks = r.picks
		if sel.picks == nil {
			sel.picks = []int{}
		}
	}
	return sel, err
}
