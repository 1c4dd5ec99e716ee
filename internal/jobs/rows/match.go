package rows

import (
	"slices"
	"strings"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Edited is what Filter.State says for rows with a completion that was edited by hand.
const Edited = "edited"

// Filter chooses rows of a view.
type Filter struct {
	State string // a task.State's name or Edited; a row has the state of the cell that has come least far. "" is any
	Text  string // stands in a prompt or a completion, whatever its case
}

func (f Filter) check() error {
	if f.State == "" || f.State == Edited || slices.Contains(task.StateNames[:], f.State) {
		return nil
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("there is no state %q", f.State),
		Hint: messages.Sprintf("the states are %v, %v", strings.Join(task.StateNames[:], ", "), Edited),
	}
}

const (
	matchBudget = 600 * time.Millisecond // that one call may look for matches
	maxMatches  = 8                      // filters that are remembered
	matchEvery  = 512                    // rows between two looks at the clock
)

// match is what a filter has found so far. The view's mu guards it.
type match struct {
	filter  Filter
	scan    *scan
	version int64
	found   []uint32
	next    int // the first row that was not looked at
	ended   time.Time
	took    time.Duration
	older   []uint32 // what an earlier version had found, shown until this one is through
	busy    bool
}

// matches are those of the filters that were used last.
type matches []*match

// of returns the match of a filter, made anew where the rows stand otherwise than it found.
func (all *matches) of(s *scan, f Filter, version int64) *match {
	i := slices.IndexFunc(*all, func(m *match) bool { return m.filter == f })
	if i < 0 {
		if len(*all) == maxMatches {
			*all = (*all)[1:]
		}
		m := &match{filter: f, scan: s, version: version}
		*all = append(*all, m)
		return m
	}
	m := (*all)[i]
	outdated := m.version != version || m.scan != s
	if outdated && !m.busy && (m.scan != s || !m.ended.IsZero() && time.Since(m.ended) > max(minBetween, restAfter*m.took)) {
		older := m.found
		if m.ended.IsZero() && m.older != nil {
			older = m.older
		}
		*m = match{filter: f, scan: s, version: version, older: older}
	}
	return m
}

// known is what is shown of a match.
func (m *match) known() []uint32 {
	if m.older != nil && m.ended.IsZero() {
		return m.older
	}
	return m.found
}

// advance looks for matches for a while, from the row next on, and returns all that are found by now, and the first row that was not looked
// at. Nobody else advances the match meanwhile.
func (m *match) advance(look *looker) (found []uint32, next int, err error) {
	began := time.Now()
	found, next = m.found, m.next
	err = look.scan.file.each(next, func(i int, e *entry) bool {
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
