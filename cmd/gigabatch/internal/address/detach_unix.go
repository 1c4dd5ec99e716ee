//go:build unix

package address

import (
	"os/exec"
	"syscall"
)

// detach protects a program from Ctrl-C in the terminal.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
