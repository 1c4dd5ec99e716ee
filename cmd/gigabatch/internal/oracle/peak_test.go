package oracle

import (
	"bytes"
	"fmt"
	"os"
)

// peakOf returns the most memory that a running process has had, in MB; 0 if it is not known here. What the system tells of an ended process
// is at least what the process that started it had, because a new process begins in the memory of the old one.
func peakOf(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kB float64
	fmt.Sscan(string(rest), &kB)
	return kB / 1024
}
