package jobs

import (
	"slices"
	"strings"

	"gigabatch/internal/io/table"
)

// adopt makes columns of the input ours that are named like ours and have nothing in any row, as in a form that is still to be filled.
// If one of them has something it makes none ours, and returns that one.
func (r *Run) adopt(src table.Source) (full string, err error) {
	owned, foreign := r.owned(src), map[string]int{}
	for _, name := range r.Settings.OutputNames() {
		if at := slices.Index(src.Columns(), name); at >= 0 && !owned[name] {
			foreign[name] = at
		}
	}
	if len(foreign) == 0 {
		return "", nil
	}
	if full, err = firstFull(src, foreign); full != "" || err != nil {
		return full, err
	}
	if r.adopted == nil {
		r.adopted = map[string]bool{}
	}
	for name := range foreign {
		r.adopted[name] = true
	}
	return "", nil
}

// firstFull returns a column of those, given with their places, that has something in the first row in which any has, "" if none ever has.
func firstFull(src table.Source, columns map[string]int) (string, error) {
	for row, err := range src.Rows() {
		if err != nil {
			return "", err
		}
		for name, at := range columns {
			if strings.TrimSpace(valueAt(row, at)) != "" || slices.Contains(row.Uncalculated, at) {
				return name, nil
			}
		}
	}
	return "", nil
}
