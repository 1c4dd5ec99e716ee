package shelf

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/jobs/journal"
)

// Readers of one journal stand on the shelf together, and leave nothing behind; nor does a journal that is not there.
func TestReaders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	if _, err := Take(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a journal that is not there: %v", err)
	}
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var read [4]*journal.Journal
	var group errgroup.Group
	for i := range read {
		group.Go(func() (err error) {
			read[i], err = Take(path)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	open := func() int {
		mu.Lock()
		defer mu.Unlock()
		if p := all[path]; p != nil {
			return len(p.open)
		}
		return 0
	}
	for i, j := range read {
		if n := open(); n != len(read)-i {
			t.Errorf("%d journals are on the shelf, want %d", n, len(read)-i)
		}
		if err := PutBack(path, j); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if p := all[path]; p != nil {
		t.Errorf("the shelf keeps a place for nobody: %+v", p)
	}
}
