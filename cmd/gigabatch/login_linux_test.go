package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gigabatch/cmd/gigabatch/internal/keyring/keyringtest"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/gigachat/sandbox"
)

// withKeyring returns a program that has a keyring and no other source of a key.
func withKeyring(t *testing.T, s *stand, ring *keyringtest.Service) *program {
	return newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=", "GIGABATCH_KEYRING=", "DBUS_SESSION_BUS_ADDRESS="+ring.Address)...)
}

// typed runs the program with a standard input.
func (p *program) typed(text string, args ...string) ran {
	p.t.Helper()
	p.write("typed.key", text)
	in, err := os.Open(filepath.Join(p.dir, "typed.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer in.Close()
	c := p.command(args...)
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = in, &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		p.t.Fatal(err)
	}
	return ran{code: c.ProcessState.ExitCode(), out: out.String(), errors: errs.String()}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	ring := keyringtest.Start(t, keyringtest.Open)
	s := openStand(t, "key="+secretKey(), "scope=GIGACHAT_API_B2B")
	p := withKeyring(t, s, ring)
	p.write("q.csv", "prompt\none\n")
	p.run("run", "q.csv").want(t, "before", outcome.Failed, `(?s)no credentials.*hint: .*gigabatch login`)

	r := p.typed(`"`+secretKey()+"\"\r\n", "login")
	r.want(t, "login", outcome.OK, `(?s)note: the key: quotes around.*the key is in the keyring, with the scope GIGACHAT_API_B2B`)
	lookFor(t, p.dir, []string{"login"}, r)
	kept := map[string]string{}
	if err := json.Unmarshal([]byte(ring.Texts()["gigabatch/key"]), &kept); err != nil ||
		!maps.Equal(kept, map[string]string{"GIGACHAT_CREDENTIALS": secretKey(), "GIGACHAT_SCOPE": "GIGACHAT_API_B2B"}) {
		t.Fatalf("the keyring has %q", ring.Texts())
	}
	r = p.run("run", "q.csv")
	r.want(t, "run", outcome.OK, "")
	lookFor(t, p.dir, []string{"run"}, r)
	p.run("doctor").want(t, "doctor", outcome.OK, `key format +the keyring \(gigabatch login\)`)

	calls := ring.Calls()
	p.run("run", "q.csv").want(t, "nothing new", outcome.OK, "")
	p.run("run", "q.csv", "--sandbox").want(t, "--sandbox", outcome.OK, "")
	p.run("run", "q.csv", "--dry-run").want(t, "--dry-run", outcome.OK, "")
	p.run("token", "--key-command", "cat typed.key").want(t, "--key-command", outcome.Failed, `scope`) // its scope is not that of another key
	p.run("token", "--key-command", "cat typed.key", "--scope", "GIGACHAT_API_B2B").want(t, "--key-command", outcome.OK, "")
	p.write(".env", "GIGACHAT_CREDENTIALS="+secretKey()+"\nGIGACHAT_SCOPE=GIGACHAT_API_B2B\n")
	p.run("token").want(t, ".env", outcome.OK, "")
	if ring.Calls() != calls {
		t.Errorf("the keyring was asked %d times although no key was needed, or another source had it", ring.Calls()-calls)
	}
	p.typed(secretKey(), "login").want(t, "login with .env", outcome.OK, `note: here, GIGACHAT_CREDENTIALS in .env comes before the keyring`)
	os.Remove(filepath.Join(p.dir, ".env"))

	wrong := "NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyOnNlY3JldA=="
	p.typed(wrong, "login").want(t, "login with another key", outcome.Failed, `error: `)
	p.typed("what is this", "login").want(t, "login with no key", outcome.Failed, `this is not an authorization key`)
	p.run("login", secretKey()).want(t, "login with an argument", outcome.Usage, `unexpected argument "…"`)
	p.run("token").want(t, "after failures", outcome.OK, "expires")

	p.write("q.csv", "prompt\none\ntwo\n")
	p.run("logout").want(t, "logout", outcome.OK, "the key is no longer in the keyring")
	p.run("logout").want(t, "logout again", outcome.OK, "the keyring has no key of gigabatch")
	if got := ring.Texts(); len(got) > 0 {
		t.Errorf("after logout, the keyring has %q", got)
	}
	p.run("run", "q.csv").want(t, "after logout", outcome.Failed, `no credentials`)
}

// TestLoginOffline keeps a key that the service does not know.
func TestLoginOffline(t *testing.T) {
	t.Parallel()
	ring := keyringtest.Start(t, keyringtest.Open)
	s := openStand(t)
	p := withKeyring(t, s, ring)
	p.typed(secretKey(), "login", "--offline").want(t, "login", outcome.OK, `in the keyring, with the scope GIGACHAT_API_PERS`)
	if n := s.box.Counts().Requests; n != 0 || len(ring.Texts()) != 1 {
		t.Errorf("%d requests, kept %q", n, ring.Texts())
	}
	p.run("token").want(t, "token", outcome.Failed, "")
	p.write("good.key", s.key)
	p.run("login", "--key-file", "good.key").want(t, "login with another key", outcome.OK, "in the keyring")
	p.run("token").want(t, "token", outcome.OK, "expires")
}

// TestLoginAPIKey keeps an API key, which goes to no host of Sber.
func TestLoginAPIKey(t *testing.T) {
	t.Parallel()
	ring := keyringtest.Start(t, keyringtest.Open)
	p := withKeyring(t, openStand(t), ring)
	p.env = append(p.env, "GIGACHAT_BASE_URL=https://foundation-models.api.cloud.ru/v1", "GIGACHAT_AUTH_URL=")
	p.typed(secretAPI, "login", "--offline").want(t, "login", outcome.OK, "the API key is in the keyring")
	p.write("q.csv", "prompt\none\n")
	p.run("doctor", "--base-url", "https://api.giga.chat/v1").want(t, "doctor", outcome.Failed, "key format +no credentials")
	p.run("doctor", "--timeout", "1ms").want(t, "doctor", outcome.Failed, `key format +the keyring`)
}

// TestNoKeyring tests machines and folders that must not or cannot use the keyring.
func TestNoKeyring(t *testing.T) {
	t.Parallel()
	s := openStand(t)
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=", "GIGABATCH_KEYRING=", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus")...)
	for _, args := range [][]string{{"login"}, {"logout"}} {
		p.typed(s.key, args...).want(t, args[0], outcome.Failed, `(?s)error: there is no keyring here\n.*hint: .*\.env.*--key-file.*--key-command`)
	}
	r := p.run("token")
	r.want(t, "token", outcome.Failed, "error: no credentials")
	if strings.Contains(r.errors, "no keyring") {
		t.Errorf("the error is about the keyring: %s", r.errors)
	}
}

