package spec

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/messages"
)

// OutputColumn is one column of the output.
type OutputColumn struct {
	Name   string
	Column int    // its completion column, an index in All; -1 for a column of the whole row
	What   string // one of KnownOutputColumns, or ModifiedColumn
	Value  int    // index of the property of the schema, -1 for none
}

// Outputs returns the columns of the output, in order. A column such as finish_reason that several completion columns have is named
// "NAME.WHAT".
func (s *Settings) Outputs() []OutputColumn {
	all := s.usualOutputs()
	for i := range all {
		if name := s.Names[all[i].Name]; name != "" {
			all[i].Name = name
		}
	}
	return all
}

// usualOutputs returns the columns of the output with their usual names.
func (s *Settings) usualOutputs() []OutputColumn {
	var all []OutputColumn
	for _, what := range s.OutputColumns {
		if what == ModifiedColumn || what == "error" && s.Several() {
			all = append(all, OutputColumn{Name: what, Column: -1, What: what, Value: -1})
			continue
		}
		for i, c := range s.All() {
			all = append(all, s.columnsOf(c, i, what)...)
		}
	}
	return all
}

// columnsOf returns the columns that one word of OutputColumns stands for in c, the ith completion column.
func (s *Settings) columnsOf(c *Column, i int, what string) []OutputColumn {
	if what == "values" && len(c.Schema) > 0 {
		if f, err := c.Form(); err == nil && len(f.Names()) > 0 { // Check rejects any other schema
			var all []OutputColumn
			for v, name := range f.Names() {
				all = append(all, OutputColumn{Name: c.ValuePrefix + name, Column: i, What: what, Value: v})
			}
			return all
		}
	}
	out := OutputColumn{Name: what, Column: i, What: what, Value: -1}
	switch {
	case what == "values" && slices.Contains(s.OutputColumns, "completion"):
		return nil
	case what == "values", what == "completion":
		out.Name, out.What = c.CompletionColumn, "completion"
	case s.Several():
		out.Name = c.CompletionColumn + "." + what
	}
	return []OutputColumn{out}
}

// OutputNames returns the names of the columns of the output.
func (s *Settings) OutputNames() []string {
	var names []string
	for _, c := range s.Outputs() {
		names = append(names, c.Name)
	}
	return names
}

// SameForms reports whether other has completion columns of the same names and forms, in the same order.
func (s *Settings) SameForms(other *Settings) bool {
	return slices.EqualFunc(s.All(), other.All(), func(a, b *Column) bool {
		return a.CompletionColumn == b.CompletionColumn && slices.Equal(a.Choices, b.Choices) &&
			bytes.Equal(a.Schema, b.Schema) && a.ValuePrefix == b.ValuePrefix
	})
}

// Rename gives the output column with a name another one that taken does not have, such as "completion.error" or "completion.2".
// Completions and their values are renamed only with answers. It reports whether the column was renamed.
func (s *Settings) Rename(name string, answers bool, taken func(name string) bool) bool {
	usual := s.usualOutputs()
	i := slices.IndexFunc(s.Outputs(), func(c OutputColumn) bool { return c.Name == name })
	if i < 0 || (usual[i].What == "completion" || usual[i].Value >= 0) && !answers {
		return false
	}
	base := usual[i].Name
	if c := usual[i]; c.Column >= 0 && (c.What != "completion" || c.Value >= 0) && !(s.Several() && c.Value < 0) {
		base = s.All()[c.Column].CompletionColumn + "." + base
	}
	free := base
	for n := 2; taken(free) || slices.Contains(s.OutputNames(), free); n++ {
		free = fmt.Sprintf("%s.%d", base, n)
	}
	s.name(usual[i].Name, free)
	return true
}

// NameCompletions names the output column of the only completion column. What that asks stays the same.
func (s *Settings) NameCompletions(name string) { s.name(s.CompletionColumn, name) }

// name names an output column by its usual name.
func (s *Settings) name(usual, name string) {
	names := map[string]string{usual: name} // the map may be that of other settings, too
	for k, v := range s.Names {
		if k != usual {
			names[k] = v
		}
	}
	s.Names = names
}

