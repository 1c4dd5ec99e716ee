package stdin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"

	"gigabatch/internal/io/table"
)

// spoolPrefix begins the names of the files that keep the standard input of runs with a journal.
func spoolPrefix(journal string) string { return "." + filepath.Base(journal) + "-stdin-" }

// createSpool makes such a file beside the journal. Until remove is called it is locked, which tells others that its run is alive.
func createSpool(journal string, f table.Format) (_ *os.File, remove func(), err error) {
	for {
		file, err := os.CreateTemp(filepath.Dir(journal), spoolPrefix(journal)+"*."+string(f))
		if err != nil {
			return nil, nil, err
		}
		lock, gone := lockSpool(file.Name())
		if !gone {
			return file, func() { os.Remove(file.Name()); lock.Unlock() }, nil
		}
		file.Close()
	}
}

// lockSpool locks a file. It is gone if another run has swept it up before. Where nothing can be locked, nothing is swept up.
func lockSpool(name string) (lock *flock.Flock, gone bool) {
	lock = flock.New(name, flock.SetFlag(os.O_RDWR))
	if runtime.GOOS == "windows" { // its locks would keep this run from reading, too
		return lock, false
	}
	ok, err := lock.TryLock()
	if err != nil {
		return lock, errors.Is(err, fs.ErrNotExist)
	}
	_, err = os.Stat(name)
	if !ok || err != nil {
		lock.Unlock()
		return lock, true
	}
	return lock, false
}

// sweepSpools removes what runs that were killed have left. A file that a live run has locked stays.
func sweepSpools(journal string) {
	if runtime.GOOS == "windows" {
		return
	}
	dir := filepath.Dir(journal)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), spoolPrefix(journal)) {
			name := filepath.Join(dir, e.Name())
			lock := flock.New(name, flock.SetFlag(os.O_RDWR))
			if ok, err := lock.TryLock(); ok && err == nil {
				os.Remove(name)
				lock.Unlock()
			}
		}
	}
}
