package usersocket

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// On Windows a socket is a named pipe. Pipes have no folders, so a small file at the path has the name of the pipe, which is random: a process
// takes the place of another one, which may be stopped, by writing the file anew.

// prefix begins the name of each pipe.
const prefix = `\\.\pipe\gigabatch-`

// pipe is a pipe with the file of its name.
type pipe struct {
	net.Listener
	path string
	keep bool
}

// Close ends the pipe and removes its file.
func (p *pipe) Close() error {
	if !p.keep {
		_ = os.Remove(p.path)
	}
	return p.Listener.Close()
}

// Listen opens the socket at a path of Path, on which nothing may be. With keep, Close leaves its name.
func Listen(path string, keep bool) (net.Listener, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	sid := user.User.Sid.String()
	name := prefix + rand.Text()
	at, err := winio.ListenPipe(name, &winio.PipeConfig{SecurityDescriptor: fmt.Sprintf("O:%sD:P(A;;GA;;;%s)(A;;GA;;;SY)", sid, sid)})
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = file.WriteString(name)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		at.Close()
		return nil, err
	}
	return &pipe{at, path, keep}, nil
}

// dial connects with the pipe whose name is in a file. A pipe that nobody has is reported as refused.
func dial(path string, wait time.Duration) (net.Conn, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	name, err := io.ReadAll(io.LimitReader(file, 256))
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(string(name), prefix) {
		return nil, windows.WSAECONNREFUSED // its process was killed while it wrote the file
	}
	conn, err := winio.DialPipe(string(name), &wait)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, windows.WSAECONNREFUSED
	}
	return conn, err
}

// isSocket reports whether what is at a path may be a socket.
func isSocket(info fs.FileInfo) bool { return info.Mode().IsRegular() }

// private reports true: Windows tells no owner here, and the folders are below the profile of the user.
func private(fs.FileInfo) bool { return true }

// refused reports whether nobody listens on a socket: its process was killed.
func refused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }

// Same reports whether a pipe belongs to this user. Its access list lets nobody else in, but another user may have made a pipe of that name.
func Same(conn net.Conn) bool {
	c, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return false
	}
	sd, err := windows.GetSecurityInfo(windows.Handle(c.Fd()), windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return false
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && owner.Equals(user.User.Sid)
}
