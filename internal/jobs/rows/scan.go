package rows

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

const (
	minBetween = time.Second // the least time between the starts of two scans
	maxBetween = time.Minute // the most time between two scans while there is no space
	restAfter  = 5           // a scan is not repeated before this multiple of its duration has passed
)

// scan is one pass over the input for a view. A flat scan stores the keys by which results are looked up later. A deep scan, used if
// completions lead to further tasks, stores the states and results themselves because they cannot be looked up later.
type scan struct {
	run     *jobs.Run // its journal is the view's, or was when the scan started
	journal *journal.Journal
	columns []*spec.Column // the completion columns
	file    *scratchFile
	ctx     context.Context
	cancel  context.CancelFunc
	users   atomic.Int32
	length  int64  // of the journal when the scan started
	edits   int64  // the size of the edits file that the rows agree with; guarded by the view's mu
	placed  placed // guarded by the view's mu

	done chan struct{}
	end  ending // valid once done is closed

	mu    sync.Mutex // guards all below
	known prepared
	count *resolve.Counter // of a deep scan
}

// ending is how a scan has ended.
type ending struct {
	err  error
	took time.Duration
	at   time.Time
}

// prepared is what a scan knows before its first row.
type prepared struct {
	names []string // of the input columns
	order []int    // of the completion columns: the order in which they are asked
	deep  bool
	input table.Identity // the input that is read
	as    *resolve.Options

	sheets int    // with rows so far
	sheet  string // of the last row

	source   table.Source
	owned    map[string]bool // columns of the input that runs have written
	suspects table.Aside     // so far
	suspect  int             // the index of the last one
}

