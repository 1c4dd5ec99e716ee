package jobs

import (
	"fmt"

	"slices"
)

import (
	"strings"
)

// outColumn is one column that is written.
type outColumn struct {
	name  string
	ask   int    // whose it is; -1 for a column of the whole row
	what  string // one of OutputColumns
	value int    // which property of the schema, -1 for none
}

// outColumns are the columns that are written, in order. Those of one completion column that its own name does not tell apart from those
// of another stand together under "NAME.WHAT".
func (s *Settings) outColumns() []outColumn {
	var all []outColumn
	for _, what := range s.Columns {
		if what == "error" && s.several() {
			all = append(all, outColumn{name: what, ask: -1, what: what, value: -1})
			continue
		}
		for i, a := range s.asks() {
			all = append(all, s.columnsOf(a, i, what)...)
		}
	}
	return all
}

func (s *Settings) columnsOf(a *Ask, i int, what string) []outColumn {
	names := a.valueNames()
	c := outColumn{name: what, ask: i, what: what, value: -1}
	switch {
	case what == "values" && len(names) > 0:
		var all []outColumn
		for v, name := range names {
			all = append(all, outColumn{name: name, ask: i, what: what, value: v})
		}
		return all
	case what == "values" && slices.Contains(s.Columns, "completion"):
		return nil
	case what == "values", what == "completion":
		c.name, c.what = a.CompletionColumn, "completion"
	case s.several():
		c.name = a.CompletionColumn + "." + what
	}
	return []outColumn{c}
}

// columnNames returns the names under which the columns are written.
func (s *Settings) columnNames() []string {
	var names []string
	for _, c := range s.outColumns() {
		names = append(names, c.name)
	}
	return names
}

// checkColumns refuses a list of columns that cannot be written.
func (s *Settings) checkColumns() error {
	for i, c := range s.Columns {
		switch {
		case !slices.Contains(OutputColumns, c):
			return &UsageError{Msg: fmt.Sprintf("there is no column %q to write", c), Hint: "the columns are " + strings.Join(OutputColumns, ", ")}
		case slices.Contains(s.Columns[:i], c):
			return &UsageError{Msg: fmt.Sprintf("the column %q stands twice in the list", c), Hint: "name it once"}
		}
	}
	if len(s.Columns) == 0 {
		return &UsageError{Msg: "no column to write", Hint: "name at least completion"}
	}
	for _, a := range s.asks() {
		if strings.TrimSpace(a.CompletionColumn) == "" {
			return s.wrong(a, "name", "the completion column needs a name", "leave --completion-column out for \"completion\"")
		}
	}
	return s.checkNames()
}

// checkNames refuses columns that have the same name.
func (s *Settings) checkNames() error {
	all := s.outColumns()
	for i, c := range all {
		j := slices.IndexFunc(all[:i], func(d outColumn) bool { return d.name == c.name })
		if j < 0 {
			continue
		}
		if all[j].value >= 0 {
			c = all[j]
		}
		switch {
		case c.value >= 0:
			return s.wrong(s.asks()[c.ask], "schema", fmt.Sprintf("the schema has a property %q, and another column has that name", c.name),
				"put something before the names of the properties with --value-prefix")
		case s.several() && c.ask >= 0:
			return s.wrong(s.asks()[c.ask], "name", fmt.Sprintf("two columns are called %q", c.name), "give each completion column a name of its own")
		}
		return &UsageError{Msg: fmt.Sprintf("the completion column cannot be called %q while that column is written too", c.name), Hint: "choose another --completion-column"}
	}
	return nil
}

// countedColumns are the columns that have few values: choices, and the enums and booleans of a schema.
func (s *Settings) countedColumns() []outColumn {
	var all []outColumn
	for i, a := range s.asks() {
		f, err := a.form()
		if err != nil || f == nil {
			continue
		}
		if f.Choices() != nil {
			all = append(all, outColumn{name: a.CompletionColumn, ask: i, value: -1})
		}
		for v, name := range f.Names() {
			if f.Counted(name) {
				all = append(all, outColumn{name: a.ValuePrefix + name, ask: i, value: v})
			}
		}
	}
	return all
}

// renameHint says how a column that is written gets another name, or is left out.
func (s *Settings) renameHint(name string) string {
	columns := s.outColumns()
	i := slices.IndexFunc(columns, func(c outColumn) bool { return c.name == name })
	switch {
	case i >= 0 && columns[i].value >= 0:
		return "put something before the names of the schema's columns with --value-prefix, such as --value-prefix ai_"
	case i >= 0 && columns[i].what == "completion" && s.several():
		return "give the completion column another name"
	case i >= 0 && columns[i].what == "completion":
		return "choose another name with --completion-column, or leave columns out with --columns"
	}
	return "leave it out with --columns, for example --columns completion"
}
