package board

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// entry is a journal of the folder, with the run that this process makes of it, if any.
type entry struct {
	board  *Board
	id     string
	rel    string // the path of the journal below the folder
	closed error  // why rel, a folder, cannot be searched; nil for a journal

	// work is held by what reads files, which may take long. It is never taken while another lock is held, and info does not need it.
	work   sync.Mutex
	onDisk // guarded by work

	mu sync.Mutex // guards all below
	known
	remote remote
	own    *own // the newest run of this process; may be nil
	view   *rows.View
	viewed time.Time
	told   edition
	counted
}

// onDisk are the files of a journal as they were read.
type onDisk struct {
	watch *journal.Watch // nil while the journal cannot be read
	edits *journal.Edits // nil while the edits cannot be read
}

// known is what is known about a journal.
type known struct {
	looked  time.Time
	began   int64    // the size of the journal and its edits when counting the rows began
	seen    *sight   // nil before the journal was read
	trouble error    // why the journal cannot be read; nil if it can
	lacks   int      // edits and undoings that the output lacks
	edited  int64    // the size of the file of the edits
	amended bool     // there are edits that the last run did not count
	notice  *Problem // why this process could not make a run of the journal, while another process does
}

// sight is what the journal said when it was last read.
type sight struct {
	journal.Standing
	marks []journal.Mark
}

// atService returns the open batches. What the service says of them is known from the newest mark of a run in progress.
func (s *sight) atService() []task.BatchState {
	open := make([]task.BatchState, 0, len(s.Open))
	for _, o := range s.Open {
		b := task.BatchState{ID: o.ID, Lines: len(o.Keys), Posted: o.At}
		if s.Mark != nil && s.Running && s.Ended.IsZero() {
			if at := slices.IndexFunc(s.Mark.Batches, func(m task.BatchState) bool { return o.ID != "" && m.ID == o.ID }); at >= 0 {
				b = s.Mark.Batches[at]
			}
		}
		open = append(open, b)
	}
	return open
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
	view, wait := e.view, rest
	looked, live := e.looked, e.live()
	e.mu.Unlock()
	if live || view != nil && view.Reading() {
		wait = tick / 2
	}
	return time.Since(looked) > wait
}

// soon makes the journal due.
func (e *entry) soon() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.looked = time.Time{}
}

// ErrGone reports that a journal was deleted or moved while the board knew it.
var ErrGone = messages.Errorf("the journal of the run was deleted or moved; without it, all rows would be asked again")

