package stdin

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/filelock"
	"gigabatch/internal/io/table"
)

// spoolPrefix is the prefix of the names of files that hold the standard input of runs with a journal.
func spoolPrefix(journal string) string { return "." + filepath.Base(journal) + "-stdin-" }

// createSpool creates such a file beside the journal. It is held until remove is called, as a sign for other runs that this run is alive.
func createSpool(journal string, f table.Format) (_ *os.File, remove func(), err error) {
	for {
		file, err := os.CreateTemp(filepath.Dir(journal), spoolPrefix(journal)+"*."+string(f))
		if err != nil {
			return nil, nil, err
		}
		// Before it was locked, another run may have taken it for one that is left behind. Where locks do not work, none does.
		lockErr := filelock.Lock(file)
		if _, err := os.Lstat(file.Name()); err == nil && !errors.Is(lockErr, filelock.ErrTaken) {
			return file, func() { file.Close(); os.Remove(file.Name()) }, nil
		}
		file.Close()
	}
}

// sweepSpools removes the files of killed runs.
func sweepSpools(journal string) {
	dir := filepath.Dir(journal)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), spoolPrefix(journal)) {
			_ = filelock.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
