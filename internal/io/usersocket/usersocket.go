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

// ErrForeign reports that a process of another user listens on a socket.
var ErrForeign = messages.Errorf("the socket belongs to another user")

// Dial connects with the process that listens at a path of Path, within some time. The error is ErrForeign if it is that of another user.
func Dial(path string, wait time.Duration) (net.Conn, error) {
	conn, err := dial(path, wait)
	if err != nil {
		return nil, err
	}
	if !Same(conn) {
		conn.Close()
		return nil, ErrForeign
	}
	return conn, nil
}

// Clear removes the socket that a killed process has left. It reports whether another process listens on it, which is left then.
func Clear(path string, wait time.Duration) (live bool, err error) {
	if has, err := at(path); err != nil || !has {
		return false, err
	}
	conn, err := Dial(path, wait)
	switch {
	case err == nil:
		conn.Close()
		return true, nil
	case errors.Is(err, ErrForeign):
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case refused(err):
		return false, os.Remove(path)
	}
	return false, err
}

// Remove removes a socket, so that nobody else finds the process that listens on it. There need not be one.
func Remove(path string) error {
	if has, err := at(path); err != nil || !has {
		return err
	}
	return os.Remove(path)
}

// at reports whether a socket is at a path. The error is nil if nothing is there.
func at(path string) (bool, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !isSocket(info):
		return false, messages.Errorf("%s: it is no socket", path)
	}
	return true, nil
}
