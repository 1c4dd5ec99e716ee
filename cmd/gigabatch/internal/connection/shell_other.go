//go:build !windows

package connection

import (
	"context"
	"os/exec"
)

// shell returns a command line as a process.
func shell(ctx context.Context, line string) *exec.Cmd {
	return exec.CommandContext(ctx, "sh", "-c", line)
}
