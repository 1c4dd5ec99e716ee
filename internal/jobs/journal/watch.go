package journal

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Watch tells how the runs of a journal stand, while a run may write it, and changes nothing. It holds no file open and keeps no results:
// a view of the rows does. Safe for concurrent use.
type Watch struct {
	path string

	mu      sync.Mutex // guards all below
	journal *Journal
	info    fs.FileInfo // of the journal, as it was read
	running bool
}

// Standing is how the last run of a journal stands.
type Standing struct {
	Input    string // where it stands, as far as the journal tells
	Journal  string
	Settings spec.Settings
	Sandbox  bool
	Preview  bool // there were previews only
	Running  bool // a process holds the journal
	Started  time.Time
	Ended    time.Time     // zero where the run has not come to its end
	Pending  int           // rows that the same command would go on with, once it has ended
	Summary  *task.Summary // nil where the run has left none
	Tally    *task.Tally   // of the rows, as the run has noted it last; nil where it has not. It is not to be changed
	Mark     *Mark         // the newest, nil if there is none
	Size     int64         // of the journal: it grows with every result
}

// OpenWatch reads a journal. The errors are those of Read.
func OpenWatch(journal string) (*Watch, error) {
	w := &Watch{path: journal}
	_, err := w.Refresh()
	return w, err
}

// Refresh takes in what has been written since, and reports whether anything changed.
func (w *Watch) Refresh() (changed bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	running := Held(w.path)
	changed = running != w.running
	w.running = running
	info, err := os.Stat(w.path)
	if err != nil {
		return changed, err
	}
	if w.info != nil && os.SameFile(info, w.info) && info.Size() == w.info.Size() && info.ModTime().Equal(w.info.ModTime()) {
		return changed, nil
	}
	return true, w.read(info)
}

func (w *Watch) read(info fs.FileInfo) error {
	f, err := os.Open(w.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if w.journal != nil && os.SameFile(info, w.info) {
		w.journal.file = f
		if _, err := w.journal.Follow(); !errors.Is(err, ErrShrunk) {
			w.info = info
			return err
		}
	}
	j := &Journal{path: w.path, file: f, few: true}
	if err := j.load(); err != nil {
		return err
	}
	w.journal, w.info = j, info
	return nil
}

// Live reports whether a process held the journal at the last look.
func (w *Watch) Live() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running
}

// Standing returns how the last run stands.
func (w *Watch) Standing() Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := &w.journal.history
	s := Standing{Journal: w.path, Running: w.running, Size: w.info.Size(), Tally: h.tally()}
	m := h.whole
	if m == nil {
		return s
	}
	s.Input = m.InputOf(w.path)
	s.Settings, s.Sandbox, s.Started, s.Preview = m.Settings.Located(s.Input), m.Sandbox, m.Started, m.Preview
	if e := h.ended; e != nil {
		s.Ended, s.Pending, s.Summary = e.Ended, e.Pending, e.Summary
	}
	if n := len(h.marks); n > 0 {
		newest := h.marks[n-1]
		s.Mark = &newest
	}
	return s
}

// tally is how the rows stand as the newest run has noted it last: at its end, in a mark, or when it began.
func (h *history) tally() *task.Tally {
	n := len(h.marks)
	switch {
	case h.ended != nil && h.ended.Summary != nil:
		return &h.ended.Summary.Tally
	case n > 0:
		return h.marks[n-1].tally()
	case h.whole != nil:
		return h.whole.Rows
	}
	return nil
}

// Marks returns the marks of the last run, the oldest first.
func (w *Watch) Marks() []Mark {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Mark(nil), w.journal.history.marks...)
}

// InputOf is where the input of a run stands.
func (m *Manifest) InputOf(journal string) string {
	return spec.Located(journal, filepath.FromSlash(cmp.Or(m.Place, m.Input)))
}
