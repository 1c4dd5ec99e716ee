package web_test

import (
	"archive/zip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Of a service that lacks the default model, only chat models are offered. The run names them, and runs with one of them.
func TestPageOfAnotherService(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, t.TempDir(), stand(t, "--dialect", "openai"))
	b.open(s.url)
	b.says("No tables here yet")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#tables-file"), []string{testdata(t, "questions.xlsx")}))
	b.says("header in row 1")
	b.click("Model and parameters")
	options := `[...document.querySelector('#tb-model').options].map((o) => o.label).join('; ')`
	want := "GigaChat-2 (not available) (default); ai-sage/GigaChat3-10B-A1.8B; ai-sage/GigaChat3.5-432B-A28B"
	b.until(options + ` === '` + want + `'`)
	b.click("Try on 5\u00a0rows")
	b.says(`the model "GigaChat-2" is not available to this key`)
	b.says("choose one under “Model”")
	b.until(`document.querySelector('#tb-model').checkVisibility()`)
	b.do(chromedp.SetValue(chromedp.CSS("#tb-model"), "ai-sage/GigaChat3-10B-A1.8B"))
	eval[bool](b, `document.querySelector('#tb-model').dispatchEvent(new Event('change'))`)
	b.click("Try on 5\u00a0rows")
	b.says("This is the sandbox, no model was asked.")
}

// The whole way: a workbook is dropped, tried, run, and downloaded with its answers.
func TestPageFromWorkbookToAnswers(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.says("No tables here yet") // the first page
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#tables-file"), []string{testdata(t, "questions.xlsx")}))
	b.says("header in row 1")
	b.until(`document.querySelector('#tb-prompt').value === '{{question}}'`)
	b.says("What is the capital of Iceland?")
	b.shoot("look")
	b.click("Try on 5\u00a0rows")
	b.says("These answers are kept and not charged again.")
	b.until(completed + ` === 5`)
	b.shoot("tried")
	b.until(ready)
	b.click("Run all")
	b.until(state + ` === 'completed'`)
	b.until(completed + ` === 10`)
	b.until(progress + ` === '10 of 10'`)
	b.click("Details")
	b.until(fact("Answered") + `.includes('10')`)
	b.until(`document.querySelector('#tb-prompt').value === '{{question}}'`)
	if eval[bool](b, `/\b(false|null|undefined|NaN)\b/.test(document.querySelector('.tb').innerText)`) {
		t.Error("the workbench shows false, null, undefined or NaN")
	}
	b.shoot("run")
	b.click("Details")
	b.openRow(3)
	b.until(`document.querySelector('.row-prompt').innerText === 'What is the capital of Iceland?'`)
	b.until(`document.querySelector('.tb-side .row-text').innerText.startsWith('This is the sandbox, no model was asked.')`)
	b.shoot("row")
	b.press(kb.Escape)
	b.until(`!document.querySelector('.row-cell')`)
	book := b.download(func() {
		b.clickIn(".tb-save", "Save")
		b.click("Download as Excel (.xlsx)")
	}, "questions.sandbox.xlsx")
	sheet := part(t, book, "xl/worksheets/sheet1.xml")
	if n := strings.Count(sheet, "This is the sandbox, no model was asked."); n != 10 {
		t.Errorf("the workbook that was downloaded has %d answers, want 10", n)
	}
	mine, was := part(t, book, "xl/theme/theme1.xml"), part(t, testdata(t, "questions.xlsx"), "xl/theme/theme1.xml")
	if mine != was {
		t.Error("a part of the workbook that holds no answers has changed")
	}
}

// download returns the path of the file that is downloaded when do is called.
func (b *tab) download(do func(), name string) string {
	b.t.Helper()
	dir := b.t.TempDir()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
		})
		return err
	}))
	do()
	path := filepath.Join(dir, name)
	for deadline := time.Now().Add(patience); ; time.Sleep(30 * time.Millisecond) { // the browser is another process
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("nothing called %s was downloaded", name)
		}
	}
}

