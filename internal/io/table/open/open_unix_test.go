//go:build unix

package open_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// A pipe is refused and does not block.
func TestOpenFIFO(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	_, err := open.Open(name, table.Options{})
	tabletest.WantError(t, err)
}
