package jobs

import (
	"slices"
	"strings"
)

// reference is what a template or a condition names of another completion column.
type reference struct {
	ask   int
	value int // the property of its schema, -1 for the whole answer
}

// reference finds the completion column of that name, or the property that "NAME.PROPERTY" names. There is none where the flags describe
// the only completion column.
func (s *Settings) reference(name string) (reference, bool) {
	for i := range s.Asks {
		a := &s.Asks[i]
		if name == columnName(a.CompletionColumn) {
			return reference{i, -1}, true
		}
		property, ok := strings.CutPrefix(name, columnName(a.CompletionColumn)+".")
		if !ok || len(a.Schema) == 0 {
			continue
		}
		f, err := a.form()
		if err != nil {
			continue
		}
		if v := slices.Index(f.Names(), property); v >= 0 {
			return reference{i, v}, true
		}
	}
	return reference{}, false
}

// referable are the names by which a completion column can use the others.
func (s *Settings) referable(but *Ask) []string {
	var names []string
	for i := range s.Asks {
		a := &s.Asks[i]
		if a == but {
			continue
		}
		names = append(names, a.CompletionColumn)
		if f, err := a.form(); err == nil && f != nil {
			for _, p := range f.Names() {
				names = append(names, a.CompletionColumn+"."+p)
			}
		}
	}
	return names
}

// wanted are the columns of the input that the prompts name.
func (s *Settings) wanted() []string {
	var names []string
	for _, a := range s.asks() {
		t, err := ParseTemplate(a.Prompt)
		if err != nil {
			continue // which is said when the prompt is read
		}
		for _, name := range t.Columns() {
			if _, other := s.reference(name); !other && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
