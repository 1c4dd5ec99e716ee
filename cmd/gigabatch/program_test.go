package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/messages"
)

// program is the whole program with its own folder and environment.
type program struct {
	t   *testing.T
	dir string
	env []string
}

// newProgram returns a program that speaks English unless env sets a language.
func newProgram(t *testing.T, env ...string) *program {
	t.Helper()
	own := []string{"GORACE=atexit_sleep_ms=0", "TERM=dumb", "GIGABATCH_LANG=en", "GIGABATCH_KEYRING=off", "HOME=/no-home", "TMPDIR=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	return &program{t: t, dir: t.TempDir(), env: append(own, env...)}
}

// env returns the environment that leads to a stand.
func (s *stand) env() []string {
	return []string{"GIGACHAT_BASE_URL=" + s.url + "/v1", "GIGACHAT_AUTH_URL=" + s.url + "/api/v2/oauth", "GIGACHAT_CREDENTIALS=" + s.key}
}

// ran is the result of running the program.
type ran struct {
	code        int
	out, errors string
}

// command returns a command that runs the program. testscript.Main has put the program into the path.
func (p *program) command(args ...string) *exec.Cmd {
	c := exec.Command("gigabatch", args...)
	c.Dir, c.Env = p.dir, p.env
	return c
}

func (p *program) run(args ...string) ran {
	p.t.Helper()
	c := p.command(args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return ran{code: c.ProcessState.ExitCode(), out: out.String(), errors: errs.String()}
}

func (p *program) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.dir+"/"+name), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.dir+"/"+name, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// want checks the exit code and what was said.
func (r ran) want(t *testing.T, what string, code int, said string) {
	t.Helper()
	if r.code != code || !regexp.MustCompile(said).MatchString(r.out+r.errors) {
		t.Errorf("%s: exit code %d, want %d and %q:\n%s%s", what, r.code, code, said, r.out, r.errors)
	}
}

// openStand serves a sandbox until the test ends.
func openStand(t *testing.T, options ...string) *stand {
	t.Helper()
	s, err := newStand(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// set gives this process the folder and the environment of the program.
func (p *program) set() {
	p.t.Helper()
	p.t.Chdir(p.dir)
	for _, name := range append(variables(), "TMPDIR") {
		p.t.Setenv(name, "")
	}
	for _, v := range p.env {
		name, value, _ := strings.Cut(v, "=")
		p.t.Setenv(name, value)
	}
}

// runHere is run in the process of the test, which is faster. The test cannot be parallel.
func (p *program) runHere(args ...string) ran {
	p.t.Helper()
	p.set()
	return p.execute(args...)
}

// execute runs the program in this process, in its folder and environment.
func (p *program) execute(args ...string) ran {
	p.t.Helper()
	var out, errs bytes.Buffer
	code := execute(p.t.Context(), stdio{in: strings.NewReader(""), out: &out, err: &console.Console{Writer: &errs, Printer: messages.Printer{Explain: advice.Explain}}}, append([]string{"gigabatch"}, args...))
	return ran{code: code, out: out.String(), errors: errs.String()}
}
