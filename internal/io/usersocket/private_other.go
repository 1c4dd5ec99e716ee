//go:build !unix

package usersocket

import (
	"errors"
	"io/fs"
	"syscall"
)

// private reports true: Windows tells no owner here, and the folders are below the profile of the user.
func private(fs.FileInfo) bool { return true }

// wsaRefused is WSAECONNREFUSED.
const wsaRefused syscall.Errno = 10061

// refused reports whether nobody listens on a socket: its process was killed.
func refused(err error) bool {
	return errors.Is(err, wsaRefused) || errors.Is(err, syscall.ECONNREFUSED)
}
