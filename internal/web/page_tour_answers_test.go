package web_test

import (
	"fmt"
	"path/filepath"

	"github.com/chromedp/chromedp/kb"
)

// The table of the second half of the tour has answers of each kind, and in each state that a service can bring about.
const (
	cases = "id,Review,Stars\n1,The kettle is good.,5\n2,\"It leaked, bad.\",1\n3,Broken lid.,2\n4,A Forbidden topic.,3\n5,,4\n6,An endless story.,5\n7,good good,4\n"

	casesFaults = "400=~Broken,blacklist=~Forbidden,length=~endless"

	casesJob = `input: cases.csv
columns:
  - name: Mood
    prompt: "Mood of {{Review}}"
    system: You judge reviews.
    choices: [good, bad]
    skip_empty: [Review]
  - name: Facts
    prompt: "Facts of {{Review}}"
    schema: {type: object, properties: {topic: {type: string}, urgent: {type: boolean}, count: {type: integer}, price: {type: number}, day: {type: string, format: date}, tone: {enum: [calm, angry]}}, required: [topic, urgent, count, price, day, tone]}
    skip_empty: [Review]
  - name: Note
    prompt: "Note on {{Review}}"
    schema: {type: object, properties: {note: {type: string}}, patternProperties: {"^also": {type: string}}, required: [note]}
    skip_empty: [Review]
  - name: Reply
    prompt: "Reply to {{Review}}, which is {{Mood}}"
    when: [Mood=good]
`
)

// fieldsWithLimits is the schema of an answer, and answerPastLimits one that breaks a limit in each field but the last, or does once the fifth
// and the sixth are changed.
const (
	fieldsWithLimits = `{ type: 'object', required: ['needed', 'few'], properties: { needed: { type: 'number' }, short: { type: 'string', minLength: 2 },
		long: { type: 'string', maxLength: 4 }, pattern: { type: 'string', pattern: '^[A-Z]+$' }, number: { type: 'number' }, integer: { type: 'integer' },
		min: { type: 'number', minimum: 1 }, max: { type: 'number', maximum: 5 }, above: { type: 'number', exclusiveMinimum: 0 },
		below: { type: 'number', exclusiveMaximum: 9 }, step: { type: 'integer', multipleOf: 5 },
		few: { type: 'array', items: { type: 'string' }, minItems: 1 }, many: { type: 'array', items: { type: 'number' }, maxItems: 2 },
		twice: { type: 'array', items: { type: 'string' }, uniqueItems: true }, sure: { type: 'boolean' } } }`

	answerPastLimits = `{"short":"a","long":"abcdef","pattern":"a","number":1,"integer":1,"min":0,"max":9,"above":0,"below":9,"step":3,` +
		`"few":[],"many":[1,2,3],"twice":["a","a"],"sure":true}`
)

// answersRun makes the answers, as a terminal does.
func (o *tour) answersRun(dir string, env []string) {
	o.t.Helper()
	write(o.t, filepath.Join(dir, "cases.csv"), cases)
	write(o.t, filepath.Join(dir, "cases.job.yaml"), casesJob)
	write(o.t, filepath.Join(dir, "vectors.csv"), "id,text\n1,one\n2,two\n")
	write(o.t, filepath.Join(dir, "days.csv"), "id,day\n1,2026-01-01\n2,2026-01-02\n3,2026-01-03\n")
	c := gigabatch(o.t, "run", "cases.job.yaml")
	c.Dir, c.Env = dir, append(c.Env, env...)
	if out, err := c.CombinedOutput(); c.ProcessState.ExitCode() != 3 { // some rows failed
		o.t.Fatalf("%v\n%s", err, out)
	}
	runAt(o.t, dir, env, "run", "questions.xlsx")
	runAt(o.t, dir, env, "embed", "vectors.csv")
}

