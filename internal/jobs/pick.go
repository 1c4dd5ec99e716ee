package jobs

import (
	"slices"

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

// pick chooses n of the rows at these positions among the selected ones, evenly spread, the first among them.
func pick(rows []int, n int) []int {
	if len(rows) <= n {
		return rows
	}
	picks := make([]int, n)
	for i := range picks {
		picks[i] = rows[i*len(rows)/n]
	}
	return picks
}

// picked reports whether the row that is the nth of the selected ones is picked; all are where nothing is.
func (s *selector) picked(nth int) bool {
	if s.picks == nil {
		return true
	}
	_, found := slices.BinarySearch(s.picks, nth)
	return found
}
