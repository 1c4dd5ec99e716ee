package web_test

import (
	"fmt"

	"github.com/chromedp/chromedp/kb"
)

// columns looks at what is entered about a column, and at what is wrong with it.
func (o *tour) columns() {
	o.t.Helper()
	two := `{ columns: [{ name: 'Mood', prompt: 'Mood of {{Review}}', form: 'choices', choices: ['good', 'bad'] }, { name: 'Reply', prompt: 'Reply to {{Review}}, which is {{Mood}}', when: 'Mood=bad', skip_empty: 'City', attach: 'City' }], active: 1, open: { when: true, settings: true, limits: true }, `
	o.workbench("reviews.csv", two+`via: 'batch', conditions: 'Stars>2', limit: '20' }`)
	o.until(settled)
	o.look("workbench two columns")
	o.js(`document.querySelector('.tb-side-scroll').scrollTop = 700`)
	o.look("workbench model")
	o.js(`document.querySelector('.tb-side-scroll').scrollTop = 10000`)
	o.look("workbench limits")
	o.workbench("reviews.csv", two+`via: 'hybrid' }`)
	o.until(`document.querySelector('#tb-deadline').checkVisibility()`)
	o.fill("#tb-deadline", "2001-01-01T10:00")
	o.js(`document.querySelector('.tb-side-scroll').scrollTop = 10000`)
	o.look("workbench deadline")
	o.fill("#tb-deadline", "2100-01-01T10:00")
	o.until(settled)
	o.js(`document.querySelector('.tb-name-row .icon-button').click()`)
	o.look("column menu")
	o.js(`document.querySelector('.tb-name-row .menu-list button').click()`)
	o.until(`document.querySelector('dialog')`)
	o.look("dialog remove column")
	o.answer(0)
	o.until(shut)
	wrong := func(column, rest string) string {
		return `{ columns: [{ name: 'Mood', prompt: '{{Review}}', ` + column + ` }], open: { settings: true, limits: true }, ` + rest + ` }`
	}
	fields := func(list string) string { return `form: 'fields', fields: [` + list + `]` }
	for i, draft := range []string{
		wrong(`temperature: 'x', top_p: '2', max_tokens: '0', repetition_penalty: '0'`, `limit: '0', concurrency: '-1', max_cost_rub: '0', max_tokens_total: 'x'`),
		wrong(`temperature: '1', top_p: '1', model: 'GigaChat-0', raise_length: true`, `max_cost_rub: '100'`),
		`{ columns: [{ name: '', prompt: '{{Review}}' }, { name: 'Id', prompt: '' }] }`,
		`{ columns: [{ name: 'Mood', prompt: '{{Review}}' }, { name: 'Mood', prompt: '{{Review}}' }], active: 1 }`,
		wrong(`form: 'choices', choices: ['good']`, ``),
		wrong(fields(``), ``),
		wrong(fields(`{ name: 'kind', type: 'choice', note: '', choices: [] }`), ``),
		wrong(fields(`{ name: 'a', type: 'date', note: '', choices: [] }, { name: '', type: 'text', note: 'what', choices: [] }`), ``),
		wrong(fields(`{ name: 'a', type: 'integer', note: '', choices: [] }, { name: 'a', type: 'boolean', note: '', choices: [] }`), ``),
		wrong(`form: 'fields', byHand: true, schema: '{ "type": '`, ``),
		wrong(`form: 'fields', byHand: true, schema: '{ "type": "object", x }'`, ``),
		wrong(`form: 'fields', byHand: true, schema: '[]'`, ``),
	} {
		o.workbench("two.csv", draft)
		if i < 2 || i == 6 || i == 9 {
			o.look(fmt.Sprintf("workbench faults %d", i+1))
		}
	}
	o.workbench("two.csv", wrong(`form: 'fields', byHand: true, schema: '{ "type": "object", "properties": { "a": { "type": "string", "maxLength": 3 } } }'`, ``))
	o.hit(".tb-fields .tb-check input")
	o.until(`document.querySelector('dialog')`)
	o.look("dialog simple fields")
	o.answer(0)
	o.until(shut)
	o.js(`fake['/api/hello'] = more({ default_model: '' })`)
	o.workbench("two.csv", "")
	o.js(`(window.fake = {})`)
	id := tableID("reviews.csv")
	for _, prompt := range []string{
		`skipped: true, why: '', parts: []`, `files: ['a.pdf'], parts: [{ text: 'Read ', column: '' }]`, `needs: ['Mood'], parts: [{ text: 'Read ', column: '' }]`, `problem: { error: 'The row is too long.', hint: 'Leave a column out.' }`,
	} {
		o.js(`fake['/api/tables/` + id + `/prompt'] = more({ ` + prompt + ` })`)
		o.workbench("reviews.csv", two+` }`)
		o.until(`document.querySelector('.tb-made')`)
	}
	o.look("workbench prompt with a problem")
	o.js(`fake['/api/tables/` + id + `/prompt'] = fails(500, 'The prompt cannot be made.')`)
	o.workbench("reviews.csv", two+` }`)
	o.js(`(window.fake = {})`)
}

