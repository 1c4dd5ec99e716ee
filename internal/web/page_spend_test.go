package web_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// dearPrices writes prices with which a few requests exceed what may be asked again without a confirmation.
func dearPrices(t *testing.T) string {
	t.Helper()
	return filepath.Join(folder(t, nil, map[string]string{"own.csv": "model,input,output,cached,date\nGigaChat-2,100000,100000,0,2026-11-01\n"}), "own.csv")
}

// looks takes pictures of a part of the page: in both languages, light and dark, wide and narrow. It ends in English.
func (b *tab) looks(part, name string) {
	b.t.Helper()
	for _, v := range []struct {
		language, name string
		width          int64
		dark           bool
	}{{"EN", "wide", 1280, false}, {"RU", "ru-wide-dark", 1280, true}, {"RU", "ru-narrow", 360, false}, {"EN", "narrow-dark", 360, true}} {
		b.click(v.language)
		b.size(v.width, 900, v.dark)
		b.until(`document.querySelector('` + part + `')`) // a change of the language draws it anew
		b.until(`(() => {
			const [one, panel] = [document.querySelector('` + part + `'), document.querySelector('.tb-unfold')];
			if (!one.checkVisibility() && panel?.checkVisibility()) panel.click();
			one.scrollIntoView({ block: 'center' });
			return true;
		})()`)
		if wider := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); wider > 0 {
			b.t.Errorf("%s, %s: the page is %d pixels wider than the window: %s", name, v.name, wider, b.widest())
		}
		text := eval[string](b, `document.querySelector('`+part+`')?.innerText ?? ''`)
		if regexp.MustCompile(`\b(undefined|NaN|null)\b|\{\w+\}`).MatchString(text) {
			b.t.Errorf("%s, %s: %s", name, v.name, text)
		}
		b.shoot(name + "-" + v.name)
	}
	b.size(1280, 900, false)
}

