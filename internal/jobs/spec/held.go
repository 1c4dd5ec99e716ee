package spec

import (
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

const (
	maxHeld      = 3  // values of a column shown in a hint
	maxHeldChars = 40 // characters shown of each value
)

// heldHint returns a hint with the first values of the columns whose conditions no row fulfills, or the empty Text if each condition holds
// in some row.
func heldHint(src table.Source, s *Settings) messages.Text {
	sel, err := s.Selector(src)
	if err != nil {
		return messages.Text{}
	}
	seen := make([]columnValues, len(sel.where))
	for row, err := range src.Rows() {
		if err != nil {
			return messages.Text{}
		}
		for i, c := range sel.where {
			v, cell := &seen[i], c.cell(row)
			switch v.fulfilled = v.fulfilled || c.holds(row); {
			case v.more || cell == "" || slices.Contains(v.values, cell):
			case len(v.values) == maxHeld:
				v.more = true
			default:
				v.values = append(v.values, cell)
			}
		}
	}
	var hints []messages.Text
	for i, c := range sel.where {
		if v := &seen[i]; !v.fulfilled && len(v.values) > 0 {
			hints = append(hints, messages.Sprintf("column %q contains %s", c.Column, v.list()))
		}
	}
	return messages.Join(hints, "; ")
}

// columnValues are the first distinct values of a column.
type columnValues struct {
	values    []string
	more      bool // the column has more values
	fulfilled bool // the condition holds in some row
}

func (v *columnValues) list() messages.Text {
	var values []messages.Text
	for _, value := range v.values {
		if text := []rune(value); len(text) > maxHeldChars {
			value = string(text[:maxHeldChars]) + "…"
		}
		values = append(values, messages.Sprintf("%q", value))
	}
	if v.more {
		return messages.Sprintf("%s …", messages.Join(values, ", "))
	}
	return messages.Join(values, ", ")
}
