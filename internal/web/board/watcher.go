package board

import (
	"context"
	"sync"
)

// feed notifies watchers of changed runs. It is safe for concurrent use.
type feed struct {
	mu       sync.Mutex // guards all below, and the fields of the watchers
	watchers map[*Watcher]bool
}

// Watcher collects the changed runs. It is not safe for concurrent use.
type Watcher struct {
	feed  *feed
	wake  chan struct{}
	dirty map[string]bool
	list  bool // runs were added or removed
}

// Watch returns a new watcher, which the caller closes.
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

// Next waits for changes and returns the ids of the changed runs. list reports that runs were added or removed.
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

// Close removes the watcher from its feed.
func (w *Watcher) Close() {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	delete(w.feed.watchers, w)
}

// changed notifies the watchers of a changed run.
func (f *feed) changed(id string) { f.tell(func(w *Watcher) { w.dirty[id] = true }) }

// listChanged notifies the watchers that runs were added or removed.
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
