// Package board keeps the runs of one folder: it finds the journals, reports the state of each run, and starts runs in this process.
//
// Runs of other processes are watched, and steered only over their sockets. All files that a board creates are below its folder, except
// exports, which the caller closes.
package board

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/rooted"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/messages"
)

// Options configure a board.
type Options struct {
	Dir     string // the folder
	Sandbox bool   // runs use the sandbox
	Version string // of the program
	Model   string // the default model
	// Streams returns the number of concurrent requests that is expected to work, which depends on the key. By default, it is 1.
	Streams func() int
	// Prices are those of estimates; by default those that are publicly known.
	Prices *cost.Prices
	// Control are the folders for the sockets of runs: those of other processes are steered, and other processes steer those of this one.
	Control []string
	// Ready returns the reason why the service cannot be used at all, such as a missing key. It sends nothing. It may be nil.
	Ready func() error
	// Connect connects to the service; see jobs.Job.
	Connect func(ctx context.Context, models []string) (*jobs.Service, error)
	// ReadJob reads a job file as the command line does: its input, settings and limits. It is nil if job files are not read.
	ReadJob func(path string) (*jobs.Job, error)
	// Hint says what the user can do about an error; it is empty if nothing is known. It may be nil.
	Hint func(error) messages.Text
}

// Board is safe for concurrent use.
type Board struct {
	Options
	*folder
	feed
	ctx    context.Context
	cancel context.CancelFunc
	group  errgroup.Group

	inputs jobInputs

	isSandbox atomic.Bool // runs use a sandbox: because of Options, or because the service turned out to be one

	mu       sync.Mutex // guards all below
	entries  map[string]*entry
	draining bool
	lastScan time.Time
	scanTook time.Duration
}

const (
	tick     = 200 * time.Millisecond // between two looks at live runs
	rest     = 2 * time.Second        // between two looks at everything
	restTime = 20                     // the pause between two searches of the folder, in multiples of their duration
	patience = 2 * time.Second        // for the first search of the folder
	idle     = time.Minute            // after which rows are released that nobody looks at
)

// Open opens the folder and searches it for journals.
func Open(o Options) (*Board, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	root, err := rooted.Open(dir)
	if err != nil {
		return nil, err
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	if o.Streams == nil {
		o.Streams = func() int { return 1 }
	}
	if o.Prices == nil {
		o.Prices = cost.Known()
	}
	if o.Hint == nil {
		o.Hint = func(error) messages.Text { return messages.Text{} }
	}
	b := &Board{Options: o, folder: &folder{dir: dir, root: root, hint: o.Hint}, entries: map[string]*entry{}}
	b.isSandbox.Store(o.Sandbox)
	b.ctx, b.cancel = context.WithCancel(context.Background())
	first := make(chan struct{})
	b.group.Go(func() error {
		b.search()
		close(first)
		return b.watch()
	})
	select {
	case <-first:
	case <-time.After(patience): // there are many journals, or large ones; they appear as they are read
	}
	return b, nil
}

// connect connects to the service, and notes whether it is a sandbox. A run without a key is refused at once and leaves no trace.
func (b *Board) connect(ctx context.Context, models []string) (*jobs.Service, error) {
	if err := b.Ready(); err != nil {
		return nil, &jobs.UnreadyError{Err: err}
	}
	svc, err := b.Connect(ctx, models)
	if err == nil {
		b.isSandbox.Store(svc.Sandbox)
	}
	return svc, err
}

// Drain stops all runs of this process as Ctrl-C does, and waits until their outputs are written or ctx ends.
func (b *Board) Drain(ctx context.Context) error {
	b.mu.Lock()
	b.draining = true
	b.mu.Unlock()
	for _, o := range b.working() {
		o.stop()
	}
	for _, o := range b.working() {
		select {
		case <-o.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// working returns the runs of this process that are in progress.
func (b *Board) working() []*own {
	var all []*own
	for _, e := range b.all() {
		e.mu.Lock()
		if e.own != nil && !e.own.over() {
			all = append(all, e.own)
		}
		e.mu.Unlock()
	}
	return all
}

// Close stops all runs at once and releases the resources of the board.
func (b *Board) Close() error {
	b.cancel()
	b.group.Wait()
	for _, e := range b.all() {
		e.forgetView(0)
	}
	return b.root.Close()
}

// watch looks at the journals periodically.
func (b *Board) watch() error {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return nil
		case <-t.C:
		}
		if b.searchDue() {
			b.search()
		}
		b.refresh()
	}
}

func (b *Board) searchDue() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Since(b.lastScan) > max(rest, restTime*b.scanTook)
}

// refresh looks at the journals that are due.
func (b *Board) refresh() {
	for _, e := range b.all() {
		if e.due() && e.refresh() {
			b.changed(e.id)
		}
		e.forgetView(idle)
	}
}

func (b *Board) all() []*entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]*entry, 0, len(b.entries))
	for _, e := range b.entries {
		all = append(all, e)
	}
	return all
}

// IDOf returns the id of the journal with a path below the folder. It encodes its path below the folder.
func IDOf(rel string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(filepath.ToSlash(rel)))
}

