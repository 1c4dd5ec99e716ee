//go:build unix

package rooted

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

func TestFIFOIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	f, dir := folder(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.pdf"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open("pipe.pdf"); !errors.Is(err, ErrNotRegular) {
		t.Errorf("Open of a FIFO: %v, want %v", err, ErrNotRegular)
	}
}