// part returns a part of a workbook.
func part(t *testing.T, book, name string) string {
	t.Helper()
	z, err := zip.OpenReader(book)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := fs.ReadFile(z, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "testdata", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that is not a table is refused, and the table that is shown stays. One that is a table is opened.
func TestPageRefusesAFile(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	s := serve(t, folder(t, []string{"questions.xlsx"}, nil), "--sandbox")
	b.open(s.url)
	b.table(s, "questions.xlsx")
	b.says("What is the capital of Iceland?")
	b.drop(`[new File(['hello'], 'note.ods')]`)
	b.says("note.ods")
	b.until(`document.querySelector('.tables-uploads .error-box')`)
	b.says("What is the capital of Iceland?")
	b.shoot("refused")
	if _, err := os.Stat(filepath.Join(s.dir, "note.ods")); err == nil {
		t.Error("the file is in the folder")
	}
	b.click("Dismiss")
	b.drop(`[new File(['вопрос\nГде?\n'], 'ещё.csv')]`)
	b.says("Где?")
	b.until(`document.querySelector('h1').innerText === 'ещё.csv'`)
	if _, err := os.Stat(filepath.Join(s.dir, "ещё.csv")); err != nil {
		t.Error(err)
	}
}

// The page names rows that are no data, and asks those that the conditions select.
func TestPageSelectsRows(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "q.csv"), []byte("city,sum,text\nOmsk,5,a\ncity,sum,text\nUfa,7,b\nOmsk,12,c\nTotal,24,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.table(s, "q.csv")
	is := func(name, n string) {
		t.Helper()
		b.until(settled + ` && ` + figure(name) + ` === '` + n + `'`)
	}
	b.until(`document.querySelector('#tb-prompt').value === '{{text}}'`)
	b.fill("#tb-prompt", "{{city}} {{text}}")
	is("Rows", "4")
	b.says("not asked: row 3 (the header again)")
	b.click("More about the plan")
	b.says("looks like no data")
	b.says("row 6 (a total)")
	is("Requests", "4")
	b.click("Conditions and files")
	b.fill("#tb-skip", "text\n")
	is("Requests", "3")
	b.fill("#tb-skip", "txt")
	b.says(`no column "txt"`)
	b.fill("#tb-skip", "")
	is("Requests", "4")
	b.click("Which rows, budget, batches")
	b.click("Skip rows that look like no data")
	is("Rows", "3")
	b.fill("#tb-where", "sum>=7\ncity~OM")
	is("Rows", "1")
	b.fill("#tb-where", "sum>many")
	b.says(`condition "sum>many": "many" is neither a number nor a date`)
	b.fill("#tb-where", "")
	is("Rows", "3")
	b.push(".tb-guess[aria-label*='not asked']")
	b.clickIn(".popover", "Ask it")
	is("Rows", "4")
	b.press(kb.Escape)
	b.until(ready)
	b.click("Run all")
	b.until(`document.querySelector('.tb-run-line .badge[data-state=completed]')`)
	text, err := os.ReadFile(filepath.Join(dir, "q.sandbox.csv"))
	if n := strings.Count(string(text), "This is the sandbox"); err != nil || n != 4 {
		t.Errorf("got %d answers in %q, error %v, want 4", n, text, err)
	}
}

// The plan shows what the run will cost without a request: with assumptions first, then by the answers of a trial, and in tokens only if the
// price of the model is unknown.
func TestPageEstimatesTheCost(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{
		"q.csv": "id,prompt\n" + rows(500), "own.csv": "model,input,output,cached,date\nGigaChat-2,650000,650000,0,2026-11-01\n",
	})
	s := serve(t, dir, "--sandbox", "--price-file", filepath.Join(dir, "own.csv"))
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(settled)
	b.until(`/^≈\s[\d,]+\s₽$/.test(` + figure("Cost") + `)`)
	between := `[...document.querySelectorAll('.tb-figures > div')].find((f) => f.innerText.startsWith('Cost')).title`
	b.until(`/^from [\d,]+\s₽ to [\d,]+\s₽, an estimate/.test(` + between + `)`)
	b.click("More about the plan")
	assumed := `/assumptions/.test(document.querySelector('.tb-more').innerText)`
	b.until(assumed)
	b.until(`/prices of (1 Nov|Nov 1)/.test(document.querySelector('.tb-more').innerText)`)
	before := eval[string](b, figure("Cost"))
	for _, dark := range []bool{false, true} {
		b.size(1280, 900, dark)
		b.shoot(map[bool]string{false: "light", true: "dark"}[dark])
	}
	b.until(ready)
	b.click("Try on 5\u00a0rows")
	b.says("These answers are kept and not charged again.")
	b.until(settled + ` && !` + assumed + ` && ` + figure("Cost") + ` !== ` + quote(before))
	b.click("RU")
	b.until(figure("Цена") + `.startsWith('≈')`)
	b.click("Подробнее о плане")
	b.says("цены от")
	b.shoot("ru-dark")
	b.size(400, 900, false)
	b.click("Промпт и запуск")
	b.shoot("ru-narrow")
	b.click("Модель и параметры")
	eval[bool](b, `(() => { const m = document.querySelector('#tb-model'); m.append(new Option('x', 'GigaChat-3-Ultra')); m.value = 'GigaChat-3-Ultra'; m.dispatchEvent(new Event('change')); return true; })()`)
	b.until(`[...document.querySelectorAll('.tb-figures > div')].some((f) => f.title.includes('цена GigaChat-3-Ultra неизвестна'))`)
}

// The panel shows all that is sent: what a job file says, and what a version asked that the user goes back to.
func TestPageShowsWhatIsSent(t *testing.T) {
	t.Parallel()
	b := browse(t)
	job := "input: a.csv\nprompt: \"{{question}}\"\nsystem: one\nrows: 3-12\nlimit: 7\nskip_suspect: true\n"
	s := serveAt(t, folder(t, nil, map[string]string{"a.csv": "id,question\n" + rows(30), "a.job.yaml": job}), stand(t))
	b.open(s.url)
	b.table(s, "a.csv")
	b.until(settled + ` && ` + figure("Requests") + ` === '7'`)
	for id, want := range map[string]string{"tb-rows": "3-12", "tb-limit": "7", "tb-system": "one"} {
		if got := eval[string](b, `document.querySelector('#`+id+`').value`); got != want {
			t.Errorf("#%s is %q, want %q", id, got, want)
		}
	}
	if !eval[bool](b, `[...document.querySelectorAll('.tb-check')].find((e) => e.textContent.startsWith('Skip rows that')).querySelector('input').checked`) {
		t.Error("that suspects are skipped is not shown")
	}
	b.click("Try on")
	b.until(completed + ` === 5 && ` + ready)
	b.click("Model and parameters")
	b.fill("#tb-system", "two")
	b.until(settled)
	b.click("Try on")
	b.until(`document.querySelectorAll('.tb-ver').length === 2 && ` + ready)
	eval[bool](b, `(document.querySelectorAll('.tb-ver')[1].click(), true)`)
	b.until(`document.querySelector('#tb-system').value === 'one'`)
	b.until(settled + ` && ` + figure("Requests") + ` === '2'`)
}

// What is entered is shown again after a reload, and what a version asked when the user goes back to it.
func TestPageShowsTheDraftAgain(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(4)}), stand(t))
	client := signedIn(t, s)
	for _, choices := range []string{`"yes","no"`, `"good","bad"`} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"Say {{prompt}}","choices":[`+choices+`]}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	const chosen = `[...document.querySelectorAll('.tb-chosen .chip > span')].map((e) => e.innerText).join()`
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(chosen + ` === 'good,bad'`)
	b.fill("#tb-where", "id>1")
	b.fill("#tb-limit", "2")
	b.until(settled)
	b.table(s, "q.csv")
	b.until(settled)
	b.until(`document.querySelector('#tb-where').value === 'id>1' && document.querySelector('#tb-limit').value === '2'`)
	b.until(`document.querySelectorAll('.tb-vers > li').length === 2`)
	eval[bool](b, `(document.querySelectorAll('.tb-ver')[1].click(), true)`)
	b.until(chosen + ` === 'yes,no'`)
}

// A table that is opened again has columns as wide as their texts, also if its rows come before what its columns are.
func TestPageMeasuresColumns(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,review\n1," + strings.Repeat("long ", 40) + "\n2,short\n"})
	run(t, dir, "run", "--sandbox", "q.csv", "--prompt", "{{review}}")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.onNewDocument(`{
		const real = window.fetch;
		window.fetch = async (path, options) => {
			if (String(path).endsWith('/look')) await new Promise((resolve) => { setTimeout(resolve, 700); });
			return real(path, options);
		};
	}`)
	b.table(s, "q.csv")
	width := func(column string) string {
		return `([...document.querySelectorAll('.grid-name')].find((h) => h.querySelector('.tb-th-name')?.title === '` + column + `')?.offsetWidth ?? 0)`
	}
	b.until(width("id") + ` > 0 && ` + width("id") + ` < 100 && ` + width("review") + ` >= 260`)
}
