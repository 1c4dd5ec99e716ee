//go:build unix

package scratch

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// TestMain lets the test program be a process that holds a file and a folder.
func TestMain(m *testing.M) {
	if os.Getenv("SCRATCH_HOLD") != "" {
		file, err := File()
		if err != nil {
			panic(err)
		}
		folder, err := NewFolder()
		if err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join(folder.Path, "data"), []byte("data"), 0o600); err != nil {
			panic(err)
		}
		os.Stdout.WriteString(folder.Path + "\n")
		io.Copy(io.Discard, os.Stdin) // until it is killed
		runtime.KeepAlive(file)
		runtime.KeepAlive(folder)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// hold starts a process that holds a file and a folder, and returns the name of the folder.
func hold(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "SCRATCH_HOLD=1")
	out, err := c.StdoutPipe()
	if err == nil {
		_, err = c.StdinPipe()
	}
	if err == nil {
		err = c.Start()
	}
	path := make([]byte, 1<<12)
	n := 0
	if err == nil {
		n, err = out.Read(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return c, filepath.Base(string(path[:n-1]))
}

// What killed processes left in the folder for temporary files is removed; what live ones hold, and what only looks similar, stays.
func TestLeftScratchIsRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	killed, _ := hold(t)
	_, live := hold(t)
	killed.Process.Kill()
	killed.Wait()
	for _, name := range []string{"gigabatch-scratch-1/data", "gigabatch-scratch-mine/data", "gigabatch-1/data", "excelize-1/data"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("of the user"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"gigabatch-scratch-2"} { // left between two calls
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "gigabatch-scratch-3"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := NewFolder()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"excelize-1", "gigabatch-1", "gigabatch-scratch-1", "gigabatch-scratch-mine", filepath.Base(folder.Path), live}
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	file, err := File()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("data"); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("a file has a name: got %v, want %v", got, want)
	}
	for range 2 {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := Close(file); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); len(got) != len(want)-1 {
		t.Errorf("after all was closed: %v", got)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A file that another process takes for one that is left, before it has lost its name, is created all the same.
func TestFileWhileOthersSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	created := make(chan struct{})
	go func() {
		defer close(created)
		for range 5_000 {
			f, err := File()
			if err != nil {
				t.Error(err)
				return
			}
			Close(f)
		}
	}()
	for {
		select {
		case <-created:
			return
		default:
		}
		last.Lock()
		last.at = time.Time{}
		last.Unlock()
		sweep()
	}
}