// refresh reads what was added to the journal, and reports whether anything changed.
func (e *entry) refresh() bool {
	e.work.Lock()
	defer e.work.Unlock()
	changed, count := e.reread()
	changed = listen(e) || changed
	if count {
		_, _ = e.openView() // without the rows, the counts stay those of the last mark
	}
	e.mu.Lock()
	view := e.view
	e.mu.Unlock()
	if view != nil && e.watch != nil {
		view.Refresh()
		e.recount(view)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if view != nil {
		if now := (edition{view.Scans(), e.counted.at.version}); now != e.told {
			e.told, changed = now, true
		}
	}
	return changed || e.own != nil && e.own.changed()
}

// reread reads what was added to the journal. It reports whether anything changed, and whether the rows are to be counted. The caller holds
// work.
func (e *entry) reread() (changed, count bool) {
	e.mu.Lock()
	e.looked = time.Now()
	e.mu.Unlock()
	fresh, err := e.look()
	lacks, edited, last := e.lookForEdits()
	held := journal.LastHeld(e.journal())
	e.mu.Lock()
	defer e.mu.Unlock()
	changed = fresh != nil || (err == nil) != (e.trouble == nil) || lacks != e.lacks || edited != e.edited
	e.lacks, e.edited = lacks, edited
	if fresh != nil {
		e.seen = fresh
	}
	e.amended = e.seen != nil && last.After(e.seen.Ended)
	e.trouble = err
	if e.seen == nil || !e.seen.Running {
		e.notice = nil
	}
	if e.own != nil && e.own.before(held) {
		e.own = nil // another process has made a later run, perhaps one that found nothing to do
	}
	return changed, e.seen != nil && e.uncounted()
}

// look reads what was added to the journal. It returns nil if nothing was. The caller holds work.
func (e *entry) look() (*sight, error) {
	if e.closed != nil {
		return nil, e.closed
	}
	if err := e.board.MayRead(e.rel); err != nil {
		e.watch = nil
		if errors.Is(err, fs.ErrNotExist) {
			err = ErrGone
		}
		return nil, err
	}
	fresh := true
	var err error
	if e.watch == nil {
		e.watch, err = journal.OpenWatch(e.journal())
	} else {
		fresh, err = e.watch.Refresh()
	}
	if err != nil {
		e.watch = nil
		return nil, err
	}
	if !fresh {
		return nil, nil
	}
	return &sight{Standing: e.watch.Standing(), marks: e.watch.Marks()}, nil
}

// lookForEdits counts the edits that the output lacks, and returns the size of their file and the time of the newest one. The caller holds
// work.
func (e *entry) lookForEdits() (lacks int, size int64, last time.Time) {
	if e.watch == nil {
		e.edits = nil
		return 0, 0, last
	}
	var err error
	if e.edits == nil {
		e.edits, err = journal.OpenEdits(e.journal())
	} else {
		_, err = e.edits.Refresh()
	}
	if err != nil {
		e.edits = nil // another program's file; whoever edits gets the error
		return 0, 0, last
	}
	_, lacks = jobs.MissingEdits(e.watch, e.edits, e.board.Dir)
	return lacks, e.edits.Size(), e.edits.Latest()
}

// live reports whether a process is working on the journal. The caller holds mu.
func (e *entry) live() bool {
	return e.own != nil && !e.own.over() || e.trouble == nil && e.seen != nil && e.seen.Running
}

// recount counts the rows of the view, unless a process is working on the journal. The caller holds work.
func (e *entry) recount(view *rows.View) {
	now := editionOf(view)
	size := e.watch.Standing().Size
	e.mu.Lock()
	known := e.live() || now == e.counted.at
	e.mu.Unlock()
	if known {
		return
	}
	if c, err := view.Counts(); err == nil && c.Complete {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.counted = counted{tally: &c.Tally, size: size, at: now}
	}
}

// uncounted reports whether the rows must be counted to know their states, since the last run left no summary, rows were edited or answers
// of batches collected later, or cells are read differently, and that they will be counted: once for each size of the journal and its edits. The caller holds mu.
func (e *entry) uncounted() bool {
	size := e.seen.Size + e.edited
	if e.view != nil || e.trouble != nil || e.live() || e.seen.Started.IsZero() || e.seen.Summary != nil && !e.amended && !e.seen.Reread && e.seen.Late == 0 || e.began == size {
		return false
	}
	e.began = size
	return true
}

// open returns the view of the rows, which it opens if necessary.
func (e *entry) open() (*rows.View, error) {
	e.work.Lock()
	defer e.work.Unlock()
	return e.openView()
}

// openView is open for a caller who holds work.
func (e *entry) openView() (*rows.View, error) {
	if err := e.readable(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.viewed = time.Now()
	view := e.view
	e.mu.Unlock()
	if view != nil {
		return view, nil
	}
	view, err := rows.Open(e.journal(), e.board.Dir)
	if err != nil {
		return nil, e.unreadable(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.view, e.looked = view, time.Time{}
	return view, nil
}

// readable returns the reason why the journal cannot be read, nil if it can.
func (e *entry) readable() error {
	if e.closed != nil {
		return e.unreadable(e.closed)
	}
	err := e.board.MayRead(e.rel)
	e.mu.Lock()
	defer e.mu.Unlock()
	switch absent := errors.Is(err, fs.ErrNotExist); {
	case absent && e.own != nil && !e.own.over() && e.seen == nil:
		return ErrNotYet
	case absent:
		return e.unreadable(ErrGone)
	case err != nil:
		return e.unreadable(err)
	case e.trouble != nil:
		return e.unreadable(e.trouble)
	}
	if e.seen != nil && e.seen.Started.IsZero() && !e.seen.Running {
		return e.unreadable(e.noRuns())
	}
	return nil
}

// noRuns is the error of a journal in which no run has begun.
func (e *entry) noRuns() error {
	return jobs.NoRuns(strings.TrimSuffix(e.journal(), journalSuffix), e.journal())
}

// UnreadableError is the error of a run whose journal cannot be read.
type UnreadableError struct {
	Err  error
	Hint messages.Text
}

func (e *UnreadableError) Error() string { return e.Err.Error() }

// Message returns the text of Error for any language.
func (e *UnreadableError) Message() messages.Text { return messages.Sprintf("%v", e.Err) }

func (e *UnreadableError) Unwrap() error { return e.Err }

// unreadable returns an error as the reason why the journal cannot be read.
func (e *entry) unreadable(err error) error {
	p := e.board.ProblemOf(err)
	return &UnreadableError{Err: e.board.Plain(err), Hint: p.Hint}
}

// forgetView closes the view if nobody has looked at it for a while.
func (e *entry) forgetView(unseen time.Duration) {
	e.mu.Lock()
	view := e.view
	if view == nil || time.Since(e.viewed) <= unseen {
		e.mu.Unlock()
		return
	}
	e.view = nil
	e.mu.Unlock()
	view.Close()
}

// standing returns the state according to the journal, nil while there is no journal.
func (e *entry) standing() *journal.Standing {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seen == nil {
		return nil
	}
	s := e.seen.Standing
	return &s
}

// info returns the state of the run. While a process is working on it, that process counts the rows, so that the counts never decrease.
// After that, the counts come from the view if there is one: the journal lacks edits and changes of the input. No file is read.
func (e *entry) info() Info {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := Info{ID: e.id, Columns: []string{}, Error: e.notice}
	i.Failures, i.Open = map[task.Cause]int{}, []task.BatchState{}
	if e.seen != nil {
		seen := *e.seen
		if !e.live() && e.counted.tally != nil && e.counted.size == seen.Size {
			left := min(seen.Pending, e.counted.tally.Pending)
			if seen.Late > 0 {
				i.Late = seen.Pending - left
			}
			seen.Tally, seen.Pending = e.counted.tally, left
		}
		e.tell(&i, &seen)
		i.Version, i.Unwritten = i.Version+e.told.scans+e.edited, e.lacks
	}
	if e.own != nil {
		e.own.tell(&i, e.board.ProblemOf)
		i.Sandbox = i.Sandbox || i.Here && e.board.IsSandbox() // it has turned out to be one after the run began
	}
	if e.trouble != nil && !i.Here && (e.own == nil || e.seen != nil) {
		i.State, i.Live, i.Error = Unreadable, nil, e.board.ProblemOf(e.trouble)
	}
	if i.Name == "" {
		i.Name = cmp.Or(strings.TrimSuffix(filepath.ToSlash(e.rel), journalSuffix), filepath.ToSlash(e.rel))
		if e.rel == "." {
			i.Name = filepath.Base(e.board.Dir)
		}
	}
	return i
}

// tell fills in what the journal knows.
func (e *entry) tell(i *Info, s *sight) {
	i.Name, i.Sandbox, i.Started, i.Version = e.board.Below(s.Input), s.Sandbox, s.Started, s.Size
	i.Columns, i.Output = s.Settings.CompletionColumns(), e.board.Below(s.Settings.Output)
	i.Budget = s.Limits.Budget
	if !s.Ended.IsZero() {
		i.Ended = &s.Ended
	}
	switch {
	case s.Summary != nil:
		i.spend(s.Summary.Spent)
		if did := &s.Summary.Batched; did.Posted+did.Collected+did.Open+did.Doubts > 0 {
			i.Did = did
		}
	case s.Mark != nil:
		i.spend(s.Mark.Spent)
	}
	if s.Tally != nil {
		i.count(s.Tally)
	}
	i.batches(s.atService())
	i.Asked = s.Limits.Via != task.ViaLive
	i.Reread = s.Reread && i.Pending > 0
	i.State = string(s.State())
	if s.Error != "" && !s.Running && i.Error == nil {
		i.Error = &Problem{Error: messages.Foreign(s.Error)}
	}
	switch {
	case s.Running && e.remote.status != nil:
		e.remote.tell(i)
		i.Ended = nil
	case s.Running:
		if s.Mark != nil && s.Ended.IsZero() {
			i.Live = live(s.Mark.Snapshot, markRate(s.marks))
		}
		i.Ended = nil
	case s.Started.IsZero():
		i.State, i.Error = Unreadable, e.board.ProblemOf(e.noRuns())
	}
}
