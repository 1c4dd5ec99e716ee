package jobs

import (
	"os"
	"time"

	"github.com/gofrs/flock"

	"gigabatch/internal/io/table"
)

// Status is how an input stands by its journal, with the settings of the last run.
type Status struct {
	Rows      int           `json:"rows"`
	Completed int           `json:"completed"`
	Failed    map[Cause]int `json:"failed"`
	Blocked   int           `json:"blocked"`
	Skipped   int           `json:"skipped"`
	Pending   int           `json:"pending"`
	PaidTwice int           `json:"may_have_been_paid_twice"`
	Sandbox   bool          `json:"sandbox"`
	Started   time.Time     `json:"last_run_started"`
	Running   bool          `json:"running"`        // a run holds the journal now
	Ended     bool          `json:"last_run_ended"` // false: it is running, or it was killed
	Damaged   []Damage      `json:"damaged,omitempty"`
	Journal   string        `json:"journal"`
	Output    string        `json:"output"`
	Troubles  []RowStatus   `json:"troubles"` // the rows that failed or were blocked
}

// RowStatus is how one row stands.
type RowStatus struct {
	Row       int    `json:"row"`             // position among the rows, from 1
	Sheet     string `json:"sheet,omitempty"` // where several are read
	Line      int    `json:"line"`            // in the input, or row of the sheet
	State     State  `json:"state"`
	Cause     Cause  `json:"cause,omitempty"`
	Error     string `json:"error,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	Attempts  int    `json:"attempts"`
}

// ReadStatus looks every row of an input up in its journal, which may be in use by a run meanwhile.
func ReadStatus(input, journal string) (*Status, error) {
	r := &Run{Input: input, Journal: or(journal, JournalPath(input))}
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
		Failed: map[Cause]int{}, Sandbox: r.Sandbox, Started: h.last.Started, Running: held(r.Journal), Ended: !h.unended,
		PaidTwice: h.suspected(r.Sandbox), Damaged: r.journal.Damaged(), Journal: r.Journal, Output: r.Settings.Output,
		Troubles: []RowStatus{},
	}
	keys, done, err := r.rowKeys(src)
	if err != nil {
		return nil, err
	}
	defer done()
	sel, err := r.Settings.selector(src)
	if err != nil {
		return nil, err
	}
	for row, err := range src.Rows() {
		if err == nil {
			err = r.statusOf(row, sel, keys, st)
		}
		if err != nil {
			return nil, err
		}
		if sel.over(row) {
			break
		}
	}
	return st, nil
}

// statusOf counts one row, if it is selected.
func (r *Run) statusOf(row table.Row, sel *selector, keys keyer, st *Status) error {
	if !sel.has(row) {
		return passOver(keys, row)
	}
	st.Rows++
	k, skip, err := keys.key(row)
	if err != nil {
		return err
	}
	at, ok := r.journal.lookup(k, r.Sandbox)
	switch {
	case skip:
		st.Skipped++
	case !ok:
		st.Pending++
	case at.state == Completed:
		st.Completed++
	default:
		return r.trouble(row, at, st)
	}
	return nil
}

func (r *Run) trouble(row table.Row, at place, st *Status) error {
	res, _, err := r.journal.read(at, nil)
	if err != nil {
		return err
	}
	if res.State == Blocked {
		st.Blocked++
	} else {
		st.Failed[res.Cause]++
	}
	st.Troubles = append(st.Troubles, RowStatus{
		Row: row.Index + 1, Sheet: row.Sheet, Line: row.Line, State: res.State, Cause: res.Cause, Error: res.Error, RequestID: res.RequestID, Attempts: res.Attempts,
	})
	return nil
}

// held reports whether a process holds the journal now.
func held(journal string) bool {
	name := lockPath(journal)
	if _, err := os.Stat(name); err != nil {
		return false
	}
	l := flock.New(name, flock.SetFlag(os.O_RDONLY))
	defer l.Close()
	free, err := l.TryRLock()
	return err == nil && !free
}
