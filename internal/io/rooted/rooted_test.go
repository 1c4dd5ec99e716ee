package rooted

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// folder creates a folder with a file, a secret next to it, and links.
func folder(t *testing.T) (f *Folder, dir string) {
	t.Helper()
	top := t.TempDir()
	dir = filepath.Join(top, "root")
	for _, d := range []string{"root/sub", "outside"} {
		if err := os.MkdirAll(filepath.Join(top, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"root/a.txt": "a", "root/sub/b;c.txt": "b", "outside/secret.txt": "secret"} {
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"out.txt": "../outside/secret.txt", "outdir": "../outside", "abs.txt": filepath.Join(top, "outside/secret.txt"), "in.txt": "sub/b;c.txt", "loop": "loop"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func TestFilesBelowTheFolderAreOpened(t *testing.T) {
	t.Parallel()
	f, dir := folder(t)
	for name, want := range map[string]string{"a.txt": "a", "./a.txt": "a", "sub/../a.txt": "a", "sub/b;c.txt": "b", "in.txt": "b", filepath.Join(dir, "a.txt"): "a"} {
		file, err := f.Open(name)
		if err != nil {
			t.Errorf("Open(%q): %v", name, err)
			continue
		}
		b, err := io.ReadAll(file)
		file.Close()
		if err != nil || string(b) != want {
			t.Errorf("Open(%q) reads %q, %v; want %q", name, b, err, want)
		}
	}
}

func TestNothingElseIsOpened(t *testing.T) {
	t.Parallel()
	f, dir := folder(t)
	for name, want := range map[string]error{
		"../outside/secret.txt": ErrOutside, "sub/../../outside/secret.txt": ErrOutside, "..": ErrOutside,
		"/etc/passwd": ErrOutside, "/proc/self/environ": ErrOutside, filepath.Join(dir, "../outside/secret.txt"): ErrOutside,
		"out.txt": ErrOutside, "outdir/secret.txt": ErrOutside, "abs.txt": ErrOutside,
		"": ErrName, "a.txt\x00.png": ErrName, "none.txt": fs.ErrNotExist, "a.txt/": nil, "sub": ErrNotRegular, ".": ErrNotRegular, "loop": nil,
	} {
		for what, open := range map[string]func(string) error{
			"Open": func(n string) error { _, err := f.Open(n); return err },
			"Stat": func(n string) error { _, err := f.Stat(n); return err },
		} {
			err := open(name)
			if err == nil || want != nil && !errors.Is(err, want) {
				t.Errorf("%s(%q) = %v, want %v", what, name, err, want)
			}
		}
	}
}
