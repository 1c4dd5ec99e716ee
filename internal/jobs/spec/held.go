package spec

import (
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
)

const (
	maxHeld      = 3  // values of a column that a hint shows
	maxHeldChars = 40 // characters of each
)

// heldHint shows what the columns hold whose conditions no row fulfils, "" if each condition holds in some row.
func heldHint(src table.Source, s *Settings) string {
	sel, err := s.Selector(src)
	if err != nil {
		return ""
	}
	seen := make([]columnValues, len(sel.where))
	for row, err := range src.Rows() {
		if err != nil {
			return ""
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
	var hints []string
	for i, c := range sel.where {
		if v := &seen[i]; !v.fulfilled && len(v.values) > 0 {
			hints = append(hints, fmt.Sprintf("%q holds %s", c.Column, v))
		}
	}
	return strings.Join(hints, "; ")
}

// columnValues are the first different values of a column.
type columnValues struct {
	values    []string
	more      bool // the column has other values, too
	fulfilled bool // the condition holds in a row
}

func (v *columnValues) String() string {
	var b strings.Builder
	for i, value := range v.values {
		if i > 0 {
			b.WriteString(", ")
		}
		if text := []rune(value); len(text) > maxHeldChars {
			value = string(text[:maxHeldChars]) + "…"
		}
		fmt.Fprintf(&b, "%q", value)
	}
	if v.more {
		b.WriteString(" …")
	}
	return b.String()
}
