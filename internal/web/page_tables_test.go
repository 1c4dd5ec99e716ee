package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// names are those of the list, in its order.
const names = `[...document.querySelectorAll('.tables-link')].map((e) => e.innerText.trim()).join(' ')`

// The list has all tables with their last runs and stays current without a reload. Keys choose, open and search.
func TestPageTables(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, []string{"questions.xlsx"}, map[string]string{
		"a.csv": "prompt\none\n", "заявки.csv": "id;вопрос\n1;Где мой заказ?\n", "facts.jsonl": `{"prompt":"one"}` + "\n",
	})
	run(t, dir, "run", "--sandbox", "questions.xlsx")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.open(s.base() + "/tables")
	b.until(names + `.split(' ').length === 4`)
	b.until(`document.querySelector('[data-state=completed]').closest('.tables-item').innerText.includes('questions.xlsx')`)
	b.says("10 of 10")
	if eval[bool](b, `/\b(false|null|undefined|NaN)\b/.test(document.querySelector('.tables').innerText)`) {
		t.Error("the list shows false, null, undefined or NaN")
	}

	run(t, dir, "run", "--sandbox", "a.csv")
	b.until(`[...document.querySelectorAll('.tables-item')].find((e) => e.innerText.includes('a.csv')).innerText.includes('completed')`)
	if err := os.Remove(filepath.Join(dir, "facts.jsonl")); err != nil {
		t.Fatal(err)
	}
	eval[bool](b, `(dispatchEvent(new Event('focus')), true)`)
	b.until(names + `.split(' ').length === 3`)

	b.press("q") // a letter searches
	b.until(`document.activeElement.type === 'search' && ` + names + ` === 'questions.xlsx'`)
	b.press(kb.Escape)
	b.until(names + `.split(' ').length === 3`)
	b.press(kb.ArrowDown)
	first := eval[string](b, `document.activeElement.innerText.trim()`)
	b.press(kb.ArrowDown)
	second := eval[string](b, `document.activeElement.innerText.trim()`)
	b.press(kb.ArrowUp)
	if all := eval[string](b, names); !strings.HasPrefix(all, first+" "+second+" ") || eval[string](b, `document.activeElement.innerText.trim()`) != first {
		t.Errorf("the arrows chose %q and %q of %q", first, second, all)
	}
	b.press(kb.ArrowUp)
	b.until(`document.activeElement.type === 'search'`)
	b.fill("[type=search]", "nothing")
	b.says("No table has such a name.")
	b.fill("[type=search]", "")
	b.click("CSV")
	b.until(names + `.split(' ').length === 2`)
	b.click("All")
	b.until(names + `.split(' ').length === 3`)
	b.fill("[type=search]", "questions")
	b.until(names + ` === 'questions.xlsx'`)
	b.press("\r")
	b.until(`location.pathname === '/tables/cXVlc3Rpb25zLnhsc3guZ2lnYWJhdGNo'`)
}

