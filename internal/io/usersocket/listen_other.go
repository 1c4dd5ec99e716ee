//go:build !windows

package usersocket

import (
	"io/fs"
	"net"
	"os"
	"time"
)

// Listen opens the socket at a path of Path, on which nothing may be. With keep, Close leaves its name.
func Listen(path string, keep bool) (net.Listener, error) {
	at, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err = os.Chmod(path, 0o600); err != nil {
		at.Close()
		return nil, err
	}
	at.(*net.UnixListener).SetUnlinkOnClose(!keep)
	return at, nil
}

func dial(path string, wait time.Duration) (net.Conn, error) {
	return net.DialTimeout("unix", path, wait)
}

// isSocket reports whether what is at a path may be a socket.
func isSocket(info fs.FileInfo) bool {
	return !info.Mode().IsRegular() && !info.IsDir() && info.Mode()&fs.ModeSymlink == 0
}

// Same reports whether the process at the other end belongs to this user or to root, as far as the system tells.
func Same(conn net.Conn) bool {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return true
	}
	uid, known, err := peer(c)
	return err == nil && (!known || may(uid, int64(os.Geteuid())))
}

// may reports whether a user may speak to a process of owner.
func may(uid, owner int64) bool { return uid == owner || uid == 0 }
