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