// TestBadKeyring tests that a keyring which does not give the key is reported only if nothing else has the key.
func TestBadKeyring(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mood keyringtest.Mood
		said string
	}{
		"dismissed": {keyringtest.Dismissed, `(?s)error: the keyring is locked: .*hint: unlock the keyring`},
		"refusing":  {keyringtest.Refusing, `(?s)error: the keyring: not you.*hint: put the key into .env`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ring := keyringtest.Start(t, tt.mood)
			s := openStand(t)
			p := withKeyring(t, s, ring)
			p.write("q.csv", "prompt\none\n")
			p.run("run", "q.csv").want(t, "run", outcome.Failed, tt.said)
			p.typed(s.key, "login").want(t, "login", outcome.Failed, tt.said)
			p.run("logout").want(t, "logout", outcome.Failed, tt.said)
			p.write(".env", "GIGACHAT_CREDENTIALS="+s.key)
			if r := p.run("run", "q.csv"); r.code != outcome.OK || strings.Contains(r.errors, "keyring") {
				t.Errorf("with .env: exit code %d: %s", r.code, r.errors)
			}
		})
	}
}

// TestKeptForOthers tests that what a folder says does not send the key of the keyring elsewhere.
func TestKeptForOthers(t *testing.T) {
	t.Parallel()
	ring := keyringtest.Start(t, keyringtest.Open)
	p := withKeyring(t, openStand(t), ring)
	p.typed(secretKey(), "login", "--offline").want(t, "login", outcome.OK, "")
	p.env = append(p.env, "GIGACHAT_BASE_URL=", "GIGACHAT_AUTH_URL=")
	p.write(".env", "GIGACHAT_AUTH_URL=https://evil.example/oauth\n")
	p.run("token").want(t, "token", outcome.Usage, `the authorization key \(the keyring \(gigabatch login\)\) would go to evil.example`)
	p.typed(secretKey(), "login").want(t, "login", outcome.Usage, `the authorization key \(the key\) would go to evil.example`)
}

