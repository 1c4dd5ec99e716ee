package spec

import (
	"math"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// Selector decides which rows are part of a run. It serves one traversal and must see the rows in order.
type Selector struct {
	lines   table.Lines // nil selects all
	where   []Condition
	visible bool
	sure    bool  // only rows that look like data
	left    int   // how many more rows may be selected
	last    int   // no row after this line is selected
	Picks   []int // positions of the selected rows among those that match, sorted; nil for all
	nth     int   // how many rows have matched

	Share func(table.Row) bool // whether a row that is selected is part of this shard; nil without shards
}

// Selection says which rows of the input are part of a run.
type Selection struct {
	Rows        string   `json:"rows,omitempty"`         // lines of the input, such as "2-10,500-"; "" is all
	Where       []string `json:"where,omitempty"`        // conditions as CutCondition parses them, all of which hold
	VisibleOnly bool     `json:"visible_only,omitempty"` // skip hidden rows
	SkipSuspect bool     `json:"skip_suspect,omitempty"` // skip rows that look like no data
	Limit       int      `json:"limit,omitempty"`        // first selected rows only; 0 is all
	Shard       string   `json:"shard,omitempty"`        // of the selected rows, as ParseShard parses it; "" is all
}

// Selects reports whether the run may skip rows.
func (s *Settings) Selects() bool {
	return s.Limit > 0 || s.Rows != "" || len(s.Where) > 0 || s.VisibleOnly || s.SkipSuspect || s.Shard != ""
}

// Selector returns the selector for a traversal of src. The error is a *UsageError.
func (s *Settings) Selector(src table.Source) (*Selector, error) {
	lines, err := table.ParseLines(s.Rows)
	if err != nil {
		return nil, &UsageError{Msg: messages.Sprintf("--rows %s: %v", s.Rows, err), Hint: rowsHint}
	}
	sel := &Selector{lines: lines, visible: s.VisibleOnly, sure: s.SkipSuspect, left: math.MaxInt, last: math.MaxInt}
	if s.Limit > 0 {
		sel.left = s.Limit
	}
	if len(lines) > 0 && !s.AllSheets {
		sel.last = lines.Last()
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
	if s.left == 0 || s.visible && row.Hidden || s.sure && row.Looks != table.Data || s.lines != nil && !s.lines.Has(row.Line) {
		return false
	}
	for _, c := range s.where {
		if !c.holds(row) {
			return false
		}
	}
	s.left--
	if s.Share != nil && !s.Share(row) {
		return false
	}
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

var rowsHint = messages.Sprintf("examples: 2-500 or 7 or 2-10,20-30 or 500-; rows are numbered as in the file, header included")

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
	hint := messages.Sprintf("= and != compare whole cells and are case-sensitive; ~ finds a part of a text in any case")
	switch {
	case s.Rows != "":
		hint = messages.Sprintf("--rows numbers the rows of the sheet or the lines of the file, header included")
	case len(s.Where) == 0 && s.SkipSuspect:
		hint = messages.Sprintf("no row looks like data; omit --skip-suspect")
	case len(s.Where) == 0:
		hint = messages.Sprintf("every row is hidden; omit --visible-only")
	}
	if held := heldHint(src, s); !held.IsZero() {
		hint = messages.Sprintf("%s; %s", hint, held)
	}
	if sifted, ok := src.(table.Sifted); ok && len(sifted.LeftOut()) > 0 {
		out := sifted.LeftOut()
		hint = messages.Sprintf("%s; left out as no data: %s; to ask these rows, add --keep-rows %s", hint, out.Message(), out.Argument())
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
	if s.SkipSuspect {
		flags = append(flags, "--skip-suspect")
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
