package filelock

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestRemoveSparesWhatIsHeld(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("nothing is locked")
	}
	name := filepath.Join(t.TempDir(), "f")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := Lock(f); err != nil {
		t.Fatal(err)
	}
	if err := Remove(name); !errors.Is(err, ErrTaken) {
		t.Errorf("got error %v, want %v", err, ErrTaken)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(name, link); err != nil {
		t.Skip(err)
	}
	f.Close()
	if err := Remove(link); err == nil {
		t.Error("a link was followed")
	}
	if err := Remove(name); err != nil {
		t.Errorf("got error %v for a file that nobody holds", err)
	}
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v, want the file gone", err)
	}
}
