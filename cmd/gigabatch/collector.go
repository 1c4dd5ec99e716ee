package main

import (
	"os"
	"runtime/debug"

	"gigabatch/internal/io/table"
)

const (
	rarely     = 200     // GOGC percentages
	usually    = 100     // the default of Go
	sparing    = 50      // for a server, which keeps indexes in memory for a long time
	largeInput = 100_000 // rows

	usualMemory = 300 << 20 // bytes, from which the collector runs as often as it must: answers may be as long as 30 MB
)

// collectRarely makes the garbage collector run less often: that saves a tenth of the processor time for a few megabytes of memory,
// because a run allocates much and keeps little. Workbooks are large and keep the default. GOGC and GOMEMLIMIT take precedence.
func collectRarely(input string) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(usualMemory)
	}
	if f, _ := table.FormatOf(input); f != table.XLSX {
		setCollector(rarely)
	}
}

// collectFor restores the default for an input with many rows, whose index is large. GOGC takes precedence.
func collectFor(rows int) {
	if rows > largeInput {
		setCollector(usually)
	}
}

func setCollector(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
