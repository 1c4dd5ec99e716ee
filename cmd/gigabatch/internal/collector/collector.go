// Package collector sets how often the garbage collector runs.
package collector

import (
	"os"
	"runtime/debug"

	"gigabatch/internal/io/table"
)

const (
	rarely     = 200     // GOGC percentages
	usually    = 100     // the default of Go
	sparing    = 50      // for a server
	frugal     = 20      // for an index of many rows beside a server
	largeInput = 100_000 // rows

	usualMemory = 300 << 20 // bytes, from which the collector runs as often as it must: answers may be as long as 30 MB
)

// Rarely makes the garbage collector run less often: that saves a tenth of the processor time for a few megabytes of memory,
// because a run allocates much and keeps little. Workbooks are large and keep the default. GOGC and GOMEMLIMIT take precedence.
func Rarely(input string) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(usualMemory)
	}
	if f, _ := table.FormatOf(input); f != table.XLSX {
		set(rarely)
	}
}

// For restores the default for an input with many rows, whose index is large. GOGC takes precedence. A run that has a server of NATS in its
// process saves more: what it keeps for its rows has no pointers, so that the collector is done with it at once.
func For(rows int, server bool) {
	switch {
	case rows > largeInput && server:
		set(frugal)
	case rows > largeInput:
		set(usually)
	}
}

// Sparingly makes it run more often, for a server, which keeps indexes in memory for a long time. GOGC takes precedence.
func Sparingly() { set(sparing) }

func set(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