// plans looks at the plan of a run, whatever it says.
func (o *tour) plans() {
	o.t.Helper()
	estimate := func(changes string) string {
		return `async (real) => { const p = await real(); Object.assign(p.estimate, { ` + changes + ` }); return p; }`
	}
	blast := `blast: { requests: 300, confirm: true, rubles: 12.5, prices_of: '2026-02-01', reasons: ['the prompt has changed', 'the model is another one'] }`
	for _, scene := range []struct{ play, look string }{
		{`more({ duplicates: 3, too_long: 2, skipped: 4, from_journal: 10, in_batches: 5, replaces: true, guessed: true, warnings: ['The price of the model is old.'], ` + blast + ` })`, "plan asks again"},
		{`more({ blast: { requests: 3, rubles: null, reasons: [] } })`, ""},
		{`more({ jobs: 0, from_journal: 40 })`, "plan all answered"},
		{`more({ jobs: 0, skipped: 40, from_journal: 0 })`, ""},
		{estimate(`rubles: null, models_without_price: ['GigaChat-9'], prompt_tokens: { estimate: 1234567, low: 1, high: 2 }, requests: { estimate: 40, low: 40, high: 80 }, in_batches: { via: '', rubles: null }`), "plan without a price"},
		{estimate(`prices: [], in_batches: { via: 'batch', rounds: { estimate: 3 }, rubles: { estimate: 10 }, rubles_live: { estimate: 20 } }`), "plan in batches"},
		{estimate(`in_batches: { via: 'hybrid', rounds: { estimate: 1 }, rubles: { estimate: 10 }, rubles_live: { estimate: 20 } }`), ""},
		{estimate(`in_batches: { via: '', rounds: { estimate: 1 }, rubles: { estimate: 10 }, rubles_live: { estimate: 20 } }`), ""},
		{`fails(409, 'The file has changed.', 'output')`, "plan refused"},
		{`fails(409, 'The table has such a column.', 'columns')`, ""},
	} {
		o.js(`fake['/api/plan'] = ` + scene.play)
		o.workbench("reviews.csv", `{ columns: [{ name: 'New', prompt: 'Mood of {{Review}}' }] }`)
		o.until(`document.querySelector('.tb-more').checkVisibility() || document.querySelector('.tb-foot .error-box')`)
		o.js(`document.querySelector('.tb-more').open = true`)
		if scene.look != "" {
			o.look(scene.look)
		}
	}
	o.js(`(fake['/api/plan'] = more({ in_batches: 5 }), fake['/api/try'] = async () => ({ requests: 0, tokens: 0, rows: 5, lines: [] }), fake['/api/runs'] = () => new Promise(() => {}))`)
	o.workbench("reviews.csv", `{ columns: [{ name: 'New', prompt: 'Mood of {{Review}}' }] }`)
	o.until(ready)
	o.hit(".tb-try")
	o.until(ready)
	o.hit(".tb-start")
	o.until(`document.querySelector('.tb-start').disabled`)
	o.look("workbench starting")
	o.js(`(window.fake = {})`)
}

