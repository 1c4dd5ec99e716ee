package rows

import (
	"slices"
	"sync"

	"gigabatch/internal/jobs/journal"
)

// shelf has the journals that the views of this process have open, by path. What several know of one file is in memory once, and it is read by one
// view at a time.
var shelf = struct {
	mu  sync.Mutex
	all map[string]*place
}{all: map[string]*place{}}

// place is a journal on the shelf.
type place struct {
	users int // guarded by shelf.mu

	mu   sync.Mutex // held while the journal is read
	open []*journal.Journal
}

// take reads a journal. It must be put back.
func take(path string) (*journal.Journal, error) {
	shelf.mu.Lock()
	p := shelf.all[path]
	if p == nil {
		p = &place{}
		shelf.all[path] = p
	}
	p.users++
	shelf.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	j, err := journal.ReadBeside(path, p.open)
	if err != nil {
		p.leave(path)
		return nil, err
	}
	p.open = append(p.open, j)
	return j, nil
}

// putBack closes a journal, which need not be from the shelf.
func putBack(path string, j *journal.Journal) error {
	shelf.mu.Lock()
	p := shelf.all[path]
	shelf.mu.Unlock()
	if p != nil {
		p.mu.Lock()
		if i := slices.Index(p.open, j); i >= 0 {
			p.open = slices.Delete(p.open, i, i+1)
			p.leave(path)
		}
		p.mu.Unlock()
	}
	return j.Close()
}

// leave takes a place without users off the shelf.
func (p *place) leave(path string) {
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(shelf.all, path)
	}
}
