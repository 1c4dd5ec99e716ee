//go:build unix

package connection

import "syscall"

// noCoreDump keeps the system from writing the memory of the program, which holds a key, to a file.
func noCoreDump() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
