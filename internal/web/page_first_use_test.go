package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// hits is an expression for whether a click on the middle of an element would reach it.
func hits(element string) string {
	return `((e) => { const r = e.getBoundingClientRect(); const at = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2); return Boolean(at) && (e === at || e.contains(at)); })(` + element + `)`
}

// wide is a table of many columns.
func wide(columns int) string {
	var all strings.Builder
	for row := range 10 {
		for i := range columns {
			if row == 0 {
				fmt.Fprintf(&all, "c%d,", i+1)
			} else {
				fmt.Fprintf(&all, "%d text text text text text,", row)
			}
		}
		all.WriteString("end\n")
	}
	return all.String()
}

// The list of names shows the one that is chosen, however many there are, and what is wrong with the prompt is not said while one is being chosen.
// A prompt with a fault can neither be tried nor run.
func TestPageSuggestsNames(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = []string{"Failed to load resource"}
	s := serve(t, folder(t, nil, map[string]string{"q.csv": wide(14)}), "--sandbox")
	b.open(s.url)
	b.size(1360, 600, false)
	b.table(s, "q.csv")
	b.fill("#tb-prompt", "Mood of {{c1}}")
	b.until(ready)
	eval[bool](b, `((e) => { e.focus(); e.setSelectionRange(e.value.length, e.value.length); return true; })(document.querySelector('#tb-prompt'))`)
	b.press(" {{")
	const one = `document.querySelector('.tb-complete [aria-selected=true]')`
	b.until(one + `?.innerText === 'c1'`)
	for range 9 {
		b.press(kb.ArrowDown)
	}
	b.until(one + `.innerText === 'c10' && ` + hits(one))
	b.until(`document.querySelector('.tb-figures').getAttribute('aria-busy') === 'false' && document.querySelector('.tb-start').disabled`)
	if eval[bool](b, `document.querySelector('.tb-foot .error-box') !== null`) {
		t.Error("an error is shown while a name is being chosen")
	}
	if !eval[bool](b, `document.querySelector('.tb-try').disabled`) {
		t.Error("what cannot be run can be tried")
	}
	b.shoot("names")
	b.press(kb.Escape)
	b.until(`document.querySelector('.tb-foot .error-box')`)
	b.press("c10}}")
	b.until(ready + ` && !document.querySelector('.tb-foot .error-box') && !document.querySelector('.tb-try').disabled`)
}

// A column that is added comes into sight, and so do the fields of one that is tried. The button that opens the panel covers no row.
func TestPageShowsTheNewColumn(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, folder(t, nil, map[string]string{"q.csv": wide(9)}), "--sandbox")
	b.open(s.url)
	b.size(1360, 850, false)
	b.table(s, "q.csv")
	b.fill("#tb-prompt", "Mood of {{c1}}")
	b.until(ready)
	seen := func(head string) string {
		return `((e) => { if (!e) return false; const [r, v] = [e, document.querySelector('.grid-view')].map((x) => x.getBoundingClientRect()); return r.left >= v.left && r.right <= v.right + 1; })(` + head + `)`
	}
	titled := func(name string) string {
		return `[...document.querySelectorAll('.grid-name[data-id]')].find((h) => h.querySelector('.tb-th-name')?.title === ` + quote(name) + `)`
	}
	if eval[bool](b, seen(titled("Answer"))) {
		t.Fatal("the table is too narrow for this test")
	}
	b.clickIn(".tb-columns", "Add an answer column")
	b.until(seen(titled("Answer 2")))
	b.until(`document.activeElement.id === 'tb-name'`)
	b.fill("#tb-prompt", "Facts of {{c2}}")
	b.clickIn(".tb-panel-body", "Fields")
	for _, name := range []string{"product", "problem"} {
		b.press(name)
		b.key("Enter")
	}
	b.press("city")
	b.until(ready)
	b.size(1360, 560, false)
	covered := eval[string](b, `(() => {
		const last = [...document.querySelectorAll('.tb-field')].at(-1);
		return [...last.querySelectorAll('input, select')].filter((e) => e.checkVisibility()).filter((e) => { e.scrollIntoView({ block: 'nearest' }); return !`+hits("e")+`; }).map((e) => e.id).join();
	})()`)
	if covered != "" {
		t.Errorf("something covers %s", covered)
	}
	b.size(1360, 850, false)
	eval[bool](b, `(document.querySelector('.grid-view').scrollTo(0, 0), true)`)
	b.click("Try on 5\u00a0rows")
	b.until(settled + ` && ` + seen(titled("product")) + ` && ` + seen(titled("city")))
	b.until(`(() => { const [button, text] = ['.tb-tried', '.tb-said-row > .help'].map((s) => document.querySelector(s)); return button.checkVisibility() && text.getBoundingClientRect().top >= button.getBoundingClientRect().bottom; })()`)
	b.shoot("tried")
	b.clickIn(".tb-side-head", "Close")
	b.until(`document.querySelector('.tb-unfold').checkVisibility() && document.querySelector('.tb-unfold').getBoundingClientRect().top >= document.querySelector('.grid-view').getBoundingClientRect().bottom`)
	b.shoot("folded")
}

