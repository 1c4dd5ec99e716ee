package table

import (
	"slices"
	"strings"
	"unicode"

	"gigabatch/internal/messages"
)

// Layout defines where the cells given to a sink belong.
type Layout struct {
	Refill []Refill // by column
	Append []int    // the numbers of the cells that follow the columns of the source
}

// Refill is a column of the source and the number of the cell that replaces it.
type Refill struct{ Column, Cell int }

// Layout returns the positions of the columns of a sink. It refuses ambiguous names.
func (h *Base) Layout(columns []string) (Layout, error) {
	var l Layout
	twice := h.Duplicates()
	for i, c := range columns {
		if c == "" || slices.Contains(columns[:i], c) {
			return l, &Error{Name: h.Path, Msg: messages.Sprintf("an output column has no name or the same name as another: %q", c),
				Hint: messages.Sprintf("give each column a unique name")}
		}
		if strings.ContainsFunc(c, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			return l, &Error{Name: h.Path, Msg: messages.Sprintf("the name of an output column contains a control character: %q", c),
				Hint: messages.Sprintf("choose another name")}
		}
		if twice[c] {
			return l, &Error{Name: h.Path, Msg: messages.Sprintf("column %q appears more than once", c),
				Hint: messages.Sprintf("rename one of them, or choose another name")}
		}
		if at := slices.Index(h.Header, c); at >= 0 {
			l.Refill = append(l.Refill, Refill{at, i})
		} else {
			l.Append = append(l.Append, i)
		}
	}
	slices.SortFunc(l.Refill, func(a, b Refill) int { return a.Column - b.Column })
	return l, nil
}

// Reach returns the number of columns that a row must have for its refilled cells.
func (l *Layout) Reach() int {
	if n := len(l.Refill); n > 0 {
		return l.Refill[n-1].Column + 1
	}
	return 0
}
