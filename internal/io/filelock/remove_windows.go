package filelock

import (
	"os"
	"time"
)

// minAge is the least age of a file that Remove removes: its process may have closed it to rename it.
const minAge = time.Minute

// Remove removes a file unless a process has it open or has just written it.
func Remove(name string) error {
	info, err := os.Lstat(name)
	if err == nil && time.Since(info.ModTime()) < minAge {
		err = ErrTaken
	}
	if err != nil {
		return err
	}
	return os.Remove(name)
}