// TestServeNoticesLogin tests that the page uses a key that is kept after it was opened, and that a keyring that stays locked does not open
// a window at each request.
func TestServeNoticesLogin(t *testing.T) {
	t.Parallel()
	ring := keyringtest.Start(t, keyringtest.Open)
	s := openStand(t)
	p := withKeyring(t, s, ring)
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	if resp := g.do("GET", "/api/models", ""); resp.StatusCode != 503 {
		t.Errorf("without a key: %s", resp.Status)
	}
	p.typed(s.key, "login").want(t, "login", outcome.OK, "")
	if text := g.get("/api/models"); !strings.Contains(text, "GigaChat-2") {
		t.Errorf("the models are %s", text)
	}
	g.interrupt()
	g.wantEnd(outcome.Interrupted)

	ring.SetMood(keyringtest.Dismissed)
	g = servePage(t, p, "--listen", "127.0.0.1:0")
	calls := ring.Calls()
	for range 5 {
		if resp := g.do("GET", "/api/models", ""); resp.StatusCode != 503 {
			t.Errorf("with a locked keyring: %s", resp.Status)
		}
	}
	if got := ring.Calls(); got != calls {
		t.Errorf("the locked keyring got %d more calls", got-calls)
	}
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
}

// openTerminal returns both ends of a pseudoterminal.
func openTerminal(t *testing.T) (outside, inside *os.File) {
	t.Helper()
	outside, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { outside.Close() })
	fd := int(outside.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if inside, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inside.Close() })
	return outside, inside
}

// TestLoginAtATerminal tests that a key is never shown, and that an interrupt leaves the terminal as it was.
func TestLoginAtATerminal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keys string
		code int
		said string
	}{
		"a key":  {sandbox.Key + "\n", outcome.OK, "the key is in the keyring"},
		"Ctrl-C": {sandbox.Key[:10] + "\x03", outcome.Interrupted, "paste the key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := withKeyring(t, openStand(t), keyringtest.Start(t, keyringtest.Open))
			outside, inside := openTerminal(t)
			before, err := unix.IoctlGetTermios(int(inside.Fd()), unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			c := p.command("login")
			r, err := startTerminal(c, outside, inside)
			if err != nil {
				t.Fatal(err)
			}
			defer r.kill()
			if err := r.saw(regexp.MustCompile("paste the key and press Enter; it is not shown")); err != nil {
				t.Fatal(err)
			}
			for quiet := false; !quiet; { // the terminal stops echoing after the message
				now, err := unix.IoctlGetTermios(int(inside.Fd()), unix.TCGETS)
				if err != nil {
					t.Fatal(err)
				}
				quiet = now.Lflag&unix.ECHO == 0
			}
			if _, err := outside.WriteString(tt.keys); err != nil {
				t.Fatal(err)
			}
			code, err := r.finish()
			if err != nil || code != tt.code || !strings.Contains(r.out.String(), tt.said) {
				t.Errorf("exit code %d, %v: %s", code, err, r.out.String())
			}
			if strings.Contains(r.out.String(), sandbox.Key[:8]) {
				t.Errorf("the terminal shows the key: %q", r.out.String())
			}
			if after, err := unix.IoctlGetTermios(int(inside.Fd()), unix.TCGETS); err != nil || after.Lflag != before.Lflag {
				t.Errorf("the terminal is left changed, %v", err)
			}
		})
	}
}

