package rows

import (
	"context"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Window is a range of the rows that pass a filter.
type Window struct {
	Total    int   // rows known to match
	Complete bool  // the search has ended
	Version  int64 // grows when the states of rows may have changed
	Rows     []Row
}

// Rows returns at most n of the rows that pass the filter, starting at position from among them. If the search takes long, Complete is
// false, and the next call continues the search.
func (v *View) Rows(from, n int, f Filter) (*Window, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	s, err := v.use()
	if err != nil {
		return nil, err
	}
	defer s.release()
	v.mu.Lock()
	w := &Window{Version: v.version(), Rows: []Row{}}
	look, through := v.newLooker(s, f.Text), v.through(s)
	v.mu.Unlock()
	at := func(i int) int { return i }
	if f == (Filter{}) && !s.run.Settings().Selects() {
		w.Total, w.Complete = s.file.rows(), through
	} else {
		found, complete, err := v.find(s, f, look, w.Version)
		if err != nil {
			return nil, err
		}
		w.Total, w.Complete = len(found), complete && through
		at = func(i int) int { return int(found[i]) }
	}
	for i := max(from, 0); i < min(from+n, w.Total); i++ {
		row, err := look.whole(at(i))
		if err != nil {
			return nil, err
		}
		w.Rows = append(w.Rows, row)
	}
	look.findBatches(w.Rows)
	return w, nil
}

// findBatches marks the cells whose requests are in open batches.
func (l *looker) findBatches(shown []Row) {
	open := l.journal.OpenBatches(l.scan.run.Sandbox())
	if len(open) == 0 {
		return
	}
	pending := map[task.Key][]*Cell{}
	for i := range shown {
		for j := range shown[i].Cells {
			if c := &shown[i].Cells[j]; c.State == task.Pending {
				pending[c.Key] = append(pending[c.Key], c)
			}
		}
	}
	for _, b := range open {
		for _, k := range b.Keys {
			for _, c := range pending[k] {
				c.Batch = true
			}
		}
	}
}

// find searches for the rows that pass a filter.
func (v *View) find(s *scan, f Filter, look *looker, version int64) (found []uint32, complete bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m := v.matches.of(s, f, version)
	if m.busy { // another call is searching
		return m.known(), false, nil
	}
	m.busy = true
	v.mu.Unlock()
	began := time.Now()
	through := task.Closed(s.done) // no further rows will come
	found, next, err := m.advance(look)
	end := through && next >= s.file.rows()
	v.mu.Lock()
	m.busy = false
	m.took += time.Since(began)
	m.found, m.next = found, next
	if end && m.ended.IsZero() {
		m.older, m.ended = nil, time.Now()
	}
	return m.known(), end && m.version == version, err
}

// Row returns the row at a position of the view, regardless of filters, and the completion columns. The row is nil if it does not exist.
// Row waits until the scan has read it.
func (v *View) Row(ctx context.Context, i int) (*Row, []*spec.Column, error) {
	s, err := v.reach(ctx, i)
	if s == nil || err != nil {
		return nil, nil, err
	}
	defer s.release()
	v.mu.Lock()
	look := v.newLooker(s, "")
	v.mu.Unlock()
	row, err := look.whole(i)
	look.findBatches([]Row{row})
	return &row, s.run.Settings().All(), err
}

// Counts is the tally of the rows of a view.
type Counts struct {
	task.Tally
	Complete bool // all rows are counted with their current states
}

// count is a cached tally. The view's mu guards it.
type count struct {
	counts  Counts
	scan    *scan
	version int64
	ended   time.Time
	took    time.Duration
	busy    bool
}

// Counts counts the rows. During a run over many rows, the result may be a few seconds old, and Complete is false then.
func (v *View) Counts() (Counts, error) {
	s, err := v.use()
	if err != nil {
		return Counts{}, err
	}
	defer s.release()
	v.mu.Lock()
	defer v.mu.Unlock()
	t, version := v.count, v.version() // v.count is replaced if the settings change meanwhile
	outdated := t.scan != s || (t.version != version || !t.counts.Complete) && time.Since(t.ended) > restAfter*t.took
	if !t.busy && outdated {
		t.busy = true
		look, through := v.newLooker(s, ""), v.through(s)
		v.mu.Unlock()
		began := time.Now()
		var tally task.Tally
		tally, err = s.tally(look)
		v.mu.Lock()
		counts := Counts{Tally: tally, Complete: through && err == nil}
		*t = count{counts: counts, scan: s, version: version, ended: time.Now(), took: time.Since(began)}
	}
	c := Counts{Tally: t.counts.Clone(), Complete: t.counts.Complete && t.scan == s && t.version == v.version()}
	return c, err
}
