//go:build unix

package atomicfile

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

func TestFIFO(t *testing.T) {
	t.Parallel()
	dst := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(dst, 0o600); err != nil {
		t.Skip(err)
	}
	if got := Check(dst); !errors.Is(got, ErrNotRegular) {
		t.Errorf("got error %v, want %v", got, ErrNotRegular)
	}
}
