package rows

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

const (
	leastBetween = time.Second // from the beginning of one scan to the next
	restAfter    = 5           // times as long as it took, a scan of a live run is not made again
)

// scan is one reading of the input for a view.
type scan struct {
	run      *Run // whose journal is the view's
	manifest *journal.Manifest
	file     *viewFile
	ctx      context.Context
	order    []int       // of the completion columns, as they are asked
	deep     atomic.Bool // how the rows stand was found out by the scan, and cannot be looked up later
	length   int64       // of the journal when the scan began
	edits    int64       // the size of the edits then
	placed   placed      // guarded by the view's mu
	done     chan struct{}
	err      error // once done
	took     time.Duration
	ended    time.Time
	input    table.Identity // as it was read
	users    atomic.Int32

	mu    sync.Mutex // guards order, and all below
	names []string
	tally task.Tally // of a deep scan
}

func newScan(ctx context.Context, j *journal.Journal, m *journal.Manifest, path string, edits int64) (*scan, error) {
	input := m.InputOf(path)
	r := &Run{Input: input, Journal: path, Settings: m.Settings.Located(input), Sandbox: m.Sandbox, dry: true, journal: j}
	if r.Settings.InPlace {
		r.Settings.Output = input
	}
	file, err := newViewFile(len(r.Settings.All()))
	if err != nil {
		return nil, err
	}
	s := &scan{run: r, manifest: m, file: file, ctx: ctx, length: j.Length(), edits: edits, done: make(chan struct{})}
	s.users.Store(1)
	return s, nil
}

func (s *scan) retain() { s.users.Add(1) }

// release frees the scan once nobody uses it.
func (s *scan) release() {
	if s.users.Add(-1) == 0 {
		s.file.close()
	}
}

// read reads the input to its end.
func (s *scan) read() error {
	began := time.Now()
	defer func() { s.took, s.ended = time.Since(began), time.Now() }()
	r := s.run
	src, err := r.open()
	if err != nil {
		return err
	}
	k, err := s.askers(src)
	if err != nil {
		return err
	}
	s.input = src.Stat()
	return s.rows(src, k)
}

// work makes the scan.
func (s *scan) work() {
	s.retain()
	defer s.release()
	s.err = s.read()
	s.run.kept.close()
	s.run.files.Close()
	close(s.done)
}

// askers prepares the reading.
func (s *scan) askers(src table.Source) (*prompt.Columns, error) {
	r := s.run
	r.recall()
	if _, err := r.adopt(src); err != nil {
		return nil, err
	}
	k, err := r.askers(src)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order = k.Order
	s.deep.Store(k.Deep())
	s.names = append([]string{}, src.Columns()...)
	s.tally = newTally(&r.Settings)
	return k, nil
}

// asked is the order in which the completion columns are asked.
func (s *scan) asked() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order
}

func (s *scan) columns() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names
}

func (s *scan) rows(src table.Source, k *prompt.Columns) error {
	sel, err := s.run.Settings.Selector(src)
	if err != nil {
		return err
	}
	p := s.run.pass(k)
	p.reading, p.identify = s.deep.Load(), true
	counted := s.run.Settings.CountedColumns()
	for row, err := range src.Rows() {
		if err == nil {
			err = s.ctx.Err()
		}
		if err == nil {
			err = s.row(p, k, sel.Has(row), row, counted)
		}
		if err != nil {
			return err
		}
	}
	return s.file.publish()
}

// row adds one row.
func (s *scan) row(p *pass, k *prompt.Columns, selected bool, row table.Row, counted []spec.OutputColumn) error {
	cells, err := p.row(row)
	if err != nil {
		if !selected {
			return s.add(ViewRow{Line: row.Line, Sheet: row.Sheet}, &viewEntry{cells: make([]viewKey, len(k.List))})
		}
		return err
	}
	v, err := k.viewRow(row, cells, s.deep.Load())
	if err != nil {
		return err
	}
	e := viewEntry{selected: selected, cells: make([]viewKey, len(cells))}
	for i := range cells {
		e.cells[i] = viewKeyOf(&cells[i], s.deep.Load())
	}
	if selected && s.deep.Load() {
		s.count(cells, counted)
	}
	return s.add(v, &e)
}

func (s *scan) add(v ViewRow, e *viewEntry) error { return s.file.add(&v, e) }

func (s *scan) count(cells []cell, counted []spec.OutputColumn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count(&s.tally, &s.run.Settings, cells, 0)
	countValues(&s.tally, counted, cells)
}

func viewKeyOf(c *cell, deep bool) viewKey {
	k := viewKey{key: c.key, plain: c.plain, deep: deep, edited: deep && c.edited != nil}
	switch {
	case c.standing == blank:
		k.state, k.deep = task.Skipped, true
	case deep && c.result != nil:
		k.state, k.cause = c.result.State, causeNumber(c.result.Cause)
	}
	return k
}

// reaches waits until the scan has come to a row, and reports whether there is one.
func (s *scan) reaches(ctx context.Context, i int) (bool, error) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for i >= 0 && i >= int(s.file.n.Load()) {
		select {
		case <-s.done:
			return i < int(s.file.n.Load()), s.err
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
	switch {
	case !closed(s.done):
		return s.deep.Load() && edits != s.edits
	case s.deep.Load() && edits != s.edits:
		return true
	case time.Since(s.ended) < max(leastBetween, restAfter*s.took):
		return false
	}
	s.ended = time.Now() // not to be looked at again for as long
	return s.deep.Load() && length > s.length || s.run.differs(s.input)
}

// stale reports whether the scan is going to be made again.
func (s *scan) stale(length int64) bool { return s.deep.Load() && length > s.length }

// causes in the order of their numbers in a viewFile.
var causes = [...]task.Cause{
	"", task.CauseServer, task.CauseNetwork, task.CauseTimeout, task.CauseBadBody, task.CauseRejected, task.CauseEmpty, task.CauseModel, task.CauseUnknown, task.CauseTooLong, task.CauseInvalid, task.CauseNeeds,
}

func causeNumber(c task.Cause) uint8 {
	for i, known := range causes {
		if known == c {
			return uint8(i)
		}
	}
	return 0
}
