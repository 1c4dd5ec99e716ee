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
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#nr-file"), []string{testdata(t, "questions.xlsx")}))
	b.says(`sheet "Questions", header in row 1`)
	options := `[...document.querySelector('#nr-model').options].map((o) => o.label).join('; ')`
	want := "GigaChat-2 (not available) (default); ai-sage/GigaChat3-10B-A1.8B; ai-sage/GigaChat3.5-432B-A28B"
	b.until(options + ` === '` + want + `'`)
	b.click("Try on 5\u00a0rows")
	b.says(`the model "GigaChat-2" is not available to this key`)
	b.says("choose one under “Model”")
	b.do(chromedp.SetValue(chromedp.CSS("#nr-model"), "ai-sage/GigaChat3-10B-A1.8B"))
	eval[bool](b, `document.querySelector('#nr-model').dispatchEvent(new Event('change'))`)
	b.click("Try on 5\u00a0rows")
	b.says("This is the sandbox, no model was asked.")
}

// The whole way: a workbook is dropped, tried, run, and downloaded with its answers.
func TestPageFromWorkbookToAnswers(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.says("Drop a table here") // the first page while there are no runs
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#nr-file"), []string{testdata(t, "questions.xlsx")}))
	b.says(`sheet "Questions", header in row 1`)
	b.until(`document.querySelector('textarea').value === '{{question}}'`)
	b.says("What is the capital of Iceland?")
	b.shoot("look")
	b.click("Try on 5\u00a0rows")
	b.says("These answers are kept and not charged again.")
	b.says("This is the sandbox, no model was asked.")
	b.shoot("tried")
	b.click("Run all")
	b.until(`location.pathname.startsWith('/runs/')`)
	b.until(`document.querySelector('.run-title .badge[data-state=completed]')`)
	b.until(`document.querySelectorAll('.rows-row .badge[data-state=completed]').length === 10`)
	b.click("Prompt and settings")
	b.until(`document.querySelector('.run-asked').innerText.includes('{{question}}')`)
	if eval[bool](b, `/\b(false|null|undefined|NaN)\b/.test(document.querySelector('.run').innerText)`) {
		t.Error("the page of the run shows false, null, undefined or NaN")
	}
	b.shoot("run")
	b.press("\t")
	eval[bool](b, `(document.querySelector('.rows-row[data-at="1"]').click(), true)`)
	b.says("What is the capital of Iceland?")
	b.until(`document.querySelector('dialog .row-text')`)
	b.shoot("row")
	b.press(kb.Escape)
	b.until(`!document.querySelector('dialog')`)
	book := b.download(func() {
		b.click("Download")
		b.click("Excel (.xlsx)")
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

// A file that is not a table is refused, and the chosen table stays.
func TestPageRefusesAFile(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	s := serve(t, folder(t, []string{"questions.xlsx"}, nil), "--sandbox")
	b.open(s.url)
	b.open(s.base() + "/new?input=questions.xlsx")
	b.says("What is the capital of Iceland?")
	eval[bool](b, `(() => { const d = new DataTransfer(); d.items.add(new File(['hello'], 'note.txt')); document.dispatchEvent(new DragEvent('drop', { dataTransfer: d, bubbles: true, cancelable: true })); return true; })()`)
	b.says(`is not a table`)
	b.says("What is the capital of Iceland?")
	if _, err := os.Stat(filepath.Join(s.dir, "note.txt")); err == nil {
		t.Error("the file is in the folder")
	}
	eval[bool](b, `(() => { const d = new DataTransfer(); d.items.add(new File(['вопрос\nГде?\n'], 'ещё.csv')); document.dispatchEvent(new DragEvent('drop', { dataTransfer: d, bubbles: true, cancelable: true })); return true; })()`)
	b.says("Где?")
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
	b.open(s.base() + "/new?input=q.csv")
	rows := func(n string) {
		t.Helper()
		b.until(`document.querySelector('.nr-figures .nr-figure dd')?.innerText === '` + n + `'`)
	}
	b.until(`document.querySelector('textarea').value === '{{text}}'`)
	b.fill("textarea", "{{city}} {{text}}")
	rows("4")
	b.says("left out as no data: row 3 (the header again); to ask these rows, enter 3 under “Rows to keep”")
	b.says("asked, but looks like no data: row 6 (a total)")
	requests := func(n string) {
		t.Helper()
		b.until(`document.querySelectorAll('.nr-figures .nr-figure dd')[1]?.innerText === '` + n + `'`)
	}
	requests("4")
	b.fill("#nr-skip-empty", "text\n")
	requests("3")
	b.fill("#nr-skip-empty", "txt")
	b.says(`no column "txt"`)
	b.fill("#nr-skip-empty", "")
	requests("4")
	b.click("Skip rows that look like no data")
	rows("3")
	b.fill("#nr-where", "sum>=7\ncity~OM")
	rows("1")
	b.fill("#nr-where", "sum>many")
	b.says(`condition "sum>many": "many" is neither a number nor a date`)
	b.fill("#nr-where", "")
	rows("3")
	b.click("Not read correctly?")
	b.fill("#nr-keep-rows", "3")
	b.press("\t")
	rows("4")
	b.click("Run all")
	b.until(`document.querySelector('.run-title .badge[data-state=completed]')`)
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
	b.open(s.base() + "/new?input=q.csv")
	b.says("Cost, an estimate")
	figure := `([...document.querySelectorAll('.nr-figure')].find((f) => f.innerText.startsWith('Cost'))?.innerText ?? '')`
	b.until(`/≈ [\d,]+\s₽\s+[\d,]+\s₽ – [\d,]+\s₽\s+prices of 1 Nov|≈ [\d,]+\s₽\s+[\d,]+\s₽ – [\d,]+\s₽\s+prices of Nov 1/.test(` + figure + `)`)
	b.until(`/assumption/.test(` + figure + `)`)
	before := eval[string](b, figure)
	for _, theme := range []bool{false, true} {
		b.size(1280, 900, theme)
		eval[bool](b, `(document.querySelector('.nr-plan').scrollIntoView({ block: 'center' }), true)`)
		b.shoot(map[bool]string{false: "light", true: "dark"}[theme])
	}
	b.click("Try on 5\u00a0rows")
	b.says("These answers are kept and not charged again.")
	b.until(`!/assumption/.test(` + figure + `) && ` + figure + ` !== ` + quote(before))
	b.click("RU")
	b.says("Стоимость, оценка")
	b.says("цены от")
	eval[bool](b, `(document.querySelector('.nr-plan').scrollIntoView({ block: 'center' }), true)`)
	b.shoot("ru-dark")
	b.size(400, 900, false)
	eval[bool](b, `(document.querySelector('.nr-plan').scrollIntoView({ block: 'center' }), true)`)
	b.shoot("ru-narrow")
	eval[bool](b, `(document.querySelector('#nr-model').value = 'GigaChat-3-Ultra', document.querySelector('#nr-model').dispatchEvent(new Event('change')), true)`)
	b.says("цена GigaChat-3-Ultra неизвестна")
}