// KeepNames gives the output columns the names that they had in earlier settings, if the input has a column of the usual name or of that
// name.
func (s *Settings) KeepNames(before *Settings, has func(name string) bool) {
	for _, c := range s.usualOutputs() {
		was := before.Names[c.Name]
		if was != "" && s.Names[c.Name] == "" && (has(c.Name) || has(was)) && !slices.Contains(s.OutputNames(), was) {
			s.name(c.Name, was)
		}
	}
}

// Renamed returns the usual names of the output columns that have other names, with those names, in order.
func (s *Settings) Renamed() (all [][2]string) {
	for _, c := range s.usualOutputs() {
		if name := s.Names[c.Name]; name != "" && name != c.Name {
			all = append(all, [2]string{c.Name, name})
		}
	}
	return all
}

// checkOutputs rejects columns that cannot be written and duplicate names.
func (s *Settings) checkOutputs() error {
	for i, c := range s.OutputColumns {
		switch {
		case !slices.Contains(KnownOutputColumns, c) && c != ModifiedColumn:
			return &UsageError{
				Msg: messages.Sprintf("unknown output column %q", c), Hint: messages.Sprintf("output columns: %s", strings.Join(KnownOutputColumns, ", ")),
			}
		case slices.Contains(s.OutputColumns[:i], c):
			return &UsageError{Msg: messages.Sprintf("output column %q is listed twice", c), Hint: messages.Sprintf("list it once")}
		}
	}
	if len(s.OutputColumns) == 0 {
		return &UsageError{Msg: messages.Sprintf("no output columns"), Hint: messages.Sprintf("list at least completion")}
	}
	for _, c := range s.All() {
		if strings.TrimSpace(c.CompletionColumn) == "" {
			return s.Wrong(c, "name", messages.Sprintf("the completion column has no name"),
				messages.Sprintf("omit --completion-column to name it \"completion\""))
		}
	}
	all := s.Outputs()
	for i, c := range all {
		j := slices.IndexFunc(all[:i], func(d OutputColumn) bool { return d.Name == c.Name })
		if j < 0 {
			continue
		}
		if all[j].Value >= 0 {
			c = all[j]
		}
		switch {
		case c.Value >= 0:
			return s.Wrong(s.All()[c.Column], "schema", messages.Sprintf("property %q of the schema has the name of another column", c.Name),
				messages.Sprintf("add a prefix to the names of the properties with --value-prefix"))
		case s.Several() && c.Column >= 0:
			return s.Wrong(s.All()[c.Column], "name", messages.Sprintf("two columns are named %q", c.Name),
				messages.Sprintf("give each completion column a unique name"))
		}
		return &UsageError{
			Msg:  messages.Sprintf("the completion column has the name of output column %q", c.Name),
			Hint: messages.Sprintf("choose another name with --completion-column"),
		}
	}
	return nil
}

// CountedColumns returns the columns with few distinct values: choices, and the enums and booleans of a schema.
func (s *Settings) CountedColumns() []OutputColumn {
	var all []OutputColumn
	for i, c := range s.All() {
		f, err := c.Form()
		if err != nil || f == nil {
			continue
		}
		if f.Choices() != nil {
			all = append(all, OutputColumn{Name: c.CompletionColumn, Column: i, Value: -1})
		}
		for v, name := range f.Names() {
			if f.Counted(name) {
				all = append(all, OutputColumn{Name: c.ValuePrefix + name, Column: i, Value: v})
			}
		}
	}
	return all
}

// RenameHint says how to rename an output column or leave it out.
func (s *Settings) RenameHint(name string) messages.Text {
	columns := s.Outputs()
	i := slices.IndexFunc(columns, func(c OutputColumn) bool { return c.Name == name })
	switch {
	case i >= 0 && columns[i].Value >= 0 && s.Several():
		return messages.Sprintf("add a prefix to the columns of the schema: value_prefix: ai_ beside the schema in the job file")
	case i >= 0 && columns[i].Value >= 0:
		return messages.Sprintf("add a prefix to the columns of the schema, for example --value-prefix ai_")
	case i >= 0 && columns[i].What == "completion" && s.Several():
		return messages.Sprintf("give the completion column another name")
	case i >= 0 && columns[i].What == "completion":
		return messages.Sprintf("choose another name with --completion-column, or select the columns with --columns")
	}
	return messages.Sprintf("leave it out by selecting the columns, for example --columns completion")
}
