package board

import (
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/task"
)

// entry is a journal of the folder, with the run that this process makes of it, if any.
type entry struct {
	board *Board
	id    string
	rel   string // the path of the journal below the folder

	mu     sync.Mutex // guards all below
	watch  *journal.Watch
	edits  *journal.Edits // nil before the first look
	lacks  int            // edits and undoings that the output lacks
	own    *own           // the newest run of this process; may be nil
	view   *rows.View
	viewed time.Time
	looked time.Time
	told   edition
	counted
}

// edition is the version of the rows of a view. When either number grows, the rows may have changed.
type edition struct{ scans, version int64 }

func editionOf(v *rows.View) edition { return edition{v.Scans(), v.Version()} }

// counted is the latest complete count of the rows.
type counted struct {
	tally *task.Tally // nil before the first count
	size  int64       // of the journal at that time
	at    edition
}

func (e *entry) journal() string { return filepath.Join(e.board.Dir, e.rel) }

// due reports whether it is time to look at the journal.
func (e *entry) due() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	wait := rest
	if e.live() || e.view != nil && e.view.Reading() {
		wait = tick / 2
	}
	return time.Since(e.looked) > wait
}

// refresh reads what was added to the journal, and reports whether anything changed.
func (e *entry) refresh() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.looked = time.Now()
	if e.watch == nil {
		w, err := journal.OpenWatch(e.journal())
		if err != nil {
			return e.own != nil
		}
		e.watch = w
		e.lookForEdits()
		return true
	}
	changed, err := e.watch.Refresh()
	changed = e.lookForEdits() || changed
	if e.view != nil {
		e.view.Refresh()
		if !e.live() {
			e.recount()
		}
		if now := (edition{e.view.Scans(), e.counted.at.version}); now != e.told {
			e.told, changed = now, true
		}
	}
	return changed && err == nil || e.own != nil && e.own.changed()
}

// lookForEdits counts the edits that the output lacks, and reports whether their number has changed. The caller holds mu.
func (e *entry) lookForEdits() (changed bool) {
	var err error
	if e.edits == nil {
		e.edits, err = journal.OpenEdits(e.journal())
	} else {
		_, err = e.edits.Refresh()
	}
	if err != nil {
		e.edits = nil // another program's file; whoever edits gets the error
		return false
	}
	was := e.lacks
	_, e.lacks = jobs.MissingEdits(e.watch, e.edits)
	return e.lacks != was
}

// live reports whether a process is working on the journal. The caller holds mu.
func (e *entry) live() bool {
	return e.own != nil && !e.own.over() || e.watch != nil && e.watch.Live()
}

// recount counts the rows of the view. The caller holds mu.
func (e *entry) recount() {
	now := editionOf(e.view)
	if now == e.counted.at {
		return
	}
	size := e.watch.Standing().Size
	if c, err := e.view.Counts(); err == nil && c.Complete {
		e.counted = counted{tally: &c.Tally, size: size, at: now}
	}
}

// open returns the view of the rows, which it opens if necessary.
func (e *entry) open() (*rows.View, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.viewed = time.Now()
	if e.view == nil {
		if e.watch != nil {
			s := e.watch.Standing()
			if err := e.board.inside(&jobs.Job{Input: s.Input, Settings: s.Settings}, false); err != nil {
				return nil, err
			}
		}
		v, err := rows.Open(e.journal())
		if err != nil {
			return nil, err
		}
		e.view = v
	}
	return e.view, nil
}

// forgetView closes the view if nobody has looked at it for a while.
func (e *entry) forgetView(unseen time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.view != nil && time.Since(e.viewed) > unseen {
		e.view.Close()
		e.view = nil
	}
}

// standing returns the state according to the journal, nil while there is no journal.
func (e *entry) standing() *journal.Standing {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.watch == nil {
		return nil
	}
	s := e.watch.Standing()
	return &s
}

// info returns the state of the run. While a process is working on it, that process counts the rows, so that the counts never decrease.
// After that, the counts come from the view if there is one: the journal lacks edits and changes of the input.
func (e *entry) info() Info {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := Info{ID: e.id, Failures: map[task.Cause]int{}, Columns: []string{}}
	if e.watch != nil {
		s := e.watch.Standing()
		e.tell(&i, &s)
		i.Unwritten = e.lacks
		if e.edits != nil {
			i.Version += e.edits.Size()
		}
		if e.view != nil {
			i.Version += e.view.Scans()
		}
		if !e.live() {
			if e.view != nil {
				e.recount()
			}
			if e.counted.tally != nil && e.counted.size == s.Size {
				i.count(e.counted.tally)
			}
		}
	}
	if e.own != nil {
		e.own.tell(&i)
	}
	if i.Name == "" {
		i.Name = strings.TrimSuffix(filepath.ToSlash(e.rel), journalSuffix)
	}
	return i
}

// tell fills in what the journal knows.
func (e *entry) tell(i *Info, s *journal.Standing) {
	i.Name, i.Sandbox, i.Started, i.Version = e.board.below(s.Input), s.Sandbox, s.Started, s.Size
	i.Columns, i.Output = s.Settings.CompletionColumns(), e.board.below(s.Settings.Output)
	if !s.Ended.IsZero() {
		i.Ended = &s.Ended
	}
	if s.Tally != nil {
		i.count(s.Tally)
	}
	switch {
	case s.Running:
		i.State, i.Ended = Running, nil
		if s.Mark != nil && s.Ended.IsZero() {
			i.Live = live(s.Mark.Snapshot, markRate(e.watch.Marks()))
			if s.Mark.Paused {
				i.State = Paused
			}
		}
	case s.Preview:
		i.State = Tried
	case i.Ended == nil:
		i.State = Killed
	case s.Pending > 0:
		i.State = Interrupted
	default:
		i.State = Completed
	}
}
