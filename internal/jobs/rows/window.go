package rows

import (
	"context"
	"slices"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Window is a range of the rows that a query wants.
type Window struct {
	Total    int   // rows known to match
	Complete bool  // the search and the sorting have ended
	Version  int64 // grows when the states of rows may have changed
	Rows     []Row
}

// Rows returns at most n of the rows that a query wants, starting at position from among them. If the reading, the search or the sorting takes
// long, Complete is false, and a later call returns more; until the first order is complete, the rows are in the order of the table. The rows
// have the answers of q.Was, which must stay open, in Cell.Was.
func (v *View) Rows(from, n int, q Query) (*Window, error) {
	s, err := v.use()
	if err != nil {
		return nil, err
	}
	defer s.release()
	wait, cancel := context.WithTimeout(v.ctx, matchWait)
	defer cancel()
	s.reaches(wait, from+n-1) // what is known by then is shown
	p, look, edition, err := v.prepare(s, &q)
	if err != nil {
		return nil, err
	}
	defer look.release()
	v.mu.Lock()
	w := &Window{Version: v.version(), Rows: []Row{}}
	through := look.through && v.through(s)
	v.mu.Unlock()
	at := func(i int) int { return i }
	if q.IsZero() && !s.run.Settings().Selects() {
		w.Total, w.Complete = s.file.rows(), through
	} else {
		found, complete, err := v.find(s, &q, p, look, edition)
		if err != nil {
			return nil, err
		}
		known := uint32(s.file.rows()) // of an earlier scan, more may be known
		if slices.ContainsFunc(found, func(i uint32) bool { return i >= known }) {
			found = slices.DeleteFunc(slices.Clone(found), func(i uint32) bool { return i >= known })
		}
		w.Total, w.Complete = len(found), complete && through
		at = func(i int) int { return int(found[i]) }
	}
	for i := max(from, 0); i < min(from+n, w.Total); i++ {
		row, err := look.whole(at(i))
		if err == nil {
			err = look.compare(&row)
		}
		if err != nil {
			return nil, err
		}
		w.Rows = append(w.Rows, row)
	}
	look.findBatches(w.Rows)
	return w, nil
}

// prepare checks a query and returns its plan, and a looker that must be released after use. The edition differs when a row of the scan, or
// what it is compared with, may have changed.
func (v *View) prepare(s *scan, q *Query) (p *plan, look *looker, edition int64, err error) {
	known := s.prepared()
	checked := &known
	if known.names == nil {
		checked = nil
	}
	if p, err = planOf(q, checked, answersOf(s.columns)); err != nil {
		return nil, nil, 0, err
	}
	v.mu.Lock()
	look, edition = v.newLooker(s), v.edition(s)
	v.mu.Unlock()
	if q.Was == nil {
		return p, look, edition, nil
	}
	was, err := q.Was.use()
	if err != nil {
		return nil, nil, 0, err
	}
	q.Was.mu.Lock()
	look.was = q.Was.newLooker(was)
	edition += q.Was.edition(was) + q.Was.scans
	q.Was.mu.Unlock()
	for i := range p.tests {
		t := &p.tests[i]
		if c := look.counterpart(t.answer - 1); t.op == Changed && c >= 0 {
			t.was = ref{answer: c + 1, field: t.field}
		}
	}
	return p, look, edition, nil
}

// release ends the use of the other view's scan.
func (l *looker) release() {
	if l.was != nil {
		l.was.scan.release()
	}
}

// counterpart returns the completion column of the other view that a column of this view corresponds to, -1 if there is none: the one of the
// same name, else the one in its place if that has no namesake here, since a column may have got another name.
func (l *looker) counterpart(column int) int {
	if column < 0 {
		return -1
	}
	named := func(columns []*spec.Column, name string) int {
		return slices.IndexFunc(columns, func(c *spec.Column) bool { return c.CompletionColumn == name })
	}
	here, there := l.scan.columns, l.was.scan.columns
	if c := named(there, here[column].CompletionColumn); c >= 0 || column >= len(there) || named(here, there[column].CompletionColumn) >= 0 {
		return c
	}
	return column
}

// compare sets the cells of the other view at the place of a row.
func (l *looker) compare(row *Row) error {
	if l.was == nil || row.Index >= l.was.scan.file.rows() {
		return nil
	}
	was, err := l.was.whole(row.Index)
	if err != nil || was.Line != row.Line || was.Sheet != row.Sheet {
		return err
	}
	for i := range row.Cells {
		if c := l.counterpart(i); c >= 0 && c < len(was.Cells) {
			row.Cells[i].Was = &was.Cells[c]
		}
	}
	return nil
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

// find returns the rows that pass a query, as far as they are known within a moment. complete means that they are all known, with their
// present states.
func (v *View) find(s *scan, q *Query, p *plan, look *looker, edition int64) (found []uint32, complete bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fixed := p.fixed()
	m := v.matches.of(s, q, edition, fixed)
	if m.cancel == nil {
		m.ctx, m.cancel = context.WithCancel(v.ctx)
	}
	if !m.working() && m.ended.IsZero() && v.ctx.Err() == nil {
		busy := make(chan struct{})
		m.busy = busy
		s.retain()
		own := look.another()
		if own.was != nil {
			own.was.scan.retain()
		}
		v.group.Go(func() error {
			defer close(busy)
			defer s.release()
			defer own.release()
			m.advance(&v.mu, p, own)
			return nil
		})
	}
	if m.working() {
		busy, wait := m.busy, time.NewTimer(matchWait)
		v.mu.Unlock()
		select {
		case <-busy:
		case <-wait.C:
		}
		wait.Stop()
		v.mu.Lock()
	}
	return m.known(), !m.ended.IsZero() && m.err == nil && (fixed || m.edition == edition), m.err
}

// Distinct returns the n most frequent texts of a column, without white space around them, in the rows that a query wants. The filters
// of the query on that column do not count.
func (v *View) Distinct(ctx context.Context, column string, q Query, n int) (*Distinct, error) {
	s, err := v.use()
	if err != nil {
		return nil, err
	}
	defer s.release()
	q.Filters = slices.DeleteFunc(slices.Clone(q.Filters), func(f Filter) bool { return f.Column == column })
	q.Sort = []Order{{Column: column}}
	p, look, _, err := v.prepare(s, &q)
	if err != nil {
		return nil, err
	}
	defer look.release()
	v.mu.Lock()
	through := look.through && v.through(s)
	v.mu.Unlock()
	d, err := distinct(ctx, look, p, s.file.rows(), n, maxCounted)
	if err == nil {
		d.Complete = through
	}
	return d, err
}

// Compare compares the answers of the completion column with a name with those of another view, in all selected rows that both have read. At
// most n moves are returned.
func (v *View) Compare(ctx context.Context, was *View, column string, n int) (*Comparison, error) {
	s, err := v.use()
	if err != nil {
		return nil, err
	}
	defer s.release()
	c := slices.IndexFunc(s.columns, func(c *spec.Column) bool { return c.CompletionColumn == column })
	if c < 0 {
		return nil, &spec.UsageError{Msg: messages.Sprintf("%q is not a completion column", column)}
	}
	_, look, _, err := v.prepare(s, &Query{Was: was})
	if err != nil {
		return nil, err
	}
	defer look.release()
	through := look.through && look.was.through
	of := ref{answer: c + 1}
	end := s.file.rows()
	if !through {
		end = min(end, look.was.scan.file.rows())
	}
	all, err := compareTexts(ctx, look, of, ref{answer: look.counterpart(c) + 1}, end, n, maxCounted)
	if err == nil {
		all.Complete = through
	}
	return all, err
}

// Lines returns the lines of the rows that a query wants, as spec.Selection.Rows has them ("5-9,12"), and their number. It waits until
// all rows are read. Rows of several sheets have no such lines: the error is a *spec.UsageError.
func (v *View) Lines(ctx context.Context, q Query) (lines string, n int, err error) {
	err = v.sifted(ctx, q, func(look *looker, found []uint32) error {
		n = len(found)
		lines, err = linesOf(ctx, look, found)
		return err
	})
	return lines, n, err
}

// Count returns the number of rows that a query wants. It waits until all rows are read.
func (v *View) Count(ctx context.Context, q Query) (n int, err error) {
	err = v.sifted(ctx, q, func(_ *looker, found []uint32) error {
		n = len(found)
		return nil
	})
	return n, err
}

// sifted calls use with the rows that a query wants, in the order of the table, once all rows are read.
func (v *View) sifted(ctx context.Context, q Query, use func(look *looker, found []uint32) error) error {
	s, err := v.ended(ctx)
	if err != nil {
		return err
	}
	defer s.release()
	q.Sort = nil
	p, look, _, err := v.prepare(s, &q)
	if err != nil {
		return err
	}
	defer look.release()
	if look.was != nil {
		if _, err := look.was.scan.reaches(ctx, s.file.rows()-1); err != nil {
			return err
		}
	}
	p.learn(look, s.file.rows(), false)
	found, err := sift(ctx, look, p, 0, s.file.rows())
	if err != nil {
		return err
	}
	return use(look, found)
}

// LinesOf is Lines of the rows at positions of the view.
func (v *View) LinesOf(ctx context.Context, rows []int) (lines string, n int, err error) {
	s, err := v.ended(ctx)
	if err != nil {
		return "", 0, err
	}
	defer s.release()
	v.mu.Lock()
	look := v.newLooker(s)
	v.mu.Unlock()
	var found []uint32
	for _, i := range rows {
		if i >= 0 && i < s.file.rows() {
			found = append(found, uint32(i))
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	lines, err = linesOf(ctx, look, found)
	return lines, len(found), err
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
	look := v.newLooker(s)
	v.mu.Unlock()
	row, err := look.whole(i)
	look.findBatches([]Row{row})
	return &row, s.columns, err
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
		look, through := v.newLooker(s), v.through(s)
		v.mu.Unlock()
		began := time.Now()
		var tally task.Tally
		tally, err = s.tally(look)
		v.mu.Lock()
		counts := Counts{Tally: tally, Complete: through && look.through && err == nil}
		*t = count{counts: counts, scan: s, version: version, ended: time.Now(), took: time.Since(began)}
	}
	c := Counts{Tally: t.counts.Clone(), Complete: t.counts.Complete && t.scan == s && t.version == v.version()}
	return c, err
}
