package journal

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Watch reports the state of the runs of a journal, even while a run writes it, and changes nothing. It keeps no file open and no results
// in memory; a view of the rows does. Safe for concurrent use.
type Watch struct {
	path string

	mu      sync.Mutex // guards all below
	journal *Journal
	info    fs.FileInfo // of the journal at the last read
	running bool
}

// Standing is the state of the last run of a journal.
type Standing struct {
	Input    string // its path according to the journal
	Journal  string
	Settings spec.Settings
	Limits   task.Limits
	Kind
	Reread  bool // pending rows may have answers from when cells were read differently; see Journal.Reading
	Running bool // a process holds the journal
	Started time.Time
	Ending
	Pending int           // rows left to be continued, once the run has ended
	Summary *task.Summary // nil if the run left none
	Tally   *task.Tally   // of the rows, as last recorded by the run, nil if it was not; must not be changed
	Mark    *Mark         // the newest mark, or nil
	Size    int64         // of the journal; it grows with each result
}

// Kind says which runs a journal has.
type Kind struct {
	Sandbox bool
	Preview bool // there were only previews
	Runs    int  // all of them
}

// Ending is how the last run of a journal ended.
type Ending struct {
	Ended  time.Time        // zero if the run has not ended
	Limit  bool             // at a limit that the user set
	Error  string           // what ended it early, "" if nothing did
	Open   []task.OpenBatch // batches at the service, as of now
	Late   int              // results recorded since, which the output of the run lacks
	Unsent bool             // it ended before it sent anything; only Started and its Ending are its own, the rest is of the run before
}

// OpenWatch reads a journal. The errors are those of Read.
func OpenWatch(journal string) (*Watch, error) {
	w := &Watch{path: journal}
	_, err := w.Refresh()
	return w, err
}

// Refresh reads what has been written since the last call, and reports whether anything changed.
func (w *Watch) Refresh() (changed bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	running := Held(w.path)
	changed = running != w.running
	w.running = running
	info, err := os.Lstat(w.path)
	if err != nil {
		return changed, err
	}
	if w.info != nil && os.SameFile(info, w.info) && info.Size() == w.info.Size() && info.ModTime().Equal(w.info.ModTime()) {
		return changed, nil
	}
	return true, w.read(info)
}

func (w *Watch) read(info fs.FileInfo) error {
	f, err := openFile(w.path, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	if w.journal != nil && os.SameFile(info, w.info) {
		w.journal.file = f
		if _, err := w.journal.Follow(); !errors.Is(err, ErrOther) {
			w.info = info
			return err
		}
	}
	j := &Journal{path: w.path, file: f, extent: extent{few: true}}
	if err := j.load(); err != nil {
		return err
	}
	w.journal, w.info = j, info
	return nil
}

// Live reports whether a process held the journal at the last refresh.
func (w *Watch) Live() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running
}

// Standing returns the state of the last run.
func (w *Watch) Standing() Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.journal.Standing()
	s.Running, s.Size = w.running, w.info.Size()
	return s
}

// State returns the state of the run.
func (s *Standing) State() task.RunState {
	switch {
	case s.Running && s.Mark != nil && s.Mark.Paused && s.Ended.IsZero():
		return task.RunPaused
	case s.Running:
		return task.RunRunning
	case s.Unsent:
		return task.RunFailed
	case s.Preview:
		return task.RunTried
	case s.Ended.IsZero():
		return task.RunKilled
	case s.Pending > 0 && s.Limit:
		return task.RunLimited
	case s.Pending > 0 && s.Error != "":
		return task.RunFailed
	case s.Pending > 0 && len(s.Open) > 0 && s.Summary != nil && !s.Summary.Interrupted:
		return task.RunWaiting
	case s.Pending > 0 && (s.Summary == nil || !s.Summary.Growing):
		return task.RunInterrupted
	}
	return task.RunCompleted // rows that came during the run are left to the next one
}

// tally returns the tally of the rows last recorded by the newest run: at its end, in a mark, or at its start.
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

// Holding is Journal.Holding.
func (w *Watch) Holding(output string, sum func() string) *Commit {
	w.mu.Lock()
	j := w.journal
	w.mu.Unlock()
	return j.Holding(output, sum)
}

// Outputs returns the newest commit of each output, by its name.
func (w *Watch) Outputs() map[string]*Commit {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.journal.history.newest)
}

// Marks returns the marks of the last run, the oldest first.
func (w *Watch) Marks() []Mark {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Mark(nil), w.journal.history.marks...)
}

// InputOf returns the path of the input of a run. A name that is not UTF-8 is that of the journal without its extension.
func (m *Manifest) InputOf(journal string) string {
	path := spec.Located(journal, filepath.FromSlash(cmp.Or(m.Place, m.Input)))
	return spec.Restored(path, strings.TrimSuffix(journal, spec.JournalPath("")))
}