// head opens the menu of a column of the grid by its place.
func (o *tour) head(name, has string) {
	o.t.Helper()
	o.js(`document.querySelector('.grid-view').scrollLeft = 0`)
	find := `[...document.querySelectorAll('.grid-name[data-id]')].find((h) => h.querySelector('.tb-th-name')?.title === ` + quote(name) + `)`
	o.until(`((head) => {
		if (document.querySelector('.popover')) return true;
		const view = document.querySelector('.grid-view');
		if (!head) { // it is beyond the window
			const before = view.scrollLeft;
			view.scrollLeft += view.clientWidth / 2;
			if (view.scrollLeft === before) view.scrollLeft = 0;
			return false;
		}
		const r = head.getBoundingClientRect();
		for (const kind of ['pointerdown', 'pointerup', 'click']) head.dispatchEvent(new PointerEvent(kind, { bubbles: true, cancelable: true, clientX: r.left + 10, clientY: r.top + 10, button: 0, pointerId: 1, isPrimary: true }));
		return document.querySelector('.popover');
	})(` + find + `)`)
	o.until(`document.querySelector('.popover') && !document.querySelector('.popover [aria-busy]')` + has)
}

// away closes what lies over the page.
func (o *tour) away() {
	o.t.Helper()
	o.press(kb.Escape)
	o.until(`!document.querySelector('.popover')`)
}

const filtering = `!document.querySelector('.tb-filter').hidden && document.querySelector('.grid-view').getAttribute('aria-busy') === 'false'`

