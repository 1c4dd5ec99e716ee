package web_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// axe returns the source of axe-core, or skips the test if there is none.
func axe(t *testing.T) string {
	t.Helper()
	path := os.Getenv("AXE_CORE")
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal("AXE_CORE is not set to axe.min.js, and CI must check accessibility")
	}
	if path == "" {
		t.Skip("no axe-core: npm pack axe-core, and name its axe.min.js in AXE_CORE to check the accessibility of the page")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// accessible fails the test if axe finds serious problems on the page: light and dark, wide and narrow, each in both languages.
func (b *tab) accessible(axe, screen string) {
	b.t.Helper()
	for _, v := range []struct {
		lang  string
		width int64
		dark  bool
	}{{"en", 1280, false}, {"en", 320, true}, {"ru", 1280, true}, {"ru", 320, false}} {
		b.speak(v.lang)
		b.size(v.width, 800, v.dark)
		eval[bool](b, `(window.axe || (()=>{`+axe+`})(), true)`)
		eval[bool](b, `(window.axeDone = null, axe.run(document, { resultTypes: ['violations'] }).then((r) => { window.axeDone = r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' (' + n.failureSummary.replaceAll('\n', ' ') + ')').slice(0, 3).join('; ')); }), true)`)
		b.until(`window.axeDone`)
		for _, wrong := range eval[[]string](b, `window.axeDone`) {
			b.t.Errorf("%s, %s, %d wide, dark %t: %s", screen, v.lang, v.width, v.dark, wrong)
		}
		if wider := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); wider > 0 {
			b.t.Errorf("%s, %s, %d wide: the page is %d pixels wider than the window: %s", screen, v.lang, v.width, wider, b.widest())
		}
		b.shoot(fmt.Sprintf("%s-%s-%d-%s", strings.ReplaceAll(screen, " ", "-"), v.lang, v.width, map[bool]string{true: "dark", false: "light"}[v.dark]))
	}
	b.size(1280, 900, false)
	b.speak("en")
}

// speak sets the language of the page where it has a switch, and waits until the screen is there again.
func (b *tab) speak(lang string) {
	b.t.Helper()
	button := fmt.Sprintf(`document.querySelector('#tools [lang=%s][aria-pressed=false]')`, lang)
	if !eval[bool](b, button+` !== null`) {
		return
	}
	nodes := eval[int](b, `document.querySelectorAll('main *').length`)
	eval[bool](b, `(`+button+`.click(), true)`)
	b.until(fmt.Sprintf(`document.documentElement.lang === '%s' && document.querySelectorAll('main *').length >= %d * 0.8`, lang, nodes))
}

// widest names the elements that are wider than the window.
func (b *tab) widest() string {
	return eval[string](b, `[...document.querySelectorAll('main *, header *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 4).map((e) => e.tagName + '.' + e.className).join(', ')`)
}

// axe-core checks every screen.
func TestPageIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	b := browse(t)
	dir := folder(t, []string{"questions.xlsx"}, map[string]string{"later.csv": "id,prompt\n1,one\n2,two\n", "заявки.csv": "id;вопрос;пусто\n1;Где мой заказ?;\n2;Как вернуть деньги?;\n3;;\n"})
	run(t, dir, "run", "--sandbox", "questions.xlsx", "--max-cost", "100", "--max-tokens", "50")
	prices := folder(t, nil, map[string]string{"own.csv": "model,input,output,cached\nGigaChat-2,1000000,1000000,0\n"}) + "/own.csv"
	runAt(t, dir, stand(t, "--batch-delay", "1h"), "run", "later.csv", "--via", "batch", "--detach")
	s := serve(t, dir, "--sandbox", "--price-file", prices)
	b.open(s.base() + "/chat")
	b.accessible(source, "door")
	b.open(s.url)
	b.says("questions.xlsx")
	b.accessible(source, "runs")
	b.click("questions.xlsx")
	b.says("What is the capital of Iceland?")
	b.says("Budget of this run")
	b.accessible(source, "run")
	b.open(s.base() + "/runs")
	b.click("later.csv")
	b.says("1\u00a0batch at the service (2 requests)")
	b.accessible(source, "run in batches")
	b.open(s.base() + "/runs")
	b.click("questions.xlsx")
	b.click("Report")
	b.until(`document.querySelector('.report-frame').contentDocument.querySelector('h1')`)
	b.accessible(source, "report")
	b.open(s.base() + "/new")
	b.says("Drop a table here")
	b.accessible(source, "new run")
	b.open(s.base() + "/new?input=questions.xlsx")
	b.says("What is the capital of Iceland?")
	b.fill("textarea", "Say it twice: {{question}}")
	b.fill("#nr-max-tokens-total", "1000")
	b.says("A budget holds only if answers have a limit.")
	b.fill("#nr-max_tokens", "60")
	b.says("Asks again what has an answer")
	b.says("First confirm that what has an answer is asked again.")
	b.accessible(source, "new run again")
	b.open(s.base() + "/new?input=" + "заявки.csv")
	b.says("Где мой заказ?")
	b.click("Try on 5\u00a0rows")
	b.says("These answers are kept")
	b.accessible(source, "new run tried")
	b.open(s.base() + "/chat")
	b.says("What would you like to ask?")
	b.accessible(source, "chat empty")
	b.fill(".chat-area", "# Head\n\n* one\n* two\n\n```go\nx := 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |")
	b.press("\r")
	b.says("Another answer")
	b.accessible(source, "chat")
}

// run runs the program in a folder, as a terminal does.
func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	runAt(t, dir, nil, args...)
}