// A table opens to its runs, the newest first, also those of other prompts and trials, by a button and by the arrow keys. What is open stays
// current.
func TestPageRunsOfATable(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"a.csv": "prompt\none\ntwo\nthree\n", "b.csv": "prompt\none\n"})
	run(t, dir, "run", "--sandbox", "a.csv", "--prompt", "Sum up: {{prompt}}", "--completion-column", "summary", "--limit", "2")
	run(t, dir, "run", "--preview=1", "--sandbox", "a.csv", "--prompt", "Translate: {{prompt}}")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.open(s.base() + "/tables")
	b.until(names + `.split(' ').length === 2`)
	const runs = `[...document.querySelectorAll('.tables-runs > li')].map((e) => e.innerText.replace(/\s+/g, ' '))`
	b.fill("[type=search]", "a.csv")
	b.press(kb.ArrowDown)
	b.press(kb.ArrowRight)
	b.until(runs + `.length === 2`)
	if all := eval[[]string](b, runs); !strings.HasPrefix(all[0], "No. 2 ") || !strings.Contains(all[0], "Translate: {{prompt}}") || !strings.Contains(all[0], "trial") || !strings.Contains(all[0], "1 of 1") ||
		!strings.HasPrefix(all[1], "No. 1 ") || !strings.Contains(all[1], "summary Sum up: {{prompt}}") || !strings.Contains(all[1], "completed") || !strings.Contains(all[1], "2 of 2") {
		t.Errorf("the runs are %q", all)
	}
	b.shoot("runs")
	run(t, dir, "run", "--sandbox", "a.csv")
	b.until(runs + `.length === 3 && ` + runs + `[0].includes('3 of 3')`)
	b.press(kb.ArrowLeft)
	b.until(`document.querySelector('.tables-past').hidden && document.activeElement.innerText.trim() === 'a.csv'`)
	eval[bool](b, `(document.querySelector('.tables-opener').click(), true)`)
	b.until(runs + `.length === 3 && /^3.runs$/.test(document.querySelector('[aria-expanded=true]').innerText.trim())`)
	eval[bool](b, `(document.querySelector('.tables-opener').focus(), true)`)
	b.press(kb.ArrowLeft)
	b.until(`document.querySelector('.tables-past').hidden`)
	b.press(kb.ArrowRight)
	b.size(320, 700, true)
	b.shoot("runs-320")
	b.click("Report on its runs")
	b.until(`location.pathname === '/tables/YS5jc3YuZ2lnYWJhdGNo/report'`)
	b.open(s.base() + "/tables")
	b.until(`document.querySelector('.tables-opener:not([hidden])')`)
	eval[bool](b, `(document.querySelector('.tables-opener:not([hidden])').click(), true)`)
	b.until(runs + `.length === 3`)
	eval[bool](b, `(document.querySelector('.tables-runs > li:last-child a').focus(), true)`) // the first run, whose prompt is another one
	b.press("\r")
	b.until(`location.pathname === '/tables/YS5jc3YuZ2lnYWJhdGNo' && document.querySelector('#tb-prompt')?.value === 'Sum up: {{prompt}}'`)
	b.until(`document.querySelector('.grid-head')?.innerText.includes('summary')`)
}

