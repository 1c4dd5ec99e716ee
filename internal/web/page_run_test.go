package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gigabatch/internal/jobs/journal"
)

// A run is paused and resumed, its concurrency is changed, and the page is reloaded in the middle. Each answer is paid for once.
func TestPagePausesAndGoesOn(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"many.csv": "id,prompt\n" + rows(300)})
	s := serveAt(t, dir, stand(t, "--latency", "0.5", "--streams", "10"))
	b.open(s.url)
	b.table(s, "many.csv")
	b.until(cell(3, "prompt") + ` === 'question number 1'`)
	b.until(ready)
	b.click("Run all")
	b.until(state + ` === 'running'`)
	b.until(`parseInt(` + progress + `) > 0`)
	b.click("Pause")
	b.until(state + ` === 'paused'`)
	b.until(completed + ` > 0`)
	b.open(eval[string](b, `location.href`))
	b.until(state + ` === 'paused'`)
	b.click("Details")
	b.until(`/^In flight\s+0 /.test(` + fact("In flight") + `)`)
	paid := func() int {
		return strings.Count(read(t, filepath.Join(dir, "many.csv.gigabatch")), `"state":"completed"`)
	}
	done := paid()
	b.until(progress + fmt.Sprintf(` === '%d of 300'`, done))
	time.Sleep(1500 * time.Millisecond) // three times as long as an answer takes: nothing may arrive
	if now := eval[string](b, progress); now != fmt.Sprintf("%d of 300", done) || paid() != done {
		t.Errorf("a paused run went from %d to %s, and %d answers", done, now, paid())
	}
	b.click("More concurrent requests")
	b.shoot("paused")
	b.click("Resume")
	b.until(fact("Quota found") + `.replace(/\s+/g, ' ').includes('10 at once')`)
	b.until(state + ` === 'completed'`)
	b.until(progress + ` === '300 of 300'`)
	out := read(t, filepath.Join(dir, "many.answers.csv"))
	if n := strings.Count(out, "The prompt was “"); n != 300 {
		t.Errorf("%d of 300 rows have an answer", n)
	}
	if n := paid(); n != 300 {
		t.Errorf("%d answers were paid for 300 rows", n)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A run that is started in a terminal appears on the page, advances, cannot be controlled, and ends. A run that is stopped on the page can
// be continued.
func TestPageWatchesATerminal(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"many.csv": "id,prompt\n" + rows(1000), "few.csv": "id,prompt\n" + rows(300)})
	env := stand(t, "--latency", "0.3", "--streams", "10")
	s := serveAt(t, dir, env)
	b.open(s.url)
	b.says("many.csv")
	early := b.another() // a table that is open before it is asked
	early.table(s, "many.csv")
	early.until(`document.querySelector('section.tb-run').hidden`)
	c := gigabatch(t, "run", filepath.Join(dir, "many.csv"), "--quiet")
	elsewhere, err := os.MkdirTemp("", "ctl") // where the server does not look for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(elsewhere) })
	c.Env = append(append(c.Env, env...), "XDG_RUNTIME_DIR="+elsewhere)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	b.until(listed("many.csv") + `.innerText.includes('from a terminal')`)
	b.shoot("list")
	b.click("many.csv")
	for _, b := range []*tab{b, early} {
		b.front()
		b.says("Started in a terminal: you can watch it here")
		b.until(state + ` === 'running'`)
		b.until(`!document.querySelector('.run-actions [data-name=pause], .run-actions [data-name=stop]')`)
		b.until(completed + ` > 5`)
	}
	b.click("Details")
	b.until(`document.querySelector('.chart-flight')`)
	b.shoot("watched")
	if err := c.Wait(); err != nil {
		t.Errorf("the run in the terminal: %v", err)
	}
	for _, b := range []*tab{b, early} {
		b.until(state + ` === 'completed'`)
		b.until(progress + ` === '1,000 of 1,000'`)
	}

	startRun(t, signedIn(t, s), s, `{"input":"few.csv"}`)
	b.table(s, "few.csv")
	b.until(completed + ` > 5`)
	b.click("Stop")
	b.says("Stop this run?")
	b.confirms()
	b.until(state + ` === 'interrupted'`)
	b.click("Continue")
	b.until(state + ` === 'completed'`)
	if n := strings.Count(read(t, filepath.Join(dir, "few.csv.gigabatch")), `"state":"completed"`); n != 300 {
		t.Errorf("%d answers were paid for 300 rows", n)
	}
}

