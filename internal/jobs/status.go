package jobs

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/output"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Status is the state of an input according to its journal, with the settings of the last run.
type Status struct {
	task.Tally             // of the rows that the last run selected
	Table      *task.Tally `json:"table,omitempty"`      // of all rows, if the last run selected only some of them
	Truncated  *int        `json:"truncated,omitempty"`  // nil unless every result is read
	Duplicates *int        `json:"duplicates,omitempty"` // always nil: only a run has duplicates
	Doubts
	Sandbox bool `json:"sandbox"`
	LastRun
	Damaged []journal.Damage `json:"damaged,omitempty"`
	Unwritten
	AtService
	Journal  string       `json:"journal"`
	Output   string       `json:"output"`
	Troubles []RowStatus  `json:"troubles"`                 // rows that failed or were blocked, and those that are pending after failures in an outage
	NotUTF8  []task.Place `json:"not_utf8,omitempty"`       // rows whose answers have bytes that are not UTF-8
	Cut      []RowStatus  `json:"truncated_rows,omitempty"` // as Truncated
}

// Doubts are what else may cost twice.
type Doubts struct {
	PaidTwice int  `json:"may_have_been_paid_twice"`         // without the requests in flight of a run in progress
	Reread    bool `json:"cells_read_differently,omitempty"` // pending rows may have answers from when cells were read differently
}

// LastRun describes the last run.
type LastRun struct {
	Shard   string        `json:"shard,omitempty"` // such as 2/8
	Started time.Time     `json:"last_run_started"`
	State   task.RunState `json:"last_run_state"`
	Running bool          `json:"running"`           // a run holds the journal
	Quota   task.Belief   `json:"quota,omitzero"`    // of a run in progress
	Sharers []task.Sharer `json:"sharers,omitempty"` // of a run in progress, as of a few seconds ago
	LastEnd
}

// LastEnd is how the last run ended.
type LastEnd struct {
	Ended    bool   `json:"last_run_ended"`               // false if it is running or was killed
	Error    string `json:"last_run_error,omitempty"`     // what ended it early
	ExitCode *int   `json:"last_run_exit_code,omitempty"` // nil if it is running or was killed
}

// lastEnd describes the end record of a run that ended, nil if that was only a preview.
func lastEnd(e *journal.End) LastEnd {
	if e == nil {
		return LastEnd{Ended: true}
	}
	code := 0
	switch s := e.Summary; {
	case e.Limit:
		code = 4
	case e.Error != "":
		code = 1
	case e.Code != nil:
		code = *e.Code
	case s == nil && e.Pending > 0, s != nil && s.Interrupted && s.Pending > 0:
		code = 130
	case s != nil && (s.FailedRows()+s.Blocked > 0 || e.Pending > 0 && s.Batched.Refused+s.Batched.Doubts > 0):
		code = 3
	}
	return LastEnd{Ended: true, Error: e.Error, ExitCode: &code}
}

// AtService are the batches whose results are not all in the journal.
type AtService struct {
	Batches   []task.BatchState `json:"batches,omitempty"`
	Late      int               `json:"answered_later,omitempty"` // rows that got their answers after the output was written
	InBatches int               `json:"in_batches,omitempty"`     // rows that are pending and in one of them
}

// Unwritten are the edits and undoings that an output lacks.
type Unwritten struct {
	Edits  int    `json:"unwritten_edits,omitempty"`
	Output string `json:"-"` // a file or a folder
}

// MissingEdits returns the output of a journal, "" if none is kept, and the number of edits and undoings that it lacks. An output outside
// the folder dir is not read.
func MissingEdits(w *journal.Watch, edits *journal.Edits, dir string) (path string, n int) {
	s := w.Standing()
	if s.Preview || s.Started.IsZero() || (&Job{Input: s.Input, Settings: s.Settings}).Within(dir, true) != nil {
		return "", 0
	}
	if s.Settings.InPlace {
		s.Settings.Output = s.Input
	}
	return (&output.Output{Settings: &s.Settings, Sandbox: s.Sandbox}).Missing(w, edits, false)
}

// RowStatus is the state of one row.
type RowStatus struct {
	Row int `json:"row"` // position among the rows, from 1
	task.Place
	Column    string     `json:"column,omitempty"` // if there are several completion columns
	State     task.State `json:"state"`
	Cause     task.Cause `json:"cause,omitempty"`
	Error     string     `json:"error,omitempty"`
	RequestID string     `json:"request_id,omitempty"`
	Attempts  int        `json:"attempts"`
}

