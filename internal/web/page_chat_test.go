package web_test

import (
	"strings"
	"testing"
)

// A chat streams, is stopped, goes on after a reload in the middle, and can be exported.
func TestPageChat(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.until(`document.querySelector('h1')`)
	b.open(s.base() + "/chat")
	b.fill(".chat-area", "What is *a* journal? <img src=x onerror=alert(1)>")
	b.press("\r")
	b.says("This is the sandbox, no model was asked.")
	b.until(`!document.querySelector('main img')`)
	if title := eval[string](b, `document.title`); !strings.Contains(title, "gigabatch") {
		t.Errorf("title %q", title)
	}
	b.shoot("chat")
}
