package web_test

import (
	"testing"
)

// The plan names the rows that have no answer and are not asked again, shows them, and has the failed ones asked again. The figures of a header
// make up all rows.
func TestPageNamesRowsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,good one\n2,Broken\n3,Forbidden\n4,good two\n5,bad one\n6,good three\n7,fine\n8,odd\n"})
	s := serveAt(t, dir, stand(t, "--fault", "400=~Broken,blacklist=~Forbidden"))
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"{{prompt}}","choices":["good","bad","fine","odd"]}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.size(1360, 850, false)
	b.table(s, "q.csv")
	lack := `document.querySelector('.tb-lack')?.innerText ?? ''`
	b.until(settled + ` && (` + lack + `).includes('2\u00a0rows have no answer and are not asked again: failed 1, blocked 1.')`)
	b.says("There is nothing to send.")
	if eval[bool](b, `document.body.innerText.includes('already answered')`) {
		t.Error("the page says that all rows are answered")
	}
	tallies := `[...document.querySelectorAll('.tb-th-tallies .tb-tally')].map((e) => Number(e.innerText.match(/\d+$/))).reduce((x, y) => x + y, 0)`
	b.until(tallies + ` === 8`)
	const fits = `(() => { const e = document.querySelector('.tb-th-tallies'); return e.scrollWidth <= e.clientWidth + 1 && e.scrollHeight <= e.clientHeight + 1; })()`
	b.shoot("plan")
	if !eval[bool](b, fits) {
		t.Error("the figures of the header are cut off")
	}
	b.until(`document.querySelector('.tb-lack').offsetHeight < 50 && document.querySelector('.tb-foot-top').scrollWidth <= document.querySelector('.tb-foot-top').clientWidth`) // a line that unfolds
	b.size(600, 850, false)
	b.click("Prompt and run")
	b.shoot("narrow")
	b.size(1360, 850, false)
	b.push(".tb-lack > summary")
	b.clickIn(".tb-lack", "Show these rows")
	b.until(shown + ` === 2`)
	b.until(`document.querySelector('.tb-filter .chip')?.innerText.includes('×')`)
	b.shoot("shown")
	b.size(1024, 600, false)
	eval[bool](b, `(document.querySelectorAll('.tb-foot details').forEach((e) => { e.open = true; }), true)`)
	b.until(`((e) => e.checkVisibility() && e.scrollHeight <= e.clientHeight && e.clientHeight > 20 && e.scrollWidth <= e.clientWidth)(document.querySelector('.tb-scope'))`) // whatever stands below
	b.shoot("scope")
	b.size(1360, 850, false)
	eval[bool](b, `(document.querySelectorAll('.tb-foot .tb-more, .tb-foot .tb-command').forEach((e) => { e.open = false; }), true)`)
	b.clickIn(".tb-lack", "Model for blocked rows")
	b.until(`document.activeElement.id === 'tb-blocked-model'`)
	b.clickIn(".tb-lack", "Ask the failed again")
	b.until(settled + ` && ` + figure("Requests") + ` === '1'`)
	b.until(ready)
	b.shoot("again")
	b.click("Run all")
	b.until(shown + ` === 8`) // a filter on states would hide what comes
	b.says("The filter was removed: it would hide what is asked now.")
	b.until(state + ` === 'completed' && ` + settled)
	b.until(`(` + lack + `).includes('failed 1')`)
}

// The rows of a trial are shown with those that failed, under a filter that can be seen and removed. It goes when something else is asked.
func TestPageDropsAFilterThatHides(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,Broken a\n2,two\n3,Broken b\n4,Broken c\n5,five\n6,Broken d\n7,seven\n8,Broken e\n"})
	s := serveAt(t, dir, stand(t, "--fault", "400=~Broken"))
	b.open(s.url)
	b.size(1360, 850, false)
	b.table(s, "q.csv")
	b.until(ready)
	b.click("Try on 5\u00a0rows")
	b.until(`document.querySelector('.tb-tried').checkVisibility() && ` + settled)
	b.clickIn(".tb-said-row", "Show these rows")
	b.until(shown + ` === 5`)
	b.until(`document.querySelector('.grid-cell .tb-state[data-kind=bad]')`)
	b.until(`document.querySelector('.tb-filter .chip').checkVisibility() && document.querySelector('.tb-filter .chip').innerText.includes('×')`)
	b.shoot("tried")
	const told = `document.querySelector('.tb-foot').innerText.includes('These answers are kept')`
	if !eval[bool](b, told) {
		t.Error("the page does not say that the answers of the trial are kept")
	}
	b.fill("#tb-prompt", "Other {{prompt}}")
	b.until(ready + ` && document.querySelector('.tb-blast').checkVisibility()`)
	if eval[bool](b, told) {
		t.Error("the page says that answers are kept which are asked again")
	}
	b.click("Run all")
	b.until(shown + ` === 8`)
	b.until(state + ` === 'completed' && ` + settled)
	b.until(`document.querySelector('.tb-filter').hidden`)
	b.fill("input[type=search]", "two")
	b.until(shown + ` === 1`)
	b.fill("#tb-prompt", "Third {{prompt}}")
	b.until(ready)
	b.click("Try on 5\u00a0rows")
	b.until(`document.querySelector('.tb-filter').innerText.includes('This filter may hide rows that were just asked.')`)
	b.shoot("told")
	b.openRow(3)
	b.click("Ask this row again")
}

// After a run of some rows, its line says that others of the table have no answer, and shows them.
func TestPageSaysWhatIsLeftOutsideARun(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,Broken a\n2,two\n3,Broken b\n4,four\n"})
	s := serveAt(t, dir, stand(t, "--fault", "400=~Broken"))
	client := signedIn(t, s)
	const spec = `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"{{prompt}}"}]`
	id := startRun(t, client, s, spec+`}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	startRun(t, client, s, spec+`,"rows":"3-4","retry_failed":true}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(progress + ` === '2 of 2' && ` + settled)
	b.clickIn(".tb-run-line .tb-chips", "1\u00a0row outside this run has no answer")
	b.until(shown + ` === 2`)
	b.shoot("outside")
}
