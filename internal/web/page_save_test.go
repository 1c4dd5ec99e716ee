package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the grid shows is saved and downloaded, also an earlier version, and the dialog counts the rows without an answer.
func TestPageSavesWhatItShows(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(4) + "5,\n"})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	for _, prompt := range []string{"First {{prompt}}", "Second {{prompt}}"} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"`+prompt+`"}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(`document.querySelectorAll('.tb-ver').length === 2 && ` + settled)
	eval[bool](b, `(document.querySelectorAll('.tb-ver')[1].click(), true)`)
	b.until(`document.querySelector('#tb-prompt').value === 'First {{prompt}}' && ` + settled)
	b.clickIn(".tb-save", "Save")
	b.until(`document.querySelector('.popover [data-name=new]')`)
	b.shoot("menu")
	eval[bool](b, `(document.querySelector('.popover [data-name=new]').click(), true)`)
	b.says("1 row has no answer (skipped: 1)")
	b.says("The answers are those that the grid shows")
	b.says("gigabatch output q.csv --run 1 -o q.answers.csv")
	b.shoot("dialog")
	eval[bool](b, `(document.querySelector('dialog button[type=submit]').click(), true)`)
	b.until(shut)
	b.until(`document.querySelector('.toast')?.innerText.includes('q.answers.csv')`)
	want := func(what, path string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), "First") != 4 || strings.Contains(string(text), "Second") {
			t.Errorf("%s has the answers %q, %v, want those of the first version", what, text, err)
		}
	}
	want("the file", filepath.Join(dir, "q.answers.csv"))
	b.until(`document.querySelectorAll('.tb-ver').length === 2`)
	want("the download", b.download(func() {
		b.clickIn(".tb-save", "Save")
		b.until(`document.querySelector('.popover [data-name=csv]')`)
		eval[bool](b, `(document.querySelector('.popover [data-name=csv]').click(), true)`)
	}, "q.answers.csv"))
	b.speak("ru")
	b.clickIn(".tb-save", "Сохранить")
	b.until(`document.querySelector('.popover [data-name=new]')`)
	eval[bool](b, `(document.querySelector('.popover [data-name=new]').click(), true)`)
	b.says("у 1 строки нет ответа (пропущено: 1)")
	b.shoot("dialog-ru")
}

// The version to which one has gone back is shown again when the table is opened anew, also if a schema was written by hand.
func TestPageKeepsTheVersion(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(4)}), stand(t))
	client := signedIn(t, s)
	const facts = `{"completion_column":"facts","prompt":"Facts {{prompt}}","schema":{"required":["b"],"properties":{"b":{"type":"boolean"},"a":{"maxLength":300,"type":"string"}},"type":"object"}}`
	for _, prompt := range []string{"First {{prompt}}", "Second {{prompt}}"} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"`+prompt+`"},`+facts+`]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	const shows = `[...document.querySelectorAll('.grid-row .grid-cell')].some((c) => c.innerText.includes('%')) && document.querySelector('#tb-prompt').value.startsWith('%') && ` + settled
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(strings.ReplaceAll(shows, "%", "Second"))
	b.until(`document.querySelectorAll('.tb-ver').length === 2`)
	eval[bool](b, `(document.querySelectorAll('.tb-ver')[1].click(), true)`)
	b.until(strings.ReplaceAll(shows, "%", "First"))
	b.table(s, "q.csv")
	b.until(strings.ReplaceAll(shows, "%", "First"))
	b.clickIn(".tb-save", "Save")
	b.until(`document.querySelector('.popover [data-name=new]')`)
	eval[bool](b, `(document.querySelector('.popover [data-name=new]').click(), true)`)
	b.says("gigabatch output q.csv --run 1 -o q.answers.csv")
}

// A correction of what a terminal asked is in the file after the page has asked the same in its own words, and the page knows it.
func TestPageAsksForTheVersionOfATerminal(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n"})
	run(t, dir, "run", "--sandbox", "--quiet", "q.csv")
	s := serve(t, dir, "--sandbox")
	client := signedIn(t, s)
	b.open(s.url)
	b.table(s, "q.csv")
	b.correct(2, "mine")
	for _, prompt := range []string{"Other {{prompt}}", "{{prompt}}"} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"completion","prompt":"`+prompt+`"}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.table(s, "q.csv")
	b.goBack("0")
	b.until(cell(2, "completion") + `?.includes('Other') || document.querySelector('#tb-prompt').value.startsWith('Other')`)
	b.until(settled)
	b.clickIn(".tb-save", "Save")
	b.until(`document.querySelector('.popover [data-name=new]')`)
	eval[bool](b, `(document.querySelector('.popover [data-name=new]').click(), true)`)
	b.until(`document.querySelector('dialog[open] button[type=submit]')`)
	if text := eval[string](b, `document.querySelector('dialog[open]').innerText`); !strings.Contains(text, "q.sandbox.csv has 1\u00a0answer corrected by hand") {
		t.Errorf("the page says nothing of the correction:\n%s", text)
	}
}

// The page asks before corrections are written over in the file that has them, and not of another one, whichever was written last.
func TestPageAsksForEachFile(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n"})
	for _, name := range []string{"first", "second"} {
		run(t, dir, "run", "--sandbox", "--quiet", "q.csv", "--prompt", name+" {{prompt}}", "-o", name+".csv")
	}
	s := serve(t, dir, "--sandbox")
	save := func(name string) {
		t.Helper()
		b.until(settled)
		b.clickIn(".tb-save", "Save")
		b.until(`document.querySelector('.popover [data-name=new]')`)
		eval[bool](b, `(document.querySelector('.popover [data-name=new]').click(), true)`)
		b.until(`document.querySelector('dialog[open] button[type=submit]')`)
		if text := eval[string](b, `document.querySelector('dialog[open]').innerText`); strings.Contains(text, "corrected by hand") {
			t.Errorf("%s has no corrections that are lost, and the page says:\n%s", name, text)
		}
		b.clickIn("dialog[open]", "Write the file")
		b.says("Written: " + name)
		b.until(shut)
		eval[bool](b, `(document.querySelectorAll('.toast').forEach((e) => e.remove()), true)`)
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.goBack("1")
	b.until(`document.querySelector('#tb-prompt').value.startsWith('first')`)
	b.correct(2, "mine")
	save("first.sandbox.csv")
	b.goBack("0")
	b.until(`document.querySelector('#tb-prompt').value.startsWith('second')`)
	save("second.sandbox.csv")

	// What a terminal has just written into the file counts, before the page has noticed it.
	b.until(settled)
	b.clickIn(".tb-save", "Save")
	b.until(`document.querySelector('.popover [data-name=new]')`)
	run(t, dir, "output", "--quiet", "q.csv", "--run", "1", "-o", "second.sandbox.csv")
	const asks = `document.querySelector('dialog[open] button[type=submit]')`
	press := `(window.pressed = performance.now(), document.querySelector('.popover [data-name=new]').click(), true)`
	eval[bool](b, press)
	b.until(asks + ` || performance.now() - pressed > 15000`)
	if !eval[bool](b, `Boolean(`+asks+`)`) { // the news of the file may have closed the menu under the press
		b.shoot("unanswered")
		b.clickIn(".tb-save", "Save")
		b.until(`document.querySelector('.popover [data-name=new]')`)
		eval[bool](b, press)
		b.until(asks)
	}
	if text := eval[string](b, `document.querySelector('dialog[open]').innerText`); !strings.Contains(text, "second.sandbox.csv has 1\u00a0answer corrected by hand") {
		t.Errorf("the page does not know what a terminal has written:\n%s", text)
	}
}