// grid looks at the states of the grid, and at what can be done with it.
func (o *tour) grid() {
	o.t.Helper()
	path := "/api/tables/" + tableID("cases.csv")
	o.workbench("cases.csv", "")
	o.until(`document.querySelector('.tb-th-tallies')`)
	o.look("grid answers")
	o.js(`fake['` + path + `/counts'] = async (real) => { const c = await real(); c.columns[0].values = ['good', 'bad', 'fair', 'odd'].map((value) => ({ value, count: 1 })); return c; }`)
	o.workbench("cases.csv", "")
	o.until(`document.querySelectorAll('.tb-th-tallies .tb-tally').length > 5`)
	o.look("grid figures")
	o.js(`(window.fake = {})`)
	o.workbench("cases.csv", "")
	o.until(`document.querySelector('.tb-th-tallies')`)
	o.hit(".tb-wrap")
	o.look("grid wrapped")
	o.hit(".tb-wrap")
	o.hit(".tb-run-line [aria-controls]")
	o.hit(".bars-pick")
	o.until(filtering)
	o.look("run details of failed rows")
	o.hit(".tb-filter .button.quiet")
	o.hit(".tb-run-line [aria-controls]")

	o.head("Stars", "")
	o.look("menu of a number")
	o.away()
	o.js(`fake['` + path + `/values'] = async (real) => { fake['` + path + `/values'] = undefined; return { ...(await real()), values: [], empty: 0, complete: false }; }`) // not all rows are read
	o.head("Review", ` && document.querySelector('.popover .tb-values').innerText`)
	o.look("menu of a text")
	o.fill("#tb-f-contains", "good")
	o.until(filtering)
	o.hit(".popover .tb-item:nth-child(2)") // sort
	o.until(filtering + ` && document.querySelectorAll('.tb-filter .chip').length === 2`)
	o.look("grid filtered")
	o.head("Review", ` && document.querySelector('.popover .tb-values').innerText`)
	o.hit(".popover .button.quiet") // the filter is gone
	o.until(shut)
	o.head("Mood", ` && document.querySelector('.popover .tb-values .tb-items')`)
	o.look("menu of answers")
	o.hit(".popover .tb-items .tb-item") // edit the column
	o.until(shut)
	for _, op := range []string{"equals", "greater", "less"} {
		o.head("Stars", "")
		o.fill("#tb-f-"+op, "4")
		o.press(kb.Enter)
		o.until(filtering)
		o.hit(".tb-filter .button.quiet")
		o.until(`document.querySelector('.tb-filter').hidden`)
	}
	o.head("Review", ` && document.querySelector('.popover .tb-values .tb-item')`)
	o.hit(".popover .tb-values .tb-item") // the empty ones
	o.until(filtering)
	o.hit(".tb-filter .button.quiet")
	o.head("Stars", "")
	o.hit(".popover .tb-items .tb-item") // hide
	o.until(shut)
	o.head("Review", ` && document.querySelector('.popover .tb-values').innerText`)
	o.look("menu of hidden columns")
	o.js(`[...document.querySelectorAll('.popover .tb-items')][0].lastElementChild.click()`)
	o.until(shut)
	o.js(`fake['` + path + `/values'] = more({ more: true })`)
	o.head("Review", ` && document.querySelector('.popover .tb-values .help')`)
	o.look("menu of many values")
	o.away()
	o.js(`fake['` + path + `/values'] = fails(500, 'The values cannot be counted.')`)
	o.head("Review", ` && document.querySelector('.popover .tb-values .help')`)
	o.away()
	o.js(`(window.fake = {})`)

	o.hit(".tb-th-tallies .tb-tally[data-kind=bad]")
	o.until(filtering)
	o.look("grid failed")
	o.hit(".tb-filter .chip")
	o.hit(".tb-th-tallies .tb-tally")
	o.until(filtering)
	o.hit(".tb-filter .button:not(.quiet)") // ask these
	o.until(`document.querySelector('.tb-scope').checkVisibility() && document.querySelector('.tb-said').textContent`)
	o.hit(".tb-command > summary")
	o.until(settled)
	o.look("grid asks the filtered")
	o.fill(".tb-search", "nothing at all")
	o.until(`document.querySelector('.tb-foot [role=status]').innerText && document.querySelector('.grid-message, .grid-empty, .grid-view')`)
	o.until(`document.querySelector('.tb-filter .num').innerText.includes('0')`)
	o.look("grid without a match")
	o.js(`fake['` + path + `/rows'] = async () => ({ total: 0, complete: false, known: 3, version: 1, rows: [] })`)
	o.fill(".tb-search", "nothing")
	o.until(`!document.querySelector('.tb-filter .num').innerText.includes('7')`)
	o.look("grid searching")
	o.js(`delete fake['` + path + `/rows']`)
	o.hit(".tb-filter .button.quiet:not([hidden])")
	o.until(`document.querySelector('.tb-filter').hidden && document.querySelectorAll('.grid-row').length === 7`)

	o.js(`Object.defineProperty(navigator, 'clipboard', { value: { writeText: async () => {} }, configurable: true })`)
	o.js(`document.querySelector('.grid-view').focus()`)
	o.withCtrl(kb.Home)
	o.do(shift(kb.ArrowDown))
	o.do(shift(kb.ArrowDown))
	o.withCtrl("c")
	o.until(`document.querySelector('#announcer')?.innerText`)
	o.until(`document.querySelectorAll('.tb-scope button').length === 2 && document.querySelector('.tb-scope').checkVisibility()`)
	o.js(`[...document.querySelectorAll('.tb-scope button')].at(-1).click()`)
	o.until(settled)
	o.look("grid asks the selected")
	o.hit(".tb-scope button")
	o.js(`fake['` + path + `/rows'] = async (real, { body }) => { const r = await real(); return JSON.parse(body).whole ? { ...r, rows: r.rows.slice(0, 1) } : r; }`)
	o.js(`document.querySelector('.grid-view').focus()`)
	o.withCtrl("c")
	o.until(`document.querySelector('.toast')`)
	o.js(`navigator.clipboard.writeText = async () => { throw new Error('no'); }`)
	o.withCtrl("c")
	o.until(`document.querySelector('.toast[data-kind=bad]')`)
	o.js(`document.querySelectorAll('.toast-close').forEach((e) => e.click())`)

	// While a run is in progress, cells wait, are asked, and are in batches.
	o.js(`fake['` + path + `/rows'] = async (real) => {
		const all = await real();
		all.rows.forEach((row, i) => { row.cells.forEach((c, at) => Object.assign(c, { state: 'pending', cause: '', text: '', fields: [], asking: i === 0 && at < 2, in_batch: i === 1 && at < 2 })); });
		return all;
	}`)
	o.js(`play('` + tableID("cases.csv") + `', { name: 'cases.csv', columns: ['Mood', 'Facts', 'Note', 'Reply'], output: 'cases.answers.csv', rows: 7, completed: 0, pending: 7, state: 'running', ended: null, live: { ...live, jobs: 18, done: 2 } })`)
	o.until(`document.querySelectorAll('.tb-state[data-kind=ask]').length > 2`)
	o.look("grid asking")
	o.js(`document.querySelector('.grid-view').scrollLeft = 1e6`)
	o.until(`textsSeen.has('table.waitsFor')`) // by a column that was out of sight
	o.js(`(window.fake = {}, window.puppet = null, tell({ type: 'runs', runs: [] }))`)

	o.workbench("cases.csv", `{ columns: [{ name: 'Other', prompt: 'Other {{Review}}' }], rows: '2-5' }`)
	o.head("Reply", ` && document.querySelector('.popover .tb-values').innerText`)
	o.look("menu of a column of another version")
	o.js(`document.querySelector('.popover .tb-items .tb-item').click()`)
	o.until(`document.querySelector('#tb-name').value === 'Reply'`)
	o.workbench("vectors.csv", "")
	o.look("grid vectors")
	o.workbench("days.csv", "")
	o.head("day", "")
	o.look("menu of a date")
	o.away()
	for _, op := range []string{"greater", "less"} {
		o.head("day", "")
		o.fill("#tb-f-"+op, "2026-01-02")
		o.js(`document.querySelector('#tb-f-` + op + `').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))`)
		o.until(filtering)
	}
	o.look("grid filtered by dates")
}

