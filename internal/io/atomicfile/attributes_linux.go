package atomicfile

import (
	"strings"
	"syscall"
)

// copyAttributes copies the extended attributes of a file, its access control list among them, as far as the file system and the rights of
// the user permit.
func copyAttributes(from, to string) {
	size, err := syscall.Listxattr(from, nil)
	if err != nil || size == 0 {
		return
	}
	names := make([]byte, size)
	if size, err = syscall.Listxattr(from, names); err != nil {
		return
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(names[:size]), "\x00"), "\x00") {
		size, err := syscall.Getxattr(from, name, nil)
		if err != nil {
			continue
		}
		value := make([]byte, size)
		if size, err = syscall.Getxattr(from, name, value); err == nil {
			_ = syscall.Setxattr(to, name, value[:size], 0)
		}
	}
}
