package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// ways are the ways in which a new file is kept until it has its name.
var ways = map[string]func(string, fs.FileMode) (*New, error){"nameless where possible": CreateNew, "hidden": createHidden}

func TestNew(t *testing.T) {
	t.Parallel()
	for way, create := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, filepath.Join(dir, "taken"), "old")
			if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
				t.Skip(err)
			}
			n, err := create(dir, 0o666)
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			if _, err := n.Write([]byte("new")); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"taken", "dangling"} {
				if err := n.Name(name); !errors.Is(err, fs.ErrExist) {
					t.Errorf("%s: got error %v, want %v", name, err, fs.ErrExist)
				}
			}
			if err := n.Name("free"); err != nil {
				t.Fatal(err)
			}
			if err := n.Close(); err != nil {
				t.Error(err)
			}
			wantText(t, filepath.Join(dir, "taken"), "old")
			wantText(t, filepath.Join(dir, "free"), "new")
			wantNames(t, dir, "dangling", "free", "taken")
			like, err := os.OpenFile(filepath.Join(dir, "like"), os.O_WRONLY|os.O_CREATE, 0o666)
			if err != nil {
				t.Fatal(err)
			}
			defer like.Close()
			want, wantErr := like.Stat()
			got, gotErr := os.Stat(filepath.Join(dir, "free"))
			if err := errors.Join(wantErr, gotErr); err != nil || got.Mode() != want.Mode() {
				t.Errorf("got mode %v, error %v, want %v as the umask has it", got.Mode(), err, want.Mode())
			}
		})
	}
}

func TestNewWithoutName(t *testing.T) {
	t.Parallel()
	for way, create := range ways {
		dir := t.TempDir()
		n, err := create(dir, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Write([]byte("half")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := n.Close(); err != nil {
				t.Errorf("%s: got error %v from Close", way, err)
			}
		}
		wantNames(t, dir)
	}
	if _, err := CreateNew(filepath.Join(t.TempDir(), "missing"), 0o666); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v for a folder that does not exist", err)
	}
}

// Where there are no hard links, the name is created first, and only that file is replaced.
func TestNewWithoutHardLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "taken"), "old")
	n, err := createHidden(dir, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := n.claim(filepath.Join(dir, "taken")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got error %v, want %v", err, fs.ErrExist)
	}
	if err := errors.Join(n.claim(filepath.Join(dir, "free")), n.Close()); err != nil {
		t.Fatal(err)
	}
	wantText(t, filepath.Join(dir, "taken"), "old")
	wantText(t, filepath.Join(dir, "free"), "new")
	wantNames(t, dir, "free", "taken")
}
