package journal

import (
	"os"
	"syscall"
)

// datasync makes what was written durable; the size of the file too, its times perhaps not.
func datasync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
