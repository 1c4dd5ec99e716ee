// Package rows provides windows of the rows of an input with their results, for viewers of a run.
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

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/journal/shelf"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// View is the rows of an input with their results from its journal. It follows a run that writes the journal, and changes only edits. It
// takes about 50 bytes of memory per row. Safe for concurrent use.
type View struct {
	of     Of
	space  *space // for the rows
	ctx    context.Context
	cancel context.CancelFunc
	group  errgroup.Group

	mu sync.Mutex // guards all below
	disk
	manifest *journal.Manifest // of the newest scan
	scan     *scan             // the scan that is shown; nil before the first one has ended
	next     *scan             // a running scan that will replace it
	scans    int64             // scans that have ended well
	trouble
	matches matches
	count   *count
}

// trouble is why the rows cannot be read.
type trouble struct {
	err   error
	tried time.Time // when the newest scan began
	wait  time.Duration
}

// disk is the journal and its edits as last read.
type disk struct {
	journal *journal.Journal
	info    fs.FileInfo // of the journal
	edits   *journal.Edits
}

// Of says what a view shows.
type Of struct {
	Journal string // its path; with a manifest, the file need not exist, and the view follows it when it appears
	Dir     string // outside which nothing is read, whatever the journal or the manifest says; "" for none

	// Manifest is what is shown as long as the view is open: what was asked at some time, a trial, or what somebody may ask. Its results
	// count from its epoch on. Nil is the newest whole run of the journal, and the next one when that begins.
	Manifest *journal.Manifest
	Bare     bool // only the input as the manifest reads it, without completion columns
}

// Open opens the view of the newest whole run of a journal. With dir, nothing outside that folder is read.
func Open(path, dir string) (*View, error) { return OpenOf(Of{Journal: path, Dir: dir}) }

// OpenOf opens a view. The input is read in the background. Only View.Edit writes or locks anything.
func OpenOf(of Of) (*View, error) { return openIn(scratchSpace, of) }

// openIn is OpenOf with another space for the rows.
func openIn(space *space, of Of) (*View, error) {
	edits, err := journal.OpenEdits(of.Journal)
	if err != nil {
		return nil, err
	}
	v := &View{of: of, disk: disk{edits: edits}, count: &count{}, space: space}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.open(); err != nil {
		return nil, err
	}
	v.refresh()
	return v, nil
}

// open opens the journal, again if it is open. The caller holds mu.
func (v *View) open() error {
	info, err := os.Stat(v.of.Journal)
	if errors.Is(err, fs.ErrNotExist) && v.of.Manifest != nil && v.journal == nil {
		v.journal = journal.Absent(v.of.Journal)
		return nil
	}
	if err != nil {
		return err
	}
	j, err := shelf.Take(v.of.Journal)
	if err != nil {
		return err
	}
	if v.info != nil { // another file was there; it is closed once no scan reads it
		v.forget()
		was := v.journal
		v.group.Go(func() error { return shelf.PutBack(v.of.Journal, was) })
		v.manifest = nil
	}
	if v.of.Manifest != nil {
		j.CountFrom(v.of.Manifest.Epoch)
	}
	v.journal, v.info = j, info
	return nil
}

// Close closes the view and the journal.
func (v *View) Close() {
	v.cancel()
	v.mu.Lock()
	v.forget()
	j := v.journal
	v.mu.Unlock()
	v.group.Wait()
	shelf.PutBack(v.of.Journal, j)
}

// forget drops the scans and all that was found in them. The caller holds mu.
func (v *View) forget() {
	v.drop(&v.next)
	v.drop(&v.scan)
	v.matches.forget()
	v.count, v.trouble = &count{}, trouble{}
}

