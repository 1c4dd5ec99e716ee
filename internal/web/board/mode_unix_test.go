//go:build unix

package board

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// An upload has the mode that the umask allows, and its answers have that of the upload. Not parallel: the umask belongs to the process.
func TestModesOfAnUploadAndItsAnswers(t *testing.T) {
	before := syscall.Umask(0o077)
	defer syscall.Umask(before)
	b, _ := open(t, nil)
	up, err := b.Receive("", "q.csv", strings.NewReader("prompt\na\n"), 100)
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Start(t.Context(), &Spec{Input: up.Name})
	if err != nil {
		t.Fatal(err)
	}
	<-b.entries[id].own.done
	entries, err := os.ReadDir(b.Dir)
	if err != nil || len(entries) < 3 {
		t.Fatalf("%v, error %v", entries, err)
	}
	for _, e := range entries {
		if info, err := os.Stat(filepath.Join(b.Dir, e.Name())); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, error %v, want 0600", e.Name(), info.Mode(), err)
		}
	}
}
