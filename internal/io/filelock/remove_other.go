//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package filelock

// Remove removes nothing: whether a process holds the file is unknown.
func Remove(string) error { return ErrTaken }