// refresh reads new records and edits, and starts a scan if one is due. The caller holds mu.
func (v *View) refresh() {
	v.follow()
	v.edits.Refresh()
	v.settle()
	m := v.of.Manifest
	if m == nil {
		m = v.journal.Whole()
	}
	if m == nil {
		v.err = jobs.NoRuns(v.of.Journal, v.of.Journal)
		return
	}
	if v.scan != nil {
		v.scan.patch(v.edits)
	}
	current := v.scan
	if v.next != nil {
		current = v.next
	}
	appeared := current != nil && current.journal != v.journal && task.Closed(current.done)
	if current == nil || m != v.manifest || appeared || current.due(v.journal.Length(), v.edits.Size()) {
		v.begin(m)
	}
}

// follow reads what was appended to the journal, or opens the journal again if the file was replaced.
func (v *View) follow() {
	info, err := os.Stat(v.of.Journal)
	if err != nil {
		return // keeps the known rows
	}
	same := v.info != nil && os.SameFile(info, v.info)
	if same {
		_, err = v.journal.Follow()
		same = !errors.Is(err, journal.ErrOther)
	}
	if !same {
		v.open()
	}
}

// settle replaces the shown scan by the next one if that has ended.
func (v *View) settle() {
	if v.next == nil || !task.Closed(v.next.done) {
		return
	}
	if err := v.next.end.err; err != nil {
		v.failed(err)
		v.drop(&v.next)
		return
	}
	v.drop(&v.scan)
	v.scan, v.next, v.trouble = v.next, nil, trouble{tried: v.tried}
	v.scans++
}

// failed records that a scan failed. Without space, the time to the next attempt grows.
func (v *View) failed(err error) {
	wait := minBetween
	if full := (*noSpaceError)(nil); errors.As(err, &full) {
		wait = min(max(2*v.wait, minBetween), maxBetween)
	}
	v.err, v.wait = err, wait
}

// drop gives up a scan, and ends it if it is running.
func (v *View) drop(s **scan) {
	if *s != nil {
		(*s).cancel()
		(*s).release()
	}
	*s = nil
}

// begin starts a scan in place of the one that is running; after a failed scan, not before some time has passed. If the settings have
// changed, the rows of the last scan are no longer shown.
func (v *View) begin(m *journal.Manifest) {
	if v.err != nil && time.Since(v.tried) < v.wait && m == v.manifest {
		return
	}
	if was := v.manifest; was != nil && !alike(was, m) {
		v.forget()
	}
	v.tried, v.manifest = time.Now(), m
	v.drop(&v.next)
	s, err := newScan(v, m)
	if err != nil {
		v.failed(err)
		return
	}
	v.next = s
	v.group.Go(func() error { s.work(); return nil })
}

// alike reports whether the rows have the same results by two manifests of one journal.
func alike(m, n *journal.Manifest) bool {
	return m.Sandbox == n.Sandbox && m.Epoch == n.Epoch && m.Input == n.Input && m.Place == n.Place &&
		reflect.DeepEqual(m.Settings, n.Settings)
}

// use returns the scan to show: the last one that has ended, or the first one while it is running. The caller must release it.
func (v *View) use() (*scan, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ctx.Err() != nil {
		return nil, v.ctx.Err()
	}
	v.refresh()
	s := v.scan
	switch {
	case s != nil:
	case v.err != nil:
		return nil, v.err
	case v.next == nil:
		return nil, messages.Errorf("%s: the rows cannot be shown yet", v.of.Journal)
	default:
		s = v.next
	}
	s.retain()
	return s, nil
}

// reach returns the scan to show once it has read row i, nil if the row does not exist. The caller must release it. If the scan is given up
// meanwhile, another one is awaited.
func (v *View) reach(ctx context.Context, i int) (*scan, error) {
	for {
		s, err := v.use()
		if err != nil {
			return nil, err
		}
		there, err := s.reaches(ctx, i)
		if there && err == nil {
			return s, nil
		}
		s.release()
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil || v.ctx.Err() != nil {
			return nil, err
		}
	}
}

