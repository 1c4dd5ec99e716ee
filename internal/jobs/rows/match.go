package rows

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

const (
	matchWait    = 300 * time.Millisecond // how long a window waits for a search
	maxMatches   = 8                      // queries whose matches are kept
	pagesAtOnce  = 128                    // between two looks at what is found
	minLearnable = 10_000                 // rows from which the order of days and months is learned
)

// match holds the rows that a query has found so far. The view's mu guards it.
type match struct {
	key     string
	was     *View
	scan    *scan
	edition int64 // see View.prepare
	search
	older []uint32 // the rows found in an earlier version, shown until this match is complete
	ended time.Time
	took  time.Duration
	err   error
}

// search is the work at a match.
type search struct {
	ctx    context.Context // of the match
	cancel context.CancelFunc
	busy   chan struct{} // closed when the work at the match rests; nil before it has begun
	found  []uint32      // in the order of the table, until it is sorted
	next   int           // the first row that was not checked yet
}

// matches are the matches of the queries used last.
type matches []*match

// of returns the match of a query. It starts a new match if the rows have changed. fixed says that the states of the rows do not matter.
func (all *matches) of(s *scan, q *Query, edition int64, fixed bool) *match {
	key := q.key()
	i := slices.IndexFunc(*all, func(m *match) bool { return m.key == key && m.was == q.Was })
	var older []uint32
	switch {
	case i >= 0:
		m := (*all)[i]
		outdated := m.scan != s || m.edition != edition && !fixed || m.err != nil
		rested := !m.ended.IsZero() && time.Since(m.ended) > max(minBetween, restAfter*m.took)
		if !outdated || m.scan == s && (!rested || m.working()) {
			*all = append(slices.Delete(*all, i, i+1), m)
			return m
		}
		older = m.known()
		m.cancel()
		*all = slices.Delete(*all, i, i+1)
	case len(*all) == maxMatches:
		(*all)[0].cancel()
		*all = slices.Delete(*all, 0, 1)
	}
	m := &match{key: key, was: q.Was, scan: s, edition: edition, older: older}
	*all = append(*all, m)
	return m
}

// forget ends the work at all matches.
func (all *matches) forget() {
	for _, m := range *all {
		m.cancel()
	}
	*all = nil
}

func (m *match) working() bool { return m.busy != nil && !task.Closed(m.busy) }

// known returns the rows to show for a match.
func (m *match) known() []uint32 {
	if m.older != nil && m.ended.IsZero() {
		return m.older
	}
	return m.found
}

// advance works at a match, which mu guards, until all rows that are read are checked and, after the last row, sorted. No other call may
// advance the match meanwhile.
func (m *match) advance(mu *sync.Mutex, p *plan, look *looker) {
	began, s := time.Now(), m.scan
	through := look.through && (look.was == nil || look.was.through) // no further rows will come
	end := s.file.rows()
	if look.was != nil && !through {
		end = min(end, look.was.scan.file.rows())
	}
	mu.Lock()
	found, next := m.found, m.next
	mu.Unlock()
	if !through && end < minLearnable && p.learns() {
		return
	}
	p.learn(look, end, through)
	var err error
	for next < end && err == nil && m.ctx.Err() == nil {
		to := min(end, next+pagesAtOnce*rowsPerPage)
		var more []uint32
		if more, err = sift(m.ctx, look, p, next, to); err == nil {
			found, next = append(found, more...), to
			mu.Lock()
			m.found, m.next = found, next
			mu.Unlock()
		}
	}
	if through && next == end && err == nil && len(p.orders) > 0 {
		found, err = sorted(m.ctx, look, found, p.orders)
	}
	mu.Lock()
	defer mu.Unlock()
	m.took += time.Since(began)
	switch {
	case m.ctx.Err() != nil:
	case err != nil:
		m.err, m.ended = err, time.Now()
	case through && next == end:
		m.found, m.older, m.ended = found, nil, time.Now()
	}
}

// sift returns the rows from one to another that are selected and pass a query. It works on all cores.
func sift(ctx context.Context, l *looker, p *plan, from, to int) ([]uint32, error) {
	if len(p.tests) == 0 && p.text == "" { // what the rows say does not matter
		var found []uint32
		err := l.scan.file.each(from, func(i int, e *entry) bool {
			if i < to && e.selected {
				found = append(found, uint32(i))
			}
			return i < to
		})
		return found, err
	}
	parts := make([][]uint32, (to-from+rowsPerPage-1)/rowsPerPage)
	err := sweep(ctx, l, from, to, nil, func(l *looker) func(int) error {
		return func(part int) error {
			for k := range l.entries {
				if l.entries[k].selected && l.fits(k, p) {
					parts[part] = append(parts[part], uint32(l.first+k))
				}
			}
			return l.err
		}
	})
	return slices.Concat(parts...), err
}

// sweep reads the rows from one to another in parts of rowsPerPage rows, on all cores; with within, only pages with a row of it, which is
// sorted. Each core gets a visitor, which is called with each page of a part.
func sweep(ctx context.Context, l *looker, from, to int, within []uint32, visitor func(l *looker) func(part int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), (to-from+rowsPerPage-1)/rowsPerPage) {
		l := l.another()
		visit := visitor(l)
		g.Go(func() error {
			for ctx.Err() == nil {
				part := int(next.Add(1)) - 1
				i := from + part*rowsPerPage
				if i >= to {
					return nil
				}
				end := min(to, i+rowsPerPage)
				if within != nil {
					first, _ := slices.BinarySearch(within, uint32(i))
					last, _ := slices.BinarySearch(within, uint32(end))
					if first == last {
						continue
					}
					i, end = int(within[first]), int(within[last-1])+1
				}
				for i < end {
					err := l.load(i, end)
					if err == nil {
						err = visit(part)
					}
					if err != nil {
						return err
					}
					i += len(l.entries)
				}
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

// fixed reports whether the rows that pass the query do not depend on answers.
func (p *plan) fixed() bool {
	return (p.text == "" || p.inputs) && !slices.ContainsFunc(p.tests, func(t test) bool { return t.input == 0 }) &&
		!slices.ContainsFunc(p.orders, func(o order) bool { return o.input == 0 })
}

// learns reports whether the plan compares dates.
func (p *plan) learns() bool {
	return slices.ContainsFunc(p.tests, func(t test) bool { return t.op == Greater || t.op == Less })
}

// learn finds out how the columns that the plan compares, and with sorts those by which it sorts, write dates.
func (p *plan) learn(l *looker, end int, sorts bool) {
	texts := func(at ref) func(yield func(string) bool) {
		return func(yield func(string) bool) {
			l := l.another()
			for i := 0; i < end && i < minLearnable; i += len(l.entries) {
				if l.err = l.load(i, end); l.err != nil {
					return
				}
				for k := range l.entries {
					if !yield(string(l.text(k, at))) {
						return
					}
				}
			}
		}
	}
	for i := range p.tests {
		if t := &p.tests[i]; t.op == Greater || t.op == Less {
			t.than.LearnFrom(texts(t.ref))
		}
	}
	if sorts {
		for i := range p.orders {
			p.orders[i].months = spec.MonthFirst(texts(p.orders[i].ref))
		}
	}
}