// ReadStatus looks up every row of an input in its journal. A run may hold the journal meanwhile.
func ReadStatus(input, path string) (*Status, error) {
	r, err := Last(input, path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return StatusOf(context.Background(), r, nil)
}

// StatusOf looks up every row in the journal of a run that Last has opened. With visit, every result is read: visit gets each row, the status
// has the truncated rows, and only rows whose results the last run found when it began count as FromJournal.
func StatusOf(ctx context.Context, r *Run, visit func(*resolve.Row)) (*Status, error) {
	src, err := r.open(false)
	if err != nil {
		return nil, err
	}
	s, standing := &r.job.Settings, r.journal.Standing()
	standing.Running = journal.Held(r.job.Journal)
	st := &Status{
		Sandbox: r.sandbox,
		LastRun: LastRun{Shard: s.Shard, Started: r.journal.Last().Started, Running: standing.Running},
		Doubts:  Doubts{PaidTwice: r.journal.PaidTwice(r.sandbox)}, Damaged: r.journal.Damaged(),
		Journal: r.job.Journal, Output: s.Output, Troubles: []RowStatus{},
	}
	if standing.Running && standing.Mark != nil && standing.Ended.IsZero() {
		st.Quota, st.Sharers = standing.Mark.Quota, standing.Mark.Sharers
	}
	if !standing.Running {
		st.PaidTwice = r.journal.Suspected(r.sandbox)
	}
	switch {
	case standing.Running:
	case standing.Unsent:
		code := 1
		st.Started, st.LastEnd = standing.Started, LastEnd{Ended: true, Error: standing.Error, ExitCode: &code}
	case !r.journal.Unended():
		st.LastEnd = lastEnd(r.journal.Ended())
	}
	options, err := r.resolveOptions(src)
	if err != nil {
		return nil, err
	}
	edits, err := journal.OpenEdits(r.job.Journal)
	if err != nil {
		return nil, err
	}
	options.Earlier = nil // the counts are those of what was asked last
	st.Unwritten.Output, st.Edits = r.out.Missing(r.journal, edits, true)
	others := s.Selects() && s.Shard == ""
	options.Short, options.Others, options.Read = !s.Selects(), others, resolve.ReadFailures
	began := int64(math.MaxInt64) // all results count as earlier
	if visit != nil {
		began = r.last
	}
	if visit != nil || options.Columns.Deep() {
		options.Read = resolve.ReadAll
	}
	options.Past = visit != nil
	batched := r.journal.InBatches(r.sandbox)
	for _, o := range standing.Open {
		st.Batches = append(st.Batches, task.BatchState{ID: o.ID, Lines: len(o.Keys), Posted: o.At})
	}
	count, table := resolve.NewCounter(s, began), resolve.NewCounter(s, began)
	for row, err := range resolve.Rows(ctx, options) {
		if err != nil {
			return nil, err
		}
		if others && row.Cells != nil {
			table.Add(row.Cells)
		}
		if visit != nil {
			visit(&row)
		}
		if !row.Selected {
			continue
		}
		left, err := leftByOutage(r.journal, row.Cells, r.sandbox)
		if err != nil {
			return nil, err
		}
		count.Add(row.Cells)
		if slices.ContainsFunc(row.Cells, func(c resolve.Cell) bool { return c.Open() && batched[c.Key] }) {
			st.InBatches++
		}
		for i := range row.Cells {
			res, at := cmp.Or(row.Cells[i].Result, left[i]), task.Place{Sheet: row.Sheet, Line: row.Line, Path: row.Path}
			if res != nil && res.Cause == task.NotUTF8 {
				st.NotUTF8 = append(st.NotUTF8, at)
			}
			if res == nil || res.State == task.Completed && !(visit != nil && res.Truncated()) {
				continue
			}
			t := RowStatus{
				Row: row.Index + 1, Place: at,
				State: res.State, Cause: res.Cause, Error: res.Error, RequestID: res.RequestID, Attempts: res.Attempts,
			}
			if s.Several() {
				t.Column = s.Columns[i].CompletionColumn
			}
			if res.State == task.Completed {
				st.Cut = append(st.Cut, t)
			} else {
				st.Troubles = append(st.Troubles, t)
			}
		}
	}
	st.Tally = count.Clone()
	if visit != nil {
		st.Truncated = &st.Tally.Truncated
	}
	st.Reread = st.Pending > 0 && r.reading() != spec.ReadingVersion
	if standing.Late > 0 && !standing.Running {
		st.Late = max(0, standing.Pending-st.Tally.Pending)
	}
	standing.Pending = min(standing.Pending, st.Tally.Pending) // rows may have been edited or deleted since
	st.State = standing.State()
	if others {
		all := table.Clone()
		st.Table = &all
	}
	return st, nil
}

// leftByOutage returns why cells are pending because an outage ended the last run, nil for others. Cells that failed for a temporary cause
// become pending: the run would have asked them again.
func leftByOutage(j *journal.Journal, cells []resolve.Cell, sandbox bool) ([]*task.Result, error) {
	left := make([]*task.Result, len(cells))
	end := j.Ended()
	if j.Unended() || end == nil || end.Again == 0 {
		return left, nil
	}
	for i := range cells {
		c := &cells[i]
		if f := c.Result; f != nil && f.State == task.Failed && f.Cause.Passing() {
			was := *f
			was.State, left[i], c.Result = task.Pending, &was, nil
		}
		at, ok := j.Tried(c.Key, sandbox)
		if !ok || c.Result != nil {
			continue
		}
		why, _, err := j.ReadResult(at, nil)
		if err != nil {
			return nil, err
		}
		left[i] = why
	}
	return left, nil
}
