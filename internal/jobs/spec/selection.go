package spec

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// Selector decides which rows are part of a run. It serves one traversal and must see the rows in order.
type Selector struct {
	spans   []span // of lines; nil selects all
	where   []Condition
	visible bool
	left    int   // how many more rows may be selected
	last    int   // no row after this line is selected
	Picks   []int // positions of the selected rows among those that match, sorted; nil for all
	nth     int   // how many rows have matched
}

// span is a range of lines, including both ends.
type span struct{ first, last int }

// Condition is a value that a cell must have or must not have.
type Condition struct {
	Column, Value string
	at            int // index of the column, -1 if Column is a path
	Not           bool
}

// Selects reports whether the run may skip rows.
func (s *Settings) Selects() bool {
	return s.Limit > 0 || s.Rows != "" || len(s.Where) > 0 || s.VisibleOnly
}

// Selector returns the selector for a traversal of src. The error is a *UsageError.
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

// Has reports whether the next row is selected.
func (s *Selector) Has(row table.Row) bool {
	if s.left == 0 || s.visible && row.Hidden {
		return false
	}
	if s.spans != nil && !slices.ContainsFunc(s.spans, func(p span) bool { return p.first <= row.Line && row.Line <= p.last }) {
		return false
	}
	for _, c := range s.where {
		if !c.holds(row) {
			return false
		}
	}
	s.left--
	s.nth++
	if s.Picks == nil {
		return true
	}
	_, picked := slices.BinarySearch(s.Picks, s.nth-1)
	return picked
}

// Over reports whether no row after this one can be selected.
func (s *Selector) Over(row table.Row) bool {
	return s.left == 0 || row.Line >= s.last || s.Picks != nil && (len(s.Picks) == 0 || s.nth > s.Picks[len(s.Picks)-1])
}

func (c Condition) holds(row table.Row) bool { return c.Holds(c.cell(row)) }

// Holds reports whether a text of the column fulfills the condition. Leading and trailing white space is ignored.
func (c Condition) Holds(text string) bool { return (strings.TrimSpace(text) == c.Value) != c.Not }

// cell returns the cell of the condition's column without leading and trailing white space.
func (c Condition) cell(row table.Row) string {
	if c.at >= 0 && c.at < len(row.Values) && row.Values[c.at] != "" {
		return strings.TrimSpace(row.Values[c.at])
	}
	v, _ := row.Value(c.Column)
	return strings.TrimSpace(v)
}

var rowsHint = messages.Sprintf("examples: 2-500 or 7 or 2-10,20-30 or 500-; rows are numbered as in the file, header included")

// parseSpans parses a list of lines such as "2-10,20-30", "7" or "500-". The result is nil for "".
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
			return nil, &UsageError{Msg: messages.Sprintf("--rows %s: %q is not a range of rows", text, strings.TrimSpace(part)), Hint: rowsHint}
		case p.last < p.first:
			return nil, &UsageError{Msg: messages.Sprintf("--rows %s: %q ends before it begins", text, strings.TrimSpace(part)), Hint: rowsHint}
		}
		spans = append(spans, p)
	}
	return spans, nil
}

func lineNumber(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n > 0
}

// CutCondition parses `column=value` or `column!=value`. The column ends at the first equals sign that leaves a known name before it,
// because a name may contain equals signs. If no name is known, ok is false and c has the name before the first sign, or "" if there is no
// sign.
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

// parseCondition parses a condition on the columns of a source.
func parseCondition(text string, src table.Source) (Condition, error) {
	names := NamesOf(src)
	c, ok := CutCondition(text, func(name string) bool { return name != "" && (slices.Contains(names, name) || src.Has(name)) })
	switch {
	case !ok && c.Column == "":
		return c, &UsageError{
			Msg:  messages.Sprintf("--where %q has no = or !=", text),
			Hint: messages.Sprintf(`write --where "column=value" or --where "column!=value"`),
		}
	case !ok:
		hint := messages.Sprintf("columns: %s", messages.Quoted(names))
		if near := nearest.Name(c.Column, names); near != "" {
			hint = messages.Sprintf("did you mean %q? Columns: %s", near, messages.Quoted(names))
		}
		return c, &UsageError{Msg: messages.Sprintf("%s: --where: no column %q", src.Name(), c.Column), Hint: hint}
	}
	n := 0
	c.at = -1
	for i, name := range src.Columns() {
		if ColumnName(name) == c.Column {
			c.at = i
			n++
		}
	}
	if n > 1 {
		return c, &UsageError{
			Msg:  messages.Sprintf("%s: --where: column %q appears %d {time|times} in the header", src.Name(), c.Column, n),
			Hint: messages.Sprintf("give each of these columns a unique name"),
		}
	}
	return c, nil
}

// NamesOf returns the names of the columns of a source, without unnamed columns.
func NamesOf(src table.Source) []string {
	var names []string
	for _, c := range src.Columns() {
		if c = ColumnName(c); c != "" {
			names = append(names, c)
		}
	}
	return names
}

// NoneSelected returns the error for a selection without rows. It reads src to show the values of the columns with conditions in the hint.
func NoneSelected(src table.Source, s *Settings) error {
	hint := messages.Sprintf("--where compares whole cells and is case-sensitive")
	switch {
	case s.Rows != "":
		hint = messages.Sprintf("--rows numbers the rows of the sheet or the lines of the file, header included")
	case len(s.Where) == 0:
		hint = messages.Sprintf("every row is hidden; omit --visible-only")
	}
	if held := heldHint(src, s); !held.IsZero() {
		hint = messages.Sprintf("%s; %s", hint, held)
	}
	var flags []string
	if s.Rows != "" {
		flags = append(flags, "--rows "+s.Rows)
	}
	for _, w := range s.Where {
		flags = append(flags, `--where "`+w+`"`)
	}
	if s.VisibleOnly {
		flags = append(flags, "--visible-only")
	}
	return &UsageError{Msg: messages.Sprintf("%s: no row matches %s", src.Name(), strings.Join(flags, " ")), Hint: hint}
}

// Pick chooses n of the given row positions, evenly spread and including the first.
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
