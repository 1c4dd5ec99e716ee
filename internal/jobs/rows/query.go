package rows

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Query says which rows of a view are wanted, and in which order. The zero value is all rows in the order of the table.
//
// A column is "i2", the third column of the input; "a0", the first completion column; "a0.1", the second field of its answers; or "",
// the row as a whole. An answer that does not exist is an empty text. White space around a text does not count.
type Query struct {
	Text    string   `json:"text,omitempty"`    // contained in a cell of the input, a prompt or an answer, ignoring case
	Inputs  bool     `json:"inputs,omitempty"`  // Text counts in cells of the input only
	Filters []Filter `json:"filters,omitempty"` // all of them hold
	Sort    []Order  `json:"sort,omitempty"`    // the first that tells two rows apart decides, at last their places in the table
	Was     *View    `json:"-"`                 // what Changed compares with
}

// Filter is a condition on a column.
type Filter struct {
	Column string   `json:"column"`
	Op     string   `json:"op"`
	Values []string `json:"values,omitempty"`
}

// The operators of a Filter. Those without a remark compare with the only value.
const (
	Contains  = "contains" // ignoring case
	Equals    = "equals"
	NotEquals = "not_equals"
	Empty     = "empty"   // without a value
	Filled    = "filled"  // without a value
	Greater   = "greater" // numbers and dates, as spec.Condition reads them
	Less      = "less"
	OneOf     = "one_of"  // equal to one of the values
	InState   = "state"   // one of the values, names of a task.State, Edited or Outdated
	ForCause  = "cause"   // one of the values, which are task.Causes; the row has those of its answers
	Changed   = "changed" // Query.Was has another answer in the row at the same place; without a value
)

// Edited is a value of InState for an answer that was edited by hand. A row has the state of its least advanced cell; it is also failed,
// blocked or edited if any of its answers is.
const Edited = "edited"

// Outdated is a value of InState for a row with an answer that is pending again since one that it uses was edited by hand.
const Outdated = "outdated"

// Order is a column by which rows are sorted: numbers by value, then dates by time, then other texts ignoring case. Descending, that is
// reversed. Empty cells are the last in both directions.
type Order struct {
	Column string `json:"column"`
	Desc   bool   `json:"desc,omitempty"`
}

// IsZero reports whether the query is for all rows in the order of the table.
func (q *Query) IsZero() bool { return q.Text == "" && len(q.Filters) == 0 && len(q.Sort) == 0 }

// key identifies the query among those of a view.
func (q *Query) key() string {
	text, err := json.Marshal(q)
	if err != nil {
		panic(err) // texts only
	}
	return string(text)
}

// ref is the column of a filter or an order. The zero value is the row as a whole.
type ref struct {
	input  int // index of the column of the input plus one, else 0
	answer int // index of the completion column plus one, else 0
	field  int // index of the field plus one, 0 for the whole answer
}

// refOf parses a column. known is nil before the scan has opened the input.
func refOf(column string, known *prepared, answers []AnswerColumn) (ref, error) {
	if column == "" {
		return ref{}, nil
	}
	digits, field, ofField := strings.Cut(column[1:], ".")
	n, err := strconv.Atoi(digits)
	f, fieldErr := -1, error(nil)
	if ofField {
		f, fieldErr = strconv.Atoi(field)
	}
	switch {
	case err != nil || fieldErr != nil || n < 0 || f < 0 && ofField:
	case column[0] == 'i' && !ofField && (known == nil || n < len(known.names)):
		return ref{input: n + 1}, nil
	case column[0] == 'a' && n < len(answers) && f < len(answers[n].Fields):
		return ref{answer: n + 1, field: f + 1}, nil
	}
	return ref{}, &spec.UsageError{
		Msg: messages.Sprintf("the table has no column %q", column), Hint: messages.Sprintf("the table may have changed; reload the page"),
	}
}

// plan is a query that was checked against the columns of a scan.
type plan struct {
	text   string // in lower case
	inputs bool   // see Query.Inputs
	tests  []test
	orders []order
}