// rows looks at the panel of a row and at the editors in it.
func (o *tour) rows() {
	o.t.Helper()
	path := "/api/tables/" + tableID("cases.csv")
	o.workbench("cases.csv", "")
	for _, line := range []int{2, 4, 5, 6, 7} {
		o.row(line)
		o.look(fmt.Sprintf("row %d", line))
	}
	o.row(2)
	o.js(`document.querySelector('.tb-turn button').click()`) // the first one
	o.row(8)
	o.js(`document.querySelectorAll('.tb-turn button')[1].click()`)

	// The editors: of a choice, of fields, of JSON, and of a text.
	o.row(4)
	o.edit(0)
	o.look("edit a choice")
	o.hit(".row-editor .primary")
	o.until(`document.querySelector('.row-editor .error-box')`)
	o.fill(".row-editor select", "good")
	o.hit(".row-editor .primary")
	o.until(`document.querySelector('.row-cell .badge[data-state=edited]')`)
	o.look("row edited")
	o.hit(".row-answer .quiet:not(.copy)") // undo
	o.until(`!document.querySelector('.row-cell .badge[data-state=edited]')`)
	o.row(2)
	o.edit(1)
	o.fill("#row-field-2", "many")
	o.hit(".row-editor .primary")
	o.until(`document.querySelector('.row-editor [aria-invalid=true]')`)
	o.look("edit fields")
	o.hit(".row-editor > .row .quiet")
	o.edit(2)
	o.fill(".row-editor textarea", `{ "note": `)
	o.hit(".row-editor .primary")
	o.until(`document.querySelector('.row-editor .error-box')`)
	o.look("edit JSON")
	o.hit(".tb-side-head > .icon-button")
	o.until(`document.querySelector('dialog .danger')`)
	o.look("dialog drop the edit")
	o.answer(-1)
	o.until(`document.querySelector('#tb-prompt')`)
	for _, edited := range []string{"{ at: ago(9), by: '' }", "null"} {
		o.js(`fake['` + path + `/edit'] = async () => ({ fail: 409, body: { error: 'The answer has changed.', code: 'changed', cell: { column: 'Mood', state: 'completed', completion: 'bad', choices: ['good', 'bad'], version: 'v', key: 'k', edited: ` + edited + ` } } })`)
		o.row(3)
		o.edit(0)
		o.fill(".row-editor select", "good")
		o.hit(".row-editor .primary")
		o.until(`document.querySelector('.conflict')`)
		if edited != "null" {
			o.look("dialog conflict")
		}
		o.answer(0)
		o.until(shut)
	}
	o.js(`(window.fake = {})`)

	// Fields with limits that the answers break.
	o.js(`fake['/api/tables/` + tableID("cases.csv") + `'] = async (real) => {
		const table = await real();
		for (const v of table.versions) for (const c of v.columns) if (c.completion_column === 'Facts') c.schema = ` + fieldsWithLimits + `;
		return table;
	}`)
	o.js(`fake['` + path + `/row'] = async (real) => { const r = await real(); r.cells[1].completion = ` + quote(answerPastLimits) + `; return r; }`)
	o.workbench("cases.csv", "")
	o.row(2)
	o.edit(1)
	o.js(`[[4, 'x'], [5, '1.5']].forEach(([at, text]) => { document.querySelector('#row-field-' + at).value = text; })`)
	o.hit(".row-editor > .row .primary")
	o.until(`document.querySelectorAll('.row-editor .tb-fault:not([hidden])').length === 14`)
	o.look("edit fields with limits")
	o.js(`(window.fake = {})`)
	o.workbench("cases.csv", "")

	// An answer that is out of date, since one that it uses was edited.
	o.js(`fake['` + path + `/rows'] = async (real) => { const all = await real(); Object.assign(all.rows[0].cells.at(-1), { state: 'pending', text: '', before: { state: 'completed', text: 'Thank you.', fields: [] } }); return all; }`)
	o.js(`fake['` + path + `/row'] = async (real) => { const r = await real(); Object.assign(r.cells.at(-1), { state: 'pending', completion: '', before: 'Thank you.' }); return r; }`)
	o.workbench("cases.csv", "")
	o.row(2)
	o.until(`document.querySelector('.tb-panel-body > .note')`)
	o.js(`document.querySelector('.grid-view').scrollLeft = 1e6`)
	o.until(`document.querySelector('.grid-cell .tb-before')`)
	o.look("row out of date")
	o.js(`(window.fake = {})`)
	o.workbench("cases.csv", "")

	// What a service rarely says.
	for i, cell := range []string{
		`{ state: 'pending', in_batch: true, prompt: 'Mood', completion: '' }`, `{ state: 'pending', in_batch: false, completion: '' }`,
		`{ finish_reason: 'length', edited: { at: ago(90000) }, original: 'bad', state: 'completed', completion: 'good' }`,
		`{ finish_reason: 'error', usage: { prompt_tokens: 1200, completion_tokens: 30, cached_tokens: 900 }, was: { state: 'completed', completion: 'fair' }, state: 'completed', completion: 'good' }`,
		`{ finish_reason: 'function_call', state: 'completed', completion: 'good' }`, `{ finish_reason: 'blacklist', state: 'blocked', error: '' }`,
	} {
		o.js(`fake['` + path + `/row'] = async (real) => { const r = await real(); Object.assign(r.cells[0], ` + cell + `); return r; }`)
		o.row(2 + i%2)
		if i == 0 || i == 3 {
			o.look(fmt.Sprintf("row rare %d", i))
		}
	}

	// A row is asked again.
	const again = `[...document.querySelectorAll('.tb-panel-body > .row .button:not(.quiet)')][0].click()`
	for _, came := range []struct{ requests, cell, text string }{
		{"1", `{ state: 'completed', completion: 'good' }`, "rowCame"}, {"0", `{ state: 'completed', completion: 'good' }`, "rowHas"},
		{"1", `{ state: 'failed', error: 'the model is not there' }`, "rowLost"}, {"0", `{ state: 'failed', error: 'the model is not there' }`, "rowNotSent"},
	} {
		o.js(`fake['` + path + `/row'] = async (real) => { const r = await real(); for (const c of r.cells) Object.assign(c, ` + came.cell + `); return r; }`)
		o.row(2)
		o.js(`fake['/api/try'] = () => new Promise((yes) => setTimeout(() => yes({ requests: ` + came.requests + `, tokens: 9, rows: 1, lines: [] }), 1500))`)
		o.js(again)
		o.until(`textsSeen.has('table.rowAsking')`)
		o.js(again)
		o.until(`textsSeen.has('table.askLater')`)
		o.until(`textsSeen.has('table.` + came.text + `')`)
		o.look("row asked again, " + came.text)
	}
	o.js(`delete fake['/api/try']`)
	o.js(`fake['` + path + `/row'] = fails(500, 'The row cannot be read.')`)
	o.js(`document.querySelectorAll('.tb-turn button')[1].click()`)
	o.until(`document.querySelector('.tb-side .error-box')`)
	o.look("row with an error")
	o.js(`(window.fake = {})`)
	o.row(2)
	o.hit(".tb-panel-body > .row .button.quiet") // in the chat
	o.until(`document.querySelector('.chat-area')?.value`)
	o.look("chat about a row")
	o.js(`(document.querySelector('.chat-area').value = '', document.querySelector('.chat-area').dispatchEvent(new Event('input', { bubbles: true })))`)
}

