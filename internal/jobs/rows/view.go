package rows

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/jobs/journal"
)

// View is the rows of an input with what its journal holds of them. It follows a journal that a run writes meanwhile, and changes nothing.
// A million rows take about 50 bytes each in memory. Safe for concurrent use.
type View struct {
	path   string // of the journal
	ctx    context.Context
	cancel context.CancelFunc
	group  errgroup.Group

	mu       sync.Mutex // guards all below
	journal  *journal.Journal
	edits    *journal.Edits
	file     fs.FileInfo // of the journal
	manifest *journal.Manifest
	scan     *scan // whose rows are shown; nil before the first
	next     *scan // under way, to take its place
	err      error // why there are no rows
	tried    time.Time
	matches  []*match
	tally    tally
	scans    int64 // that took the place of another
}

// OpenView opens the journal. The rows are read from the input in the background.
func OpenView(path string) (*View, error) {
	edits, err := journal.OpenEdits(path)
	if err != nil {
		return nil, err
	}
	v := &View{path: path, edits: edits}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.open(); err != nil {
		return nil, err
	}
	v.refresh()
	return v, nil
}

// open opens the journal anew. The caller holds mu.
func (v *View) open() error {
	info, err := os.Stat(v.path)
	if err != nil {
		return err
	}
	j, err := journal.Read(v.path)
	if err != nil {
		return err
	}
	if v.journal != nil {
		v.retire(v.journal)
	}
	v.journal, v.file, v.manifest = j, info, nil
	return nil
}

// retire closes a journal once no scan reads it.
func (v *View) retire(j *journal.Journal) {
	v.drop(&v.next)
	v.drop(&v.scan)
	v.group.Go(j.Close)
}

// Close ends the view.
func (v *View) Close() {
	v.cancel()
	v.mu.Lock()
	v.drop(&v.next)
	v.drop(&v.scan)
	j := v.journal
	v.mu.Unlock()
	v.group.Wait()
	j.Close()
}

// refresh takes in what was written since, and begins a scan where one is due. The caller holds mu.
func (v *View) refresh() {
	v.follow()
	v.edits.Refresh()
	v.settle()
	m := v.journal.Whole()
	if m == nil {
		v.err = noRuns(v.path, v.path)
		return
	}
	current := v.scan
	if v.next != nil {
		current = v.next
	}
	if current == nil || m != v.manifest || current.due(v.journal.Length(), v.edits.Size()) {
		v.begin(m)
	}
}

// follow takes in what was appended to the journal, or opens it anew where another stands in its place.
func (v *View) follow() {
	info, err := os.Stat(v.path)
	if err != nil {
		return // what is known stays
	}
	same := os.SameFile(info, v.file)
	if same {
		_, err = v.journal.Follow()
		same = !errors.Is(err, journal.ErrShrunk)
	}
	if !same {
		v.open()
	}
}

// settle lets a scan that is through take the place of the one before.
func (v *View) settle() {
	if v.next == nil || !closed(v.next.done) {
		return
	}
	if v.next.err != nil {
		v.err = v.next.err
		v.drop(&v.next)
		return
	}
	v.drop(&v.scan)
	v.scan, v.next, v.err = v.next, nil, nil
	v.scans++
}

func (v *View) drop(s **scan) {
	if *s != nil {
		(*s).release()
	}
	*s = nil
}

// begin begins a scan, at most one a second where the last has failed.
func (v *View) begin(m *journal.Manifest) {
	if v.err != nil && time.Since(v.tried) < leastBetween && m == v.manifest {
		return
	}
	v.tried, v.manifest = time.Now(), m
	s, err := newScan(v.ctx, v.journal, m, v.path, v.edits.Size())
	if err != nil {
		v.err = err
		return
	}
	v.drop(&v.next)
	v.next = s
	v.group.Go(func() error { s.work(); return nil })
}

// shown is the scan whose rows can be shown: the last that is through, or the first one while it is under way.
func (v *View) shown() (*scan, error) {
	switch {
	case v.scan != nil:
		return v.scan, nil
	case v.err != nil:
		return nil, v.err
	case v.next != nil:
		return v.next, nil
	}
	return nil, fmt.Errorf("%s: the rows cannot be read yet", v.path)
}

// use returns the scan to show, which stays until released.
func (v *View) use() (*scan, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refresh()
	s, err := v.shown()
	if err == nil {
		s.retain()
		v.place(s)
	}
	return s, err
}

// Refresh takes in what was written since, and reads the rows again where that is due.
func (v *View) Refresh() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refresh()
}

// Scans is how often the rows were read: when it grows, they may stand otherwise.
func (v *View) Scans() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.scans
}

// Columns are the columns of the input, nil before they are known.
func (v *View) Columns() []string {
	s, err := v.use()
	if err != nil {
		return nil
	}
	defer s.release()
	return s.columns()
}
