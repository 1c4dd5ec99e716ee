package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keyless returns the environment of a stand without its key, and the key.
func keyless(env []string) (without []string, key string) {
	for _, v := range env {
		if name, value, _ := strings.Cut(v, "="); name == "GIGACHAT_CREDENTIALS" {
			key = value
		} else if name != "GIGACHAT_SCOPE" {
			without = append(without, v)
		}
	}
	return append(without, "GIGACHAT_CREDENTIALS="), key
}

// wrongKey has the form of a key.
const wrongKey = "NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyOnNlY3JldA=="

// The page opens without a key. It asks for one when something is to be sent, says what is wrong with a wrong one, and goes on with the right
// one at the place where it was. The key stays in no place of the browser.
func TestPageAsksForTheKey(t *testing.T) {
	t.Parallel()
	b := browse(t)
	env, key := keyless(stand(t, "--scope", "GIGACHAT_API_B2B"))
	s := serveAt(t, folder(t, []string{"questions.xlsx"}, nil), env)
	b.open(s.url)
	b.open(s.base() + "/tables")
	b.says("questions.xlsx")
	b.says("No key yet")
	b.shoot("tables")

	b.open(s.base() + "/chat")
	b.fill(".chat-area", "What is a journal?")
	b.press("\r")
	b.until(`document.activeElement?.id === 'key-key'`)
	b.press("\r")
	b.says("Paste the key first.")
	b.fill("#key-key", wrongKey)
	b.press("\r")
	b.says("the authorization key is wrong or was revoked")
	b.says("get a new key in your project at developers.sber.ru/studio")
	b.shoot("wrong")
	b.fill("#key-key", "5a9db0c5-0000-4000-8000-000000000002") // half of a pair
	b.press("\r")
	b.says("Fill in both: the Client ID and the Client Secret.")
	b.until(`document.activeElement?.id === 'key-secret' && document.querySelector('#key-id').value.startsWith('5a9db0c5')`)
	b.shoot("pair")
	b.click("Authorization key")
	b.fill("#key-key", key)
	b.press("\r")
	b.until(`!document.querySelector('dialog')`)
	b.says("This is the sandbox")
	b.shoot("answered")
	text, err := os.ReadFile(filepath.Join(s.cmd.Dir, ".env"))
	if want := "GIGACHAT_CREDENTIALS=" + key + "\nGIGACHAT_SCOPE=GIGACHAT_API_B2B\n"; err != nil || string(text) != want {
		t.Errorf(".env is %q, error %v, want %q", text, err, want)
	}
	places := `JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, document.cookie, document.documentElement.outerHTML, performance.getEntries().map((e) => e.name), [...document.querySelectorAll('input')].map((e) => e.value)])`
	for _, secret := range []string{key, wrongKey} {
		if eval[bool](b, places+`.includes(`+quote(secret)+`)`) {
			t.Errorf("the browser keeps the key in one of %s", eval[string](b, places))
		}
	}

	b.open(s.base() + "/tables")
	b.says("Key: GIGACHAT_CREDENTIALS in .env")
	b.until(`document.querySelector('.tables-key').hidden`)
	eval[bool](b, `(document.querySelector('.tables-foot button').focus(), true)`)
	b.press("\r")
	b.until(`document.activeElement?.id === 'key-key'`)
	eval[bool](b, `(dispatchEvent(new Event('focus')), true)`) // the window comes back
	b.press(kb.Escape)
	b.until(`!document.querySelector('dialog') && document.activeElement?.dataset.name === 'enter-key'`)
}

// A key that cannot be kept where the user wants stays in the form, with the reason and what to do.
func TestPageKeepsTheKeyElsewhere(t *testing.T) {
	t.Parallel()
	b := browse(t)
	env, key := keyless(stand(t))
	c := gigabatch(t, "serve", "--dir", t.TempDir(), "--listen", "127.0.0.1:0")
	c.Env = append(c.Env, env...)
	if err := os.Mkdir(filepath.Join(c.Dir, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := serveBy(t, c.Dir, c)
	b.open(s.url)
	b.open(s.base() + "/tables")
	b.click("Enter a key")
	b.fill("#key-key", key)
	b.click("Check and keep")
	b.says(".gitignore")
	b.shoot("git")
	b.click("Only until the server ends")
	b.click("Check and keep")
	b.says("Key: entered on the page")
	b.until(`!document.querySelector('dialog')`)
	if _, err := os.Stat(filepath.Join(c.Dir, ".env")); err == nil {
		t.Error("the key is in .env")
	}
}

// Where others could read the key on its way, the page says so instead of asking for it.
func TestPageTakesNoKeyFromAfar(t *testing.T) {
	t.Parallel()
	b := browse(t, chromedp.Flag("host-resolver-rules", "MAP page.example 127.0.0.1"))
	b.allowed = []string{"Failed to load resource", "Cross-Origin-Opener-Policy"}
	env, _ := keyless(stand(t))
	s := serveAt(t, t.TempDir(), env, "--host", "page.example")
	far := func(url string) string { return strings.Replace(url, "127.0.0.1", "page.example", 1) }
	b.open(far(s.url))
	b.open(far(s.base()) + "/tables")
	b.click("Enter a key")
	b.says("A key cannot be entered here")
	b.shoot("far")
	if eval[bool](b, `document.querySelector('#key-key') !== null`) {
		t.Error("the page asks for a key")
	}
}

// Of two buttons that are pressed while the page asks whether there is a key, the last one counts.
func TestPageTakesTheLastOfTwoButtons(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, []string{"questions.xlsx"}, nil), stand(t))
	b.open(s.url)
	b.table(s, "questions.xlsx")
	b.until(ready)
	eval[bool](b, `(() => {
		const real = window.fetch;
		window.asked = [];
		window.fetch = async (path, options) => {
			window.asked.push(path);
			if (path === '/api/hello') await new Promise((resolve) => { window.answer = resolve; });
			return real(path, options);
		};
		document.querySelector('.tb-try').click();
		document.querySelector('.tb-start').click();
		document.querySelector('.tb-start').click();
		return true;
	})()`)
	b.until(`window.answer`)
	eval[bool](b, `(window.answer(), true)`)
	b.until(state + ` === 'completed'`)
	if got := eval[string](b, `window.asked.filter((path) => path === '/api/try' || path === '/api/runs').join(' ')`); got != "/api/runs" {
		t.Errorf("the page sent %q, want one run", got)
	}
}
