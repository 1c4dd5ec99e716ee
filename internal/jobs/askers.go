package jobs

import (
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// askers are the askers of all completion columns.
type askers struct {
	list  []*asker // in the order in which they are written
	order []int    // each after those that it uses
	used  []bool   // another one uses it
}

// newAskers prepares all completion columns. ours are the columns of the input that the run has made: see newAsker.
func newAskers(s *spec.Settings, src table.Source, ours map[string]bool, f *files) (*askers, error) {
	k := &askers{}
	for _, spec := range s.All() {
		a, err := newAsker(s, spec, src, ours, f)
		if err != nil {
			return nil, err
		}
		k.list = append(k.list, a)
	}
	if err := k.arrange(); err != nil {
		return nil, err
	}
	return k, k.checkDedupe(s)
}

// deep reports whether answers can lead to further jobs.
func (k *askers) deep() bool {
	for i, a := range k.list {
		if k.used[i] || a.form != nil || a.spec.Split {
			return true
		}
	}
	return false
}

// column is the column that was chosen as prompt, "" if none was.
func (k *askers) column() string { return k.list[0].column }

// warnings are fields of the rows that the API lacks, with the number of rows.
func (k *askers) warnings() map[string]int { return k.list[0].warnings }
