package web_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// The whole way: a workbook is dropped, tried, run, and downloaded with its answers.
func TestPageFromWorkbookToAnswers(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.says("Drop a table here") // there are no runs yet
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#nr-file"), []string{testdata(t, "questions.xlsx")}))
	b.says(`sheet "Questions", header in row 1`)
	b.until(`document.querySelector('textarea').value === '{{question}}'`)
	b.says("What is the capital of Iceland?")
	b.shoot("look")
	b.click("Try on 5 rows")
	b.says("These answers are kept and not paid again.")
	b.says("This is the sandbox, no model was asked.")
	b.shoot("tried")
	b.click("Run all")
	b.until(`location.pathname.startsWith('/runs/')`)
	b.until(`document.querySelector('.run-title .badge[data-state=completed]')`)
	b.until(`document.querySelectorAll('.rows-row .badge[data-state=completed]').length === 10`)
	b.shoot("run")
	b.press("\t")
	eval[bool](b, `(document.querySelector('.rows-row[data-at="1"]').click(), true)`)
	b.says("What is the capital of Iceland?")
	b.until(`document.querySelector('dialog .row-text')`)
	b.shoot("row")
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
