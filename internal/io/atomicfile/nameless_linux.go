package atomicfile

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// openNameless opens a new file in a folder that has no name. Not every file system can have one, and only /proc can name it later.
func openNameless(dir string, mode fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDWR|unix.O_TMPFILE, mode)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(handle(f)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func linkNameless(f *os.File, dst string) error {
	if err := unix.Linkat(unix.AT_FDCWD, handle(f), unix.AT_FDCWD, dst, unix.AT_SYMLINK_FOLLOW); err != nil {
		return &os.LinkError{Op: "link", Old: f.Name(), New: dst, Err: err}
	}
	return nil
}

func handle(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }
