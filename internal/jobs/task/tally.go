package task

import (
	"cmp"
	"maps"
	"slices"
)

// Outcome is the state of one completion column of a row, as counted in a Tally.
type Outcome struct {
	State     State // Skipped if nothing is asked, Pending without a result
	Cause     Cause // of a failure
	Truncated bool  // the completion was cut off at the token limit
	Edited    bool  // by hand
	Earlier   bool  // the result comes from an earlier run
	Outdated  bool  // it is pending, and had an answer before one that it uses was edited by hand
}

// rank orders outcomes by progress, the least first. A cell that failed because it needs another cell is less significant than that cell. A
// skipped cell is insignificant.
func (o Outcome) rank() int {
	switch {
	case o.State == Pending:
		return 0
	case o.State == Failed && o.Cause != CauseNeeds:
		return 1
	case o.State == Blocked:
		return 2
	case o.State == Failed:
		return 3
	case o.State == Completed && o.Truncated:
		return 4
	case o.State == Completed:
		return 5
	}
	return 6
}

// Worst returns the outcome of a row: that of its cell with the least progress. A row is skipped if all of its cells are.
func Worst(cells []Outcome) Outcome {
	worst := Outcome{State: Skipped}
	for _, c := range cells {
		if c.rank() < worst.rank() {
			worst = c
		}
	}
	return worst
}

// Tally counts the states of rows. All counts shown to people and programs come from Add, or from Replace during a run. It is not safe for
// concurrent use.
type Tally struct {
	Rows        int           `json:"rows"`
	Completed   int           `json:"completed"`
	Failed      map[Cause]int `json:"failed"`
	Blocked     int           `json:"blocked"`
	Skipped     int           `json:"skipped"`
	Pending     int           `json:"pending"`
	Truncated   int           `json:"truncated"`          // completed, but cut off at the token limit
	FromJournal int           `json:"from_journal"`       // rows with results of earlier runs only
	Duplicates  int           `json:"duplicates"`         // rows that share a task with another row of this run
	Waiting     int           `json:"waiting"`            // failures that only --retry-failed asks again
	Invalid     int           `json:"invalid"`            // rows whose completion does not match; asked again only with more repairs
	Edited      int           `json:"edited,omitempty"`   // completions edited by hand
	Outdated    int           `json:"outdated,omitempty"` // pending rows that had all answers before one that others use was edited by hand

	Columns []ColumnTally `json:"columns,omitempty"` // if there are several completion columns
	Values  []ValueCounts `json:"values,omitempty"`  // of choices, enums and booleans
}

// ColumnTally counts the states of one of several completion columns.
type ColumnTally struct {
	Name      string `json:"name"`
	Completed int    `json:"completed"`
	Failed    int    `json:"failed"`
	Blocked   int    `json:"blocked"`
	Skipped   int    `json:"skipped"`
	Pending   int    `json:"pending"`
	Edited    int    `json:"-"` // by hand
	Outdated  int    `json:"-"` // of the pending ones; see Outcome
}

// NewTally returns an empty tally. columns are the names of the completion columns, or nil if there is only one. counted are the names of
// the columns whose values are counted.
func NewTally(columns, counted []string) Tally {
	t := Tally{Failed: map[Cause]int{}}
	for _, name := range columns {
		t.Columns = append(t.Columns, ColumnTally{Name: name})
	}
	for _, name := range counted {
		t.Values = append(t.Values, ValueCounts{Column: name})
	}
	return t
}

// Add counts a row by the outcomes of its completion columns, in their order.
func (t *Tally) Add(cells []Outcome) { t.count(cells, 1) }

// Replace counts a row with its new outcomes instead of the ones counted before.
func (t *Tally) Replace(before, now []Outcome) {
	t.count(before, -1)
	t.count(now, 1)
}

