package connection

import (
	"context"
	"os/exec"
	"syscall"
)

// shell returns a command line as a process. cmd has rules of its own for quotes: with /s, what is between the first and the last one is taken
// as it is.
func shell(ctx context.Context, line string) *exec.Cmd {
	c := exec.CommandContext(ctx, "cmd")
	c.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /d /s /c "` + line + `"`}
	return c
}
