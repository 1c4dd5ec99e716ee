package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// version is what the panel says of the version that the grid shows.
const version = `document.querySelector('.tb-version')?.checkVisibility() && document.querySelector('.tb-version .row').innerText.replace(/\s+/g, ' ')`

// goBack goes back to a version in the list of the panel, by its place there: 0 is the newest, by when it was asked for the first time.
func (b *tab) goBack(place string) {
	b.t.Helper()
	b.until(`document.querySelectorAll('.tb-ver').length > ` + place)
	eval[bool](b, `(document.querySelectorAll('.tb-ver')[`+place+`].click(), true)`)
}

// The versions of a column are at the top of its panel and in the menu of its header. One prompt is one version with the answers of its column,
// whatever else was asked beside it; going back leaves the other columns, and their answers, as they are.
func TestPageVersionsOfAColumn(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(4)}), stand(t))
	client := signedIn(t, s)
	const note = `{"completion_column":"Note","prompt":"Note {{prompt}}"}`
	for _, columns := range []string{
		`{"completion_column":"Mood","prompt":"First {{prompt}}"}`, `{"completion_column":"Mood","prompt":"Second {{prompt}}"}`, `{"completion_column":"Mood","prompt":"Second {{prompt}}"},` + note,
	} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[`+columns+`]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(version + ` === 'Version 2 of 2 Compare All versions'`)
	b.shoot("newest")
	b.menu("Mood")
	b.clickIn(".popover", "Versions: 2")
	b.until(`document.querySelector('.tb-vers').checkVisibility() && document.querySelector('.tb-vers').contains(document.activeElement)`)
	b.until(`[...document.querySelectorAll('.tb-vers > li')].every((li) => li.innerText.includes('4\u00a0answers'))`)
	b.shoot("list")
	b.says("q.answers.csv")
	b.clickIn(".tb-vers", "Go back")
	const shows = `[...document.querySelectorAll('.grid-row .grid-cell')].some((c) => c.innerText.includes('%'))`
	b.until(strings.ReplaceAll(shows, "%", "First") + ` && ` + strings.ReplaceAll(shows, "%", "Note") + ` && document.querySelector('#tb-prompt').value.startsWith('First')`)
	b.until(settled + ` && ` + figure("Requests") + ` === '0'`)
	b.until(version + `.startsWith('Version 1 of 2')`)
	b.says("q.answers.csv still has another version than the one shown: “Mood”, version 2.")
	b.shoot("unwritten")
	b.clickIn(".tb-version", "Compare")
	b.until(`document.querySelector('.tb-version .tb-compare').innerText.includes('4 of 4')`)
	b.shoot("compared")
	b.size(600, 850, false)
	b.shoot("narrow")
	b.size(1360, 850, false)
	b.clickIn(".tb-compare", "Show them")
	b.until(`document.querySelector('.tb-filter .chip')?.checkVisibility() && ` + shown + ` === 4`)
	b.goBack("0") // which ends the comparison, and the filter with it
	b.until(strings.ReplaceAll(shows, "%", "Second") + ` && document.querySelector('.tb-filter').hidden`)
	b.goBack("1")
	b.until(strings.ReplaceAll(shows, "%", "First"))
	b.table(s, "q.csv")
	b.until(strings.ReplaceAll(shows, "%", "First") + ` && ` + strings.ReplaceAll(shows, "%", "Note") + ` && ` + version + `.startsWith('Version 1 of 2')`)
	b.clickIn(".tb-columns", "Note")
	b.until(`!(` + version + `)`) // it has one
}

