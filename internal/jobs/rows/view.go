// Package rows has windows of the rows of an input with what its journal holds of them, for those who look at a run.
package rows

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/messages"
)

// View is the rows of an input with what its journal holds of them. It follows a journal that a run writes meanwhile, and changes nothing.
// A million rows take about 50 bytes each in memory. Safe for concurrent use.
type View struct {
	path   string // of the journal
	ctx    context.Context
	cancel context.CancelFunc
	group  errgroup.Group

	mu sync.Mutex // guards all below
	disk
	manifest *journal.Manifest // of the newest scan
	scan     *scan             // whose rows are shown; nil before the first
	next     *scan             // under way, to take its place
	scans    int64             // that took the place of another
	err      error             // why there are no rows
	tried    time.Time
	matches  matches
	count    *count
}

// disk is the journal and the edits beside it, as they were last read.
type disk struct {
	journal *journal.Journal
	info    fs.FileInfo // of the journal
	edits   *journal.Edits
}

// Open opens the journal. The rows are read from the input in the background.
func Open(path string) (*View, error) {
	edits, err := journal.OpenEdits(path)
	if err != nil {
		return nil, err
	}
	v := &View{path: path, disk: disk{edits: edits}, count: &count{}}
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
	if old := v.journal; old != nil { // it is closed once no scan reads it
		v.forget()
		v.group.Go(old.Close)
	}
	v.journal, v.info, v.manifest = j, info, nil
	return nil
}

// Close ends the view.
func (v *View) Close() {
	v.cancel()
	v.mu.Lock()
	v.forget()
	j := v.journal
	v.mu.Unlock()
	v.group.Wait()
	j.Close()
}

// forget forgets all that was found of the rows. The caller holds mu.
func (v *View) forget() {
	v.drop(&v.next)
	v.drop(&v.scan)
	v.matches, v.count, v.err = nil, &count{}, nil
}

// refresh takes in what was written since, and begins a scan where one is due. The caller holds mu.
func (v *View) refresh() {
	v.follow()
	v.edits.Refresh()
	v.settle()
	m := v.journal.Whole()
	if m == nil {
		v.err = jobs.NoRuns(v.path, v.path)
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
	same := os.SameFile(info, v.info)
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

// begin begins a scan, at most one a second where the last has failed. What was found with other settings is not shown while it is under
// way.
func (v *View) begin(m *journal.Manifest) {
	if v.err != nil && time.Since(v.tried) < minBetween && m == v.manifest {
		return
	}
	if was := v.manifest; was != nil && !alike(was, m) {
		v.forget()
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

// alike reports whether rows stand the same by two manifests of one journal.
func alike(m, n *journal.Manifest) bool {
	return m.Sandbox == n.Sandbox && m.Epoch == n.Epoch && m.Input == n.Input && m.Place == n.Place &&
		reflect.DeepEqual(m.Settings, n.Settings)
}

// use returns the scan to show, which stays until it is released: the last that is through, or the first one while it is under way.
func (v *View) use() (*scan, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refresh()
	s := v.scan
	switch {
	case s != nil:
	case v.err != nil:
		return nil, v.err
	case v.next == nil:
		return nil, messages.Errorf("%s: the rows cannot be read yet", v.path)
	default:
		s = v.next
	}
	s.retain()
	v.place(s)
	return s, nil
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

// Reading reports whether the rows are being read, or may be shown anew once Refresh is called.
func (v *View) Reading() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.next != nil
}

// Version grows with everything that may change how a row stands.
func (v *View) Version() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.version()
}

func (d *disk) version() int64 { return d.journal.Length() + d.edits.Size() }

// through reports whether all rows of a scan are there, and stand as the journal and the edits have them. The caller holds mu.
func (v *View) through(s *scan) bool {
	return closed(s.done) && s.err == nil && !s.stale(v.journal.Length(), v.edits.Size())
}

// Columns are the columns of the input, nil before they are known.
func (v *View) Columns() []string {
	s, err := v.use()
	if err != nil {
		return nil
	}
	defer s.release()
	return s.prepared().names
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
