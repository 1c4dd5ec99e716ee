package board

import (
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// entry is one journal of the folder, with the run that this process makes of it, if any.
type entry struct {
	board *Board
	id    string
	rel   string // of the journal

	mu     sync.Mutex // guards all below
	watch  *journal.Watch
	own    *own // the newest run of this process, nil if there was none
	view   *jobs.View
	viewed time.Time
	looked time.Time
	scans  int64 // of the view, as they were told
}

func (e *entry) journal() string { return filepath.Join(e.board.Dir, e.rel) }

// due reports whether the journal is to be looked at.
func (e *entry) due() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	wait := rest
	if e.own != nil && !e.own.over() || e.watch != nil && e.watch.Live() {
		wait = tick / 2
	}
	return time.Since(e.looked) > wait
}

// refresh takes in what was written, and reports whether anything changed.
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
		return true
	}
	changed, err := e.watch.Refresh()
	if e.view != nil {
		e.view.Refresh()
		if n := e.view.Scans(); n != e.scans {
			e.scans, changed = n, true
		}
	}
	return changed && err == nil || e.own != nil && e.own.changed()
}

// open returns the view of the rows.
func (e *entry) open() (*jobs.View, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.viewed = time.Now()
	if e.view == nil {
		v, err := jobs.OpenView(e.journal())
		if err != nil {
			return nil, err
		}
		e.view = v
	}
	return e.view, nil
}

func (e *entry) forgetIdle() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.view != nil && time.Since(e.viewed) > idle {
		e.view.Close()
		e.view = nil
	}
}

func (e *entry) forgetView() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.view != nil {
		e.view.Close()
		e.view = nil
	}
}

// standing is what the journal tells, nil while there is none.
func (e *entry) standing() *journal.Standing {
	if e.watch == nil {
		return nil
	}
	s := e.watch.Standing()
	return &s
}

func (e *entry) info() Info {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := Info{ID: e.id, Failures: map[task.Cause]int{}, Columns: []string{}}
	s := e.standing()
	if s != nil {
		e.tell(&i, s)
	}
	if e.own != nil {
		e.own.tell(&i)
	}
	if i.Name == "" {
		i.Name = strings.TrimSuffix(filepath.ToSlash(e.rel), journalSuffix)
	}
	if e.view != nil {
		i.Version += e.view.Scans()
		if c, err := e.view.Counts(); err == nil && c.Complete { // else what the journal tells is nearer
			i.count(c)
		}
	}
	return i
}

// tell fills in what the journal tells.
func (e *entry) tell(i *Info, s *journal.Standing) {
	i.Name, i.Sandbox, i.Started, i.Version = e.below(s.Input), s.Sandbox, s.Started, s.Size
	i.Columns, i.Output = s.Settings.CompletionColumns(), e.below(s.Settings.Output)
	if !s.Ended.IsZero() {
		i.Ended = &s.Ended
	}
	i.estimate(s)
	switch {
	case s.Running:
		i.State = Running
		if s.Mark != nil {
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

// below names a file as seen from the folder, "" where there is none.
func (e *entry) below(path string) string {
	if path == "" || path == "-" {
		return ""
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Base(path)
	}
	if rel, err := filepath.Rel(e.board.Dir, abs); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}
