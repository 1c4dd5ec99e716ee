package web_test

import (
	"net"
	"strings"
	"testing"
)

// The page has both languages: that of the browser, and that of the switch, which it remembers. The messages of the server follow.
func TestPageSpeaksTwoLanguages(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	dir := folder(t, []string{"questions.xlsx"}, map[string]string{"more.csv": "prompt\nx\n"})
	run(t, dir, "run", "--sandbox", "questions.xlsx")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.says("Tables")
	b.until(listed("questions.xlsx"))
	b.click("RU")
	b.says("Таблицы")
	for _, c := range []struct{ path, says string }{{"/chat", "О чём спросить?"}, {"/tables", "10 из 10"}, {"/tables/" + tableID("questions.xlsx"), "Что спросить по каждой строке"}} {
		b.open(s.base() + c.path)
		b.says(c.says)
		if lang := eval[string](b, `document.documentElement.lang`); lang != "ru" {
			t.Errorf("%s: lang is %q", c.path, lang)
		}
		if left := eval[string](b, `document.body.innerText.match(/\b(chat|table|tables|key|runs|common)\.[a-z]\w*/)?.[0] ?? ''`); left != "" {
			t.Errorf("%s: the text %q is missing", c.path, left)
		}
	}
	b.until(`document.querySelector('.tb-search').placeholder.startsWith('Поиск')`)
	b.until(progress + ` === '10 из 10'`)
	b.shoot("run")
	b.click("EN")
	b.until(`document.querySelector('.tb-search').placeholder.startsWith('Search')`)
	b.until(ready)
	b.fill("#tb-where", "nothing=1")
	b.says(`a condition names column "nothing", which does not exist`)
	b.click("RU")
	b.says("в условии указан столбец «nothing», а его нет")
	b.click("EN")
	b.says(`a condition names column "nothing", which does not exist`)
	b.open(s.base() + "/tables/" + tableID("no.csv"))
	b.says("Table not found")
	b.click("Tables")
	b.says("10 of 10")
	run(t, dir, "run", "--sandbox", "more.csv")
	b.until(listed("more.csv") + `.innerText.includes('completed')`) // the events of the new language
}

// When the server stops, the page keeps what it shows and marks it. When another server takes its place, the page says what to do, and then
// continues.
func TestPageLosesItsServer(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource", "net::ERR"}
	dir := folder(t, []string{"questions.xlsx"}, nil)
	run(t, dir, "run", "--sandbox", "questions.xlsx")
	address := freePort(t)
	s := serve(t, dir, "--sandbox", "--listen", address)
	b.open(s.url)
	b.click("questions.xlsx")
	b.says("What is the capital of Iceland?")
	s.stop()
	b.says("Is it still running in the terminal?")
	b.says("What is the capital of Iceland?") // still
	b.shoot("offline")
	s = serve(t, dir, "--sandbox", "--listen", address)
	b.says("The session has ended")
	b.shoot("ended")
	other := b.another()
	other.open(s.url)
	other.says("questions.xlsx")
	b.says("What is the capital of Iceland?")
}

// freePort returns an address that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Another program on this machine that guesses the address gets nothing, and the page of another site cannot use the server.
func TestPageOfAStranger(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.base() + "/tables")
	b.until(`document.body.innerText.includes('terminal')`)
	if text := eval[string](b, `document.documentElement.outerHTML`); strings.Contains(text, "token=") || strings.Contains(text, "modulepreload") {
		t.Errorf("without a session the page is\n%s", text)
	}
	b.open(s.url) // now the browser has a session
	b.says("No tables here yet")
	b.allowed = []string{"CORS", "Failed to fetch", "policy", "Access to fetch", "X-Frame-Options", "frame", "Failed to load"}
	b.open("data:text/html,<title>foreign</title>")
	eval[bool](b, `(window.read = '', fetch(`+quote(s.base()+"/api/runs")+`, { credentials: 'include' }).then((r) => r.text(), () => 'refused').then((x) => { window.read = x; }), true)`)
	b.until(`window.read === 'refused'`)
	eval[bool](b, `(window.answer = '', fetch(`+quote(s.base()+"/api/files?name=x.csv")+`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'prompt\nx\n' }).finally(() => { window.answer = 'done'; }), true)`)
	b.until(`window.answer === 'done'`)
	r, err := signedIn(t, s).Get(s.base() + "/api/tables")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text := body(t, r); strings.Contains(text, "x.csv") {
		t.Errorf("a foreign page has put a file into the folder: %s", text)
	}
}
