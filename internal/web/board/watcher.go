package board

import "context"

// Watcher tells which runs have changed. It is not safe for concurrent use.
type Watcher struct {
	board *Board
	wake  chan struct{}
	dirty map[string]bool // guarded by the board's mu
	list  bool            // guarded by the board's mu: runs have come or gone
}

// Watch begins to tell. The caller closes the Watcher.
func (b *Board) Watch() *Watcher {
	w := &Watcher{board: b, wake: make(chan struct{}, 1), dirty: map[string]bool{}}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watchers[w] = true
	return w
}

// Next waits for changes. With list, runs have come or gone.
func (w *Watcher) Next(ctx context.Context) (ids []string, list bool, err error) {
	select {
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case <-w.wake:
	}
	w.board.mu.Lock()
	defer w.board.mu.Unlock()
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
	w.board.mu.Lock()
	defer w.board.mu.Unlock()
	delete(w.board.watchers, w)
}

// changed tells that a run has changed.
func (b *Board) changed(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for w := range b.watchers {
		w.dirty[id] = true
		w.nudge()
	}
}

// listChanged tells that runs have come or gone. The caller holds mu.
func (b *Board) listChanged() {
	for w := range b.watchers {
		w.list = true
		w.nudge()
	}
}

func (w *Watcher) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