// The plan warns of what would be asked again. Above the limit, the run starts only once its figures are confirmed, and a change of the
// figures takes the confirmation back.
func TestPageConfirmsWhatIsAskedAgain(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(200)})
	prices := dearPrices(t)
	run(t, dir, "run", "--sandbox", "--quiet", "q.csv", "-p", "Say: {{prompt}}")
	s := serve(t, dir, "--sandbox", "--price-file", prices)
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(`document.querySelector('#tb-prompt').value === 'Say: {{prompt}}'`)
	b.until(settled + ` && document.querySelector('.tb-start').innerText === 'Write the file'`)
	b.until(`!document.querySelector('.blast')?.checkVisibility()`)
	b.fill("#tb-prompt", "Say twice: {{prompt}}")
	b.until(`document.querySelector('.blast')?.checkVisibility()`)
	b.says("The prompt changed: 200 cells that have an answer are asked again.")
	b.says("First confirm that what has an answer is asked again.")
	b.until(`document.querySelector('.tb-start').disabled`)
	b.looks(".blast", "blast")
	b.says("Ask 200\u00a0requests again and pay")
	b.until(`!document.querySelector('#tb-confirm').disabled`)
	b.click("Ask 200\u00a0requests again and pay")
	// A plan that comes late may have taken it back: then the user confirms once more.
	b.until(`(() => {
		const confirm = document.querySelector('#tb-confirm');
		if (!confirm.checked && !confirm.disabled) confirm.click();
		return !document.querySelector('.tb-start').disabled;
	})()`)
	b.click("Which rows, budget, batches")
	b.fill("#tb-limit", "150")
	b.says("Ask 150\u00a0requests again")
	b.until(`!document.querySelector('#tb-confirm').checked && document.querySelector('.tb-start').disabled`)
	b.fill("#tb-limit", "")
	b.says("Ask 200\u00a0requests again")
	b.until(`!document.querySelector('#tb-confirm').disabled`)
	if !eval[bool](b, `document.querySelector('#tb-confirm').checked`) {
		b.click("Ask 200\u00a0requests again and pay")
	}
	b.click("Run all")
	b.until(settled + ` && document.querySelector('.tb-start').innerText === 'Write the file'`) // all is answered
	b.until(state + ` === 'completed'`)
	if n := strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"completed"`); n != 400 {
		t.Errorf("%d answers were paid for, want 400", n)
	}
	b.open(s.base() + "/tables")
	b.until(`/≈\s[\d,.]+\s₽ at real prices/.test(document.querySelector('.tables-item').innerText)`)
	b.looks(".tables-item", "list")
}

// A run within a budget: the form says what a budget needs, the run shows what it spends, stops at the budget, and goes on with another one.
func TestPageKeepsABudget(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(60)})
	s := serve(t, dir, "--sandbox", "--price-file", dearPrices(t))
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(ready)
	b.click("Which rows, budget, batches")
	b.fill("#tb-max-cost-rub", "120")
	b.says("A budget holds only if answers have a limit.")
	b.until(`document.querySelector('#tb-max_tokens').checkVisibility() && document.querySelector('#tb-max_tokens').getAttribute('aria-invalid') === 'true'`)
	b.until(`document.querySelector('.tb-start').disabled`)
	b.looks("#tb-max-cost-rub", "form")
	b.fill("#tb-max_tokens", "40")
	b.until(`!document.querySelector('#tb-max-cost-rub').getAttribute('aria-invalid')`)
	eval[bool](b, `(() => { const m = document.querySelector('#tb-model'); m.append(new Option('x', 'GigaChat-3-Ultra')); m.value = 'GigaChat-3-Ultra'; m.dispatchEvent(new Event('change')); return true; })()`)
	b.until(`document.querySelector('#tb-max-cost-rub-help').innerText.includes('the price of the model "GigaChat-3-Ultra" is unknown')`)
	eval[bool](b, `(() => { const m = document.querySelector('#tb-model'); m.value = ''; m.dispatchEvent(new Event('change')); return true; })()`)
	b.until(`!document.querySelector('.tb-start').disabled`)
	b.click("Run all")
	b.until(`document.querySelector('.tb-run-line .badge[data-state=limited]')`)
	b.says("stopped at a limit")
	b.says("The budget of 120 ₽ is used up")
	b.click("Details")
	b.until(`/^[\d.]+\s₽ of 120\s₽$/.test(document.querySelector('.budget-line .num').innerText)`)
	b.until(`/ of 120\s₽/.test(document.querySelector('.tb-run-line').innerText)`)
	b.until(`/at real prices of/.test(` + fact("Spent") + `)`)
	b.looks(".tb-run", "limited")
	paid := strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"completed"`)
	if paid == 0 || paid >= 60 {
		t.Errorf("%d answers within the budget, want some of 60", paid)
	}
	b.click("Continue with another budget")
	b.until(`document.querySelector('dialog #budget-max_cost_rub').value === '120'`)
	b.looks("dialog", "dialog")
	b.fill("dialog #budget-max_cost_rub", "none")
	eval[bool](b, `(document.querySelector('dialog .button.primary').click(), true)`)
	b.says("Enter a number greater than 0, or leave it empty.")
	b.fill("dialog #budget-max_cost_rub", "5000")
	eval[bool](b, `(document.querySelector('dialog .button.primary').click(), true)`)
	b.until(`document.querySelector('.tb-run-line .badge[data-state=completed]')`)
	b.until(`document.querySelector('.tb-run-line').innerText.includes(' of 5,000\u202f₽')`)
	b.click("Details")
	b.until(`document.querySelector('.budget-line .num').innerText.endsWith(' of 5,000\u202f₽')`)
	b.until(`/\d/.test(` + fact("Tokens of the last run") + `)`)
	if n := strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"completed"`); n != 60 {
		t.Errorf("%d answers were paid for 60 rows", n)
	}

	b.click("Report")
	b.until(`location.pathname.endsWith('/report')`)
	inside := `document.querySelector('.report-frame').contentDocument`
	b.until(inside + `.querySelector('h1').innerText === 'Report on q.csv'`)
	b.until(`Math.abs(document.querySelector('.report-frame').clientHeight - ` + inside + `.documentElement.getBoundingClientRect().height) < 2`)
	b.looks(".report", "report")
	b.click("RU")
	b.until(inside + `.querySelector('h1').innerText === 'Отчёт по файлу q.csv'`)
	b.open(eval[string](b, `location.href`)) // a reload
	b.until(inside + `.querySelector('h1').innerText === 'Отчёт по файлу q.csv'`)
	saved := b.download(func() { b.click("Сохранить как файл") }, "q.csv.report.html")
	if page := read(t, saved); !strings.Contains(page, "<h1>Отчёт по файлу q.csv</h1>") {
		t.Errorf("the saved report is %.300s", page)
	}
}

// A run shows what it has spent, and how much of its budget, while it works; so does a run that is watched in the list.
func TestPageShowsWhatIsSpent(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(200)})
	s := serveAt(t, dir, stand(t, "--latency", "0.5", "--streams", "10"), "--price-file", dearPrices(t))
	startRun(t, signedIn(t, s), s, `{"input":"q.csv","columns":[{"max_tokens":60}],"max_cost_rub":1000,"max_tokens_total":100000}`)
	b.open(s.url)
	b.until(`/≈\s[\d,.]+\s₽ at real prices \(estimate\)/.test(document.querySelector('.tables-item').innerText)`)
	b.table(s, "q.csv")
	b.click("Details")
	spent := `Number(document.querySelector('.budget-line .num').innerText.match(/^[\d.,]+/)[0].replace(',', ''))`
	b.until(state + ` === 'running' && ` + spent + ` > 20`)
	before := eval[float64](b, spent)
	b.until(spent + fmt.Sprintf(` > %v`, before))
	b.until(`document.querySelectorAll('.budget-line')[1].innerText.includes(' of 100,000')`)
	b.until(`Number(document.querySelector('.budget-line [role=progressbar]').getAttribute('aria-valuenow')) >= 2`)
	b.looks(".tb-run", "live")
	b.until(state + ` === 'completed'`)
}

// A run that asked in batches shows what they saved, next to what it cost.
func TestPageShowsWhatBatchesSaved(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(20)})
	prices := dearPrices(t)
	run(t, dir, "run", "--sandbox", "--quiet", "--via", "batch", "--price-file", prices, "q.csv", "-p", "Say: {{prompt}}")
	s := serve(t, dir, "--sandbox", "--price-file", prices)
	b.open(s.url)
	b.click("q.csv")
	b.click("Details")
	b.until(`/[\d,.]+\s₽ saved by batches/.test(` + fact("Spent") + `)`)
	b.looks(".tb-run", "batches")
}

// A run that would ask rows again because the table has changed is continued only if the user agrees to its figures.
func TestPageContinueAsksFirst(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(300)})
	s := serveAt(t, dir, stand(t, "--latency", "0.4", "--streams", "10"), "--price-file", dearPrices(t))
	b.open(s.url)
	b.table(s, "q.csv")
	startRun(t, signedIn(t, s), s, `{"input":"q.csv"}`)
	b.until(`parseInt(` + progress + `) > 150`)
	b.click("Stop")
	b.says("Stop this run?")
	b.confirms()
	b.until(state + ` === 'interrupted'`)
	asked := func() int {
		return strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"completed"`)
	}
	before := asked()
	write(t, filepath.Join(dir, "q.csv"), strings.ReplaceAll(read(t, filepath.Join(dir, "q.csv")), "question", "problem"))
	b.click("Continue")
	b.says("rows changed in the table since they were answered, and are asked again.")
	b.looks("dialog .blast", "continue")
	eval[bool](b, `(document.querySelector('dialog .button:not(.danger)').click(), true)`)
	b.until(`!document.querySelector('dialog')`)
	if n := asked(); n != before {
		t.Errorf("%d requests were sent although the user did not agree", n-before)
	}
	b.click("Continue")
	b.until(`document.querySelector('dialog .blast')`)
	b.confirms()
	b.until(state + ` === 'completed'`)
	if n := asked(); n != before+300 {
		t.Errorf("%d answers were paid for, want %d and 300", n, before)
	}
}

