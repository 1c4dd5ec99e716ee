package jobs

import (
	"cmp"
	"math"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Status is how an input stands by its journal, with the settings of the last run.
type Status struct {
	task.Tally
	Truncated  *int             `json:"truncated,omitempty"`  // nil: completions are not read for a status
	Duplicates *int             `json:"duplicates,omitempty"` // nil: those of a run, which asks them
	PaidTwice  int              `json:"may_have_been_paid_twice"`
	Sandbox    bool             `json:"sandbox"`
	Started    time.Time        `json:"last_run_started"`
	Running    bool             `json:"running"`        // a run holds the journal now
	Ended      bool             `json:"last_run_ended"` // false: it is running, or it was killed
	Damaged    []journal.Damage `json:"damaged,omitempty"`
	Journal    string           `json:"journal"`
	Output     string           `json:"output"`
	Troubles   []RowStatus      `json:"troubles"` // the rows that failed or were blocked
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
func ReadStatus(input, path string) (*Status, error) {
	r := &Run{Input: input, Journal: cmp.Or(path, spec.JournalPath(input))}
	if err := hasJournal(input, r.Journal); err != nil {
		return nil, err
	}
	var err error
	if r.journal, err = journal.Read(r.Journal); err != nil {
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
	st := &Status{
		Sandbox: r.Sandbox, Started: r.journal.Last().Started, Running: journal.Held(r.Journal), Ended: !r.journal.Unended(),
		PaidTwice: r.journal.Suspected(r.Sandbox), Damaged: r.journal.Damaged(), Journal: r.Journal, Output: r.Settings.Output,
		Troubles: []RowStatus{},
	}
	k, err := r.askers(src)
	if err != nil {
		return nil, err
	}
	p := r.pass(k)
	p.reading = k.Deep()
	sel, err := r.Settings.Selector(src)
	if err != nil {
		return nil, err
	}
	tally := newTally(&r.Settings)
	for row, err := range src.Rows() {
		if err == nil {
			err = r.statusOf(row, sel, p, st, &tally)
		}
		if err != nil {
			return nil, err
		}
		if sel.Over(row) {
			break
		}
	}
	st.Tally = tally.Clone()
	return st, nil
}

// statusOf counts one row, if it is selected.
func (r *Run) statusOf(row table.Row, sel *spec.Selector, p *pass, st *Status, tally *task.Tally) error {
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
	count(tally, &r.Settings, cells, math.MaxInt64)
	if p.reading {
		countValues(tally, r.Settings.CountedColumns(), cells)
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
