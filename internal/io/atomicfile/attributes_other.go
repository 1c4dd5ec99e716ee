//go:build !linux && !windows

package atomicfile

// copyAttributes does nothing.
func copyAttributes(from, to string) {}
