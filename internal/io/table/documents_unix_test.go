//go:build unix

package table

import (
	"net"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// Pipes and sockets are passed over, or refused where they are named, and not waited for.
func TestDocumentsSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := docTree(t, map[string]string{"a.md": "a"})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.md"), 0o600); err != nil {
		t.Skip(err)
	}
	if l, err := net.Listen("unix", filepath.Join(dir, "socket")); err == nil {
		defer l.Close()
	}
	for _, arg := range []string{dir, filepath.Join(dir, "*")} {
		src := openDocs(t, Options{}, arg)
		if got := relsOf(t, src); !slices.Equal(got, []string{"a.md"}) {
			t.Errorf("got %q", got)
		}
	}
	for _, path := range []string{filepath.Join(dir, "pipe.md"), "/dev/zero"} {
		_, err := Open("x", Options{Documents: []string{path}})
		wantError(t, err)
	}
}
