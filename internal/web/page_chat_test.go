package web_test

import (
	"strings"
	"testing"
)

// A chat streams, continues after a reload, is stopped, asked again, edited, and exported. Markup in it stays text.
func TestPageChat(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, t.TempDir(), stand(t, "--fault", "slow:8s", "--answer-bytes", "3000"))
	b.open(s.url)
	b.open(s.base() + "/chat")
	b.fill(".chat-area", "What is *a* journal? <img src=x onerror=alert(1)>")
	b.press("\r")
	b.until(`location.pathname.startsWith('/chat/')`)
	b.until(`document.querySelector('.msg-model .md')?.innerText.length > 50`)
	b.until(`[...document.querySelectorAll('button')].some((e) => e.innerText === 'Stop' && e.checkVisibility())`)
	early := eval[int](b, `document.querySelector('.msg-model .md').innerText.length`)
	b.open(eval[string](b, `location.href`)) // in the middle of the answer
	b.until(`document.querySelector('.msg-model .md').innerText.length > ` + "2000")
	b.says("Another answer")
	if early > 2000 {
		t.Errorf("%d characters arrived at once", early)
	}
	if eval[bool](b, `document.querySelector('main img, main script') !== null`) {
		t.Error("markup in a prompt was executed")
	}
	b.shoot("answered")
	b.click("Another answer")
	b.until(`[...document.querySelectorAll('button')].some((e) => e.innerText === 'Stop' && e.checkVisibility())`)
	b.until(`document.querySelector('.msg-model .md')?.innerText.length > 20`)
	b.click("Stop")
	b.says("Another answer")
	b.says("Stopped before the end.")
	b.click("Edit")
	b.fill("main textarea:not(.chat-area):not([id*=system])", "And a ledger?")
	b.shoot("editing")
	b.press("\r")
	b.says("The prompt was “And a ledger?”")
	b.says("Another answer")
	client := signedIn(t, s)
	id := eval[string](b, `location.pathname.split('/')[2]`)
	for format, want := range map[string]string{"md": "And a ledger?", "jsonl": `"content":"And a ledger?"`} {
		r, err := client.Get(s.base() + "/api/chats/" + id + "/export?format=" + format)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if text := body(t, r); !strings.Contains(text, want) || !strings.Contains(r.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the export as %s: %s", format, text)
		}
	}
}
