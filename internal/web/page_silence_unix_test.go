//go:build unix

package web_test

import (
	"os"
	"syscall"
	"testing"
)

// A connection that is silent although it is open, as after sleep or behind a network that drops it, is given up and opened again.
func TestPageAfterSilence(t *testing.T) {
	t.Parallel()
	if os.Getenv("GIGABATCH_LONG") == "" {
		t.Skip("takes a minute: GIGABATCH_LONG=1")
	}
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "prompt\nx\n"})
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.until(listed("q.csv"))
	b.until(`!` + listed("q.csv") + `.querySelector('[data-state=completed]')`)
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "run", "--sandbox", "q.csv")
	b.until(`document.getElementById('connection').innerText`)
	b.shoot("silent")
	if err := s.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	b.until(listed("q.csv") + `.querySelector('[data-state=completed]')`)
	b.until(`!document.getElementById('connection').innerText`)
}
