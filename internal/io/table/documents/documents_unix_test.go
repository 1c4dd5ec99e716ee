//go:build unix

package documents_test

import (
	"net"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// Pipes and sockets are skipped, or refused if they are named, and never block.
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
		src := openDocs(t, table.Options{}, arg)
		if got := relsOf(t, src); !slices.Equal(got, []string{"a.md"}) {
			t.Errorf("got %q", got)
		}
	}
	for _, path := range []string{filepath.Join(dir, "pipe.md"), "/dev/zero"} {
		_, err := open.Open("x", table.Options{Documents: []string{path}})
		tabletest.WantError(t, err)
	}
}
