package usersocket

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"gigabatch/internal/messages"
)

// maxPath is the longest path of a socket, in bytes, that every system accepts: macOS has the lowest limit, 104 with a zero at the end.
const maxPath = 103

// Path returns the path of a socket in a folder that other users cannot open. With create, a missing folder is created.
func Path(folder, name string, create bool) (string, error) {
	path := filepath.Join(folder, name)
	if len(path) > maxPath {
		return "", messages.Errorf("%s: the path of a socket there would be too long", folder)
	}
	if create {
		if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	info, err := os.Lstat(folder)
	switch {
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", messages.Errorf("%s: it is no folder", folder)
	case !private(info):
		return "", messages.Errorf("%s: the folder is open to other users, or belongs to another one", folder)
	}
	return path, nil
}

// Listen opens the socket at a path of Path, on which nothing may be.
func Listen(path string) (net.Listener, error) {
	at, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err = os.Chmod(path, 0o600); err != nil {
		at.Close()
		return nil, err
	}
	return at, nil
}

// Clear removes the socket that a killed process has left. It reports whether another process listens on it, which is left then.
func Clear(path string, wait time.Duration) (live bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.Mode().IsRegular() || info.IsDir() || info.Mode()&fs.ModeSymlink != 0:
		return false, messages.Errorf("%s: it is no socket", path)
	}
	conn, err := net.DialTimeout("unix", path, wait)
	switch {
	case err == nil:
		conn.Close()
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case !refused(err):
		return false, err
	}
	return false, os.Remove(path)
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
