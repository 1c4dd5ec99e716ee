package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// write commits text to dst.
func write(dst, text string, before func() error) error {
	f, err := Create(dst, 0o640)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write([]byte(text)); err != nil {
		return err
	}
	return f.Commit(before)
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantText(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("%s: got %q, error %v, want %q", name, got, err, want)
	}
}

// wantNames checks that the folder contains nothing else.
func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got the files %q, want %q", got, want)
	}
}

func TestCommit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dst := filepath.Join(dir, "out.csv")
	for _, text := range []string{"first", "second, longer", ""} {
		if err := write(dst, text, nil); err != nil {
			t.Fatal(err)
		}
		wantText(t, dst, text)
		wantNames(t, dir, "out.csv")
	}
	fi, err := os.Stat(dst)
	if err != nil || runtime.GOOS != "windows" && fi.Mode() != 0o640 {
		t.Errorf("got mode %v, error %v, want 0640", fi.Mode(), err)
	}
}

// Until the rename, the destination has the old content, and the complete new content is next to it under a hidden name.
func TestBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dst := filepath.Join(dir, "out")
	put(t, dst, "old")
	err := write(dst, "new", func() error {
		wantText(t, dst, "old")
		hidden, err := filepath.Glob(filepath.Join(dir, ".out.*.tmp"))
		if err != nil || len(hidden) != 1 {
			t.Fatalf("got %q, error %v, want one temporary file", hidden, err)
		}
		wantText(t, hidden[0], "new")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, dst, "new")
}

func TestBeforeFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dst := filepath.Join(dir, "out")
	put(t, dst, "old")
	want := errors.New("no")
	if got := write(dst, "new", func() error { return want }); !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
	wantText(t, dst, "old")
	wantNames(t, dir, "out")
}

func TestCloseWithoutCommit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := Create(filepath.Join(dir, "out"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("got error %v from Close", err)
		}
	}
	if err := f.Commit(nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got error %v from Commit after Close, want %v", err, fs.ErrClosed)
	}
	wantNames(t, dir)
}

// A link is never followed: neither to an existing file nor to nothing, nor in a loop.
func TestLinkIsRefused(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"real", "nothing", "link", "folder"} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "real"), "text")
		link := filepath.Join(dir, "link")
		if err := errors.Join(os.Mkdir(filepath.Join(dir, "folder"), 0o700), os.Symlink(target, link)); err != nil {
			t.Skip(err)
		}
		for _, f := range []func(string) error{Check, func(dst string) error { return write(dst, "new", nil) }} {
			var refused *LinkError
			if err := f(link); !errors.As(err, &refused) || refused.Target != target {
				t.Errorf("link to %s: got error %v, want a *LinkError", target, err)
			}
		}
		wantText(t, filepath.Join(dir, "real"), "text")
		wantNames(t, dir, "folder", "link", "real")
	}
}

// A link that comes while the content is written is replaced, and what it leads to is not.
func TestLinkThatComesLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	real, dst := filepath.Join(dir, "real"), filepath.Join(dir, "dst")
	put(t, real, "text")
	if err := write(dst, "new", func() error { return os.Symlink("real", dst) }); err != nil {
		t.Fatal(err)
	}
	wantText(t, real, "text")
	wantText(t, dst, "new")
	if info, err := os.Lstat(dst); err != nil || !info.Mode().IsRegular() {
		t.Errorf("got mode %v, error %v, want a regular file", info.Mode(), err)
	}
}

// Rewrite follows the links to the file and keeps them.
func TestRewriteThroughLinks(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"real/out", "linked/out", "linked/../real/out"} {
		dir := t.TempDir()
		link := filepath.Join(dir, "link")
		if err := errors.Join(os.Mkdir(filepath.Join(dir, "real"), 0o700), os.Symlink("real", filepath.Join(dir, "linked")), os.Symlink(to, link)); err != nil {
			t.Skip(err)
		}
		put(t, filepath.Join(dir, "real", "out"), "old")
		f, err := Rewrite(link)
		if err == nil {
			_, err = f.Write([]byte("new"))
		}
		if err == nil {
			err = f.Commit(nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, filepath.Join(dir, "real", "out"), "new")
		wantNames(t, filepath.Join(dir, "real"), "out")
		if got, err := os.Readlink(link); err != nil || got != to {
			t.Errorf("got link to %q, error %v, want %q", got, err, to)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "")
	tests := []struct {
		dst  string
		want error
	}{
		{dir, ErrNotRegular},
		{filepath.Join(dir, "missing", "out"), fs.ErrNotExist},
		{filepath.Join(dir, "file", "out"), nil},
	}
	for _, tt := range tests {
		for _, f := range []func(string) error{Check, func(dst string) error { return write(dst, "", nil) }} {
			if got := f(tt.dst); got == nil || tt.want != nil && !errors.Is(got, tt.want) {
				t.Errorf("%s: got error %v, want %v", tt.dst, got, tt.want)
			}
		}
	}
	wantNames(t, dir, "file")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dst := filepath.Join(dir, "out")
	put(t, dst, "old")
	for _, name := range []string{dst, filepath.Join(dir, "new"), filepath.Join(dir, strings.Repeat("длинное", 17))} {
		if err := Check(name); err != nil {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	wantText(t, dst, "old")
	wantNames(t, dir, "out")
}