// row opens the panel of a row of cases.csv, by the number that the grid gives it, with keys: what the page says above the grid may move it.
func (o *tour) row(line int) {
	o.t.Helper()
	o.js(`document.querySelector('.grid-view').focus()`)
	o.withCtrl(kb.Home)
	for range line - 2 {
		o.press(kb.ArrowDown)
	}
	opened := fmt.Sprintf(`Boolean(document.querySelector('.tb-side-title').innerText.replace(/\D/g, '') === '%d' && document.querySelector('.tb-side .row-cell'))`, line)
	if !eval[bool](o.tab, opened) { // else Enter edits it
		o.enter()
	}
	o.until(opened)
}

// edit begins to edit the answer of a column, the first one is 0.
func (o *tour) edit(column int) {
	o.t.Helper()
	cell := fmt.Sprintf(`[...document.querySelectorAll('.row-cell')][%d]`, column)
	o.until(cell + `?.querySelector('.row-editor') || ((one) => one && (one.click(), true))(` + cell + `?.querySelector('.row-answer > .row .button'))`) // Enter may have begun it
	o.until(`document.querySelector('.row-editor')`)
}

// saves looks at the ways to hand a table over.
func (o *tour) saves() {
	o.t.Helper()
	menu := func(name string) {
		o.t.Helper()
		o.hit(".tb-save > button")
		o.until(`document.querySelector('.popover .tb-item')`)
		o.look(name)
	}
	item := func(name string) {
		o.t.Helper()
		o.hit(`.popover [data-name=` + name + `]`)
	}
	job := "/api/tables/" + tableID("two.csv") + "/job"
	o.workbench("two.csv", `{ columns: [{ name: 'A', prompt: '{{prompt}}' }] }`)
	menu("save nothing")
	item("job")
	o.until(`document.querySelector('.toast[data-kind=ok]')`)
	o.js(`fake['` + job + `'] = fails(409, 'two.job.yaml was written by somebody else.', 'job_exists')`)
	o.hit(".tb-save > button")
	item("job")
	o.until(`document.querySelector('dialog .danger')`)
	o.look("dialog replace the job file")
	o.answer(0)
	o.until(shut)

	saved := "/api/tables/" + tableID("cases.csv") + "/save"
	o.js(`fake['/api/tables/` + tableID("cases.csv") + `/counts'] = async (real) => { const all = await real(); all.states.outdated = 2; return all; }`)
	o.workbench("cases.csv", "")
	o.js(`play('` + tableID("cases.csv") + `', { name: 'cases.csv', output: 'cases.answers.csv', rows: 7, completed: 7 })`)
	o.until(`!document.querySelector('.run-marks .run-mark')`)
	o.until(`textsSeen.has('table.saveLate')`)
	menu("save menu")
	o.js(`fake['` + saved + `'] = async () => ({ output: 'cases.csv', note: '', says: ['The answers become the columns Mood, topic, urgent, count, price, day, tone, note and Reply of cases.csv.', 'The file as it was is kept as cases.csv.bak.'] })`)
	item("in_place")
	o.until(`document.querySelector('dialog .tb-says li')`)
	o.look("dialog save in place")
	o.answer(0)
	o.until(shut)
	o.js(`delete fake['` + saved + `']`)
	o.hit(".tb-save > button")
	item("new")
	o.until(`document.querySelector('dialog .tb-says li')`)
	o.look("dialog save as a new file")
	o.answer(-1)
	o.until(shut)
	o.until(`document.querySelector('.toast[data-kind=ok]')`)
	o.js(`fake['` + saved + `'] = fails(409, 'The file has changed since it was written.', 'output')`)
	o.hit(".tb-save > button")
	item("new")
	o.until(`document.querySelector('dialog .error-box')`)
	o.look("dialog save refused")
	o.answer(0)
	o.until(shut)
	o.js(`(window.fake = {}, play('` + tableID("cases.csv") + `', { name: 'cases.csv', output: 'cases.answers.csv', rows: 7, completed: 7, sandbox: true }))`)
	o.until(`document.querySelector('.run-marks .run-mark') || (tell({ type: 'run', run: { ...puppet, version: puppet.version + 1 } }), false)`) // what the save has loaded may come late
	menu("save of the sandbox")
	o.away()
	o.js(`fake['/api/tables/` + tableID("cases.csv") + `'] = async (real) => {
		const table = await real();
		table.versions.unshift({ ...table.versions[0], id: 'newer', at: ago(1), columns: table.versions[0].columns.map((c) => ({ ...c, prompt: 'Newer' })) });
		return table;
	}`)
	o.workbench("cases.csv", "")
	menu("save an older version")
	o.away()
	o.js(`(window.fake = {}, window.puppet = null, tell({ type: 'runs', runs: [] }))`)
	o.workbench("questions.xlsx", "")
	o.js(`play('` + tableID("questions.xlsx") + `', { name: 'questions.xlsx', output: 'questions.answers.xlsx', rows: 10, completed: 10 })`)
	o.until(`!document.querySelector('.run-marks .run-mark')`)
	menu("save of a workbook")
	o.js(`fake['/api/tables/` + tableID("questions.xlsx") + `/save'] = async () => ({ output: 'questions.xlsx', note: '', says: ['The answers become the column answer of the sheet Questions.'] })`)
	item("in_place")
	o.until(`document.querySelector('dialog .tb-says li')`)
	o.look("dialog save into the workbook")
	o.answer(0)
	o.until(shut)
	o.js(`(window.fake = {}, window.puppet = null, tell({ type: 'runs', runs: [] }))`)
}

