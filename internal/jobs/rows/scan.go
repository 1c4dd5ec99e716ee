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
	"gigabatch/internal/jobs/task"
)

const (
	minBetween = time.Second // the least time between the starts of two scans
	restAfter  = 5           // a scan is not repeated before this multiple of its duration has passed
)

// scan is one pass over the input for a view. A flat scan stores the keys by which results are looked up later. A deep scan, used if
// completions lead to further tasks, stores the states and results themselves because they cannot be looked up later.
type scan struct {
	run    *jobs.Run // its journal is the view's
	file   *scratchFile
	ctx    context.Context
	users  atomic.Int32
	length int64  // of the journal when the scan started
	edits  int64  // the size of the edits file when the scan started
	placed placed // guarded by the view's mu

	done  chan struct{}
	err   error // valid once done is closed
	took  time.Duration
	ended time.Time
	input table.Identity // the input that was read

	mu    sync.Mutex // guards all below
	known prepared
	count *resolve.Counter // of a deep scan
}

// prepared is what a scan knows before its first row.
type prepared struct {
	names []string // of the input columns
	order []int    // of the completion columns: the order in which they are asked
	deep  bool
}

func newScan(ctx context.Context, j *journal.Journal, m *journal.Manifest, path string, edits int64) (*scan, error) {
	run := jobs.Browse(j, m, path)
	file, err := newScratchFile(len(run.Settings().All()))
	if err != nil {
		return nil, err
	}
	s := &scan{run: run, file: file, ctx: ctx, length: j.Length(), edits: edits, done: make(chan struct{})}
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
	s.err = s.read()
	s.run.Release()
	s.took, s.ended = time.Since(began), time.Now()
	close(s.done)
}

// read reads the input to its end.
func (s *scan) read() error {
	if err := s.run.Adopt(); err != nil {
		return err
	}
	var columns *prompt.Columns
	rows, err := s.run.Traverse(s.ctx, func(o *resolve.Options) {
		o.Others, o.Identify = true, true
		columns = o.Columns
		if columns.Deep() {
			o.Read = resolve.ReadAll
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

// prepare sets what the scan knows before its first row.
func (s *scan) prepare(o *resolve.Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.input = o.Source.Stat()
	s.known = prepared{names: append([]string{}, o.Source.Columns()...), order: o.Columns.Order, deep: o.Columns.Deep()}
	s.count = resolve.NewCounter(o.Settings, 0)
}

func (s *scan) prepared() prepared {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

// add adds a row. A row without cells, which is neither selected nor askable, only keeps its place.
func (s *scan) add(row *resolve.Row, columns *prompt.Columns) error {
	deep := s.prepared().deep
	e := entry{selected: row.Selected, cells: make([]cellKey, len(columns.List))}
	if row.Cells == nil {
		return s.file.add(&Row{Line: row.Line, Sheet: row.Sheet}, &e)
	}
	v, err := newRow(columns, row, deep)
	if err != nil {
		return err
	}
	for i := range row.Cells {
		c, k := &row.Cells[i], &e.cells[i]
		*k = cellKey{key: c.Key, plain: c.Plain, fixed: deep, edited: deep && c.Edited != nil}
		switch {
		case c.Standing == resolve.Blank:
			k.state, k.fixed = task.Skipped, true
		case deep && c.Result != nil:
			k.state, k.cause = c.Result.State, c.Result.Cause.Number()
		}
	}
	if row.Selected && deep {
		s.mu.Lock()
		s.count.Add(row.Cells)
		s.mu.Unlock()
	}
	return s.file.add(&v, &e)
}

// reaches waits until the scan has read row i, and reports whether the row exists.
func (s *scan) reaches(ctx context.Context, i int) (bool, error) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for i >= 0 && i >= s.file.rows() {
		select {
		case <-s.done:
			return i < s.file.rows(), s.err
		case <-ctx.Done():
			return false, ctx.Err()
		case <-t.C:
		}
	}
	return i >= 0, nil
}

// due reports whether a new scan must replace this one. New results in the journal are shown with a delay that grows with the duration of a
// scan; edits are shown at once.
func (s *scan) due(length, edits int64) bool {
	deep := s.prepared().deep
	switch {
	case !closed(s.done):
		return deep && edits != s.edits
	case deep && edits != s.edits:
		return true
	case time.Since(s.ended) < max(minBetween, restAfter*s.took):
		return false
	}
	s.ended = time.Now() // delays the next check
	return deep && length > s.length || s.run.Changed(s.input)
}

// stale reports whether the journal or the edits have changed since a deep scan started.
func (s *scan) stale(length, edits int64) bool {
	return s.prepared().deep && (length > s.length || edits != s.edits)
}
