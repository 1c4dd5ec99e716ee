package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var programDir string

func TestMain(m *testing.M) {
	var err error
	if programDir, err = os.MkdirTemp("", "gigabatch-page-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(programDir)
	os.Exit(code)
}

// program builds gigabatch once for all tests. It looks at the folders of the sources so that go test runs the tests again, instead of using
// its cache, if one has changed.
var program = sync.OnceValues(func() (string, error) {
	for _, dir := range []string{"../../cmd", "../../internal"} {
		filepath.WalkDir(dir, func(string, os.DirEntry, error) error { return nil })
	}
	name := filepath.Join(programDir, "gigabatch")
	out, err := exec.Command("go", "build", "-o", name, "gigabatch/cmd/gigabatch").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return name, nil
})

func gigabatch(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "GIGACHAT_CREDENTIALS=", "GIGABATCH_KEYRING=off", "GIGABATCH_PASSWORD=", "GIGABATCH_LANG=en")
	c.Dir = t.TempDir()
	return c
}

// served is a running `gigabatch serve --sandbox`.
type served struct {
	dir  string
	url  string // the start address
	cmd  *exec.Cmd
	done chan struct{}
}

// serve starts a server over a folder, and stops it with the test.
func serve(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	return serveAt(t, dir, nil, args...)
}

// stand starts an emulator of the service as its own process, and returns the environment variables that lead to it.
func stand(t *testing.T, args ...string) []string {
	t.Helper()
	c := gigabatch(t, append([]string{"sandbox"}, args...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	var env []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		env = append(env, lines.Text())
		if name, _, _ := strings.Cut(lines.Text(), "="); name == "GIGACHAT_CREDENTIALS" || name == "GIGACHAT_API_KEY" { // the last one
			break
		}
	}
	if len(env) < 2 {
		t.Fatal("the emulator printed no variables")
	}
	return append(env, "GIGACHAT_SCOPE=GIGACHAT_API_CORP")
}

// serveAt is serve with environment variables.
func serveAt(t *testing.T, dir string, env []string, args ...string) *served {
	t.Helper()
	c := gigabatch(t, append([]string{"serve", "--dir", dir, "--listen", "127.0.0.1:0"}, args...)...)
	c.Env = append(c.Env, env...)
	return serveBy(t, dir, c)
}

// serveBy is serve with a command that starts the server.
func serveBy(t *testing.T, dir string, c *exec.Cmd) *served {
	t.Helper()
	s := &served{dir: dir, cmd: c, done: make(chan struct{})}
	out, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for s.url == "" && lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "open http"); ok {
			s.url = "http" + url
		}
	}
	go func() {
		for lines.Scan() {
			t.Log("serve: " + lines.Text())
		}
		s.cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(s.stop)
	if s.url == "" {
		t.Fatal("the server printed no address")
	}
	return s
}

// stop stops the server as Ctrl-C does.
func (s *served) stop() {
	s.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		s.cmd.Process.Kill()
		<-s.done
	}
}

// base returns the address without the token.
func (s *served) base() string { return s.url[:strings.Index(s.url, "/?")] }

// chromium returns the path of the browser, or skips the test if there is none.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("Chromium is missing, and CI must run these tests")
	}
	t.Skip("no Chromium: install the package chromium to run the tests of the page")
	return ""
}

// tab is a tab of a browser that records every error on the page.
type tab struct {
	t       *testing.T
	ctx     context.Context
	browser context.Context

	mu      sync.Mutex // guards wrongs
	wrongs  []string
	allowed []string // parts of messages that the test expects
}

// patience is how long a test waits for the page; machines may be slow.
const patience = time.Minute

// browse opens a browser with one empty tab.
func browse(t *testing.T, more ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir())}
	for _, f := range []string{
		"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync",
		"disable-dev-shm-usage",
	} {
		options = append(options, chromedp.Flag(f, true))
	}
	options = append(options, chromedp.Flag("lang", "en-US"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	t.Cleanup(cancel)
	browser, stop := chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: browser, browser: browser}
	b.begin()
	return b
}

// another opens one more tab of the same browser.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.browser)
	b.t.Cleanup(cancel)
	n := &tab{t: b.t, ctx: ctx, browser: b.browser, allowed: b.allowed}
	n.begin()
	return n
}