// count adds n rows with these outcomes; n is 1 or -1.
func (t *Tally) count(cells []Outcome, n int) {
	t.Rows += n
	worst, earlier := Worst(cells), true
	for _, c := range cells {
		if c.State == Skipped {
			continue
		}
		earlier = earlier && c.Earlier
		if c.Edited {
			t.Edited += n
		}
	}
	switch worst.State {
	case Skipped:
		t.Skipped += n
	case Pending:
		t.Pending += n
		if !slices.ContainsFunc(cells, func(c Outcome) bool { return c.State == Pending && !c.Outdated }) {
			t.Outdated += n
		}
	case Blocked:
		t.Blocked += n
	case Completed:
		t.Completed += n
		if worst.Truncated {
			t.Truncated += n
		}
	case Failed:
		if t.Failed == nil {
			t.Failed = map[Cause]int{}
		}
		if t.Failed[worst.Cause] += n; t.Failed[worst.Cause] == 0 {
			delete(t.Failed, worst.Cause)
		}
		switch {
		case worst.Cause == CauseInvalid:
			t.Invalid += n
		case worst.Cause.Retried() && !worst.Cause.Passing():
			t.Waiting += n
		}
	}
	if earlier && worst.State != Skipped {
		t.FromJournal += n
	}
	for i := range t.Columns {
		t.Columns[i].count(cells[i], n)
	}
}

func (c *ColumnTally) count(o Outcome, n int) {
	if o.Edited && o.State != Skipped {
		c.Edited += n
	}
	switch o.State {
	case Skipped:
		c.Skipped += n
	case Pending:
		c.Pending += n
		if o.Outdated {
			c.Outdated += n
		}
	case Completed:
		c.Completed += n
	case Blocked:
		c.Blocked += n
	default:
		c.Failed += n
	}
}

// FailedRows returns the number of failed rows, whatever the cause.
func (t *Tally) FailedRows() int {
	n := 0
	for _, rows := range t.Failed {
		n += rows
	}
	return n
}

// Passing returns the number of rows that failed for a temporary cause.
func (t *Tally) Passing() int {
	n := 0
	for cause, rows := range t.Failed {
		if cause.Passing() {
			n += rows
		}
	}
	return n
}

// Clone returns a copy that shares nothing with t. Its values are sorted, the most frequent first.
func (t *Tally) Clone() Tally {
	c := *t
	c.Failed = map[Cause]int{}
	maps.Copy(c.Failed, t.Failed)
	c.Columns, c.Values = slices.Clone(t.Columns), slices.Clone(t.Values)
	for i := range c.Values {
		c.Values[i].Counts = slices.Clone(c.Values[i].Counts)
		slices.SortStableFunc(c.Values[i].Counts, func(a, b ValueCount) int {
			return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
		})
	}
	return c
}

// ValueCounts counts the rows with each value of a column.
type ValueCounts struct {
	Column string       `json:"column"`
	Counts []ValueCount `json:"counts"`
}

// ValueCount is a value of a column and the number of rows with it.
type ValueCount struct {
	Value string `json:"value"`
	Rows  int    `json:"rows"`
}

// maxValues is the maximum number of distinct values counted per column.
const maxValues = 100

// Add counts a value. Distinct values beyond the first hundred are ignored.
func (v *ValueCounts) Add(value string) {
	i := slices.IndexFunc(v.Counts, func(c ValueCount) bool { return c.Value == value })
	switch {
	case i < 0 && len(v.Counts) < maxValues:
		v.Counts = append(v.Counts, ValueCount{value, 1})
	case i >= 0:
		v.Counts[i].Rows++
	}
}

// Remove uncounts a value that was added.
func (v *ValueCounts) Remove(value string) {
	i := slices.IndexFunc(v.Counts, func(c ValueCount) bool { return c.Value == value })
	if i < 0 {
		return
	}
	if v.Counts[i].Rows--; v.Counts[i].Rows == 0 {
		v.Counts = slices.Delete(v.Counts, i, i+1)
	}
}
