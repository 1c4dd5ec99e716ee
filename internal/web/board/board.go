// Package board keeps the runs of one folder: which journals stand there, how each of them stands, and the runs that this process makes.
//
// Runs of other processes are watched and never touched. All files that a board makes lie below its folder, but for exports, which the caller
// asks for and removes.
package board

import (
	"context"
	"encoding/base64"
	"errors"
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
	"gigabatch/internal/jobs/journal"
)

// Options say what a board is of.
type Options struct {
	Dir     string // the folder
	Sandbox bool   // runs ask the sandbox
	Version string // of the program
	Model   string // that is asked where nothing else is said
	Streams int    // requests that are expected to work at once
	// Connect reaches the service, as jobs.Run needs it.
	Connect func(ctx context.Context, models []string) (*jobs.Service, error)
	// Hint says what can be done about an error, "" where nothing is known.
	Hint func(error) string
}

// Board is safe for concurrent use.
type Board struct {
	Options
	root   *rooted.Folder
	ctx    context.Context
	cancel context.CancelFunc
	group  errgroup.Group

	isSandbox atomic.Bool // runs are asked of a sandbox: it was asked for, or the service has turned out to be one

	mu        sync.Mutex // guards all below
	entries   map[string]*entry
	watchers  map[*Watcher]bool
	draining  bool
	receiving map[string]bool // names of files that are being uploaded
	lastScan  time.Time
	scanTook  time.Duration
}

const (
	tick     = 200 * time.Millisecond // between two looks at what is live
	rest     = 2 * time.Second        // between two looks at everything
	restTime = 20                     // times as long as it took, the folder is not searched again
	patience = 2 * time.Second        // for the first look at the folder
	idle     = time.Minute            // after which rows that nobody looks at are forgotten
)

// Open opens the folder and looks for journals in it.
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
	if o.Hint == nil {
		o.Hint = func(error) string { return "" }
	}
	b := &Board{Options: o, root: root, entries: map[string]*entry{}, watchers: map[*Watcher]bool{}, receiving: map[string]bool{}}
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
	case <-time.After(patience): // there are many journals, or large ones; they come as they are read
	}
	return b, nil
}

// connect reaches the service, and remembers what it turns out to be.
func (b *Board) connect(ctx context.Context, models []string) (*jobs.Service, error) {
	svc, err := b.Connect(ctx, models)
	if err == nil {
		b.isSandbox.Store(svc.Sandbox)
	}
	return svc, err
}

// Drain ends all runs of this process as Ctrl-C does, and waits until their outputs are written or ctx ends.
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

// working are the runs of this process that are under way.
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

// Close stops all runs at once and frees what the board holds.
func (b *Board) Close() error {
	b.cancel()
	b.group.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		e.forgetView()
	}
	return b.root.Close()
}

// watch looks at the journals again and again.
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

// refresh looks at every journal that is due.
func (b *Board) refresh() {
	for _, e := range b.all() {
		if e.due() && e.refresh() {
			b.changed(e.id)
		}
		e.forgetIdle()
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

// idOf names a journal by its place below the folder.
func idOf(rel string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(filepath.ToSlash(rel)))
}

const (
	journalSuffix = ".gigabatch"
	deepest       = 8      // folders below the folder
	mostEntries   = 50_000 // files and folders that are looked at
)

// search finds the journals of the folder.
func (b *Board) search() {
	began := time.Now()
	found := map[string]bool{}
	b.walk(func(rel string) {
		if strings.HasSuffix(rel, journalSuffix) {
			found[idOf(rel)] = true
			b.adopt(rel)
		}
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, e := range b.entries {
		if !found[id] && e.own == nil {
			e.forgetView()
			delete(b.entries, id)
			b.listChanged()
		}
	}
	b.lastScan, b.scanTook = time.Now(), time.Since(began)
}

// walk visits the regular files below the folder. Hidden folders and links are passed over.
func (b *Board) walk(visit func(rel string)) {
	seen := 0
	filepath.WalkDir(b.Dir, func(path string, d os.DirEntry, err error) error {
		if seen++; seen > mostEntries {
			return filepath.SkipAll
		}
		rel, relErr := filepath.Rel(b.Dir, path)
		if err != nil || relErr != nil {
			return nil
		}
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || strings.Count(rel, string(filepath.Separator)) >= deepest) {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			visit(rel)
		}
		return nil
	})
}

// adopt takes a journal that was found.
func (b *Board) adopt(rel string) {
	id := idOf(rel)
	b.mu.Lock()
	_, known := b.entries[id]
	b.mu.Unlock()
	if known {
		return
	}
	w, err := journal.OpenWatch(filepath.Join(b.Dir, rel))
	if err != nil {
		return // not a journal, or one that cannot be read: it is looked at again with the next search
	}
	e := &entry{board: b, id: id, rel: rel, watch: w}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[id] == nil {
		b.entries[id] = e
		b.listChanged()
	}
}

// entry returns the run of that id.
func (b *Board) entry(id string) (*entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[id]; e != nil {
		return e, nil
	}
	return nil, ErrNoRun
}

// ErrNoRun says that there is no such run, or no longer.
var ErrNoRun = errors.New("there is no such run in this folder")

// Runs are all runs, the newest first.
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

// Run is one run.
func (b *Board) Run(id string) (Info, error) {
	e, err := b.entry(id)
	if err != nil {
		return Info{}, err
	}
	return e.info(), nil
}
