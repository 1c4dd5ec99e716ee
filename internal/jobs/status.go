package jobs

import (
	"cmp"

	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Status is how an input stands by its journal, with the settings of the last run.
type Status struct {
	Rows      int                `json:"rows"`
	Completed int                `json:"completed"`
	Failed    map[task.Cause]int `json:"failed"`
	Blocked   int                `json:"blocked"`
	Skipped   int                `json:"skipped"`
	Pending   int                `json:"pending"`
	Edited    int                `json:"edited,omitempty"` // answers that were edited by hand
	PaidTwice int                `json:"may_have_been_paid_twice"`
	Sandbox   bool               `json:"sandbox"`
	Started   time.Time          `json:"last_run_started"`
	Running   bool               `json:"running"`        // a run holds the journal now
	Ended     bool               `json:"last_run_ended"` // false: it is running, or it was killed
	Damaged   []Damage           `json:"damaged,omitempty"`
	Journal   string             `json:"journal"`
	Output    string             `json:"output"`
	Columns   []ColumnSummary    `json:"columns,omitempty"` // where there are several completion columns
	Values    []ValueCounts      `json:"values,omitempty"`  // of choices, enums and booleans
	Troubles  []RowStatus        `json:"troubles"`          // the rows that failed or were blocked
}

// RowStatus is how one row stands.
type RowStatus struct {
	Row       int        `json:"row"`              // position among the rows, from 1
	Sheet     string     `json:"sheet,omitempty"`  // where several are read
	Line      int        `json:"line"`             // in the input, or row of the sheet
	Path      string     `json:"path,omitempty"`   // of a document
	Column    string     `json:"column,omitempty"` // where there are several completion columns
	State     task.State `json:"state"`
	Cause     task.Cause `json:"cause,omitempty"`
	Error     string     `json:"error,omitempty"`
	RequestID string     `json:"request_id,omitempty"`
	Attempts  int        `json:"attempts"`
}

// ReadStatus looks every row of an input up in its journal, which may be in use by a run meanwhile.
func ReadStatus(input, journal string) (*Status, error) {
	r := &Run{Input: input, Journal: cmp.Or(journal, spec.JournalPath(input))}
	if err := hasJournal(input, r.Journal); err != nil {
		return nil, err
	}
	var err error
	if r.journal, err = ReadJournal(r.Journal); err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.resumeSettings(nil); err != nil {
		return nil, err
	}
	src, err := r.open()
	if err != nil {
		return nil, err
	}
	if _, err := r.adopt(src); err != nil {
		return nil, err
	}
	return r.status(src)
}

func (r *Run) status(src table.Source) (*Status, error) {
	h := &r.journal.history
	st := &Status{
		Failed: map[task.Cause]int{}, Sandbox: r.Sandbox, Started: h.last.Started, Running: held(r.Journal), Ended: !h.unended,
		PaidTwice: h.suspected(r.Sandbox), Damaged: r.journal.Damaged(), Journal: r.Journal, Output: r.Settings.Output,
		Troubles: []RowStatus{},
	}
	k, err := r.askers(src)
	if err != nil {
		return nil, err
	}
	p := r.pass(k)
	p.reading = k.deep()
	sel, err := r.Settings.Selector(src)
	if err != nil {
		return nil, err
	}
	sum := &Summary{Failed: st.Failed, Columns: columnSummaries(&r.Settings)}
	for row, err := range src.Rows() {
		if err == nil {
			err = r.statusOf(row, sel, p, st, sum)
		}
		if err != nil {
			return nil, err
		}
		if sel.Over(row) {
			break
		}
	}
	st.take(sum)
	return st, nil
}

// take copies what was counted.
func (st *Status) take(sum *Summary) {
	sum.sortValues()
	st.Rows, st.Completed, st.Blocked, st.Skipped, st.Pending = sum.Rows, sum.Completed, sum.Blocked, sum.Skipped, sum.Pending
	st.Columns, st.Values, st.Edited = sum.Columns, sum.Values, sum.Edited
}

// statusOf counts one row, if it is selected.
func (r *Run) statusOf(row table.Row, sel *spec.Selector, p *pass, st *Status, sum *Summary) error {
	if !sel.Has(row) {
		return p.over(row)
	}
	cells, err := p.row(row)
	if err != nil {
		return err
	}
	for i := range cells {
		if err := p.known(&cells[i]); err != nil {
			return err
		}
		if c := &cells[i]; c.result != nil && c.result.State != task.Completed {
			st.trouble(&r.Settings, row, i, c.result)
		}
	}
	sum.addRow(cells, 0)
	if p.reading {
		sum.addValues(r.Settings.CountedColumns(), cells)
	}
	return nil
}

func (st *Status) trouble(s *spec.Settings, row table.Row, i int, r *task.Result) {
	t := RowStatus{
		Row: row.Index + 1, Sheet: row.Sheet, Line: row.Line, Path: row.Path, State: r.State, Cause: r.Cause, Error: r.Error, RequestID: r.RequestID, Attempts: r.Attempts,
	}
	if s.Several() {
		t.Column = s.Columns[i].CompletionColumn
	}
	st.Troubles = append(st.Troubles, t)
}