// A run of a terminal moves its table to the top, fills its bar, and says how it ended, while the list stays as it is otherwise: the focus, and
// what is chosen.
func TestPageTablesLive(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, []string{"questions.xlsx"}, map[string]string{"slow.csv": "prompt\n" + strings.Repeat("one more\n", 30)})
	env := stand(t, "--latency", "300ms", "--streams", "2")
	s := serveAt(t, dir, env)
	if err := os.Chtimes(filepath.Join(dir, "slow.csv"), time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.open(s.url)
	b.open(s.base() + "/tables")
	b.until(names + ` === 'questions.xlsx slow.csv'`)
	b.press(kb.ArrowDown)
	c := gigabatch(t, "run", filepath.Join(dir, "slow.csv"), "--no-dedupe")
	c.Env = append(c.Env, env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	const slow = `document.querySelector('.tables-item')`
	b.until(names + ` === 'slow.csv questions.xlsx' && ` + slow + `.querySelector('[data-state=running]')`)
	b.says("from a terminal")
	b.until(`parseInt(` + slow + `.querySelector('[role=progressbar]').getAttribute('aria-valuenow')) > 10`)
	b.shoot("live")
	b.until(slow + `.innerText.includes('30 of 30') && ` + slow + `.querySelector('[data-state=completed]')`)
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if focused := eval[string](b, `document.activeElement.innerText.trim()`); focused != "questions.xlsx" {
		t.Errorf("the focus is on %q", focused)
	}
}

// What is added becomes a table: files that are chosen or dropped anywhere, an example, and documents in a folder that the user names. An
// upload can be stopped.
func TestPageAddsTables(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.open(s.base() + "/tables")
	b.says("No tables here yet")
	b.shoot("empty")
	b.click("Try with an example")
	b.until(`location.pathname === '/tables/cmV2aWV3cy5jc3YuZ2lnYWJhdGNo'`)
	if text, err := os.ReadFile(filepath.Join(s.dir, "reviews.csv")); err != nil || strings.Count(string(text), "\n") != 7 {
		t.Errorf("the example is %q, error %v", text, err)
	}

	b.open(s.base() + "/tables")
	b.says("reviews.csv")
	b.drop(`[new File(['prompt\none\n'], 'one.csv'), new File(['prompt\ntwo\n'], 'two.csv'), new File([], 'empty.csv')]`)
	b.says("empty.csv is empty")
	b.until(names + `.includes('one.csv') && ` + names + `.includes('two.csv') && location.pathname === '/tables'`)
	b.click("Dismiss")
	b.until(`document.querySelector('.tables-uploads').hidden`)

	// Documents go into a folder. The request is seen here, since the server decides about names.
	eval[bool](b, `(window.sent = [], XMLHttpRequest.prototype.open = function (method, path) { sent.push(decodeURIComponent(path)); throw new DOMException('not now', 'AbortError'); }, true)`)
	b.drop(`[new File(['hello'], 'a.txt'), new File(['hello'], 'b.md'), new File(['x'], 'Thumbs.db')]`)
	b.says("documents go into this folder")
	b.fill("dialog input", "letters")
	b.shoot("documents")
	b.press("\r")
	b.until(`sent.join(' ') === '/api/files?name=a.txt&folder=letters /api/files?name=b.md&folder=letters'`)

	b.open(s.base() + "/tables")
	b.says("two.csv")
	eval[bool](b, `(XMLHttpRequest.prototype.send = function () { this.upload.onprogress({ lengthComputable: true, loaded: 3, total: 10 }); }, true)`) // it never ends
	b.drop(`[new File(['prompt\nthree\n'], 'three.csv'), new File(['prompt\nfour\n'], 'four.csv')]`)
	b.until(`document.querySelectorAll('.tables-uploads li').length === 2 && document.querySelector('.tables-uploads').innerText.includes('30%') && document.querySelector('.tables-uploads').innerText.includes('waiting')`)
	b.shoot("uploading")
	b.click("Stop adding four.csv")
	b.click("Stop adding three.csv")
	b.until(`document.querySelector('.tables-uploads').hidden`)
	if _, err := os.Stat(filepath.Join(s.dir, "three.csv")); err == nil {
		t.Error("the upload was not stopped")
	}
}

// drop drops files, a JavaScript array, on the page.
func (b *tab) drop(files string) {
	b.t.Helper()
	eval[bool](b, `(() => {
		const data = new DataTransfer();
		for (const file of `+files+`) data.items.add(file);
		for (const name of ['dragover', 'drop']) document.querySelector('main').dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
		return true;
	})()`)
}

// Every width, both themes and both languages show the list and the form for the key whole.
func TestPageTablesFit(t *testing.T) {
	t.Parallel()
	source := axe(t)
	b := browse(t)
	dir := folder(t, []string{"questions.xlsx"}, map[string]string{
		"заявки.csv": "id;вопрос\n1;Где мой заказ?\n", "a table with a name that is as long as names of files become when people put everything into them (2).csv": "prompt\none\n",
	})
	run(t, dir, "run", "--sandbox", "questions.xlsx")
	env, _ := keyless(stand(t))
	s := serveAt(t, dir, env)
	b.open(s.url)
	b.open(s.base() + "/tables")
	for _, language := range []string{"EN", "RU"} {
		b.click(language)
		b.until(names + `.includes('questions.xlsx')`)
		b.until(`document.querySelector('.tables-runs') || (document.querySelector('.tables-opener[aria-expanded=false]:not([hidden])')?.click(), false)`)
		b.accessible(source, "the list "+language)
		b.size(2560, 1200, true)
		b.shoot("list-2560-" + language)
		b.size(1280, 900, false)
		eval[bool](b, `(document.querySelector('.tables-key button').click(), true)`)
		b.until(`document.querySelector('#key-key')`)
		b.accessible(source, "the key "+language)
		b.press(kb.Escape)
		b.until(`!document.querySelector('dialog')`)
	}
}
