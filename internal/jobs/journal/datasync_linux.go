package journal

import (
	"os"
	"syscall"
)

// datasync makes written data and the size of the file durable; its times may be lost.
func datasync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
