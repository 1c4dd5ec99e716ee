package main

import (
	"os"
	"runtime/debug"

	"gigabatch/internal/io/table"
)

const (
	rarely     = 200 // per cent of garbage beside what is live before it is collected
	usually    = 100
	sparing    = 50      // for a server that stays, and has the indexes of runs and of what is looked at
	largeInput = 100_000 // rows
)

// collectRarely spares a tenth of the processor for a few megabytes: a run allocates much and keeps little. A workbook is large by
// itself, and so is the index of many rows; and GOGC decides if it is set.
func collectRarely(input string) {
	if f, _ := table.FormatOf(input); f != table.XLSX {
		setCollector(rarely)
	}
}

// collectFor goes back to the usual when there are many rows.
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
