package atomicfile

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestRewriteKeepsAttributes(t *testing.T) {
	t.Parallel()
	dst := filepath.Join(t.TempDir(), "f")
	put(t, dst, "old")
	if err := syscall.Setxattr(dst, "user.gigabatch", []byte("kept"), 0); err != nil {
		t.Skip(err)
	}
	f, err := Rewrite(dst)
	if err == nil {
		err = f.Commit(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 10)
	if n, err := syscall.Getxattr(dst, "user.gigabatch", value); err != nil || string(value[:n]) != "kept" {
		t.Errorf("got %q, error %v", value[:max(n, 0)], err)
	}
}