// A column has the same width at the next visit, whatever is filtered then, and the one that the user gave it.
func TestPageKeepsTheWidths(t *testing.T) {
	t.Parallel()
	b := browse(t)
	csv := "id,review,shop\n"
	for i := range 12 {
		csv += fmt.Sprintf("%d,%s,s\n", i, strings.Repeat("words ", 1+4*(i%3)))
	}
	s := serve(t, folder(t, nil, map[string]string{"q.csv": csv}), "--sandbox")
	b.open(s.url)
	b.size(1000, 800, false)
	b.table(s, "q.csv")
	width := func(column string) string {
		return `([...document.querySelectorAll('.grid-name')].find((h) => h.querySelector('.tb-th-name')?.title === '` + column + `')?.offsetWidth ?? 0)`
	}
	b.until(width("review") + ` >= 240 && ` + width("id") + ` < 100`)
	was := eval[int](b, width("review"))
	b.menu("id")
	b.fill(".popover .tb-range input", "8")
	b.press(kb.Enter)
	b.until(shown + ` < 12`)
	b.press(kb.Escape)
	b.fill(".tb-search", "9")
	b.until(shown + ` === 1`)
	for range 2 {
		b.until(width("review") + fmt.Sprintf(` === %d`, was))
		eval[bool](b, `(document.querySelector('.tb-back').click(), true)`)
		b.until(`document.querySelector('.tables-link')`)
		eval[bool](b, `(document.querySelector('.tables-link').click(), true)`)
		b.until(shown + ` === 1 && ` + width("id") + ` > 0 && ` + width("id") + ` < 100`)
	}
	b.until(width("review") + fmt.Sprintf(` === %d`, was))
}

// While a run asks another prompt, the earlier answers stay in sight until theirs come. Afterwards the page says what was skipped: beside the plan,
// in the header, and in the list of runs, whose figures are those of the table.
func TestPageKeepsEarlierAnswersInSight(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(30) + "31,\n"})
	run(t, dir, "run", "--sandbox", "q.csv", "--completion-column", "Answer")
	s := serveAt(t, dir, nil, "--sandbox")
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(completed + ` > 9`)
	b.onNewDocument(`{
		const real = window.fetch;
		window.fetch = async (path, options) => {
			const answer = await real(path, options);
			if (!String(path).endsWith('/rows')) return answer;
			const rows = await answer.json();
			if (rows.rows.some((r) => r.cells[0]?.was?.state === 'completed' && r.cells[0].state !== 'skipped')) window.came = true;
			return new Response(JSON.stringify(rows), { status: 200, headers: { 'Content-Type': 'application/json' } });
		};
	}`)
	b.table(s, "q.csv")
	b.fill("#tb-prompt", "Again {{prompt}}")
	b.until(ready)
	b.click("Run all")
	b.until(`window.came`) // the earlier answers are there for the grid
	b.until(state + ` === 'completed' && ` + settled)
	b.until(completed + ` > 9 && !document.querySelector('.tb-before, .tb-was')`)
	b.says("All rows are already answered, except 1\u00a0that is skipped: there is nothing to send.")
	b.until(`[...document.querySelectorAll('.tb-th-tallies .tb-tally')].some((e) => e.innerText === 'skipped 1')`)
	b.shoot("skipped")
	b.until(progress + ` === '31 of 31'`)
	b.open(s.base() + "/tables")
	b.until(`document.querySelector('.tables-opener:not([hidden])')`)
	eval[bool](b, `(document.querySelector('.tables-opener:not([hidden])').click(), true)`)
	b.until(`[...document.querySelectorAll('.tables-runs > li')].filter((e) => e.innerText.includes('31 of 31')).length === 2`)
}

// Enter in the grid beside an open row, and in its panel, begins to edit; F2 opens the row first. In a list of choices, the first arrow chooses.
func TestPageEditsByKeys(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,Broken a\n2,good\n3,Broken b\n"})
	s := serveAt(t, dir, stand(t, "--fault", "400=~Broken"))
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"{{prompt}}","choices":["good","bad"]}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.table(s, "q.csv")
	const editing = `document.activeElement.matches('.row-editor select')`
	b.openRow(2)
	b.press(kb.Enter)
	b.until(editing)
	b.press(kb.ArrowDown) // opens the list
	b.press(kb.Enter)
	b.until(`document.activeElement.value === 'good'`)
	b.clickIn(".row-editor", "Save")
	b.until(`document.querySelector('.row-facts')?.innerText.includes('Edited by hand')`)
	b.shoot("edited")
	b.press(kb.ArrowDown)
	b.until(rowTitle + ` === 'Row 3'`)
	b.press(kb.F2)
	b.until(editing)
	b.clickIn(".row-editor", "Cancel")
	b.press(kb.ArrowDown)
	b.until(rowTitle + ` === 'Row 4'`)
	eval[bool](b, `(document.querySelector('.tb-side-title').focus(), true)`)
	b.press(kb.Enter)
	b.until(editing)
	b.clickIn(".row-editor", "Cancel")
	b.press(kb.Escape)
	b.until(`!document.querySelector('.row-cell') && ` + inGrid)
	b.press(kb.F2)
	b.until(rowTitle + ` === 'Row 4' && ` + editing)
}

