//go:build !windows

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"

	"gigabatch/internal/messages"
)

// NoFollow is a flag of os.OpenFile with which a symbolic link is not opened.
const NoFollow = syscall.O_NOFOLLOW

// renamesOpen reports whether an open file can be renamed.
const renamesOpen = true

// rename moves a file over another one.
func rename(from, to string) error { return os.Rename(from, to) }

// OtherNames returns how many other names (hard links) a file has. They keep the old content when the file is replaced.
func OtherNames(info fs.FileInfo) int {
	if is, ok := info.Sys().(*syscall.Stat_t); ok && is.Nlink > 1 {
		return int(is.Nlink) - 1
	}
	return 0
}

// keep gives a new file the owner and the extended attributes of an old one.
func keep(tmp *os.File, dst string, old fs.FileInfo) error {
	info, err := tmp.Stat()
	if err != nil {
		return err
	}
	was, _ := old.Sys().(*syscall.Stat_t)
	now, _ := info.Sys().(*syscall.Stat_t)
	if was == nil || now == nil {
		return nil
	}
	uid, gid := -1, -1
	if was.Uid != now.Uid {
		uid = int(was.Uid)
	}
	if was.Gid != now.Gid {
		gid = int(was.Gid)
	}
	if uid >= 0 || gid >= 0 {
		if err := tmp.Chown(uid, gid); err != nil {
			return messages.Errorf("the owner of %s would change, because the file belongs to another user or group", dst)
		}
	}
	copyAttributes(dst, tmp.Name())
	return nil
}
