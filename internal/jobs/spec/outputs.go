package spec

import (
	"slices"
	"strings"

	"gigabatch/internal/messages"
)

// OutputColumn is one column that is written.
type OutputColumn struct {
	Name   string
	Column int    // the completion column that it belongs to, by its place in All; -1 for a column of the whole row
	What   string // one of KnownOutputColumns
	Value  int    // which property of the schema, -1 for none
}

// Outputs are the columns that are written, in order. A column that several completion columns have, such as finish_reason, is called
// "NAME.WHAT".
func (s *Settings) Outputs() []OutputColumn {
	var all []OutputColumn
	for _, what := range s.OutputColumns {
		if what == "error" && s.Several() {
			all = append(all, OutputColumn{Name: what, Column: -1, What: what, Value: -1})
			continue
		}
		for i, c := range s.All() {
			all = append(all, s.columnsOf(c, i, what)...)
		}
	}
	return all
}

// columnsOf are the columns that one word of OutputColumns means for c, the ith completion column.
func (s *Settings) columnsOf(c *Column, i int, what string) []OutputColumn {
	if what == "values" && len(c.Schema) > 0 {
		if f, err := c.Form(); err == nil && len(f.Names()) > 0 { // Check refuses any other schema
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

// OutputNames are the names of the columns that are written.
func (s *Settings) OutputNames() []string {
	var names []string
	for _, c := range s.Outputs() {
		names = append(names, c.Name)
	}
	return names
}

// checkOutputs refuses columns that cannot be written, or that have the same name.
func (s *Settings) checkOutputs() error {
	for i, c := range s.OutputColumns {
		switch {
		case !slices.Contains(KnownOutputColumns, c):
			return &UsageError{
				Msg: messages.Sprintf("there is no column %q to write", c), Hint: messages.Sprintf("the columns are %v", strings.Join(KnownOutputColumns, ", ")),
			}
		case slices.Contains(s.OutputColumns[:i], c):
			return &UsageError{Msg: messages.Sprintf("the column %q stands twice in the list", c), Hint: messages.Sprintf("name it once")}
		}
	}
	if len(s.OutputColumns) == 0 {
		return &UsageError{Msg: messages.Sprintf("no column to write"), Hint: messages.Sprintf("name at least completion")}
	}
	for _, c := range s.All() {
		if strings.TrimSpace(c.CompletionColumn) == "" {
			return s.Wrong(c, "name", messages.Sprintf("the completion column needs a name"), messages.Sprintf("leave --completion-column out for \"completion\""))
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
			return s.Wrong(s.All()[c.Column], "schema", messages.Sprintf("the schema has a property %q, and another column has that name", c.Name),
				messages.Sprintf("put something before the names of the properties with --value-prefix"))
		case s.Several() && c.Column >= 0:
			return s.Wrong(s.All()[c.Column], "name", messages.Sprintf("two columns are called %q", c.Name),
				messages.Sprintf("give each completion column a name of its own"))
		}
		return &UsageError{
			Msg:  messages.Sprintf("the completion column cannot be called %q while that column is written too", c.Name),
			Hint: messages.Sprintf("choose another --completion-column"),
		}
	}
	return nil
}

// CountedColumns are the columns that have few different values: choices, and the enums and booleans of a schema.
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

// RenameHint says how to give a written column another name, or how to leave it out.
func (s *Settings) RenameHint(name string) messages.Text {
	columns := s.Outputs()
	i := slices.IndexFunc(columns, func(c OutputColumn) bool { return c.Name == name })
	switch {
	case i >= 0 && columns[i].Value >= 0:
		return messages.Sprintf("put something before the names of the schema's columns with --value-prefix, such as --value-prefix ai_")
	case i >= 0 && columns[i].What == "completion" && s.Several():
		return messages.Sprintf("give the completion column another name")
	case i >= 0 && columns[i].What == "completion":
		return messages.Sprintf("choose another name with --completion-column, or leave columns out with --columns")
	}
	return messages.Sprintf("leave it out with --columns, for example --columns completion")
}
