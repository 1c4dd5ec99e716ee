package usersocket

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// short makes a folder whose path is short enough for a socket on every system.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// answer serves connections: each gets a word back.
func answer(at net.Listener, word string) {
	for {
		c, err := at.Accept()
		if err != nil {
			return
		}
		if Same(c) {
			_, _ = io.WriteString(c, word)
		}
		c.Close()
	}
}

// ask returns the word of who listens at a path.
func ask(t *testing.T, path string) string {
	t.Helper()
	c, err := Dial(path, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	word, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(word)
}

// TestTakeover has a process take the place of another one that listens still, and of one that was killed.
func TestTakeover(t *testing.T) {
	t.Parallel()
	path, err := Path(short(t), "0123", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(path, time.Second); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where nobody listens, the error is %v", err)
	}
	if live, err := Clear(path, time.Second); live || err != nil {
		t.Errorf("where nobody listens: live %v, %v", live, err)
	}
	first, err := Listen(path, true)
	if err != nil {
		t.Fatal(err)
	}
	go answer(first, "first")
	if got := ask(t, path); got != "first" {
		t.Errorf("got %q", got)
	}
	if live, err := Clear(path, time.Second); !live || err != nil {
		t.Errorf("while one listens: live %v, %v", live, err)
	}
	if _, err := Listen(path, true); err == nil {
		t.Error("two listen at once")
	}
	before, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := Listen(path, true)
	if err != nil {
		t.Fatal(err)
	}
	go answer(second, "second")
	if got := ask(t, path); got != "second" {
		t.Errorf("got %q from the one that took over", got)
	}
	if now, err := os.Lstat(path); err != nil || os.SameFile(before, now) && now.ModTime().Equal(before.ModTime()) {
		t.Errorf("the first one cannot tell that another has its place: %v", err)
	}
	first.Close()
	if got := ask(t, path); got != "second" {
		t.Errorf("after the first one ended, got %q", got)
	}
	second.Close() // its name stays, as after a kill
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the name is gone: %v", err)
	}
	if live, err := Clear(path, time.Second); live || err != nil {
		t.Errorf("after a kill: live %v, %v", live, err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the name of the killed one: %v", err)
	}
	third, err := Listen(path, false)
	if err != nil {
		t.Fatal(err)
	}
	third.Close()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Close left the name: %v", err)
	}
}

// TestNoSocket checks that what is no socket is left alone.
func TestNoSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(short(t), "0123")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Clear(path, time.Second); err == nil {
		t.Error("a folder passes for a socket")
	}
	if err := Remove(path); err == nil {
		t.Error("a folder passes for a socket")
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}