// What is asked are the rows that the user means: none if the filter leaves none, all after the table is read otherwise, and one row alone if that
// is asked again, also if the server has to read the table first.
func TestPageAsksTheRowsThatAreMeant(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"a.csv": "id,question\n" + rows(30)}), stand(t))
	b.open(s.url)
	b.table(s, "a.csv")
	b.until(ready)
	search := func(text string) {
		eval[bool](b, `(() => { const e = document.querySelector('.tb-search'); e.value = `+quote(text)+`; e.dispatchEvent(new Event('input')); return true; })()`)
	}
	search("question number 7")
	b.click("Choose this")
	b.until(ready + ` && document.querySelector('.tb-start').innerText.replace(/\s/g, ' ') === 'Run 1 row'`)
	search("no such text")
	b.until(settled + ` && document.querySelector('.tb-start').disabled && document.querySelector('.tb-try').disabled`)
	b.until(`document.querySelector('.tb-foot').innerText.includes('No row is chosen.')`)
	search("question number 7")
	b.until(ready + ` && document.querySelector('.tb-start').innerText.replace(/\s/g, ' ') === 'Run 1 row'`)
	eval[bool](b, `([...document.querySelectorAll('.tb-guess')].find((e) => e.innerText.startsWith('Comma')).click(), true)`)
	b.until(`document.querySelector('#tb-delimiter')`)
	eval[bool](b, `(() => { const e = document.querySelector('#tb-delimiter'); e.value = 'comma'; e.dispatchEvent(new Event('change')); return true; })()`)
	b.press(kb.Escape)
	b.until(ready + ` && document.querySelector('.tb-start').innerText === 'Run all' && ` + shown + ` === 30`)

	b.openRow(5)
	b.click("Ask this row again")
	b.until(`document.querySelector('.tb-side .row-text')?.innerText.startsWith('This is the sandbox')`)
	b.press(kb.Escape)
	b.until(ready + ` && document.querySelector('.tb-start').innerText === 'Run all'`)
	b.until(figure("Requests") + ` === '29'`)
}
