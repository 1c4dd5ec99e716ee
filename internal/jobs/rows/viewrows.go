package rows

import (
	"context"
	"time"

	"gigabatch/internal/jobs/spec"
)

// Rows returns at most n of the rows that the filter lets through, from the one on that stands at a position among them. Where it takes
// long to look for them, Complete is false, and the next call goes on.
func (v *View) Rows(from, n int, f ViewFilter) (*ViewWindow, error) {
	if err := checkFilter(f); err != nil {
		return nil, err
	}
	s, err := v.use()
	if err != nil {
		return nil, err
	}
	defer s.release()
	w := &ViewWindow{Version: v.Version()}
	look := v.looker(s, f.Text)
	if f == (ViewFilter{}) && !s.run.Settings.Selects() {
		w.Total, w.Complete = int(s.file.n.Load()), v.through(s)
		return w, w.fill(look, from, n, func(i int) int { return i })
	}
	found, complete, err := v.find(s, f, look, w.Version)
	if err != nil {
		return nil, err
	}
	w.Total, w.Complete = len(found), complete && v.through(s)
	return w, w.fill(look, from, n, func(i int) int { return int(found[i]) })
}

// fill reads the rows of a window.
func (w *ViewWindow) fill(look *looker, from, n int, at func(i int) int) error {
	w.Rows = []ViewRow{}
	for i := max(from, 0); i < min(from+n, w.Total); i++ {
		row, err := look.row(at(i))
		if err != nil {
			return err
		}
		w.Rows = append(w.Rows, row)
	}
	return nil
}

// through reports whether all rows are there, and as the journal has them.
func (v *View) through(s *scan) bool {
	return closed(s.done) && s.err == nil && !s.stale(s.run.journal.Length())
}

// find looks for the rows that a filter lets through.
func (v *View) find(s *scan, f ViewFilter, look *looker, version int64) (found []uint32, complete bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m := v.matchOf(s, f, version)
	if m.busy { // another call looks
		return m.known(), false, nil
	}
	m.busy = true
	v.mu.Unlock()
	began := time.Now()
	found, next, err := v.advance(s, m, look)
	end := closed(s.done) && next >= int(s.file.n.Load())
	v.mu.Lock()
	m.busy = false
	m.took += time.Since(began)
	m.found, m.next = found, next
	if end && m.ended.IsZero() {
		m.older, m.ended = nil, time.Now()
	}
	return m.known(), end && m.version == version, err
}

// known is what is shown of a match.
func (m *match) known() []uint32 {
	if m.older != nil && m.ended.IsZero() {
		return m.older
	}
	return m.found
}

// Row returns the row at a position of the view, whatever a filter lets through, and how its completion columns are asked; nil if there is
// none. It waits for a scan that has not come so far.
func (v *View) Row(ctx context.Context, i int) (*ViewRow, []*spec.Column, error) {
	s, err := v.use()
	if err != nil {
		return nil, nil, err
	}
	defer s.release()
	if there, err := s.reaches(ctx, i); !there || err != nil {
		return nil, nil, err
	}
	row, err := v.looker(s, "").row(i)
	return &row, s.run.Settings.All(), err
}

// Version grows with everything that may change how a row stands.
func (v *View) Version() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.journal.Length() + v.edits.Size()
}
