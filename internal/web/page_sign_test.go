package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// leaks counts the addresses of a tab, its history and its requests that show a secret.
const leaks = `[location.href, document.referrer, ...performance.getEntries().map((e) => e.name)].filter((u) => u.includes(sessionStorage.getItem('key')) || u.includes('token=')).length`

// The start address leaves nothing in the address bar. Every further tab of the browser works while one is open, and after a reload. A tab
// that finds no other one says what to do, and continues when it is done.
func TestPageInSeveralTabs(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	dir := folder(t, []string{"questions.xlsx"}, nil)
	run(t, dir, "run", "--sandbox", "questions.xlsx")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.says("questions.xlsx")
	if n := eval[int](b, leaks); n != 0 || eval[int](b, `sessionStorage.getItem('key').length`) < 26 || eval[string](b, `location.pathname + location.search`) != "/tables" {
		t.Errorf("the address is %s; secrets are in %d addresses", eval[string](b, `location.href`), n)
	}
	b.do(chromedp.Reload())
	b.says("questions.xlsx")
	second := b.another()
	second.open(s.base() + "/tables")
	second.says("questions.xlsx")
	second.do(chromedp.Reload())
	second.says("questions.xlsx")
	run(t, dir, "run", "--sandbox", "questions.xlsx", "--prompt", "Again: {{question}}", "--journal", "again.gigabatch", "-o", "again.xlsx")
	for _, tab := range []*tab{b, second} {
		tab.until(`document.querySelectorAll('.tables-item').length === 2`) // the events arrive in both
	}

	// As a browser does that opens a bookmark after its tabs were closed.
	second.open("about:blank")
	b.forget(s.base() + "/tables")
	b.says("Open the address shown in the terminal")
	b.shoot("alone")
	eval[bool](b, `(window.listShown = false, new MutationObserver(() => { listShown ||= Boolean(document.querySelector('.tables-list')); }).observe(document.body, { subtree: true, childList: true }), performance.clearResourceTimings(), true)`)
	b.click("RU")
	b.says("В этой вкладке вход не выполнен")
	b.until(`performance.getEntriesByType('resource').some((e) => e.name.endsWith('/api/hello'))`) // it checks whether it may go on
	b.shoot("alone-ru")
	if eval[bool](b, `listShown`) {
		t.Error("another language makes a tab without the key show the page")
	}
	b.click("EN")
	second.open(s.url)
	second.says("questions.xlsx")
	b.until(`document.querySelectorAll('.tables-item').length === 2`)

	// The end of the session ends it in all tabs.
	b.click("About")
	b.says(filepath.Base(dir))
	b.click("End session")
	b.says("This browser will have no access")
	eval[bool](b, `([...document.querySelectorAll('dialog .button.danger')].at(-1).click(), true)`)
	b.says("The session has ended")
	second.says("The session has ended")
	third := b.another()
	third.allowed = b.allowed
	third.open(s.base() + "/tables")
	third.says("Open gigabatch from the terminal")
	third.shoot("door")
	third.open(s.url)
	for _, tab := range []*tab{b, second, third} {
		tab.until(`document.querySelectorAll('.tables-item').length === 2`)
	}
}

// forget opens an address in the only tab of its origin, which has lost the key. The worker of the tab may know it a little longer.
func (b *tab) forget(url string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		eval[bool](b, `(sessionStorage.clear(), true)`)
		b.open("about:blank")
		b.open(url)
		b.until(`document.querySelector('h1')`)
		if eval[string](b, `document.querySelector('h1').innerText`) == "This tab is not signed in" {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the tab still has the key; it shows\n%s", eval[string](b, `document.body.innerText`))
		}
	}
}

// With a password, a tab is led to the form and back to where it was, also if the browser has a session that the tab knows nothing of.
func TestPageSignsIn(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	dir := folder(t, []string{"questions.xlsx"}, nil)
	run(t, dir, "run", "--sandbox", "questions.xlsx")
	s := serveAt(t, dir, []string{"GIGABATCH_PASSWORD=correct horse battery"}, "--sandbox")
	b.open(s.base() + "/chat")
	signIn := func(password string) {
		b.fill("#password", password)
		b.press("\r")
	}
	b.says("Enter the password")
	b.shoot("form")
	signIn("wrong horse battery")
	b.says("Wrong password.")
	signIn("correct horse battery")
	b.says("What would you like to ask?")
	if n := eval[int](b, leaks); n != 0 || eval[string](b, `location.pathname`) != "/chat" {
		t.Errorf("the address is %s; secrets are in %d addresses", eval[string](b, `location.href`), n)
	}
	b.forget(s.base() + "/chat")
	b.says("Enter the password to continue here")
	b.shoot("alone")
	b.click("Sign in")
	b.says("Enter the password that was set")
	signIn("correct horse battery")
	b.says("What would you like to ask?")
	b.do(chromedp.Reload()) // the form is not sent again
	b.says("What would you like to ask?")
	b.open(s.base() + "/tables")
	b.says("questions.xlsx")
}

