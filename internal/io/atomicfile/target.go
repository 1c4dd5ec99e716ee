package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

// maxLinks is the number of symbolic links that are followed, the same as on Linux.
const maxLinks = 40

// target resolves dst to the file that will be replaced. The file need not exist.
func target(dst string) (string, error) {
	name := dst
	for range maxLinks {
		fi, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return name, nil
		case err != nil:
			return "", err
		case fi.Mode()&fs.ModeSymlink != 0:
			if name, err = follow(name); err != nil {
				return "", err
			}
		case !fi.Mode().IsRegular():
			return "", messages.Errorf("%s: %w", dst, ErrNotRegular)
		default:
			return name, nil
		}
	}
	return "", messages.Errorf("%s: too many symbolic links", dst)
}

// ErrNotRegular reports a destination that is a directory, a device, a pipe or a socket.
var ErrNotRegular = messages.Errorf("not a regular file")

func follow(link string) (string, error) {
	to, err := os.Readlink(link)
	if err != nil || filepath.IsAbs(to) {
		return to, err
	}
	// The links of the folder are resolved first: ".." after a linked folder cannot be resolved lexically.
	dir, err := filepath.EvalSymlinks(filepath.Dir(link))
	return filepath.Join(dir, to), err
}

// pattern returns a hidden name that shows which file it belongs to. It fits in 255 bytes, whatever the length of dst.
func pattern(dst string) string {
	base := filepath.Base(dst)
	for len(base) > 180 {
		_, n := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-n]
	}
	return "." + base + ".*.tmp"
}
