//go:build unix && !darwin

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gigabatch/cmd/gigabatch/internal/outcome"
)

// TestOpen checks that the browser gets an address that works once: other users can see the arguments of a program.
func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seen := filepath.Join(dir, "seen")
	if err := syscall.Mkfifo(seen, 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\nprintf %s \"$1\" >'"+seen+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, "DISPLAY=:0", "PATH="+dir+":"+os.Getenv("PATH"))
	g := servePage(t, p, "--sandbox", "--listen", "127.0.0.1:0", "--open")
	opened := make(chan string, 1)
	go func() {
		text, err := os.ReadFile(seen)
		if err != nil {
			t.Error(err)
		}
		opened <- string(text)
	}()
	var at string
	select {
	case at = <-opened:
	case <-time.After(patience):
		t.Fatal("no browser was opened")
	}
	if !strings.HasPrefix(at, g.base+"/?token=") || strings.Contains(g.err.String(), at) {
		t.Errorf("the browser opens %s; the program says %s", at, g.err.String())
	}
	for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
		g.browser.Jar = newJar(t)
		resp, err := g.browser.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("got status %d, want %d", resp.StatusCode, want)
		}
	}
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
}
