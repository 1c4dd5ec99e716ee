package board

import (
	"context"
	"sync"
)

// feed tells watchers which runs have changed. It is safe for concurrent use.
type feed struct {
	mu       sync.Mutex // guards all below, and what its watchers hold
	watchers map[*Watcher]bool
}

// Watcher tells which runs have changed. It is not safe for concurrent use.
type Watcher struct {
	feed  *feed
	wake  chan struct{}
	dirty map[string]bool
	list  bool // runs have come or gone
}

// Watch begins to tell. The caller closes the Watcher.
func (f *feed) Watch() *Watcher {
	w := &Watcher{feed: f, wake: make(chan struct{}, 1), dirty: map[string]bool{}}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers == nil {
		f.watchers = map[*Watcher]bool{}
	}
	f.watchers[w] = true
	return w
}

// Next waits for changes. With list, runs have come or gone.
func (w *Watcher) Next(ctx context.Context) (ids []string, list bool, err error) {
	select {
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case <-w.wake:
	}
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	for id := range w.dirty {
		ids = append(ids, id)
	}
	list = w.list
	clear(w.dirty)
	w.list = false
	return ids, list, nil
}

// Close ends the telling.
func (w *Watcher) Close() {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	delete(w.feed.watchers, w)
}

// changed tells that a run has changed.
func (f *feed) changed(id string) { f.tell(func(w *Watcher) { w.dirty[id] = true }) }

// listChanged tells that runs have come or gone.
func (f *feed) listChanged() { f.tell(func(w *Watcher) { w.list = true }) }

func (f *feed) tell(note func(*Watcher)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watchers {
		note(w)
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}