// ended returns the scan to show once it has read all rows. The caller must release it. If the scan is given up meanwhile, another one is
// awaited.
func (v *View) ended(ctx context.Context) (*scan, error) {
	for {
		s, err := v.use()
		if err != nil {
			return nil, err
		}
		select {
		case <-s.done:
			err = s.end.err
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err == nil {
			return s, nil
		}
		s.release()
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil || v.ctx.Err() != nil {
			return nil, err
		}
	}
}

// newLooker returns a looker. The caller holds the mu of the view.
func (v *View) newLooker(s *scan) *looker {
	through := task.Closed(s.done) // before the edits are placed: those of rows that are read later are not
	v.place(s)
	l := &looker{scan: s, through: through, journal: v.journal, edits: s.placed.at}
	if s.run.KeepsUndone() {
		l.ever = v.edits
	}
	return l
}

// Refresh reads new records and edits, and starts reading the rows again if that is due.
func (v *View) Refresh() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refresh()
}

// Scans returns how often the rows were read. When it grows, their states may have changed.
func (v *View) Scans() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.scans
}

// Reading reports whether the rows are being read, or have been read and are shown after the next Refresh.
func (v *View) Reading() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.next != nil
}

// Version returns a number that grows with every change that may affect the state of a row.
func (v *View) Version() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.version()
}

func (d *disk) version() int64 { return d.journal.Length() + d.edits.Size() }

// edition is the version of the rows of a scan. A deep scan has its own results, which only edits change. The caller holds mu.
func (v *View) edition(s *scan) int64 {
	if s.prepared().deep {
		return v.edits.Size()
	}
	return v.version()
}

// through reports whether a scan has read all rows and agrees with the journal and the edits. The caller holds mu.
func (v *View) through(s *scan) bool {
	return task.Closed(s.done) && s.end.err == nil && !s.stale(v.journal.Length(), v.edits.Size())
}

// Columns returns the columns of the input, nil before they are known.
func (v *View) Columns() []string {
	s, err := v.use()
	if err != nil {
		return nil
	}
	defer s.release()
	return s.prepared().names
}

// AnswerColumn is a completion column of a view.
type AnswerColumn struct {
	Name   string
	Kind   string // text, choices, fields or vector
	Fields []string
	*spec.Column
}

// Answers returns the completion columns, nil if the view is bare or cannot be shown.
func (v *View) Answers() []AnswerColumn {
	s, err := v.use()
	if err != nil {
		return nil
	}
	defer s.release()
	return answersOf(s.columns)
}

func answersOf(columns []*spec.Column) (all []AnswerColumn) {
	for _, c := range columns {
		a := AnswerColumn{Name: c.CompletionColumn, Kind: "text", Column: c}
		f, err := c.Form()
		switch {
		case c.Embed:
			a.Kind = "vector"
		case err != nil || f == nil:
		case f.Choices() != nil:
			a.Kind = "choices"
		default:
			a.Kind, a.Fields = "fields", f.Names()
		}
		all = append(all, a)
	}
	return all
}

// Known returns how many rows are read so far, and whether these are all. The error is the reason why no row can be shown.
func (v *View) Known() (rows int, ended bool, err error) {
	s, err := v.use()
	if err != nil {
		return 0, false, err
	}
	defer s.release()
	ended = task.Closed(s.done) && s.end.err == nil // before the rows are counted
	return s.file.rows(), ended, nil
}

// Owned returns the names of the columns of the input that runs of the journal have written, which the caller must not change.
func (v *View) Owned() map[string]bool {
	s, err := v.use()
	if err != nil {
		return nil
	}
	defer s.release()
	return s.prepared().owned
}

// Asides returns the rows that the input leaves out as no data, and those that only look so, both nil before all rows are read.
func (v *View) Asides() (leftOut, suspects table.Aside) {
	s, err := v.use()
	if err != nil {
		return nil, nil
	}
	defer s.release()
	if !task.Closed(s.done) || s.end.err != nil {
		return nil, nil
	}
	known := s.prepared()
	if sifted, ok := known.source.(table.Sifted); ok {
		leftOut = sifted.LeftOut()
	}
	return leftOut, known.suspects
}
