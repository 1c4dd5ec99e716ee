//go:build darwin || freebsd

package usersocket

import (
	"net"

	"golang.org/x/sys/unix"
)

// peer returns the user of the process at the other end; known is true.
func peer(c *net.UnixConn) (uid int64, known bool, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, true, err
	}
	var cred *unix.Xucred
	var failed error
	err = raw.Control(func(fd uintptr) { cred, failed = unix.GetsockoptXucred(int(fd), solLocal, unix.LOCAL_PEERCRED) })
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, true, err
	}
	return int64(cred.Uid), true, nil
}

// solLocal is SOL_LOCAL, the level of the options of Unix sockets.
const solLocal = 0