// An answer that is edited by hand survives another run in a terminal, is in the download, and can be undone.
func TestPageEditSurvives(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n3,one\n"})
	run(t, dir, "run", "--sandbox", "q.csv")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.click("q.csv")
	b.openRow(4)
	b.click("Edit the answer")
	b.fill(".row-editor textarea", "my own words")
	b.clickIn(".row-editor", "Save")
	b.says("Edited by hand")
	b.says("Original answer of the model")
	b.shoot("edited")
	b.press(kb.Escape)
	b.until(`!document.querySelector('.row-cell') && ` + cell(4, "") + `.includes('my own words')`)

	write(t, filepath.Join(dir, "q.csv"), "id,prompt\n0,zero\n1,one\n2,two\n3,one\n")
	run(t, dir, "run", "--sandbox", "q.csv")
	if out := read(t, filepath.Join(dir, "q.sandbox.csv")); !strings.Contains(out, "3,one,my own words,") || strings.Contains(out, "1,one,my own words") {
		t.Errorf("after another run:\n%s", out)
	}
	client := signedIn(t, s)
	id := eval[string](b, `location.pathname.split('/')[2]`)
	r, err := client.Get(s.base() + "/api/runs/" + id + "/output?format=jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text := body(t, r); !strings.Contains(text, `"my own words"`) || strings.Count(text, "\n") != 4 {
		t.Errorf("the download:\n%s", text)
	}
	b.table(s, "q.csv")
	b.menu("completion")
	b.clickIn(".popover", "edited")
	b.until(shown + ` === 1 && ` + cell(5, "") + `.includes('my own words')`) // the row of the changed table
	b.openRow(5)
	b.click("Undo the edit")
	b.until(`!document.querySelector('.tb-side').innerText.includes('my own words')`)
	b.until(shown + ` === 0`)
	run(t, dir, "output", "q.csv")
	if out := read(t, filepath.Join(dir, "q.sandbox.csv")); strings.Contains(out, "my own words") {
		t.Errorf("after the undoing:\n%s", out)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Cells and answers are text: nothing in them is executed or loaded, wherever they are shown.
func TestPageShowsMarkupAsText(t *testing.T) {
	t.Parallel()
	b := browse(t)
	evil := []string{
		`<script>window.hacked = 1</script>`, `<img src=x onerror="window.hacked = 1">`, `"><svg onload=window.hacked=1>`, `javascript:window.hacked=1`,
		`[a](javascript:window.hacked=1)`, `![a](https://example.invalid/x.png)`, `{{constructor.constructor('window.hacked=1')()}}`, `</textarea><script>window.hacked=1</script>`,
	}
	table := "prompt,<b>column</b>\n"
	for _, text := range evil {
		table += `"` + strings.ReplaceAll(text, `"`, `""`) + `",` + "<i>cell</i>\n"
	}
	name := `<img src=x onerror=window.hacked=1>.csv`
	dir := folder(t, nil, map[string]string{"evil.csv": table})
	write(t, filepath.Join(dir, name), "prompt\nx\n")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.says("evil.csv")
	b.says(name)
	b.table(s, "evil.csv")
	b.says("window.hacked")
	b.until(ready)
	b.click("Try on 5\u00a0rows")
	b.says("These answers are kept")
	b.until(ready)
	b.click("Run all")
	b.until(state + ` === 'completed'`)
	b.until(completed + ` === 8`)
	b.openRow(3)
	b.until(`document.querySelector('.tb-side .row-text')`)
	b.press(kb.Escape)
	b.until(`!document.querySelector('.row-cell')`)
	b.menu("<b>column</b>")
	b.until(`document.querySelector('.popover .tb-value-name').innerText === '<i>cell</i>'`)
	b.clickIn(".popover", "<i>cell</i>")
	b.until(`document.querySelector('.tb-filter .chip').innerText.includes('<i>cell</i>')`)
	b.press(kb.Escape)
	b.fill(".tb-search", evil[0])
	b.until(shown + ` === 1`)
	b.table(s, name)
	b.until(`document.querySelector('h1').innerText === ` + quote(name))
	b.open(s.base() + "/chat")
	b.fill(".chat-area", strings.Join(evil, "\n\n"))
	b.press("\r")
	b.says("Another answer")
	if eval[bool](b, `Boolean(window.hacked) || document.querySelectorAll('main img, main script, main iframe, a[href^="javascript"]').length > 0`) {
		t.Error("markup in a cell or an answer was executed")
	}
}

// The name of a file is shown in the order of its characters: nothing in it is hidden or read backwards.
func TestPageShowsNamesAsTheyAre(t *testing.T) {
	t.Parallel()
	b := browse(t)
	const hidden = `((document.title + document.body.innerText).match(/.{0,20}[\u202e\u2066\x07].*/) ?? [''])[0]`
	const name, display = "report\u202evsc.exe\x07\u2066.csv", "report\ufffdvsc.exe\ufffd\ufffd.csv"
	dir := folder(t, nil, map[string]string{name: "prompt\nx\n"})
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.says(display)
	b.click(display)
	b.until(`document.querySelector('h1').innerText === ` + quote(display))
	b.until(ready)
	b.click("More about the plan")
	b.says("report\ufffdvsc.exe\ufffd\ufffd.sandbox.csv")
	if text := eval[string](b, hidden); text != "" {
		t.Errorf("before the run the page shows %q", text)
	}
	b.click("Run all")
	b.until(state + ` === 'completed'`)
	b.until(`document.querySelector('.run-facts').innerText.includes('output: report')`)
	if text := eval[string](b, hidden); text != "" {
		t.Errorf("the run shows %q", text)
	}
	b.click("Tables")
	b.says(display)
	b.shoot("names")
	if text := eval[string](b, hidden); text != "" {
		t.Errorf("the list shows %q", text)
	}
}

// Every row of a very large table can be reached and found while the run is in progress.
func TestPageOfManyRows(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"many.csv": "id,prompt\n" + rows(300_000)})
	s := serveAt(t, dir, stand(t, "--latency", "0.5"))
	b.open(s.url)
	startRun(t, signedIn(t, s), s, `{"input":"many.csv"}`)
	b.table(s, "many.csv")
	b.until(shown + ` === 300000`)
	eval[bool](b, `(document.querySelector('.grid-view').focus(), true)`)
	b.do(chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(kb.ModifierCtrl)))
	b.until(cell(300_001, "prompt") + ` === 'question number 299999'`)
	b.until(inSight(299_999))
	b.press(kb.ArrowUp)
	b.until(`document.getElementById(document.querySelector('.grid-view').getAttribute('aria-activedescendant')).closest('.grid-row').dataset.at === '299998'`)
	if n := eval[int](b, `document.querySelectorAll('.grid-row').length`); n > 100 {
		t.Errorf("%d rows are in the document", n)
	}
	eval[bool](b, `(document.querySelector('.grid-view').scrollTop = document.querySelector('.grid-view').scrollHeight / 2, true)`)
	b.until(`[...document.querySelectorAll('.grid-row')].some((r) => Math.abs(Number(r.dataset.at) - 150000) < 100 && r.innerText.includes('question number 1'))`)
	b.do(chromedp.KeyEvent(kb.Home, chromedp.KeyModifiers(kb.ModifierCtrl)))
	b.until(inSight(0))
	b.fill(".tb-search", "number 299998")
	b.until(shown + ` === 1 && ` + cell(300_000, "prompt") + ` === 'question number 299998'`)
	if n := memory(t, s.cmd.Process.Pid); n > mostMemory {
		t.Errorf("the server took %d MB", n>>20)
	} else {
		t.Logf("the server took %d MB at most", n>>20)
	}
}

