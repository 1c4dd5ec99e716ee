package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The page steers a run of a terminal as one of its own. The run goes on in the terminal, which ends it after the page has stopped it.
func TestPageSteersARunOfATerminal(t *testing.T) {
	t.Parallel()
	b := browse(t)
	sockets, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(2000)})
	env := append(stand(t, "--latency", "300ms", "--streams", "10"), "XDG_RUNTIME_DIR="+sockets)
	run := gigabatch(t, "run", filepath.Join(dir, "q.csv"), "-c", "4")
	run.Env = append(run.Env, env...)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Process.Kill() })
	s := serveAt(t, dir, env)
	b.open(s.url)
	b.click("q.csv")
	b.says("from a terminal")
	b.until(state + ` === 'running'`)
	b.says("It can be steered here as well as there.")
	b.until(`document.querySelector('.run-width-now').value === '4'`)
	b.shoot("steered")
	b.click("Pause")
	b.until(state + ` === 'paused'`)
	b.fill(".run-width-now", "2")
	b.until(`document.querySelector('.run-width-now').value === '2' && document.querySelector('.run-width [aria-pressed]').getAttribute('aria-pressed') === 'false'`)
	status := gigabatch(t, "ctl", filepath.Join(dir, "q.csv"), "status")
	status.Env = append(status.Env, env...)
	b.until(`document.querySelector('.run-actions [data-name=resume]')`)
	if out, err := status.Output(); err != nil || !strings.Contains(string(out), "is paused") {
		t.Errorf("%s, error %v", out, err)
	}
	b.click("Resume")
	b.until(state + ` === 'running'`)
	b.click("Stop")
	b.says("Stop this run?")
	b.confirms()
	b.until(state + ` === 'interrupted'`)
	if err := run.Wait(); err == nil || run.ProcessState.ExitCode() != 128+int(syscall.SIGINT) {
		t.Errorf("the run ended with %v", err)
	}
	b.click("Continue")
	b.until(state + ` === 'running'`)
	b.until(`document.querySelector('.run-actions [data-name=stop]')`)
}
