package jobs

import (
	"cmp"
	"slices"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// ValueCounts tells how often a column has each of its values, the most frequent first.
type ValueCounts struct {
	Column string       `json:"column"`
	Counts []ValueCount `json:"counts"`
}

// ValueCount is one value of a column.
type ValueCount struct {
	Value string `json:"value"`
	Rows  int    `json:"rows"`
}

// mostValues is how many different values of a column are counted.
const mostValues = 100

// addValues counts the values of a row.
func (s *Summary) addValues(columns []spec.OutputColumn, cells []cell) {
	if s.Values == nil {
		for _, c := range columns {
			s.Values = append(s.Values, ValueCounts{Column: c.Name})
		}
	}
	for i, o := range columns {
		c := &cells[o.Column]
		if c.standing != blank && c.result != nil && c.result.State == task.Completed {
			s.Values[i].add(c.text(o.Value))
		}
	}
}

func (v *ValueCounts) add(value string) {
	i := slices.IndexFunc(v.Counts, func(c ValueCount) bool { return c.Value == value })
	switch {
	case i < 0 && len(v.Counts) < mostValues:
		v.Counts = append(v.Counts, ValueCount{value, 1})
	case i >= 0:
		v.Counts[i].Rows++
	}
}

// sortValues puts the most frequent values of each column first.
func (s *Summary) sortValues() {
	for i := range s.Values {
		s.Values[i].sort()
	}
}

// sort puts the most frequent values first.
func (v *ValueCounts) sort() {
	slices.SortStableFunc(v.Counts, func(a, b ValueCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
	})
}
