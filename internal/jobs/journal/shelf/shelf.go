// Package shelf keeps the journals that this process reads, so that each is read and in memory once.
package shelf

import (
	"slices"
	"sync"

	"gigabatch/internal/jobs/journal"
)

// all are the places on the shelf, by path.
var (
	mu  sync.Mutex
	all = map[string]*place{}
)

// place is where the readers of a journal find it.
type place struct {
	users int // guarded by the mutex of the shelf

	mu   sync.Mutex // held while the journal is read
	open []*journal.Journal
}

// Take is journal.Read, after others that are reading the same file, with their index if it is that of the same records. The journal must be put
// back.
func Take(path string) (*journal.Journal, error) {
	mu.Lock()
	p := all[path]
	if p == nil {
		p = &place{}
		all[path] = p
	}
	p.users++
	mu.Unlock()
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

// PutBack closes a journal, which need not be from the shelf.
func PutBack(path string, j *journal.Journal) error {
	mu.Lock()
	p := all[path]
	mu.Unlock()
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
	mu.Lock()
	defer mu.Unlock()
	if p.users--; p.users == 0 {
		delete(all, path)
	}
}