// rowsOf looks at the cells, the filters, and the panel of a row.
func (o *tour) rowsOf() {
	o.t.Helper()
	id := tableID("reviews.csv")
	o.js(`fake['/api/tables/` + id + `/rows'] = async (real) => {
		const page = await real();
		const was = { state: 'completed', text: 'good', fields: [] };
		const cells = [{ state: 'failed', cause: 'network', text: 'the connection was lost' }, { state: 'blocked' }, { state: 'skipped' }, { state: 'pending', asking: true }, { state: 'pending', in_batch: true }, { state: 'pending' }, { state: 'pending', was }, { state: 'completed', text: 'bad', was }, { state: 'completed', text: 'bad', edited: true }];
		page.rows.forEach((row, i) => row.cells.forEach((cell) => Object.assign(cell, { was: null, asking: false, in_batch: false }, cells[i])));
		return page;
	}`)
	o.js(`fake['/api/tables/` + id + `/counts'] = async (real) => { const c = await real(); c.states = { completed: 30, failed: 3, blocked: 2, skipped: 1, pending: 4, edited: 2 }; for (const column of c.columns) column.states = c.states; return c; }`)
	o.js(`fake['/api/tables/` + id + `/values'] = more({ more: true, empty: 3 })`)
	o.workbench("reviews.csv", "")
	o.look("grid with all states")
	o.menuOf("a0")
	o.look("menu of answers")
	o.hit(".popover .tb-values .tb-items .tb-item")
	o.until(`document.querySelector('.tb-filter .chip')`)
	o.menuOf("i2")
	o.look("menu of numbers")
	o.js(`[...document.querySelectorAll('.popover .tb-item')].find((e) => e.hasAttribute('aria-pressed')).click()`)
	o.until(shut)
	o.menuOf("i2")
	for _, f := range [][2]string{{"greater", "2"}, {"less", "5"}, {"contains", "3"}} {
		o.fill(".popover #tb-f-"+f[0], f[1])
	}
	o.until(`document.querySelectorAll('.tb-filter .chip').length >= 4`)
	o.press(kb.Escape)
	o.until(shut)
	o.js(`document.querySelector('.grid-view').focus()`)
	o.look("filtered")
	o.hit(".tb-filter > .button")
	o.until(`document.querySelector('.tb-said').checkVisibility()`)
	o.look("filtered asked alone")
	o.js(`[...document.querySelectorAll('.tb-filter > .button')].at(-1).click()`)
	o.until(`document.querySelector('.tb-filter').hidden`)
	o.fill(".tb-search", "zzz")
	o.until(`document.querySelector('.tb-filter').checkVisibility() && document.querySelector('.grid-view').getAttribute('aria-rowcount') === '1'`)
	o.look("no rows match")
	o.fill(".tb-search", "")
	o.until(`document.querySelector('.tb-filter').hidden && document.querySelector('.grid-cell')`)
	o.menuOf("i1")
	o.js(`[...document.querySelectorAll('.popover .tb-menu > .tb-items:first-child .tb-item')].at(-1).click()`)
	o.until(shut)
	o.menuOf("i0")
	o.look("menu with hidden columns")
	o.js(`[...document.querySelectorAll('.popover .tb-menu > .tb-items:first-child .tb-item')].at(-1).click()`)
	o.until(shut)
	o.pointAt(3, 1)
	o.js(`navigator.clipboard.writeText = async () => { throw new Error('no'); }`)
	o.withCtrl("c")
	o.until(`document.querySelector('.toast')`)
	o.js(`navigator.clipboard.writeText = async () => {}`)
	o.withCtrl("c")
	o.until(`textsSeen.has('table.copied')`)
	o.hit(".tb-wrap")
	o.look("grid wrapped")
	o.hit(".tb-wrap")
	o.js(`document.querySelector('.tb-side-head .icon-button:last-child').click()`)
	o.look("panel folded")
	o.hit(".tb-unfold")

	o.js(`fake['/api/tables/` + id + `/row'] = async (real) => {
		const row = await real();
		const base = { key: 'k', version: 'v', prompt: 'Mood of the review', system: 'You are an editor.', completion: '', state: 'completed', model: 'GigaChat-2', attempts: 2, usage: { prompt_tokens: 30, completion_tokens: 5, cached_tokens: 4 }, latency_ms: 1200, at: ago(900), request_id: 'f81d4fae-7dec', finish_reason: 'stop' };
		row.cells = [
			{ column: 'Mood', completion: 'good', choices: ['good', 'bad'], was: { state: 'completed', completion: 'bad' } }, { column: 'Text', completion: 'Well done.', edited: { at: ago(50) }, original: 'Well.' },
			{ column: 'Form', completion: '{"city":"Omsk","sum":5,"sure":true,"day":"2026-01-02","kind":"a","who":null}', schema: true, values: [{ name: 'city', value: 'Omsk' }, { name: 'sum', value: 5 }, { name: 'sure', value: true }] },
			{ column: 'Hand', completion: '{"a":1}', schema: true, values: [{ name: 'a', value: 1 }], finish_reason: 'length' }, { column: 'Odd', completion: 'x', choices: ['good', 'bad'], finish_reason: 'blacklist' }, { column: 'E1', completion: 'x', finish_reason: 'error' },
			{ column: 'E2', completion: 'x', finish_reason: 'function_call' }, { column: 'F', state: 'failed', cause: 'network', error: 'the connection was lost' }, { column: 'B', state: 'blocked' }, { column: 'S', state: 'skipped', prompt: '' }, { column: 'P', state: 'pending' }, { column: 'Q', state: 'pending', in_batch: true },
		].map((cell) => ({ ...base, ...cell }));
		return row;
	}`)
	schema := `{ type: 'object', properties: { city: { type: 'string' }, sum: { type: 'number' }, sure: { type: 'boolean' }, day: { type: 'string', format: 'date' }, kind: { enum: ['a', 'b'] } }, required: ['city', 'sum', 'sure', 'day', 'kind'] }`
	o.js(`fake['/api/tables/` + id + `'] = async (real) => { const j = await real(); j.versions[0].columns.push({ completion_column: 'Form', schema: ` + schema + ` }); return j; }`)
	o.workbench("reviews.csv", "")
	o.openRow(2)
	o.look("row")
	edit := func(at int) {
		o.t.Helper()
		o.js(fmt.Sprintf(`document.querySelectorAll('.row-cell')[%d].querySelector('.row-answer > .row .button').click()`, at))
		o.until(`document.querySelector('.row-editor')`)
		o.js(`document.querySelector('.row-editor').scrollIntoView({ block: 'center' })`)
	}
	cancel := `document.querySelector('.row-editor .button.quiet').click()`
	save := `document.querySelector('.row-editor .button.primary').click()`
	edit(1)
	o.look("row edited as text")
	o.js(cancel)
	edit(2)
	o.fill("#row-field-1", "many")
	o.js(save)
	o.until(`document.querySelector('.row-editor .error-box')`)
	o.look("row edited as fields")
	o.js(cancel)
	edit(3)
	o.fill(".row-editor textarea", "{ a")
	o.js(save)
	o.until(`document.querySelector('.row-editor .error-box')`)
	o.look("row edited as JSON")
	o.js(cancel)
	edit(4)
	o.js(save)
	o.until(`document.querySelector('.row-editor .error-box')`)
	o.look("row edited as a choice")
	o.js(cancel)
	for _, edited := range []string{"null", "{ at: ago(5) }"} {
		o.js(`fake['/api/tables/` + id + `/edit'] = async () => ({ fail: 409, body: { error: 'changed', code: 'changed', cell: { column: 'Text', key: 'k', state: 'completed', version: 'w', completion: 'Not at all.', edited: ` + edited + ` } } })`)
		edit(1)
		o.fill(".row-editor textarea", "Quite well.")
		o.js(save)
		o.until(`document.querySelector('dialog')`)
		o.look("dialog of two editors")
		o.press(kb.Escape)
		o.until(shut)
		if edited == "null" {
			o.js(cancel)
		}
	}
	o.press(kb.Escape)
	o.until(`document.querySelector('dialog .danger')`)
	o.look("dialog discard")
	o.answer(0)
	o.until(shut)
	o.js(cancel)
	o.js(`fake['/api/tables/` + id + `/edit'] = async () => ({ column: 'Text', key: 'k', state: 'completed', version: 'w', completion: 'Not at all.', prompt: 'x' })`)
	edit(1)
	o.js(save)
	o.until(`textsSeen.has('runs.saved')`)
	o.workbench("reviews.csv", "")
	o.openRow(2)
	o.js(`document.querySelectorAll('.row-cell')[1].querySelector('.row-answer > .row .button:last-child').click()`)
	o.until(`textsSeen.has('runs.undone')`)
	for _, step := range []int{0, 1} {
		o.js(fmt.Sprintf(`document.querySelectorAll('.tb-side-head .tb-turn .icon-button')[%d].click()`, step))
	}
	o.until(`textsSeen.has('runs.first')`)
	o.withCtrl(kb.End)
	o.js(`document.querySelector('.grid-view').focus()`)
	o.withCtrl(kb.End)
	o.until(`document.querySelector('.tb-side-title').innerText.endsWith('41')`)
	o.js(`document.querySelectorAll('.tb-side-head .tb-turn .icon-button')[1].click()`)
	o.until(`textsSeen.has('runs.last')`)
	o.js(`fake['/api/tables/` + id + `/row'] = fails(500, 'The row cannot be read.')`)
	o.js(`document.querySelectorAll('.tb-side-head .tb-turn .icon-button')[0].click()`)
	o.until(`document.querySelector('.tb-side .error-box')`)
	o.js(`(window.fake = {})`)
}

