package resolve

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gigabatch/internal/jobs/spec"
)

// TestTraversalForgets keeps nothing of a traversal that has ended, although the columns are used further: 32 bytes a row would stay for a whole
// run.
func TestTraversalForgets(t *testing.T) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("prompt\n")
	for i := range rows {
		fmt.Fprintf(&text, "question %d\n", i)
	}
	s := &spec.Settings{Column: spec.Column{Params: spec.Params{Model: "GigaChat-2"}}}
	c := openColumns(t, filepath.Join(t.TempDir(), "a.csv"), text.String(), s)
	text.Reset()
	before := inUse()
	n := 0
	for row, err := range Rows(t.Context(), Options{Source: c.List[0].Source, Settings: s, Columns: c, Ways: &Ways{}}) {
		if err != nil {
			t.Fatal(err)
		}
		n += len(row.Cells[0].Tasks)
	}
	grown := inUse() - before
	runtime.KeepAlive(c)
	if n != rows || grown > 16*rows {
		t.Errorf("%d tasks, and %d bytes are still in use", n, grown)
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
