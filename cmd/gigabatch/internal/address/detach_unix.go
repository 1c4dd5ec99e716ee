//go:build unix

package address

import (
	"os/exec"
	"syscall"
)

// detach keeps the terminal's Ctrl-C from a program.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