// A server on another port of the host gets the cookie of the page, but can do nothing with it.
func TestPageBesideAThief(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.says("No tables here yet")
	stolen := make(chan string, 10)
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { stolen <- r.Header.Get("Cookie") }))
	defer thief.Close()
	b.open(thief.URL)
	cookie := <-stolen
	if !strings.HasPrefix(cookie, "gigabatch-") {
		t.Fatalf("the thief got the cookie %q; the test needs one", cookie)
	}
	for method, path := range map[string]string{http.MethodGet: "/api/tables", http.MethodPost: "/api/files?name=q.csv"} {
		r, err := http.NewRequest(method, s.base()+path, strings.NewReader("prompt\nx\n"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", cookie)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if text := body(t, answer); answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
		}
		answer.Body.Close()
	}
}

// The browser saves what the menus offer, more than once.
func TestPageDownloads(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir, saved := folder(t, []string{"questions.xlsx"}, nil), t.TempDir()
	run(t, dir, "run", "--sandbox", "questions.xlsx")
	s := serve(t, dir, "--sandbox")
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: saved})
		return err
	}))
	b.open(s.url)
	b.click("questions.xlsx")
	for range 2 {
		b.clickIn(".tb-save", "Save")
		b.shoot("menu")
		b.click("Download as CSV")
		awaitFile(t, filepath.Join(saved, "questions.sandbox.csv"), "Iceland")
	}
	b.open(s.base() + "/chat")
	b.fill(".chat-area", "Name a river")
	b.press("\r")
	b.says("Another answer")
	b.click("Conversation actions")
	b.shoot("chat-menu")
	b.click("Export as Markdown")
	awaitFile(t, filepath.Join(saved, "Name a river.md"), "Name a river")
	if n := eval[int](b, leaks); n != 0 {
		t.Errorf("secrets are in %d addresses", n)
	}
}

// The page works behind a reverse proxy that gives it a name, another port and, as nginx does by default, the Host header of the server.
func TestPageBehindAProxy(t *testing.T) {
	t.Parallel()
	for what, host := range map[string]func(browser, server string) string{
		"the host of the server": func(_, server string) string { return server }, "the host of the browser": func(browser, _ string) string { return browser },
		"the name alone": func(browser, _ string) string { return strings.Split(browser, ":")[0] },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b := browse(t, chromedp.Flag("host-resolver-rules", "MAP page.example 127.0.0.1"))
			dir := t.TempDir()
			s := serveAt(t, dir, []string{"GIGABATCH_PASSWORD=correct horse battery"}, "--sandbox", "--host", "page.example")
			to, err := url.Parse(s.base())
			if err != nil {
				t.Fatal(err)
			}
			proxy := httptest.NewServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(to)
				r.Out.Host = host(r.In.Host, to.Host)
			}})
			defer proxy.Close()
			defer proxy.CloseClientConnections() // the browser reads events
			b.open(strings.Replace(proxy.URL, "127.0.0.1", "page.example", 1))
			b.fill("#password", "correct horse battery")
			b.press("\r")
			b.says("No tables here yet")
			eval[bool](b, `(() => { const files = new DataTransfer(); files.items.add(new File(['prompt\nx\n'], 'q.csv')); const input = document.getElementById('tables-file'); input.files = files.files; input.dispatchEvent(new Event('change')); return true; })()`)
			b.until(ready)
			b.click("Run all")
			b.until(state + ` === 'completed'`)
			other := b.another()
			other.open(strings.Replace(proxy.URL, "127.0.0.1", "page.example", 1) + "/tables")
			other.says("q.csv")
			run(t, dir, "run", "--sandbox", "q.csv", "--prompt", "Again: {{prompt}}", "--journal", "again.gigabatch", "-o", "again.csv")
			other.until(`document.querySelectorAll('.tables-item').length === 2`)
		})
	}
}

// awaitFile waits until the browser has saved a file that contains a text, and removes it.
func awaitFile(t *testing.T, name, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(30 * time.Millisecond) { // the browser is another process
		b, err := os.ReadFile(name)
		if err == nil && strings.Contains(string(b), text) {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			return
		}
		if time.Now().After(deadline) {
			there, _ := os.ReadDir(filepath.Dir(name))
			t.Fatalf("%s: %v; there are %v", name, err, there)
		}
	}
}
