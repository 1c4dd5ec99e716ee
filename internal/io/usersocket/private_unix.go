//go:build unix

package usersocket

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// private reports whether a folder belongs to this user and only to them.
func private(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().Perm()&0o077 == 0 && int64(owner.Uid) == int64(os.Geteuid())
}

// refused reports whether nobody listens on a socket: its process was killed.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
