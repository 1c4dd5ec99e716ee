package spec

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
)

// Selector tells which rows are part of a run. It is made anew for each pass over the rows, which it is given in order.
type Selector struct {
	spans   []span // nil is all
	where   []Condition
	visible bool
	left    int   // how many more may be selected
	last    int   // no row behind this line is selected
	Picks   []int // which of the selected rows are asked, sorted; nil for all
	nth     int   // of the selected rows is the next
}

// span is a range of lines, both ends included.
type span struct{ first, last int }

// Condition is what a cell must be, or must not be.
type Condition struct {
	Column, Value string
	at            int // of the column, -1 where it is a path
	Not           bool
}

// Selects reports whether there are rows that the run may leave out.
func (s *Settings) Selects() bool {
	return s.Limit > 0 || s.Rows != "" || len(s.Where) > 0 || s.VisibleOnly
}

// Selector makes the selector of a pass over src. An error is a *UsageError.
func (s *Settings) Selector(src table.Source) (*Selector, error) {
	spans, err := parseSpans(s.Rows)
	if err != nil {
		return nil, err
	}
	sel := &Selector{spans: spans, visible: s.VisibleOnly, left: math.MaxInt, last: math.MaxInt}
	if s.Limit > 0 {
		sel.left = s.Limit
	}
	if len(spans) > 0 && !s.AllSheets {
		sel.last = slices.MaxFunc(spans, func(a, b span) int { return cmp.Compare(a.last, b.last) }).last
	}
	for _, text := range s.Where {
		c, err := parseCondition(text, src)
		if err != nil {
			return nil, err
		}
		sel.where = append(sel.where, c)
	}
	return sel, nil
}

// Has reports whether a row is selected, and counts it.
func (s *Selector) Has(row table.Row) bool {
	if s.left == 0 || s.visible && row.Hidden || !s.spansOver(row.Line) {
		return false
	}
	for _, c := range s.where {
		if !c.holds(row) {
			return false
		}
	}
	s.left--
	s.nth++
	return s.picked(s.nth - 1)
}

func (s *Selector) spansOver(line int) bool {
	return s.spans == nil || slices.ContainsFunc(s.spans, func(p span) bool { return p.first <= line && line <= p.last })
}

// Over reports whether no row behind this one can be selected.
func (s *Selector) Over(row table.Row) bool {
	return s.left == 0 || row.Line >= s.last || s.Picks != nil && (len(s.Picks) == 0 || s.nth > s.Picks[len(s.Picks)-1])
}

func (c Condition) holds(row table.Row) bool { return (c.cell(row) == c.Value) != c.Not }

// cell is the cell of the condition's column without the white space round it.
func (c Condition) cell(row table.Row) string {
	if c.at >= 0 && c.at < len(row.Values) && row.Values[c.at] != "" {
		return strings.TrimSpace(row.Values[c.at])
	}
	v, _ := row.Value(c.Column)
	return strings.TrimSpace(v)
}

const hintRows = "write it like 2-500, 7, 2-10,20-30 or 500-; rows are counted as messages count them, with the header"

// parseSpans reads a list of lines such as "2-10,20-30", "7" or "500-"; "" is nil.
func parseSpans(text string) ([]span, error) {
	if text == "" {
		return nil, nil
	}
	var spans []span
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		p, ok := span{last: math.MaxInt}, false
		if p.first, ok = lineNumber(from); ok && !isRange {
			p.last = p.first
		} else if ok && strings.TrimSpace(to) != "" {
			p.last, ok = lineNumber(to)
		}
		switch {
		case !ok:
			return nil, &UsageError{Msg: fmt.Sprintf("--rows %s: %q is no range of rows", text, strings.TrimSpace(part)), Hint: hintRows}
		case p.last < p.first:
			return nil, &UsageError{Msg: fmt.Sprintf("--rows %s: %q ends before it begins", text, strings.TrimSpace(part)), Hint: hintRows}
		}
		spans = append(spans, p)
	}
	return spans, nil
}

func lineNumber(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n > 0
}

