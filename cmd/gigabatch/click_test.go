//go:build unix && !darwin

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"gigabatch/cmd/gigabatch/internal/outcome"
)

// TestClick starts the program without arguments as a desktop does and as others do. By a click, it serves the folder that it is in, even
// without a key, and opens a browser.
func TestClick(t *testing.T) {
	t.Parallel()
	const display = "DISPLAY=:0"
	for _, tt := range []struct {
		name, env string
		piped     bool // somebody reads standard output
		args      []string
		serves    bool
	}{
		{name: "a click", env: display, serves: true},
		{name: "a click under Wayland", env: "WAYLAND_DISPLAY=wayland-0", serves: true},
		{name: "a pipe", env: display, piped: true},
		{name: "cron", env: "DISPLAY="},
		{name: "a command", env: display, args: []string{"version"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			seen := filepath.Join(home, "seen")
			if err := syscall.Mkfifo(seen, 0o600); err != nil {
				t.Skip(err)
			}
			script := fmt.Sprintf("#!/bin/sh\nprintf %%s \"$1\" >%s\n", seen)
			if err := os.WriteFile(filepath.Join(home, "xdg-open"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			p := newProgram(t, tt.env, "PATH="+home+":"+os.Getenv("PATH"), "HOME="+home)
			c := p.command(tt.args...)
			tables := filepath.Join(home, "tables")
			clicked := filepath.Join(tables, "gigabatch")
			if err := errors.Join(os.Mkdir(tables, 0o700), os.Link(c.Path, clicked)); err != nil { // a copy would be busy while others fork
				t.Fatal(err)
			}
			c.Path, c.SysProcAttr = clicked, &syscall.SysProcAttr{Setsid: true}
			if !tt.piped {
				null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer null.Close()
				c.Stdout = null
			}
			g, err := startProcess(c)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.serves {
				<-g.done
				if code := c.ProcessState.ExitCode(); code != outcome.OK || g.err.String() != "" {
					t.Errorf("got exit code %d: %s", code, g.err.String())
				}
				return
			}
			for _, what := range []string{"GIGACHAT_CREDENTIALS", "serving " + regexp.QuoteMeta(tables) + " until", `open http://127\.0\.0\.1:\d+/\?token=`} {
				if err := g.saw(regexp.MustCompile(what)); err != nil {
					t.Error(err)
				}
			}
			if url, err := os.ReadFile(seen); err != nil || !strings.HasPrefix(string(url), "http://127.0.0.1:") {
				t.Errorf("the browser opens %q, error %v", url, err)
			}
			c.Process.Signal(syscall.SIGTERM)
			<-g.done
		})
	}
}
