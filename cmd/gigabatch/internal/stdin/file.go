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

// spoolPrefix is the prefix of the names of files that hold the standard input of runs with a journal.
func spoolPrefix(journal string) string { return "." + filepath.Base(journal) + "-stdin-" }

// createSpool creates such a file beside the journal. It is locked until remove is called, as a sign for other runs that this run is alive.
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

// lockSpool locks a file. gone reports that another run has removed the file. If locks do not work here, files are not removed either.
func lockSpool(name string) (lock *flock.Flock, gone bool) {
	lock = flock.New(name, flock.SetFlag(os.O_RDWR))
	if runtime.GOOS == "windows" { // its locks would also keep this run from reading
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

// sweepSpools removes the files of killed runs. It keeps files that a live run has locked.
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
