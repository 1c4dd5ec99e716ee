package xlsx_test

import (
	"path/filepath"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// TestRealXLSX also adds a column, and finds it in the output, with the same values next to it.
func TestRealXLSX(t *testing.T) {
	t.Parallel()
	for _, name := range tabletest.Shared(t, ".xlsx", ".xlsm") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			if raceDetector && slowWithRace[filepath.Base(name)] {
				t.Skip("it takes long with the race detector; .ci/run reads it without")
			}
			src, err := open.Open(name, table.Options{})
			if err != nil {
				tabletest.WantError(t, err)
				t.Log(err)
				return
			}
			defer src.Close()
			dst := filepath.Join(t.TempDir(), "out"+table.Extension(name))
			rows, err := tabletest.Answer(src, dst)
			if err != nil {
				tabletest.WantError(t, err)
				t.Log(err)
				return
			}
			t.Logf("%d rows, columns %.100q", len(rows), src.Columns())
			again, err := open.Open(dst, table.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			tabletest.WantAnswered(t, again, src.Columns(), rows)
		})
	}
}
