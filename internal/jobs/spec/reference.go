package spec

import (
	"slices"
	"strings"
)

// Reference is what a template or a condition names of another completion column.
type Reference struct {
	Column int
	Value  int // the property of its schema, -1 for the whole answer
}

// Reference finds the completion column of that name, or the property that "NAME.PROPERTY" names. There is none where the flags describe
// the only completion column.
func (s *Settings) Reference(name string) (Reference, bool) {
	for i := range s.Columns {
		a := &s.Columns[i]
		if name == ColumnName(a.CompletionColumn) {
			return Reference{i, -1}, true
		}
		property, ok := strings.CutPrefix(name, ColumnName(a.CompletionColumn)+".")
		if !ok || len(a.Schema) == 0 {
			continue
		}
		f, err := a.Form()
		if err != nil {
			continue
		}
		if v := slices.Index(f.Names(), property); v >= 0 {
			return Reference{i, v}, true
		}
	}
	return Reference{}, false
}

// Referable are the names by which a completion column can use the others.
func (s *Settings) Referable(but *Column) []string {
	var names []string
	for i := range s.Columns {
		a := &s.Columns[i]
		if a == but {
			continue
		}
		names = append(names, a.CompletionColumn)
		if f, err := a.Form(); err == nil && f != nil {
			for _, p := range f.Names() {
				names = append(names, a.CompletionColumn+"."+p)
			}
		}
	}
	return names
}

// WantedColumns are the columns of the input that the prompts name.
func (s *Settings) WantedColumns() []string {
	var names []string
	for _, a := range s.All() {
		t, err := ParseTemplate(a.Prompt)
		if err != nil {
			continue // which is said when the prompt is read
		}
		for _, name := range t.Columns() {
			if _, other := s.Reference(name); !other && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
