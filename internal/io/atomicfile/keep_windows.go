package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// NoFollow is 0: Windows has no such flag, and few users can make symbolic links there.
const NoFollow = 0

// renamesOpen reports whether an open file can be renamed.
const renamesOpen = false

// A virus scanner or an indexer holds a new file for a moment, and nobody can move it meanwhile.
const (
	maxHeld   = 2 * time.Second
	heldPause = 20 * time.Millisecond
)

// rename moves a file over another one. If another program holds one of them, it waits a moment.
func rename(from, to string) error {
	for began := time.Now(); ; time.Sleep(heldPause) {
		err := os.Rename(from, to)
		held := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_LOCK_VIOLATION)
		if !held || time.Since(began) > maxHeld {
			return err
		}
	}
}

// OtherNames returns 0: the names are unknown.
func OtherNames(fs.FileInfo) int { return 0 }

// keep does nothing: the folder decides who may do what with a new file.
func keep(*os.File, string, fs.FileInfo) error { return nil }
