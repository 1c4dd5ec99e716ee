package prompt

import (
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// Columns are the askers of all completion columns.
type Columns struct {
	List  []*Renderer // in the order in which they are written
	Order []int       // each after those that it uses
	Used  []bool      // another one uses it
}

// New prepares all completion columns. ours are the columns of the input that the run has made: see newAsker.
func New(s *spec.Settings, src table.Source, ours map[string]bool, f *Files) (*Columns, error) {
	k := &Columns{}
	for _, spec := range s.All() {
		a, err := newRenderer(s, spec, src, ours, f)
		if err != nil {
			return nil, err
		}
		k.List = append(k.List, a)
	}
	if err := k.arrange(); err != nil {
		return nil, err
	}
	return k, k.checkDedupe(s)
}

// Deep reports whether answers can lead to further jobs.
func (k *Columns) Deep() bool {
	for i, a := range k.List {
		if k.Used[i] || a.Form != nil || a.Spec.Split {
			return true
		}
	}
	return false
}

// Chosen is the column that was chosen as prompt, "" if none was.
func (k *Columns) Chosen() string { return k.List[0].Chosen }

// Warnings are fields of the rows that the API lacks, with the number of rows.
func (k *Columns) Warnings() map[string]int { return k.List[0].warnings }
