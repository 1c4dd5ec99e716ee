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
	minBetween = time.Second // from the beginning of one scan to the next
	restAfter  = 5           // times as long as it took, a scan of a live run is not made again
)

// scan is one reading of the input for a view. A flat one keeps by which keys results are looked up; in a deep one, where completions lead
// to further tasks, how the rows stand was found out by the scan and cannot be looked up later.
type scan struct {
	run    *jobs.Run // whose journal is the view's
	file   *scratchFile
	ctx    context.Context
	users  atomic.Int32
	length int64  // of the journal when the scan began
	edits  int64  // the size of the edits then
	placed placed // guarded by the view's mu

	done  chan struct{}
	err   error // once done
	took  time.Duration
	ended time.Time
	input table.Identity // as it was read

	mu    sync.Mutex // guards all below
	known prepared
	count *resolve.Counter // of a deep scan
}

// prepared is what is known of a scan before its first row.
type prepared struct {
	names []string // of the columns of the input
	order []int    // of the completion columns, as they are asked
	deep  bool
}

func newScan(ctx context.Context, j *journal.Journal, m *journal.Manifest, path string, edits int64) (*scan, error) {
	run := jobs.Browse(j, m, path)
	file, err := newScratchFile(len(run.Settings().All()))
	if err != nil {
		return nil, err
	}
	s := &scan{run: run, file: file, ctx: ctx, length: j.Length(), edits: edits, done: make(chan struct{})}
	s.users.Store(2) // the view, and the scan itself
	return s, nil
}

func (s *scan) retain() { s.users.Add(1) }

// release frees the scan once nobody uses it.
func (s *scan) release() {
	if s.users.Add(-1) == 0 {
		s.file.close()
	}
}

// work makes the scan.
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

// prepare notes what is known of the scan before its first row.
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

// add adds a row. One that cannot be asked, and that nobody has selected, has its place only.
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

// reaches waits until the scan has come to a row, and reports whether there is one.
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

// due reports whether the scan no longer shows what is there. What the journal brings is shown late where a scan takes long, and edits are
// shown at once.
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
	s.ended = time.Now() // not to be looked at again for as long
	return deep && length > s.length || s.run.Changed(s.input)
}

// stale reports whether the scan is going to be made again.
func (s *scan) stale(length, edits int64) bool {
	return s.prepared().deep && (length > s.length || edits != s.edits)
}
