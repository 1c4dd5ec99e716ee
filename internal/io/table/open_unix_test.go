//go:build unix

package table

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe is refused, not waited for.
func TestOpenFIFO(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	_, err := Open(name, Options{})
	wantError(t, err)
}
