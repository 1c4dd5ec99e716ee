package usersocket

import (
	"net"
	"syscall"
)

// peer returns the user of the process at the other end; known is true.
func peer(c *net.UnixConn) (uid int64, known bool, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, true, err
	}
	var cred *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		cred, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, true, err
	}
	return int64(cred.Uid), true, nil
}