const (
	journalSuffix = ".gigabatch"
	maxDepth      = 8      // levels of folders that are searched
	maxEntries    = 50_000 // files and folders that are searched
)

// search finds the journals of the folder. What cannot be read is found, too: the page says why.
func (b *Board) search() {
	began := time.Now()
	found := map[string]bool{}
	gone := false // the folder itself cannot be read
	find := func(rel string, closed error) {
		found[IDOf(rel)] = true
		b.adopt(rel, closed)
	}
	b.walk(true, func(rel string, d fs.DirEntry, err error) {
		switch {
		case rel == "." && err != nil:
			gone = true
			find(rel, messages.Errorf("%s: the folder cannot be read: %v", b.Dir, cause(err)))
		case d == nil: // a hidden folder was deleted meanwhile
		case d.IsDir() && err != nil:
			find(rel, messages.Errorf("%s: the folder cannot be read: %v", rel, cause(err)))
		case !d.IsDir() && strings.HasSuffix(rel, journalSuffix):
			find(rel, nil)
		}
	})
	for _, e := range b.all() {
		if !found[e.id] && !gone && b.lost(e) {
			e.forgetView(0)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastScan, b.scanTook = time.Now(), time.Since(began)
}

// cause returns the cause of an error of the file system without the path.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// lost forgets a run that was not found, and reports whether it did. A run whose journal was deleted while its table is still there stays
// listed, since another run would pay for all answers again.
func (b *Board) lost(e *entry) bool {
	s := e.standing()
	if s != nil && s.Input != "" {
		if _, err := os.Lstat(s.Input); err == nil {
			return false
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.own != nil && (!e.own.over() || e.seen == nil) || b.entries[e.id] != e {
		return false
	}
	delete(b.entries, e.id)
	b.listChanged()
	return true
}

// adopt adds a journal that was found, or a folder that cannot be searched.
func (b *Board) adopt(rel string, closed error) {
	id := IDOf(rel)
	b.mu.Lock()
	_, known := b.entries[id]
	b.mu.Unlock()
	if known {
		return
	}
	e := &entry{board: b, id: id, rel: rel, closed: closed}
	e.refresh()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[id] == nil {
		b.entries[id] = e
		b.listChanged()
	}
}

// entry returns the entry with an id.
func (b *Board) entry(id string) (*entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[id]; e != nil {
		return e, nil
	}
	return nil, ErrNoRun
}

// ErrNoRun reports that a run does not exist, or no longer.
var ErrNoRun = messages.Errorf("the run is not in this folder")

// Runs returns all runs, the newest first.
func (b *Board) Runs() []Info {
	var all []Info
	for _, e := range b.all() {
		all = append(all, e.info())
	}
	slices.SortFunc(all, func(x, y Info) int {
		if c := y.Started.Compare(x.Started); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return all
}

// with calls do with the entry of a run.
func with[T any](b *Board, id string, do func(*entry) (T, error)) (result T, err error) {
	e, err := b.entry(id)
	if err != nil {
		return result, err
	}
	result, err = do(e)
	return result, b.Plain(err)
}

// Run returns the state of a run.
func (b *Board) Run(id string) (Info, error) {
	return with(b, id, func(e *entry) (Info, error) { return e.info(), nil })
}

// Detail returns everything that is known about a run, except its rows.
func (b *Board) Detail(id string) (*Detail, error) { return with(b, id, (*entry).detail) }

// History returns the progress of the last run of a journal.
func (b *Board) History(id string) ([]Point, error) {
	return with(b, id, func(e *entry) ([]Point, error) { return e.history(), nil })
}

// Report returns the report on all runs of a journal. p renders it.
func (b *Board) Report(ctx context.Context, id string, p messages.Printer) (*Report, error) {
	return with(b, id, func(e *entry) (*Report, error) { return reportOn(ctx, e, p) })
}

// Edited makes the board look at a journal again, since its edits have changed.
func (b *Board) Edited(id string) {
	if e, err := b.entry(id); err == nil {
		e.refresh()
		e.soon()
		b.changed(id)
	}
}

// Outputs returns the newest commit of each output of a journal, by its name. It is that of now: another process may just have written a file.
func (b *Board) Outputs(id string) map[string]*journal.Commit {
	e, err := b.entry(id)
	if err != nil {
		return nil
	}
	if e.refresh() {
		b.changed(id)
	}
	e.work.Lock()
	defer e.work.Unlock()
	if e.watch == nil {
		return nil
	}
	return e.watch.Outputs()
}

// Standing returns what the journal of a run says, nil if there is none.
func (b *Board) Standing(id string) *journal.Standing {
	e, err := b.entry(id)
	if err != nil {
		return nil
	}
	return e.standing()
}

// IsSandbox reports whether runs use a sandbox.
func (b *Board) IsSandbox() bool { return b.isSandbox.Load() }

// Beside calls work, which must return soon after its context has ended. Close waits for it.
func (b *Board) Beside(work func(context.Context)) {
	b.group.Go(func() error {
		work(b.ctx)
		return nil
	})
}
