//go:build !unix

package oracle

import "os"

// peakOf returns 0: the most memory that a process had is not known here.
func peakOf(*os.ProcessState) float64 { return 0 }