// newScan makes a scan of the rows of a run for a view. The caller holds mu.
func newScan(v *View, m *journal.Manifest) (*scan, error) {
	run := jobs.Browse(v.journal, m, v.of.Journal)
	if v.of.Dir != "" {
		if err := run.Within(v.of.Dir); err != nil {
			return nil, err
		}
	}
	var columns []*spec.Column
	if !v.of.Bare {
		columns = run.Settings().All()
	}
	file, err := newScratchFile(columns, v.space)
	if err != nil {
		return nil, err
	}
	s := &scan{run: run, journal: v.journal, columns: columns, file: file, length: v.journal.Length(), edits: v.edits.Size(), done: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(v.ctx)
	s.users.Store(2) // the view and the scan itself
	return s, nil
}

func (s *scan) retain() { s.users.Add(1) }

// release ends one use of the scan. The last release removes its files.
func (s *scan) release() {
	if s.users.Add(-1) == 0 {
		s.file.close()
	}
}

// work runs the scan.
func (s *scan) work() {
	defer s.release()
	began := time.Now()
	err := s.read()
	s.run.Release()
	s.cancel()
	s.end = ending{err: err, took: time.Since(began), at: time.Now()}
	close(s.done)
}

// read reads the input to its end.
func (s *scan) read() error {
	if s.columns == nil {
		return s.readBare()
	}
	if err := s.run.Adopt(); err != nil {
		return err
	}
	var columns *prompt.Columns
	rows, err := s.run.Traverse(s.ctx, func(o *resolve.Options) {
		o.Others, o.Identify, o.Quiet = true, true, true
		columns = o.Columns
		if columns.Deep() {
			o.Read, o.Past = resolve.ReadAll, true
		}
		s.prepare(o)
	})
	if err != nil {
		return err
	}
	for row, err := range rows {
		if err == nil {
			err = s.add(&row, columns)
		}
		if err != nil {
			return err
		}
	}
	return s.file.publish()
}

// readBare is read without completion columns.
func (s *scan) readBare() error {
	src, err := s.run.Table()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.known = prepared{names: append([]string{}, src.Columns()...), input: src.Stat(), source: src, owned: s.run.Owned(src)}
	s.mu.Unlock()
	sel, err := s.run.Settings().Selector(src)
	if err != nil {
		return err
	}
	for row, err := range src.Rows() {
		if err == nil {
			err = s.ctx.Err()
		}
		if err == nil {
			err = s.add(&resolve.Row{Row: row, Selected: sel.Has(row)}, nil)
		}
		if err != nil {
			return err
		}
	}
	return s.file.publish()
}

// prepare sets what the scan knows before its first row.
func (s *scan) prepare(o *resolve.Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = prepared{
		names: append([]string{}, o.Source.Columns()...), order: o.Columns.Order, deep: o.Columns.Deep(), input: o.Source.Stat(), as: o,
		source: o.Source, owned: s.run.Owned(o.Source),
	}
	s.count = resolve.NewCounter(o.Settings, 0)
}

func (s *scan) prepared() prepared {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

// add adds a row. A row without cells, which is neither selected nor askable, only keeps its place.
func (s *scan) add(row *resolve.Row, columns *prompt.Columns) error {
	s.mu.Lock()
	if s.known.sheets == 0 || row.Sheet != s.known.sheet {
		s.known.sheets, s.known.sheet = s.known.sheets+1, row.Sheet
	}
	if row.Looks != table.Data {
		s.known.suspects.Add(row.Sheet, row.Line, row.Looks, row.Index == s.known.suspect+1)
		s.known.suspect = row.Index
	}
	s.mu.Unlock()
	if row.Cells == nil && columns != nil {
		e := entry{selected: row.Selected, cells: make([]cellKey, len(s.columns))}
		return s.file.add(&Row{Line: row.Line, Sheet: row.Sheet}, &e)
	}
	known := s.prepared()
	v, err := newRow(columns, row, known.deep)
	if err != nil {
		return err
	}
	e := newEntry(row, known.deep)
	e.whole = columns != nil && isWhole(row, known.as.Settings)
	if row.Selected && known.deep {
		s.mu.Lock()
		s.count.Add(row.Cells)
		s.mu.Unlock()
	}
	return s.file.add(&v, e)
}

// newEntry returns the entry of a row with cells.
func newEntry(row *resolve.Row, deep bool) *entry {
	e := &entry{selected: row.Selected, cells: make([]cellKey, len(row.Cells))}
	for i := range row.Cells {
		c, k := &row.Cells[i], &e.cells[i]
		*k = cellKey{key: c.Key, plain: c.Plain, fixed: deep || c.Standing == resolve.Blank}
		if k.fixed {
			k.found = c.Outcome(0)
		}
	}
	return e
}

// reaches waits until the scan has read row i, and reports whether the row exists.
func (s *scan) reaches(ctx context.Context, i int) (bool, error) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for i >= 0 && i >= s.file.rows() {
		select {
		case <-s.done:
			return i < s.file.rows(), s.end.err
		case <-ctx.Done():
			return false, ctx.Err()
		case <-t.C:
		}
	}
	return i >= 0, nil
}

// due reports whether a new scan must replace this one. New results in the journal are shown with a delay that grows with the duration of a
// scan. Edits are shown at once: the caller has tried to patch their rows.
func (s *scan) due(length, edits int64) bool {
	known := s.prepared()
	switch {
	case !task.Closed(s.done):
		return false
	case known.deep && edits != s.edits:
		return true
	case time.Since(s.end.at) < max(minBetween, restAfter*s.end.took):
		return false
	}
	s.end.at = time.Now() // delays the next check
	return known.deep && length > s.length || s.run.Changed(known.input)
}

// stale reports whether the journal or the edits have changed since a deep scan started.
func (s *scan) stale(length, edits int64) bool {
	return s.prepared().deep && (length > s.length || edits != s.edits)
}

// tally counts the rows read so far.
func (s *scan) tally(look *looker) (task.Tally, error) {
	if s.prepared().deep {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.count.Clone(), nil
	}
	t := task.NewTally(nil, nil)
	if s.columns != nil {
		t = resolve.NewCounter(s.run.Settings(), 0).Tally
	}
	err := s.file.each(0, func(i int, e *entry) bool {
		if e.selected {
			t.Add(look.row(i, e, true))
		}
		return look.err == nil
	})
	if err == nil {
		err = look.err
	}
	return t, err
}
