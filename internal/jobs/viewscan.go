package jobs

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/io/table"
)

const (
	leastBetween = time.Second // from the beginning of one scan to the next
	restAfter    = 5           // times as long as it took, a scan of a live run is not made again
)

// scan is one reading of the input for a view.
type scan struct {
	run      *Run // whose journal is the view's
	manifest *manifest
	file     *viewFile
	ctx      context.Context
	deep     bool  // how the rows stand was found out by the scan, and cannot be looked up later
	length   int64 // of the journal when the scan began
	done     chan struct{}
	err      error // once done
	took     time.Duration
	ended    time.Time
	input    table.Identity // as it was read
	users    atomic.Int32

	mu    sync.Mutex // guards names and sum
	names []string
	sum   Summary // of a deep scan
}

func newScan(ctx context.Context, j *Journal, m *manifest, path string) (*scan, error) {
	input := m.input(path)
	r := &Run{Input: input, Journal: path, Settings: m.Settings.located(input), Sandbox: m.Sandbox, dry: true, journal: j}
	if r.Settings.InPlace {
		r.Settings.Output = input
	}
	file, err := newViewFile(len(r.Settings.asks()))
	if err != nil {
		return nil, err
	}
	s := &scan{run: r, manifest: m, file: file, ctx: ctx, length: j.length(), done: make(chan struct{})}
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
	s.run.files.close()
	close(s.done)
}

// askers prepares the reading. The journal is not followed meanwhile, as its history is read.
func (s *scan) askers(src table.Source) (*askers, error) {
	r := s.run
	r.journal.mu.Lock()
	defer r.journal.mu.Unlock()
	r.recall()
	if _, err := r.adopt(src); err != nil {
		return nil, err
	}
	k, err := r.askers(src)
	if err != nil {
		return nil, err
	}
	s.deep = k.deep()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append([]string{}, src.Columns()...)
	s.sum = Summary{Failed: map[Cause]int{}, Columns: r.Settings.columnSummaries()}
	return k, nil
}

func (s *scan) columns() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names
}

func (s *scan) rows(src table.Source, k *askers) error {
	sel, err := s.run.Settings.selector(src)
	if err != nil {
		return err
	}
	p := s.run.pass(k)
	p.reading = s.deep
	counted := s.run.Settings.countedColumns()
	for row, err := range src.Rows() {
		if err == nil {
			err = s.ctx.Err()
		}
		if err == nil {
			err = s.row(p, k, sel.has(row), row, counted)
		}
		if err != nil {
			return err
		}
	}
	return s.file.publish()
}

// row adds one row.
func (s *scan) row(p *pass, k *askers, selected bool, row table.Row, counted []outColumn) error {
	cells, err := p.row(row)
	if err != nil {
		if !selected {
			return s.add(ViewRow{Line: row.Line, Sheet: row.Sheet}, &viewEntry{cells: make([]viewKey, len(k.list))})
		}
		return err
	}
	v, err := k.viewRow(row, cells, s.deep)
	if err != nil {
		return err
	}
	e := viewEntry{selected: selected, cells: make([]viewKey, len(cells))}
	for i := range cells {
		e.cells[i] = viewKeyOf(&cells[i], s.deep)
	}
	if selected && s.deep {
		s.count(cells, counted)
	}
	return s.add(v, &e)
}

func (s *scan) add(v ViewRow, e *viewEntry) error { return s.file.add(&v, e) }

func (s *scan) count(cells []cell, counted []outColumn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.addRow(cells, 0)
	s.sum.addValues(counted, cells)
}

func viewKeyOf(c *cell, deep bool) viewKey {
	k := viewKey{key: c.key, plain: c.key, deep: deep}
	switch {
	case c.standing == blank:
		k.state, k.deep = Skipped, true
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

// due reports whether the scan no longer shows what is there.
func (s *scan) due(length int64) bool {
	if !closed(s.done) {
		return false
	}
	if time.Since(s.ended) < max(leastBetween, restAfter*s.took) {
		return false
	}
	s.ended = time.Now() // not to be looked at again for as long
	return s.deep && length > s.length || s.run.differs(s.input)
}

// stale reports whether the scan is going to be made again.
func (s *scan) stale(length int64) bool { return s.deep && length > s.length }

// causes in the order of their numbers in a viewFile.
var causes = [...]Cause{
	"", CauseServer, CauseNetwork, CauseTimeout, CauseBadBody, CauseRejected, CauseEmpty, CauseModel, CauseUnknown, CauseTooLong, CauseInvalid, CauseNeeds,
}

func causeNumber(c Cause) uint8 {
	for i, known := range causes {
		if known == c {
			return uint8(i)
		}
	}
	return 0
}
