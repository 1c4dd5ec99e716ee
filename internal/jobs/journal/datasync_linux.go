package journal

import (
	"os"
	"syscall"
)

// datasync makes durable what was written, and the size of the file; its times may be lost.
func datasync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
