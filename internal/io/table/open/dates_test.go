package open_test

import (
	"path/filepath"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
)

// A date reads back unchanged, whatever the formats it was converted between.
func TestDates(t *testing.T) {
	t.Parallel()
	for _, c := range formatCases {
		for _, to := range []string{".csv", ".jsonl", ".xlsx"} {
			name := c.sample(t)
			dst := filepath.Join(filepath.Dir(name), "out"+to)
			tabletest.Fill(t, tabletest.Open(t, name), dst, []string{"day", "time"}, tabletest.DayCells)
			when := "2026-03-04T15:30:00Z"
			if to == ".xlsx" {
				when = "2026-03-04 15:30:00"
			}
			if c.format == table.XLSX && to == ".xlsx" {
				when = "2026-03-04 15:30" // as the built-in format shows it
			}
			for i, row := range tabletest.Rows(t, tabletest.Open(t, dst))[1:] {
				if got, want := row[3], tabletest.SampleDays[i].String(); got != want || row[4] != when {
					t.Errorf("%s%s to %s: got %q and %q, want %q and %q", c.format, c.variant, to, got, row[4], want, when)
				}
			}
		}
	}
}
