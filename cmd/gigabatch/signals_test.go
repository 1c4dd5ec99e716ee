package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs/jobstest"
)

// A run whose terminal goes away stops as with Ctrl-C, unless it was started so that it survives that.
func TestHangup(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		shell string
		code  int
		rows  int64
	}{
		{"by default", `exec gigabatch run q.csv -c 10`, 129, 30},
		{"under nohup", `trap "" HUP; exec gigabatch run q.csv -c 10`, 0, 60},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openStand(t, "streams=10", "hold=20")
			p := newProgram(t, s.env()...)
			p.write("q.csv", string(manyRows(60)))
			c := exec.Command("sh", "-c", tc.shell)
			c.Dir, c.Env = p.dir, p.env
			run, err := startProcess(c)
			if err != nil {
				t.Fatal(err)
			}
			defer run.kill()
			if err := s.await(30); err != nil {
				t.Fatal(err)
			}
			if err := c.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			if tc.code != 0 {
				if err := run.saw(regexp.MustCompile("stopping: ")); err != nil {
					t.Fatal(err)
				}
			}
			s.release()
			if code, err := run.finish(); err != nil || code != tc.code {
				t.Fatalf("exit code %d (%v), want %d\n%s", code, err, tc.code, run.err.String())
			}
			if got := s.box.Counts().Billed; got != tc.rows {
				t.Errorf("%d completions, want %d", got, tc.rows)
			}
		})
	}
}

// A reader of stderr that goes away, as in 2>&1 | head, does not end a run that is paid.
func TestClosedStderr(t *testing.T) {
	t.Parallel()
	s := openStand(t, "streams=10", "latency=5ms")
	p := newProgram(t, s.env()...)
	p.write("q.csv", string(manyRows(200)))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := p.command("run", "q.csv", "-c", "10")
	c.Stdout, c.Stderr = w, w
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the run ended with %v", err)
		}
	case <-time.After(patience):
		c.Process.Kill()
		t.Fatal("the run did not end")
	}
	if got := s.box.Counts().Billed; got != 200 {
		t.Errorf("%d completions, want 200", got)
	}
}

// A second signal that comes when the output is written changes nothing: the summary is printed.
func TestSecondSignalAtTheEnd(t *testing.T) {
	t.Parallel()
	for range 5 {
		input := filepath.Join(t.TempDir(), "q.csv")
		jobstest.WriteFile(t, input, "prompt\na\nb\n")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			for ctx.Err() == nil { // what follows the end record takes no longer than syncing it
				if text, err := os.ReadFile(input + ".gigabatch"); err == nil && bytes.Contains(text, []byte(`"state":"end"`)) {
					cancel()
				}
			}
		}()
		var said, out bytes.Buffer
		s := stdio{out: &out, err: &console.Console{Writer: &said}}
		code := execute(ctx, s, []string{"gigabatch", "run", input, "--sandbox", "--json"})
		if code != outcome.OK || strings.Contains(said.String(), "stopped at once") || !strings.Contains(out.String(), `"completed": 2`) {
			t.Errorf("exit code %d, and it said\n%s\n%s", code, said.String(), out.String())
		}
	}
}