// "Write the file" is one command: it writes what the grid shows, edits by hand included, also of an older version and of columns that no run has
// asked together.
func TestPageWritesWhatItShows(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n"})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	for _, columns := range []string{`{"completion_column":"Mood","prompt":"First {{prompt}}"}`, `{"completion_column":"Mood","prompt":"Second {{prompt}}"},{"completion_column":"Note","prompt":"Note {{prompt}}"}`} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[`+columns+`]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	wrote := func(button func(), name, says string, has, lacks []string) {
		t.Helper()
		button()
		b.until(`document.querySelector('dialog[open] button[type=submit]')`)
		b.says(says)
		b.shoot("dialog")
		b.clickIn("dialog[open]", "Write the file")
		b.says("Written: " + name)
		b.until(shut)
		text := read(t, filepath.Join(dir, name))
		for _, one := range has {
			if !strings.Contains(text, one) {
				t.Errorf("%s has no %q:\n%s", name, one, text)
			}
		}
		for _, one := range lacks {
			if strings.Contains(text, one) {
				t.Errorf("%s has %q:\n%s", name, one, text)
			}
		}
		eval[bool](b, `(document.querySelectorAll('.toast').forEach((e) => e.remove()), true)`)
	}
	note := func() { b.clickIn(".run-unwritten", "Write the file") }
	foot := func() {
		b.until(ready + ` && document.querySelector('.tb-start').innerText === 'Write the file'`)
		b.click("Write the file")
	}
	saves := func(item string) func() {
		return func() {
			b.clickIn(".tb-save", "Save")
			b.until(`document.querySelector('.popover [data-name=` + item + `]')`)
			eval[bool](b, `(document.querySelector('.popover [data-name=`+item+`]').click(), true)`)
		}
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.goBack("1")
	b.until(cell(2, "Mood") + `?.includes('First')`)
	b.openRow(2)
	eval[bool](b, `([...document.querySelector(".row-cell").querySelectorAll("button")].find((e) => e.innerText === "Edit the answer").click(), true)`)
	b.fill(".row-editor textarea", "mine, of the first")
	b.clickIn(".row-editor", "Save")
	b.says("Edited by hand")
	b.press(kb.Escape)
	b.says("1\u00a0edit is not in q.answers.csv yet.")
	b.shoot("edited")
	old, recent := []string{"mine, of the first", "Note two"}, []string{"Second"}
	const written = "answers edited by hand that are written: 1"
	wrote(note, "q.answers.csv", written, old, recent)
	b.until(`document.querySelector('.run-unwritten').hidden`)
	wrote(foot, "q.answers.csv", written, old, recent)
	for _, format := range []string{"csv", "jsonl"} {
		path := b.download(saves(format), "q.answers."+format)
		if text := read(t, path); !strings.Contains(text, "mine, of the first") || strings.Contains(text, "Second") {
			t.Errorf("the download:\n%s", text)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	b.goBack("0")
	b.until(cell(2, "Mood") + `?.includes('Second')`)
	wrote(foot, "q.answers.csv", "q.answers.csv has 1\u00a0answer corrected by hand", []string{"Second one", "Note two"}, []string{"mine"})
	b.until(`document.querySelector('.run-unwritten').hidden`)
	b.goBack("1")
	b.until(cell(2, "Mood") + `?.includes('mine')`)
	b.says("1\u00a0edit is not in q.answers.csv yet.")
	wrote(saves("new"), "q.answers.csv", written, old, recent)
}

// A prompt that a terminal has asked, which leaves the column with the prompts and the model to the program, is the same version on the page.
func TestPageKnowsTheVersionOfATerminal(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(2)})
	run(t, dir, "run", "--sandbox", "--quiet", "q.csv")
	s := serve(t, dir, "--sandbox")
	client := signedIn(t, s)
	for _, prompt := range []string{"{{prompt}}", "Other {{prompt}}"} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"completion","prompt":"`+prompt+`"}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(version + `.startsWith('Version 2 of 2')`)
}

