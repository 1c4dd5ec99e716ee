package rows

import (
	"slices"
	"strings"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Edited is the value of Filter.State for rows with an edited completion.
const Edited = "edited"

// Filter chooses rows of a view.
type Filter struct {
	State string // a task.State's name or Edited; "" for any. The state of a row is that of its least advanced cell
	Text  string // contained in a prompt or a completion, ignoring case
}

func (f Filter) check() error {
	if f.State == "" || f.State == Edited || slices.Contains(task.StateNames[:], f.State) {
		return nil
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("%q is not a state of a row", f.State),
		Hint: messages.Sprintf("choose among these states: %s, %s", strings.Join(task.StateNames[:], ", "), Edited),
	}
}

const (
	matchBudget = 600 * time.Millisecond // the time that one call may search
	maxMatches  = 8                      // filters whose matches are kept
	matchEvery  = 512                    // rows between two checks of the time
)

// match holds the rows that a filter has found so far. The view's mu guards it.
type match struct {
	filter  Filter
	scan    *scan
	version int64
	found   []uint32
	next    int // the first row that was not checked yet
	ended   time.Time
	took    time.Duration
	older   []uint32 // the rows found in an earlier version, shown until this match is complete
	busy    bool     // a call is searching
}

// matches are the matches of the filters used last.
type matches []*match

// of returns the match of a filter. It starts a new match if the rows have changed.
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

// known returns the rows to show for a match.
func (m *match) known() []uint32 {
	if m.older != nil && m.ended.IsZero() {
		return m.older
	}
	return m.found
}

// advance searches for at most matchBudget, starting at the row next. It returns all rows found so far and the first row that was not
// checked yet. No other call may advance the match meanwhile.
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
