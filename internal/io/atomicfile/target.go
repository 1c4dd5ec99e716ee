package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

// maxLinks is how many symbolic links are followed, as Linux does.
const maxLinks = 40

// target follows dst to the file that is to be replaced, which need not exist.
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

// ErrNotRegular is a destination that exists and is a directory, a device, a pipe or a socket.
var ErrNotRegular = messages.Errorf("not a regular file")

func follow(link string) (string, error) {
	to, err := os.Readlink(link)
	if err != nil || filepath.IsAbs(to) {
		return to, err
	}
	// The folder's own links are resolved first: "..", after a linked folder, is not lexical.
	dir, err := filepath.EvalSymlinks(filepath.Dir(link))
	return filepath.Join(dir, to), err
}

// pattern is a hidden name that tells whose it is and fits in 255 bytes however long the destination's name is.
func pattern(dst string) string {
	base := filepath.Base(dst)
	for len(base) > 180 {
		_, n := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-n]
	}
	return "." + base + ".*.tmp"
}
