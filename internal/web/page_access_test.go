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

// accessible fails the test if axe finds serious problems on the page in either language. A change of the language draws the page anew.
func (b *tab) accessible(axe, screen string) {
	b.t.Helper()
	for _, language := range []string{"ru", "en"} {
		b.speak(language)
		b.accessibleNow(axe, screen)
	}
}

// accessibleNow is accessible in the language of the page: narrow, middling and wide, light and dark. Without GIGABATCH_LONG, each width has
// one theme in English, and the other one in Russian.
func (b *tab) accessibleNow(axe, screen string) {
	b.t.Helper()
	russian := eval[bool](b, `document.documentElement.lang === 'ru'`)
	for i, width := range []int64{320, 800, 1440} {
		for _, dark := range []bool{false, true} {
			if os.Getenv("GIGABATCH_LONG") == "" && dark != (i%2 == 0) != russian {
				continue
			}
			b.size(width, 800, dark)
			eval[bool](b, `(window.axe || (()=>{`+axe+`})(), true)`)
			eval[bool](b, `(window.axeDone = null, axe.run(document, { resultTypes: ['violations'] }).then((r) => { window.axeDone = r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' (' + n.failureSummary.replaceAll('\n', ' ') + ')').slice(0, 3).join('; ')); }), true)`)
			b.until(`window.axeDone`)
			for _, wrong := range eval[[]string](b, `window.axeDone`) {
				b.t.Errorf("%s, %d wide, dark %t, Russian %t: %s", screen, width, dark, russian, wrong)
			}
			if wider := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); wider > 0 {
				b.t.Errorf("%s, %d wide, Russian %t: the page is %d pixels wider than the window: %s", screen, width, russian, wider, b.widest())
			}
			b.shoot(fmt.Sprintf("%s-%d-%s-%s", strings.ReplaceAll(screen, " ", "-"), width, map[bool]string{true: "dark", false: "light"}[dark], map[bool]string{true: "ru", false: "en"}[russian]))
		}
	}
	b.size(1280, 900, false)
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

// push clicks a control of the page, whatever the language.
func (b *tab) push(selector string) {
	b.t.Helper()
	find := `[...document.querySelectorAll(` + quote(selector) + `)].find((e) => e.checkVisibility() && !e.disabled)`
	b.until(find)
	eval[bool](b, `(`+find+`.click(), true)`)
}

// axe-core checks every screen in both languages.
func TestPageIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	dir := folder(t, []string{"questions.xlsx"}, map[string]string{"later.csv": "id,prompt\n1,one\n2,two\n", "заявки.csv": "id;вопрос;пусто\n1;Где мой заказ?;\n2;Как вернуть деньги?;\n3;;\n"})
	run(t, dir, "run", "--sandbox", "questions.xlsx", "--max-cost", "100", "--max-tokens", "50")
	prices := folder(t, nil, map[string]string{"own.csv": "model,input,output,cached\nGigaChat-2,1000000,1000000,0\n"}) + "/own.csv"
	runAt(t, dir, stand(t, "--batch-delay", "1h"), "run", "later.csv", "--via", "batch", "--detach")
	s := serve(t, dir, "--sandbox", "--price-file", prices)
	b := browse(t)
	b.open(s.base() + "/chat")
	b.accessibleNow(source, "door")
	b.open(s.url)
	b.says("questions.xlsx")
	for _, language := range []string{"en", "ru"} {
		eval[bool](b, `(localStorage.setItem('lang', '`+language+`'), sessionStorage.removeItem('table.draft:`+tableID("questions.xlsx")+`'), true)`)
		b.open(s.base() + "/tables")
		b.until(listed("questions.xlsx"))
		b.accessibleNow(source, "tables")
		b.table(s, "questions.xlsx")
		b.until(settled)
		b.accessibleNow(source, "table")
		b.push(".tb-run-line [aria-controls=tb-run-more]")
		b.until(`document.querySelector('.budget-line')?.checkVisibility()`)
		b.accessibleNow(source, "run")
		b.table(s, "questions.xlsx")
		b.openRow(3)
		b.push(".row-answer .button")
		b.until(`document.querySelector('.row-editor')`)
		b.accessibleNow(source, "row")
		b.table(s, "questions.xlsx")
		b.menu("completion")
		b.accessibleNow(source, "column menu")
		b.push(".tb-save button")
		b.until(`document.querySelector('.popover [data-name=xlsx]')`)
		b.accessibleNow(source, "save menu")
		b.table(s, "later.csv")
		b.push(".tb-run-line [aria-controls=tb-run-more]")
		b.until(`document.querySelector('.run-batches tbody tr')?.checkVisibility()`)
		b.accessibleNow(source, "run in batches")
		b.open(s.base() + "/tables/" + tableID("questions.xlsx") + "/report")
		b.until(`document.querySelector('.report-frame').contentDocument.querySelector('h1')`)
		b.accessibleNow(source, "report")
		b.table(s, "questions.xlsx")
		b.until(settled)
		b.fill("#tb-prompt", "Say it twice: {{question}}")
		b.fill("#tb-max-tokens-total", "1000")
		b.fill("#tb-max_tokens", "60")
		b.until(`document.querySelector('.tb-foot .blast')?.checkVisibility()`)
		eval[bool](b, `(document.querySelector('.tb-unfold').click(), true)`) // where the panel is a sheet
		b.accessibleNow(source, "asked again")
		b.table(s, "заявки.csv")
		b.until(settled)
		b.push(".tb-try")
		b.until(completed + ` > 0 && ` + settled)
		eval[bool](b, `(document.querySelector('.tb-unfold').click(), true)`)
		b.accessibleNow(source, "tried")
		b.open(s.base() + "/chat")
		b.until(`document.querySelector('.chat-area')`)
		b.accessibleNow(source, "chat empty")
		b.fill(".chat-area", "# Head\n\n* one\n* two\n\n```go\nx := 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |")
		b.press("\r")
		b.until(`document.querySelector('.msg-model .md')?.innerText && !document.querySelector('[aria-busy=true]')`)
		b.accessibleNow(source, "chat")
	}
}

// run runs the program in a folder, as a terminal does.
func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	runAt(t, dir, nil, args...)
}