// menuOf opens the menu of a column.
func (o *tour) menuOf(id string) {
	o.t.Helper()
	find := `document.querySelector('.grid-name[data-id="` + id + `"]')`
	o.until(find)
	o.js(find + `.scrollIntoView({ inline: 'center' })`)
	o.clickAt(find, 1, 0)
	o.until(`document.querySelector('.popover .tb-values')?.getAttribute('aria-busy') === null`)
}

// saves looks at the ways to hand a table over.
func (o *tour) saves() {
	o.t.Helper()
	o.workbench("two.csv", "")
	o.hit(".tb-save button")
	o.until(`document.querySelector('.popover')`)
	o.look("save nothing")
	id := tableID("reviews.csv")
	for _, format := range []string{"xlsx", "csv"} {
		o.js(`fake['/api/tables/` + id + `/look'] = more({ format: '` + format + `' })`)
		o.workbench("reviews.csv", "")
		o.hit(".tb-save button")
		o.until(`document.querySelector('.popover')`)
		if format == "csv" {
			o.look("save")
		}
		for _, how := range []string{"in_place", "new"} {
			o.until(`document.querySelector('.popover')`)
			o.hit(".popover [data-name=" + how + "]")
			o.until(`document.querySelector('dialog .tb-says')`)
			o.look("dialog save " + how)
			o.answer(0)
			o.until(shut)
			o.hit(".tb-save button")
		}
		o.press(kb.Escape)
	}
	o.js(`fake['/api/tables/` + id + `/save'] = fails(409, 'The file has changed.', 'output')`)
	o.hit(".tb-save button")
	o.hit(".popover [data-name=new]")
	o.until(`document.querySelector('dialog .error-box')`)
	o.look("dialog save refused")
	o.answer(0)
	o.until(shut)
	o.js(`fake['/api/tables/` + id + `/save'] = async () => ({ output: 'reviews.answers.csv', says: ['One file is written.'], note: '' })`)
	o.hit(".tb-save button")
	o.hit(".popover [data-name=new]")
	o.until(`document.querySelector('dialog .tb-says')`)
	o.answer(-1)
	o.until(`document.querySelector('.toast')`)
	o.js(`fake['/api/tables/` + id + `/job'] = async () => ({ name: 'reviews.job.yaml' })`)
	o.hit(".tb-save button")
	o.hit(".popover [data-name=job]")
	o.until(`document.querySelectorAll('.toast').length >= 2`)
	o.js(`fake['/api/tables/` + id + `/job'] = fails(409, 'A file of this name is there.', 'job_exists')`)
	o.hit(".tb-save button")
	o.hit(".popover [data-name=job]")
	o.until(`document.querySelector('dialog')`)
	o.look("dialog job file")
	o.answer(0)
	o.until(shut)
	o.js(`(window.fake = {})`)
	o.goTo("/tables/" + id + "/report")
	o.until(`document.querySelector('.report-frame')?.contentDocument?.querySelector('h1')`)
	o.look("report")
}