// begin records the errors of the page from its first moment.
func (b *tab) begin() {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1280, 900)); err != nil { // the browser lives as long as this context
		b.t.Fatal(err)
	}
	watch := `window.wrongs = [];
		addEventListener('error', (e) => wrongs.push('error: ' + e.message));
		addEventListener('unhandledrejection', (e) => wrongs.push('rejected: ' + (e.reason?.stack ?? e.reason)));
		addEventListener('securitypolicyviolation', (e) => wrongs.push('policy: ' + e.violatedDirective + ' ' + e.blockedURI));
		for (const kind of ['error', 'warn']) { const was = console[kind]; console[kind] = (...a) => { wrongs.push(kind + ': ' + a.join(' ')); was(...a); }; }`
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
		return err
	}))
	b.t.Cleanup(b.checkWrongs)
}

// checkWrongs fails the test if the page had errors.
func (b *tab) checkWrongs() {
	b.note()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wrongs {
		if !b.expects(w) {
			b.t.Errorf("the page: %s", w)
		}
	}
}

func (b *tab) expects(wrong string) bool {
	for _, a := range b.allowed {
		if strings.Contains(wrong, a) {
			return true
		}
	}
	return false
}

// note takes over the errors that were recorded so far.
func (b *tab) note() {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	wrongs, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`(() => { const all = window.wrongs ?? []; window.wrongs = []; return all; })()`))
	if err != nil {
		return // the tab is closed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrongs = append(b.wrongs, wrongs...)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("the browser: %v", err)
	}
}

// open goes to an address.
func (b *tab) open(url string) {
	b.t.Helper()
	b.note()
	b.do(chromedp.Navigate(url))
}

// eval returns the value of an expression.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true, in the document that the tab shows then: one that a navigation takes away answers nothing.
func (b *tab) until(expression string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithDeadline(b.ctx, deadline)
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean((() => { try { return `+expression+` } catch { return false } })())`))
		cancel()
		if err != nil && !strings.Contains(err.Error(), "(-32000)") && time.Now().Before(deadline) {
			b.t.Fatalf("%s: %v", expression, err)
		}
		if holds {
			return
		}
		if time.Now().After(deadline) {
			b.shoot("failed")
			b.t.Fatalf("never true: %s\nthe page shows:\n%s", expression, eval[string](b, `document.body.innerText.slice(0, 3000)`))
		}
		time.Sleep(30 * time.Millisecond) // the page is another process
	}
}

// says waits until the page shows a text.
func (b *tab) says(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.body.innerText.includes(%s)`, quote(text)))
}

// click waits for a visible control with this name and clicks it.
func (b *tab) click(name string) {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll('button, a, label, summary, [role=button], [role=tab], [role=radio], [role=menuitem]')].find((e) => e.checkVisibility() && !e.disabled && ((e.getAttribute('aria-label') ?? '') === %[1]s || e.innerText.trim() === %[1]s || e.innerText.trim().startsWith(%[1]s)))`, quote(name))
	b.until(`((one) => one && (one.click(), true))(` + find + `)`) // at once: the page may draw it anew
}

// fill writes a text into a control, as typing does.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector(%s)`, quote(selector)))
	eval[bool](b, fmt.Sprintf(`(() => { const e = document.querySelector(%s); e.focus(); e.value = %s; e.dispatchEvent(new Event('input', { bubbles: true })); e.dispatchEvent(new Event('change', { bubbles: true })); return true; })()`, quote(selector), quote(text)))
}

func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// size sets the size of the window and the color scheme that the user prefers.
func (b *tab) size(width, height int64, dark bool) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
		return err
	}))
}

// shoot saves a picture of the page in the folder SCREENSHOTS, if it is set.
func (b *tab) shoot(name string) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Logf("no screenshot: %v", err)
	}
}

// quote returns a text as a JavaScript literal.
func quote(text string) string {
	q, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(q)
}

// folder makes a folder with copies of files of testdata and with other files.
func folder(t *testing.T, copies []string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range copies {
		content, err := os.ReadFile(filepath.Join("..", "..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files = with(files, name, string(content))
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func with(files map[string]string, name, content string) map[string]string {
	all := map[string]string{name: content}
	for n, c := range files {
		all[n] = c
	}
	return all
}

// front shows the tab: a browser draws one in the background seldom or never.
func (b *tab) front() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.BringToFront, cdp.Empty{})
		return err
	}))
}

// onNewDocument runs a script at the beginning of each document that the tab opens from now on.
func (b *tab) onNewDocument(source string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return err
	}))
}