// selectInRow2 selects a cell of row 2 in the grid, so many columns after the first, with the panel of the row closed.
func (b *tab) selectInRow2(columns int) {
	b.t.Helper()
	b.openRow(2)
	b.press(kb.Escape)
	b.until(`!document.querySelector('.row-cell') && ` + inGrid)
	for range columns {
		b.press(kb.ArrowRight)
	}
}

// F2 in the panel of a row edits the answer in the column that is selected in the grid. What was entered for a table stays in its folder, and nothing
// is shown of a prompt that is not there yet.
func TestPageEditsWhatIsSelected(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,a\n2,b\n3,c\n"})
	s := serve(t, dir, "--sandbox")
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"Mood {{prompt}}"},{"completion_column":"Topic","prompt":"Topic {{prompt}}"}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.table(s, "q.csv")
	b.selectInRow2(3)
	b.press(kb.Enter)
	b.until(rowTitle + ` === 'Row 2' && document.querySelectorAll('.tb-side .row-cell').length === 2`)
	eval[bool](b, `(document.querySelector('.tb-side-title').focus(), true)`)
	b.press(kb.F2)
	b.until(`document.activeElement.matches('.row-editor textarea')`)
	if got := eval[string](b, `document.activeElement.value`); !strings.Contains(got, "Topic") {
		t.Errorf("F2 edits %q, want the answer in the column Topic", got)
	}
	b.clickIn(".row-editor", "Cancel")
	b.press(kb.Escape)
	b.until(`!document.querySelector('.row-cell')`)
	b.clickIn(".tb-columns", "Add an answer column")
	b.until(`document.querySelector('#tb-prompt').value === ''`)
	b.until(settledOrNot)
	b.until(`!document.querySelector('.tb-made').checkVisibility()`) // no prompt is shown where there is none

	if err := os.Mkdir(filepath.Join(dir, "other"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "other", "q.csv"), "id,prompt\n1,a\n")
	o := serve(t, filepath.Join(dir, "other"), "--sandbox")
	kept := eval[string](b, `sessionStorage.getItem('table.draft:`+tableID("q.csv")+`')`)
	b.open(o.url)
	eval[bool](b, `(sessionStorage.setItem('table.draft:`+tableID("q.csv")+`', `+quote(kept)+`), true)`) // as at the same address
	b.table(o, "q.csv")
	b.until(`document.querySelector('#tb-prompt')?.value === '{{prompt}}'`)
	if eval[bool](b, `document.body.innerText.includes('Topic')`) {
		t.Error("a table of another folder has the columns of this one")
	}
}

// The key that edits begins in the field that is selected in the grid, and stays in its column when an arrow key in the panel goes to the next row.
func TestPageEditsTheFieldThatIsSelected(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,a\n2,b\n3,c\n"})
	s := serve(t, dir, "--sandbox")
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"Mood {{prompt}}"},
		{"completion_column":"Facts","prompt":"Facts {{prompt}}","schema":{"type":"object","required":["item","sum"],"properties":{"item":{"type":"string"},"sum":{"type":"integer"}}}}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.table(s, "q.csv")
	b.selectInRow2(4)
	const editsSum = `document.activeElement.labels?.[0]?.innerText === 'sum' && document.activeElement.closest('.row-cell').querySelector('h3').innerText === 'Facts'`
	b.press(kb.Enter)
	b.until(rowTitle + ` === 'Row 2' && document.querySelectorAll('.tb-side .row-cell').length === 2`)
	b.press(kb.F2)
	b.until(editsSum)
	b.fill(".row-editor input", "685")
	b.clickIn(".row-editor", "Save")
	b.until(`document.querySelector('.row-facts')?.closest('.tb-side').innerText.includes('Edited by hand')`)
	for line := 3; line <= 4; line++ {
		b.press(kb.ArrowDown)
		b.until(fmt.Sprintf(rowTitle+` === 'Row %d' && document.querySelectorAll('.tb-side .row-cell').length === 2`, line))
		b.press(kb.F2)
		b.until(editsSum)
		b.shoot("next")
		b.clickIn(".row-editor", "Cancel")
	}
	if got := eval[string](b, cell(2, "sum")); !strings.HasPrefix(got, "685") {
		t.Errorf("the cell shows %q, want the number entered", got)
	}
}
