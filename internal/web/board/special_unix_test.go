//go:build unix

package board

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// specials is how many journals special makes.
const specials = 4

// special puts what is not a regular file in the places of journals.
func special(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.csv.gigabatch"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"dangling link": "nowhere", "link to a device": "/dev/zero", "link": journalID} {
		if err := os.Symlink(to, filepath.Join(dir, name+".gigabatch")); err != nil {
			t.Fatal(err)
		}
	}
}
