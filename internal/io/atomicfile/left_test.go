//go:build unix

package atomicfile

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test program be a process that begins a file and never ends it.
func TestMain(m *testing.M) {
	if dst := os.Getenv("ATOMICFILE_BEGIN"); dst != "" {
		f, err := Create(dst, 0o600)
		if err != nil {
			panic(err)
		}
		f.Write([]byte("half"))
		os.Stdout.WriteString("begun\n")
		io.Copy(io.Discard, os.Stdin) // until it is killed
		runtime.KeepAlive(f)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// begin starts a process that has begun dst.
func begin(t *testing.T, dst string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "ATOMICFILE_BEGIN="+dst)
	out, err := c.StdoutPipe()
	if err == nil {
		_, err = c.StdinPipe()
	}
	if err == nil {
		err = c.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 6))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return c
}

// The temporary file of a killed process is removed by the next that creates a file in the folder; that of a live process, and files that
// only look similar, stay.
func TestLeftTemporaryFilesAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	killed := begin(t, filepath.Join(dir, "a"))
	begin(t, filepath.Join(dir, "b"))
	killed.Process.Kill()
	killed.Wait()
	for _, name := range []string{".c.gigabatch.tmp", ".c.gigabatch.12.tmp", "c.gigabatch.0123456789.tmp", ".c.0123456789.tmp"} {
		put(t, filepath.Join(dir, name), "of the user")
	}
	if err := os.Mkdir(filepath.Join(dir, ".d.gigabatch.0123456789.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("c", filepath.Join(dir, ".e.gigabatch.0123456789.tmp")); err != nil {
		t.Fatal(err)
	}
	if err := Check(filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".a.*")); len(left) != 1 {
		t.Errorf("after Check: %v, want the temporary file, because Check changes nothing", left)
	}
	if err := write(filepath.Join(dir, "new"), "text", nil); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 8 {
		t.Errorf("got %v, error %v; want 8 names", entries, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".a.") {
			t.Errorf("%s is left", e.Name())
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".b.*")); len(left) != 1 {
		t.Error("the temporary file of a live process was removed")
	}
}

func TestModesOfNewFiles(t *testing.T) { // not parallel: the umask belongs to the process
	dir := t.TempDir()
	for _, tt := range []struct{ umask, old, mode, want os.FileMode }{
		{0o022, 0, 0o664, 0o644}, {0o077, 0, 0o644, 0o600}, {0o002, 0, 0o664, 0o664}, {0o022, 0, 0o600, 0o600}, {0o022, 0, 0o444, 0o444},
		{0o022, 0o600, 0o644, 0o600}, {0o022, 0o644, 0o600, 0o600}, {0o022, 0o666, 0o644, 0o644},
	} {
		dst := filepath.Join(dir, "new")
		os.Remove(dst)
		if tt.old != 0 {
			put(t, dst, "old")
			if err := os.Chmod(dst, tt.old); err != nil {
				t.Fatal(err)
			}
		}
		before := syscall.Umask(int(tt.umask))
		f, err := Create(dst, tt.mode)
		if err == nil {
			err = f.Commit(nil)
		}
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(dst); err != nil || info.Mode() != tt.want {
			t.Errorf("mode %v under umask %v: got %v, error %v, want %v", tt.mode, tt.umask, info.Mode(), err, tt.want)
		}
	}
}

// Rewrite keeps the mode, whatever the umask, and the owner.
func TestRewriteKeepsModeAndOwner(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "f")
	put(t, dst, "old")
	owner := [2]int{os.Getuid(), os.Getgid()}
	if os.Getuid() == 0 {
		owner = [2]int{12345, 23456}
	}
	if err := os.Chown(dst, owner[0], owner[1]); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dst, 0o664); err != nil {
		t.Fatal(err)
	}
	before := syscall.Umask(0o077)
	f, err := Rewrite(dst)
	if err == nil {
		err = f.Commit(nil)
	}
	syscall.Umask(before)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dst)
	if err != nil {
		t.Fatal(err)
	}
	is := info.Sys().(*syscall.Stat_t)
	if info.Mode() != 0o664 || int(is.Uid) != owner[0] || int(is.Gid) != owner[1] {
		t.Errorf("got mode %v and owner %d:%d, want 0664 and %v", info.Mode(), is.Uid, is.Gid, owner)
	}
}

// A process that is killed while it checks leaves nothing, not even in a folder in which no file is created later.
func TestCheckGivesNoNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := openNameless(dir, 0o600)
	if err != nil {
		t.Skip(err)
	}
	f.Close()
	old := time.Unix(1_700_000_000, 0)
	if err := os.Chtimes(dir, old, old); err != nil {
		t.Fatal(err)
	}
	if err := Check(filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("the folder changed at %v, error %v; want no change", info.ModTime(), err)
	}
}
