//go:build unix

package oracle

import (
	"os"
	"syscall"
)

// peakOf returns the most memory that a process had, in MB.
func peakOf(p *os.ProcessState) float64 {
	u, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(u.Maxrss) / 1024
}
