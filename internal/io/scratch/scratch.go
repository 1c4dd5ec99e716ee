// Package scratch creates files and folders for data that is too large for memory, in the folder for temporary files of the system.
//
// Nothing is left there when the process ends. If it is killed: a file loses its name as soon as it is created, where the system permits
// that; a folder is held by a lock, and the next process that needs a file or a folder removes those that nobody holds.
package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"time"

	"gigabatch/internal/io/filelock"
)

const (
	prefix = "gigabatch-scratch-"
	mark   = "held" // the file in a folder that its process holds
)

var ownName = regexp.MustCompile(`^` + prefix + `\d+$`)

// removesOpen reports whether an open file can be removed.
var removesOpen = runtime.GOOS != "windows"

// File creates a file. The caller must pass it to Close.
func File() (*os.File, error) {
	sweep()
	f, err := os.CreateTemp("", prefix)
	if err == nil && removesOpen {
		err = os.Remove(f.Name())
		if errors.Is(err, os.ErrNotExist) { // another process took the file for one that is left
			err = nil
		}
	}
	return f, err
}

// Close closes and removes a file from File.
func Close(f *os.File) error {
	err := f.Close()
	if !removesOpen {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// Folder is a folder for files that need names.
type Folder struct {
	Path string
	held *os.File
}

// NewFolder creates a folder. The caller must close it.
func NewFolder() (*Folder, error) {
	sweep()
	for {
		path, err := os.MkdirTemp("", prefix)
		if err != nil {
			return nil, err
		}
		held, err := os.OpenFile(filepath.Join(path, mark), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrNotExist) {
			continue // another process took the empty folder for one that is left
		}
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(path))
		}
		if err := filelock.Lock(held); !errors.Is(err, filelock.ErrTaken) { // where locks do not work, none does
			return &Folder{Path: path, held: held}, nil
		}
		held.Close()
	}
}

// Close removes the folder, except for files that are open where those cannot be removed. It may be called again then.
func (f *Folder) Close() error {
	f.held.Close()
	return os.RemoveAll(f.Path)
}

// last is when the folder for temporary files was swept.
var last struct {
	sync.Mutex // guards at and dir
	at         time.Time
	dir        string
}

const sweepEvery = time.Minute

// sweep removes the files and folders of killed processes, unless this process did so a moment ago.
func sweep() {
	dir := os.TempDir()
	last.Lock()
	defer last.Unlock()
	if dir == last.dir && time.Since(last.at) < sweepEvery {
		return
	}
	last.at, last.dir = time.Now(), dir
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !ownName.MatchString(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Type().IsRegular():
			_ = filelock.Remove(path)
		case e.IsDir():
			if err := filelock.Remove(filepath.Join(path, mark)); err == nil {
				_ = os.RemoveAll(path)
			} else if errors.Is(err, os.ErrNotExist) {
				_ = os.Remove(path) // only if it is empty
			}
		}
	}
}
