package rows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Edited is what ViewFilter.State says for rows with an answer that was edited by hand.
const Edited = "edited"

// ViewFilter chooses rows of a view.
type ViewFilter struct {
	State string // a State's name or Edited; a row has the state of the cell that has come least far. "" is any
	Text  string // stands in a prompt or an answer, whatever its case
}

// ViewWindow is a part of the rows that a filter lets through.
type ViewWindow struct {
	Total    int   // rows that are known to match
	Complete bool  // no more are looked for
	Version  int64 // grows when the rows may stand otherwise
	Rows     []ViewRow
}

const (
	matchBudget = 600 * time.Millisecond // that one call may look for matches
	mostMatches = 8                      // filters that are remembered
	matchEvery  = 512                    // rows between two looks at the clock
)

// match is what a filter has found so far. The view's mu guards it.
type match struct {
	filter  ViewFilter
	scan    *scan
	version int64
	found   []uint32
	next    int // the first row that was not looked at
	ended   time.Time
	took    time.Duration
	older   []uint32 // what an earlier version had found, shown until this one is through
	busy    bool
}

func checkFilter(f ViewFilter) error {
	if f.State == "" || f.State == Edited || slices.Contains(task.StateNames[:], f.State) {
		return nil
	}
	return &spec.UsageError{Msg: fmt.Sprintf("there is no state %q", f.State), Hint: "the states are " + strings.Join(task.StateNames[:], ", ") + ", " + Edited}
}

// matchOf returns the match of a filter, made anew where the rows stand otherwise than it found. The caller holds mu.
func (v *View) matchOf(s *scan, f ViewFilter, version int64) *match {
	i := slices.IndexFunc(v.matches, func(m *match) bool { return m.filter == f })
	if i < 0 {
		if len(v.matches) == mostMatches {
			v.matches = v.matches[1:]
		}
		m := &match{filter: f, scan: s, version: version}
		v.matches = append(v.matches, m)
		return m
	}
	m := v.matches[i]
	outdated := m.version != version || m.scan != s
	if outdated && !m.busy && (m.scan != s || !m.ended.IsZero() && time.Since(m.ended) > max(leastBetween, restAfter*m.took)) {
		older := m.found
		if m.ended.IsZero() && m.older != nil {
			older = m.older
		}
		*m = match{filter: f, scan: s, version: version, older: older}
	}
	return m
}

// advance looks for matches for a while. It reports whether all rows were looked at. The caller does not hold mu, and is the only one that
// advances the match.
func (v *View) advance(s *scan, m *match, look *looker) (found []uint32, next int, err error) {
	began := time.Now()
	found, next = m.found, m.next
	err = s.file.each(next, func(i int, e *viewEntry) bool {
		if i%matchEvery == 0 && time.Since(began) > matchBudget {
			return false
		}
		next = i + 1
		if e.selected && look.fits(i, e, m.filter) {
			found = append(found, uint32(i))
		}
		return look.err == nil
	})
	if err == nil {
		err = look.err
	}
	return found, next, err
}