// The file is written as the grid reads the table, also if the newest run has read another sheet with the same questions.
func TestPageWritesTheSheetThatItShows(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"table.xlsx": read(t, testdata(t, "workbooks/table.xlsx"))})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	for _, of := range []string{`{"sheet":"Sheet1"},"limit":1`, `{"sheet":"Other"}`} {
		id := startRun(t, client, s, `{"input":"table.xlsx","in_place":true,"options":`+of+`,"columns":[{"completion_column":"Mood","prompt":"Mood of {{review}}"}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	b.table(s, "table.xlsx")
	b.until(`document.querySelector('.tb-sheets [aria-pressed=true]').innerText === 'Other'`)
	b.clickIn(".tb-sheets", "Sheet1")
	b.until(`document.querySelector('.tb-sheets [aria-pressed=true]').innerText === 'Sheet1'`)
	b.until(ready + ` && document.querySelector('.tb-start').innerText === 'Write the file' && ` + cell(3, "Mood") + `?.includes('Mood of')`)
	b.click("Write the file")
	b.until(`document.querySelector('dialog[open] .tb-said')?.innerText === 'gigabatch output table.xlsx --run 1 -o table.sandbox.xlsx'`)
}

// The version that one has gone back to is that of the table: another tab shows it with the answers corrected by hand, and so does a later start.
// A run that one looks at does not change it. Before corrections in the file are written over, the page asks.
func TestPageKeepsTheVersionOfATable(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n"})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	for _, prompt := range []string{"First {{prompt}}", "Second {{prompt}}"} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"`+prompt+`"}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.goBack("1")
	b.until(cell(2, "Mood") + `?.includes('First')`)
	b.until(`document.querySelector('.run-other').checkVisibility()`)
	b.correct(2, "mine")
	b.says("1\u00a0edit is not in q.answers.csv yet.")
	b.clickIn(".run-unwritten", "Write the file")
	b.clickIn("dialog[open]", "Write the file")
	b.says("Written: q.answers.csv")
	b.until(shut + ` && document.querySelector('.run-unwritten').hidden`)

	other := b.another()
	other.table(s, "q.csv")
	other.until(cell(2, "Mood") + `?.includes('mine') && ` + version + `.startsWith('Version 1 of 2')`)
	other.until(`document.querySelector('#tb-prompt').value.startsWith('First')`)
	other.until(`[...document.querySelectorAll('.tb-ver + span')].some((e) => e.textContent === '2\u00a0answers, 1\u00a0corrected')`)

	other.open(s.base() + "/tables")
	other.until(`document.querySelector('.tables-opener')?.checkVisibility()`)
	eval[bool](other, `(document.querySelector('.tables-opener').click(), true)`)
	other.until(`document.querySelector('.tables-asked')`)
	eval[bool](other, `(document.querySelector('.tables-asked').click(), true)`)
	other.until(cell(2, "Mood") + `?.includes('Second')`)
	other.says("This is what run 2 asked.")
	other.shoot("visit")
	other.until(ready)
	other.fill("#tb-prompt", "Third {{prompt}}")
	other.until(ready)
	other.click("Run all")
	other.says("q.answers.csv has 1\u00a0answer corrected by hand")
	other.shoot("loses")
	other.clickIn("dialog[open]", "Cancel")
	other.until(shut)
	other.clickIn(".tb-visit", "Back to the chosen version")
	other.until(cell(2, "Mood") + `?.includes('mine') && !document.querySelector('.tb-visit').checkVisibility()`)
	other.until(`document.querySelector('#tb-prompt').value.startsWith('First')`)

	b.goBack("0")
	b.until(cell(2, "Mood") + `?.includes('Second')`)
	b.until(`!document.querySelector('.run-other').checkVisibility()`)
	other.table(s, "q.csv")
	other.until(cell(2, "Mood") + `?.includes('Second') && document.querySelector('#tb-prompt').value.startsWith('Second')`)
	b.goBack("1")
	b.says("mine")
	if text := read(t, filepath.Join(dir, "q.answers.csv")); !strings.Contains(text, "mine") {
		t.Errorf("the correction is gone:\n%s", text)
	}
}

// A version keeps its number when another column is asked beside it. The list of the versions fits the panel however long the prompts are, and what
// the menu of a column opens is seen although the panel was closed.
func TestPageVersionsKeepTheirNumbersAndPlaces(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(2)}), stand(t))
	client := signedIn(t, s)
	long := strings.Repeat(" with many words", 20)
	const note = `,{"completion_column":"Note","prompt":"Note {{prompt}}"}`
	for _, columns := range []string{
		`{"completion_column":"Mood","prompt":"First {{prompt}}` + long + `"}`, `{"completion_column":"Mood","prompt":"Second {{prompt}}` + long + `"}`, `{"completion_column":"Mood","prompt":"First {{prompt}}` + long + `"}` + note,
	} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[`+columns+`]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	eval[bool](b, `(localStorage.setItem('lang', 'ru'), true)`)
	b.size(1360, 850, false)
	b.table(s, "q.csv")
	b.until(version + `.startsWith('Версия 1 из 2')`)
	b.goBack("0")
	b.until(version + `.startsWith('Версия 2 из 2') && document.querySelector('#tb-prompt').value.startsWith('Second')`)
	b.says("В q.answers.csv пока другая версия, не та, что показана: «Mood», версия 1.")
	for _, width := range []int64{1360, 320, 2560} {
		b.size(width, 850, false)
		b.clickIn(".tb-side-head", "Закрыть")
		b.until(`!document.querySelector('.tb-side').checkVisibility()`)
		b.menu("Mood")
		b.clickIn(".popover", "Изменить столбец")
		b.until(`document.querySelector('.tb-side').checkVisibility()`)
		b.clickIn(".tb-side-head", "Закрыть")
		b.menu("Mood")
		b.clickIn(".popover", "Версии: 2")
		b.until(`document.querySelector('.tb-vers').checkVisibility() && document.querySelectorAll('.tb-vers button').length === 4`)
		b.until(`[...document.querySelectorAll('.tb-vers button')].every((e) => { const r = e.getBoundingClientRect(), p = document.querySelector('.tb-side-scroll').getBoundingClientRect(); return r.left >= p.left && r.right <= p.right; })`)
		b.shoot(fmt.Sprint("list-", width))
	}
}

// What the page says of the output file is over when the file is written, by whomever.
func TestPageKnowsThatTheFileWasWritten(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(2)})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	for _, prompt := range []string{"First {{prompt}}", "Second {{prompt}}"} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"`+prompt+`"}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.goBack("1")
	const said = `document.querySelector('.run-unwritten').checkVisibility()`
	const other = "q.answers.csv still has another version than the one shown"
	b.says(other)
	run(t, dir, "output", "--quiet", "q.csv", "--run", "1", "-o", "q.answers.csv")
	b.until(`!` + said)
	run(t, dir, "output", "--quiet", "q.csv", "--run", "2", "-o", "q.answers.csv")
	b.says(other)
	second := b.another()
	second.table(s, "q.csv")
	second.says(other)
	second.clickIn(".run-unwritten", "Write the file")
	second.clickIn("dialog[open]", "Write the file")
	second.says("Written: q.answers.csv")
	for _, one := range []*tab{b, second} {
		one.until(`!` + said)
	}
	b.correct(2, "mine")
	b.says("is not in q.answers.csv yet")
	run(t, dir, "output", "--quiet", "q.csv", "--run", "1", "-o", "q.answers.csv")
	for _, one := range []*tab{b, second} {
		one.until(`!` + said)
	}
}

// Corrections in a column that the output has in the version shown count among those that the output lacks, also if it has another version of
// another column.
func TestPageCountsTheEditsOfAllColumns(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(3)})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	for _, prompt := range []string{"First {{prompt}}", "Second {{prompt}}"} {
		id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"`+prompt+`"},{"completion_column":"Note","prompt":"Note {{Mood}}"}]}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	}
	b.open(s.url)
	b.table(s, "q.csv")
	b.goBack("1")
	b.until(cell(2, "Mood") + `?.includes('First')`)
	correct := func(row, column int, says string) {
		b.openRow(row)
		eval[bool](b, fmt.Sprintf(`([...document.querySelectorAll(".row-cell")[%d].querySelectorAll("button")].find((e) => e.innerText === "Edit the answer").click(), true)`, column))
		b.fill(".row-editor textarea", fmt.Sprintf("mine %d", row))
		b.clickIn(".row-editor", "Save")
		b.says("Edited by hand")
		b.press(kb.Escape)
		b.says(says + " not in q.answers.csv yet.")
	}
	correct(2, 1, "1\u00a0edit is")
	correct(3, 1, "2\u00a0edits are")
	correct(4, 0, "3\u00a0edits are")
	b.clickIn(".run-unwritten", "Write the file")
	b.until(`document.querySelector('dialog[open] button[type=submit]')`)
	b.says("answers edited by hand that are written: 3")
	b.clickIn("dialog[open]", "Write the file")
	b.until(shut + ` && document.querySelector('.run-unwritten').hidden`)
}