// inSight returns an expression that reports whether a row is visible.
func inSight(i int) string {
	const part = `(() => { const at = (what) => document.querySelector(what).getBoundingClientRect(), r = at('.grid-row[data-at="%d"]'); return r.top >= at('.grid-head').bottom - 1 && r.bottom <= at('.grid-view').bottom + 1; })()`
	return fmt.Sprintf(part, i)
}

// The page of a run says that cells are read differently than when its rows were answered.
func TestPageOfAnotherReading(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,old one\n2,two\n"})
	run(t, dir, "run", "--sandbox", "q.csv")
	j, err := journal.Open(filepath.Join(dir, "q.csv.gigabatch"))
	if err != nil {
		t.Fatal(err)
	}
	older := *j.Last()
	older.Reading = 0
	for _, err := range []error{j.Start(&older), j.End(&journal.End{Sandbox: true}), j.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "q.csv"), "id,prompt\n1,one\n2,two\n") // stands for the same file, read differently
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.click("q.csv")
	b.says("Cells are read differently than when these answers were written")
	eval[bool](b, `(localStorage.setItem('lang', 'ru'), true)`)
	b.open(eval[string](b, `location.href`))
	b.says("Теперь ячейки читаются не так, как при записи этих ответов")
	run(t, dir, "run", "--sandbox", "q.csv")
	b.until(`!document.body.innerText.includes('читаются не так')`)
}