// chats looks at the chat.
func (o *tour) chats() {
	o.t.Helper()
	o.js(`fake['/api/chats'] = async (real, options) => (options?.method === 'POST' ? real() : { chats: [] })`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-none')`)
	o.look("chat empty")
	o.hit(".chat-toggle")
	o.js(`(document.querySelector('#chat-system').value = 'You are an editor.', document.querySelector('#chat-system').dispatchEvent(new Event('input', { bubbles: true })))`)
	inputs := `[...document.querySelectorAll('.chat-params input')]`
	for _, values := range []string{`['x', '2', '0', '0']`, `['1', '1', '', '']`} {
		o.js(inputs + `.forEach((e, i) => { e.value = ` + values + `[i]; e.dispatchEvent(new Event('input', { bubbles: true })); e.dispatchEvent(new Event('change', { bubbles: true })); })`)
		o.fill(".chat-area", "Hello")
		o.hit(".chat-send button")
		o.look("chat settings")
	}
	o.js(inputs + `.forEach((e) => { e.value = ''; e.dispatchEvent(new Event('input', { bubbles: true })); e.dispatchEvent(new Event('change', { bubbles: true })); })`)
	o.js(`document.querySelector('.chat-toggle').click()`)
	o.js(`delete fake['/api/chats']`)
	o.fill(".chat-area", "# Head\n\n* one\n* two\n\n```go\nx := 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |")
	o.hit(".chat-send button")
	o.until(`document.querySelector('.msg-retry')`)
	o.look("chat")
	o.hit(".msg-edit")
	o.until(`document.querySelector('.msg-user textarea')`)
	o.look("chat editing")
	o.hit(".chat-head .menu .icon-button")
	o.look("chat menu")
	o.js(`document.querySelector('.chat-head .menu-list button').click()`)
	o.until(`document.querySelector('dialog input')`)
	o.look("dialog rename")
	o.answer(0)
	o.until(shut)
	o.js(`[...document.querySelectorAll('.chat-head .menu-list button')].at(-1).click()`)
	o.until(`document.querySelector('dialog .danger')`)
	o.look("dialog delete chat")
	o.answer(0)
	o.until(shut)
	path := `'/api/chats/' + location.pathname.split('/')[2]`
	o.js(`(window.chatPath = location.pathname, fake[` + path + `] = async (real) => {
		const chat = await real();
		const [asked, said] = chat.messages;
		return { ...chat, title: '', earlier: [[asked, said]], messages: [
			asked, { ...said, finish_reason: 'length' }, asked, { ...said, finish_reason: 'blacklist', usage: { prompt_tokens: 5, completion_tokens: 7, cached_tokens: 3 } }, asked, { ...said, stopped: true },
			asked, { ...said, error: { error: 'The service does not answer.', hint: '' } }, asked,
		] };
	})`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-empty')`)
	o.js(`(history.pushState(null, '', chatPath), dispatchEvent(new PopStateEvent('popstate')))`)
	o.until(`document.querySelectorAll('.msg-user').length === 5`)
	o.look("chat with troubles")
	o.goTo("/chat/gone")
	o.until(`document.querySelector('.chat .empty a')`)
	o.look("chat gone")
}

// ends looks at the page without a connection, and after the session.
func (o *tour) ends() {
	o.t.Helper()
	o.js(`tell({ type: 'offline' })`)
	o.until(`textsSeen.has('common.offline')`)
	o.look("offline for long")
	o.js(`tell({ type: 'online' })`)
	o.js(`fake['/api/hello'] = fails(500, 'It has ended.')`)
	for _, how := range []string{"session", "login"} {
		o.js(`tell({ type: '` + how + `' })`)
		o.until(`document.querySelector('.page-state')`)
		o.look("ended by " + how)
		o.js(`tell({ type: 'online' })`)
		o.until(`!document.querySelector('.page-state .button.primary')`)
	}
}