// test is a filter of a plan.
type test struct {
	ref
	op     string
	values []string       // trimmed, and in lower case for Contains
	than   spec.Condition // for Greater and Less
	was    ref            // the column of the other view that it compares with
}

// order is an Order of a plan.
type order struct {
	ref
	desc   bool
	exact  bool // texts only, as they are written
	months bool // dates with slashes begin with the month
}

// planOf checks a query. known is nil before the scan has opened the input; then the columns of the input are not checked. The error is a
// *spec.UsageError.
func planOf(q *Query, known *prepared, answers []AnswerColumn) (*plan, error) {
	p := &plan{text: strings.ToLower(q.Text), inputs: q.Inputs}
	for _, f := range q.Filters {
		at, err := refOf(f.Column, known, answers)
		if err != nil {
			return nil, err
		}
		t := test{ref: at, op: f.Op}
		for _, v := range f.Values {
			t.values = append(t.values, strings.TrimSpace(v))
		}
		if err := t.check(&f, q.Was != nil); err != nil {
			return nil, err
		}
		p.tests = append(p.tests, t)
	}
	for _, o := range q.Sort {
		at, err := refOf(o.Column, known, answers)
		if err == nil && at == (ref{}) {
			err = &spec.UsageError{Msg: messages.Sprintf("rows cannot be sorted by no column"), Hint: messages.Sprintf("choose a column")}
		}
		if err != nil {
			return nil, err
		}
		p.orders = append(p.orders, order{ref: at, desc: o.Desc})
	}
	return p, nil
}

// check checks a filter that was not checked yet, and prepares its comparison.
func (t *test) check(f *Filter, compares bool) error {
	most := 1
	wrong := func(value string, all []string, msg messages.Text) error {
		if slices.Contains(all, value) {
			return nil
		}
		return &spec.UsageError{Msg: msg, Hint: messages.Sprintf("choose among these: %s", strings.Join(all, ", "))}
	}
	var err error
	switch t.op {
	case Contains:
		for i, v := range t.values {
			t.values[i] = strings.ToLower(v)
		}
	case Equals, NotEquals:
	case Empty, Filled:
		most = 0
	case Changed:
		most = 0
		if !compares || t.answer == 0 {
			err = &spec.UsageError{
				Msg:  messages.Sprintf("only an answer can have changed, and only in comparison with another version"),
				Hint: messages.Sprintf("choose the column of an answer and a version to compare with"),
			}
		}
	case Greater, Less:
		t.than = spec.Compare(map[string]string{Greater: ">", Less: "<"}[t.op], cmp.Or(t.values...))
		if fault, hint := t.than.Fault(); !fault.IsZero() {
			err = &spec.UsageError{Msg: fault, Hint: hint}
		}
	case OneOf, InState, ForCause:
		most = len(t.values)
		for _, v := range t.values {
			switch t.op {
			case InState:
				err = cmp.Or(err, wrong(v, append(slices.Clone(task.StateNames[:]), Edited, Outdated), messages.Sprintf("%q is not a state of a row", v)))
			case ForCause:
				var causes []string
				for _, c := range task.Causes[1:] {
					causes = append(causes, string(c))
				}
				err = cmp.Or(err, wrong(v, causes, messages.Sprintf("%q is not a cause of a failure", v)))
			}
		}
	default:
		all := []string{Contains, Equals, NotEquals, Empty, Filled, Greater, Less, OneOf, InState, ForCause, Changed}
		err = wrong(t.op, all, messages.Sprintf("%q is not a comparison", t.op))
	}
	ofState := t.op == InState || t.op == ForCause
	if err == nil && (len(t.values) != most || t.ref == (ref{}) && !ofState || t.input > 0 && ofState || t.field > 0 && ofState) {
		err = &spec.UsageError{
			Msg:  messages.Sprintf("the comparison %q does not fit the column %q and its values", t.op, f.Column),
			Hint: messages.Sprintf("a state or a cause is that of an answer or of the row; other comparisons need a column, and most need one value"),
		}
	}
	return err
}