// CutCondition reads `column=value` or `column!=value`. Where the column's name has an equals sign itself, the first that leaves a name
// that is known divides them. ok is false if none does; c then has the name that comes first, "" if nothing is compared.
func CutCondition(text string, known func(name string) bool) (c Condition, ok bool) {
	for i := range len(text) {
		if text[i] != '=' {
			continue
		}
		name, value := ColumnName(text[:i]), strings.TrimSpace(text[i+1:])
		if before, not := strings.CutSuffix(name, "!"); not && known(ColumnName(before)) {
			return Condition{Column: ColumnName(before), Value: value, Not: true}, true
		}
		if known(name) {
			return Condition{Column: name, Value: value}, true
		}
	}
	if name, _, compares := strings.Cut(text, "="); compares {
		c.Column = ColumnName(strings.TrimSuffix(name, "!"))
	}
	return c, false
}

// parseCondition reads a condition over the columns of a source.
func parseCondition(text string, src table.Source) (Condition, error) {
	c, ok := CutCondition(text, func(name string) bool { return hasColumn(src, name) })
	switch {
	case ok:
		return only(src, c)
	case c.Column == "":
		return c, &UsageError{Msg: fmt.Sprintf("--where %q compares nothing", text), Hint: "write --where 'column=value' or --where 'column!=value'"}
	}
	return c, &UsageError{Msg: fmt.Sprintf("%s: --where: no column %q", src.Name(), c.Column), Hint: whereHint(src, c.Column)}
}

// only finds the column of a condition, and refuses one whose name stands twice.
func only(src table.Source, c Condition) (Condition, error) {
	n := 0
	c.at = -1
	for i, name := range src.Columns() {
		if ColumnName(name) == c.Column {
			c.at = i
			n++
		}
	}
	if n > 1 {
		return c, &UsageError{Msg: fmt.Sprintf("%s: --where: column %q stands %d times in the header", src.Name(), c.Column, n), Hint: "give each of them a name of its own"}
	}
	return c, nil
}

func hasColumn(src table.Source, name string) bool {
	return name != "" && (slices.Contains(NamesOf(src), name) || src.Has(name))
}

// NamesOf are the names of the columns without white space round them.
func NamesOf(src table.Source) []string {
	var names []string
	for _, c := range src.Columns() {
		if c = ColumnName(c); c != "" {
			names = append(names, c)
		}
	}
	return names
}

func whereHint(src table.Source, name string) string {
	names := NamesOf(src)
	if near := nearest.Name(name, names); near != "" {
		return fmt.Sprintf("did you mean %q? The columns are %s", near, Quoted(names))
	}
	return "the columns are " + Quoted(names)
}

// selection says which rows were asked for, as the user did.
func (s *Settings) selection() string {
	var parts []string
	if s.Rows != "" {
		parts = append(parts, "--rows "+s.Rows)
	}
	for _, w := range s.Where {
		parts = append(parts, "--where '"+w+"'")
	}
	if s.VisibleOnly {
		parts = append(parts, "--visible-only")
	}
	return strings.Join(parts, " ")
}

// NoneSelected says that the selection is empty.
func NoneSelected(src table.Source, s *Settings) error {
	hint := "--where compares whole cells, and upper and lower case are not the same"
	switch {
	case s.Rows != "":
		hint = "--rows counts the rows of the sheet, or the lines of the file, as messages do; the header is one of them"
	case len(s.Where) == 0:
		hint = "every row is hidden; leave out --visible-only"
	}
	if held := heldHint(src, s); held != "" {
		hint += "; " + held
	}
	return &UsageError{Msg: fmt.Sprintf("%s: no row is selected by %s", src.Name(), s.selection()), Hint: hint}
}

// Pick chooses n of the rows at these positions among the selected ones, evenly spread, the first among them.
func Pick(rows []int, n int) []int {
	if len(rows) <= n {
		return rows
	}
	picks := make([]int, n)
	for i := range picks {
		picks[i] = rows[i*len(rows)/n]
	}
	return picks
}

// picked reports whether the row that is the nth of the selected ones is picked; all are where nothing is.
func (s *Selector) picked(nth int) bool {
	if s.Picks == nil {
		return true
	}
	_, found := slices.BinarySearch(s.Picks, nth)
	return found
}