// versions looks at the versions of a column: one that was tried after the run, an older one, and those that have no answers.
func (o *tour) versions() {
	o.t.Helper()
	path := "/api/tables/" + tableID("reviews.csv")
	o.hit(".tb-compare .button")
	o.until(filtering)
	o.look("versions changed")
	o.hit(".tb-filter .button.quiet")
	o.fill("#tb-prompt", "Now the mood of {{id}}, {{Review}}")
	o.until(ready)
	o.hit(".tb-try")
	o.until(`document.querySelector('.tb-before')`)
	o.until(ready)
	o.look("versions tried after the run")
	o.hit(".tb-save > button")
	o.hit(".popover [data-name=new]")
	o.until(`document.querySelectorAll('dialog .tb-says li').length > 1`)
	o.look("dialog save another version")
	o.answer(0)
	o.until(shut)
	o.js(`fake['` + path + `'] = async (real) => { const table = await real(); table.versions[0].columns[0].prompt = null; Object.assign(table.versions.at(-1), { trial: true }).asked[0].answers = 0; return table; }`)
	o.workbench("reviews.csv", "")
	o.until(`document.querySelectorAll('.tb-ver').length > 2`)
	o.head("Mood", "")
	o.look("menu of a column with versions")
	o.away()
	o.hit(".tb-version [aria-controls]")
	o.look("versions without answers")
	o.js(`fake['` + path + `/compare'] = fails(500, 'The versions cannot be compared.')`)
	o.hit(".tb-vers .button[aria-pressed]")
	o.until(`document.querySelector('.tb-compare .help')`)
	o.hit(".tb-vers .button[aria-pressed]")
	o.js(`fake['` + path + `'] = async (real) => { const table = await real(); for (const v of table.versions) v.trial = false; table.written[table.run.output] = [table.versions.at(-1).asked[0].id]; return table; }`)
	o.workbench("reviews.csv", "")
	o.until(`document.querySelector('.run-unwritten').checkVisibility()`)
	o.look("versions of which another is in the file")

	// Another prompt is to be asked, and the file has corrections of the one before.
	o.js(`fake['` + path + `'] = async (real) => {
		const table = await real();
		for (const name of ['reviews.answers.csv', 'reviews.sandbox.csv']) table.written[name] = [table.versions.at(-1).asked[0].id];
		table.versions.at(-1).asked[0].edited = 2;
		return table;
	}`)
	o.workbench("reviews.csv", `{ columns: [{ name: 'Mood', prompt: 'Yet another mood of {{Review}}', form: 'choices', choices: ['good', 'bad'] }] }`)
	o.until(ready)
	o.hit(".tb-version [aria-controls]")
	o.look("versions corrected")
	o.hit(".tb-start")
	o.until(`document.querySelector('dialog .danger')`)
	o.look("dialog without the corrections")
	o.answer(0)
	o.until(shut)

	// A run is only looked at.
	for _, trial := range []string{"false", "true"} {
		o.js(`fake['` + path + `'] = async (real) => { const table = await real(); for (const v of table.versions) v.trial = ` + trial + `; return table; }`)
		o.workbench("reviews.csv", "")
		o.until(`document.querySelector('#tb-prompt').value`)
		o.goTo("/tables")
		o.until(listed("reviews.csv"))
		o.js(listed("reviews.csv") + `.querySelector('.tables-opener').click()`)
		o.until(`document.querySelectorAll('.tables-asked').length > 1`)
		o.js(`[...document.querySelectorAll('.tables-asked')].at(-1).click()`)
		o.until(`document.querySelector('.tb-visit')?.checkVisibility()`)
	}
	o.look("visit")
	o.js(`(window.fake = {})`)
}

// reports looks at the report, and at the list of the runs of a table.
func (o *tour) reports() {
	o.t.Helper()
	id := tableID("cases.csv")
	o.goTo("/tables/" + id + "/report")
	o.until(`document.querySelector('.report-frame').clientHeight > 300`)
	o.look("report")
	o.js(`fake['/api/tickets'] = fails(500, 'The report cannot be made.')`)
	o.js(`document.querySelector('.report-head button[hidden], .report-head button').click()`)
	o.until(`document.querySelector('.report .error-box')`)
	o.look("report refused")
	o.js(`(window.fake = { ['/api/tables/` + id + `/runs']: async (real) => { const all = await real(); return { runs: [{ ...all.runs[0], trial: true, run: 2 }, ...all.runs], more: true }; } })`)
	o.goTo("/tables")
	o.until(listed("cases.csv"))
	o.js(listed("cases.csv") + `.querySelector('.tables-opener').click()`)
	o.until(`document.querySelectorAll('.tables-runs li').length > 1`)
	o.look("list of runs")
	o.js(`(window.fake = {})`)
	o.js(listed("cases.csv") + `.querySelector('.tables-opener').click()`)
}
