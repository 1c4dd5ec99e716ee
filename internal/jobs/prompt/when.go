package prompt

import (
	"fmt"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// conditions reads when the completion column is asked at all.
func (a *Renderer) conditions() error {
	for _, text := range a.Spec.When {
		c, ok := spec.CutCondition(text, a.named)
		switch {
		case ok:
		case c.Column == "":
			return a.wrong("when", fmt.Sprintf("the condition %q compares nothing", text), "write column=value or column!=value")
		}
		if err := a.known("when", c.Column); err != nil {
			return err
		}
		a.When = append(a.When, c)
	}
	return nil
}

// named reports whether a name is one of a column, or of another completion column.
func (a *Renderer) named(name string) bool {
	if name == "" {
		return false
	}
	_, other := a.settings.Reference(name)
	_, found := a.at[name]
	return other || found || a.Source.Has(name)
}

// wanted reports whether all conditions of the completion column hold in a row.
func (a *Renderer) wanted(row table.Row) bool {
	for _, c := range a.When {
		if !a.Fulfils(row, c) {
			return false
		}
	}
	return true
}

// Fulfils reports whether a condition holds in a row.
func (a *Renderer) Fulfils(row table.Row, c spec.Condition) bool {
	return (strings.TrimSpace(a.cell(row, c.Column)) == c.Value) != c.Not
}