// startTerminal starts a program at a pseudoterminal. When it is done, all that the terminal shows has been read.
func startTerminal(c *exec.Cmd, outside, inside *os.File) (*process, error) {
	const end = "\x00end"
	c.Stdin, c.Stderr = inside, inside
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p := &process{cmd: c, done: make(chan struct{})}
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() {
		buf := make([]byte, 4096)
		for !strings.HasSuffix(p.out.String(), end) {
			n, err := outside.Read(buf)
			p.out.Write(buf[:n])
			if err != nil {
				break
			}
		}
		close(p.done)
	}()
	go func() {
		c.Wait()
		inside.WriteString(end)
	}()
	return p, nil
}

// TestPageKeepsKeyInKeyring enters a key on a page, which keeps it in the keyring; another server finds it there.
func TestPageKeepsKeyInKeyring(t *testing.T) {
	t.Parallel()
	ring := keyringtest.Start(t, keyringtest.Open)
	s := openStand(t, "key="+secretKey(), "scope=GIGACHAT_API_B2B")
	p, off := withKeyring(t, s, ring), newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=")...)
	g, other, without := servePage(t, p, "--listen", "127.0.0.1:0"), servePage(t, p, "--listen", "127.0.0.1:0"), servePage(t, off, "--listen", "127.0.0.1:0")
	if h := g.hello(); h.Key.Ready || !slices.Equal(h.Places, []string{"keyring", "env"}) {
		t.Errorf("before: %+v", h)
	}
	if a := g.enterKey("NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyOnNlY3JldA==", "", "keyring"); a.OK || len(ring.Texts()) > 0 {
		t.Errorf("a wrong key: %s; the keyring has %q", a.body, ring.Texts())
	}
	if a := g.enterKey(secretKey(), "", "keyring"); !a.OK || a.Kept != "keyring" || a.Note != "" {
		t.Errorf("the key: %s", a.body)
	}
	kept := map[string]string{}
	if err := json.Unmarshal([]byte(ring.Texts()["gigabatch/key"]), &kept); err != nil ||
		!maps.Equal(kept, map[string]string{"GIGACHAT_CREDENTIALS": secretKey(), "GIGACHAT_SCOPE": "GIGACHAT_API_B2B"}) {
		t.Errorf("the keyring has %q", ring.Texts())
	}
	if h := other.hello(); !h.Key.Ready || h.Key.From != "the keyring (gigabatch login)" {
		t.Errorf("the other server: %+v", h)
	}
	a := without.enterKey(secretKey(), "", "keyring")
	if a.status < 400 || !strings.Contains(a.Error, "there is no keyring here") || !strings.Contains(a.Hint, ".env") || without.hello().Key.Ready {
		t.Errorf("without a keyring: %d, %s", a.status, a.body)
	}
	if a = without.enterKey(secretKey(), "", "env"); !a.OK {
		t.Errorf("without a keyring, into .env: %s", a.body)
	}
	p.write(".env", "GIGACHAT_SCOPE=GIGACHAT_API_CORP\n")
	if a = g.enterKey(secretKey(), "", "keyring"); !a.OK || !strings.Contains(a.Note, "the scope of GIGACHAT_SCOPE in .env comes before it") {
		t.Errorf("with another scope in .env: %s", a.body)
	}
}

// TestPageWithALockedKeyring answers although a keyring waits for a person.
func TestPageWithALockedKeyring(t *testing.T) {
	t.Parallel()
	s := openStand(t)
	p := withKeyring(t, s, keyringtest.Start(t, keyringtest.Dismissed))
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	if h := g.hello(); h.Key.Ready || !strings.Contains(h.Key.Problem.Error, "the keyring is locked") {
		t.Errorf("%+v", h.Key)
	}
	if a := g.enterKey(s.key, "", "keyring"); a.status < 400 || !strings.Contains(a.Error, "the keyring is locked") || g.hello().Key.Ready {
		t.Errorf("%d, %s", a.status, a.body)
	}
	if a := g.enterKey(s.key, "", "session"); !a.OK || !g.hello().Key.Ready {
		t.Errorf("for this session: %s", a.body)
	}
}
