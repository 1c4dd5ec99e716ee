package atomicfile

import (
	"io/fs"
	"os"
)

// NoFollow is 0: Windows has no such flag, and few users can make symbolic links there.
const NoFollow = 0

// renamesOpen reports whether an open file can be renamed.
const renamesOpen = false

// OtherNames returns 0: the names are unknown.
func OtherNames(fs.FileInfo) int { return 0 }

// keep does nothing: the folder decides who may do what with a new file.
func keep(*os.File, string, fs.FileInfo) error { return nil }
