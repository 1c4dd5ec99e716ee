package spec

import (
	"slices"
	"strings"
)

// Reference is what a template or a condition of one completion column names of another.
type Reference struct {
	Column int // by its place in Settings.Columns
	Value  int // the property of its schema, -1 for the whole completion
}

// Reference finds the completion column of that name, or the property that "NAME.PROPERTY" names. It finds nothing where flags describe the
// only completion column.
func (s *Settings) Reference(name string) (Reference, bool) {
	for i := range s.Columns {
		c := &s.Columns[i]
		if name == ColumnName(c.CompletionColumn) {
			return Reference{i, -1}, true
		}
		property, ok := strings.CutPrefix(name, ColumnName(c.CompletionColumn)+".")
		if !ok || len(c.Schema) == 0 {
			continue
		}
		f, err := c.Form()
		if err != nil {
			continue
		}
		if v := slices.Index(f.Names(), property); v >= 0 {
			return Reference{i, v}, true
		}
	}
	return Reference{}, false
}

// Referable are the names by which a completion column can use the others. but is that column.
func (s *Settings) Referable(but *Column) []string {
	var names []string
	for i := range s.Columns {
		c := &s.Columns[i]
		if c == but {
			continue
		}
		names = append(names, c.CompletionColumn)
		if f, err := c.Form(); err == nil && f != nil {
			for _, p := range f.Names() {
				names = append(names, c.CompletionColumn+"."+p)
			}
		}
	}
	return names
}

// WantedColumns are the columns of the input that the prompts name, each once. A prompt that cannot be read names none.
func (s *Settings) WantedColumns() []string {
	var names []string
	for _, c := range s.All() {
		t, err := ParseTemplate(c.Prompt)
		if err != nil {
			continue
		}
		for _, name := range t.Columns() {
			if _, other := s.Reference(name); !other && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
