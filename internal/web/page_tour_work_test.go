package web_test

import "fmt"

// columns looks at what is entered about a column, and at what is wrong with it.
func (o *tour) columns() {
	o.t.Helper()
	o.sheet = true
	defer func() { o.sheet = false }()
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
		`files: ['a.pdf'], parts: [{ text: 'Read ', column: '' }]`, `needs: ['Mood'], parts: [{ text: 'Read ', column: '' }]`, `problem: { error: 'The row is too long.', hint: 'Leave a column out.' }`,
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
	o.sheet = true
	defer func() { o.sheet = false }()
	estimate := func(changes string) string {
		return `async (real) => { const p = await real(); Object.assign(p.estimate, { ` + changes + ` }); return p; }`
	}
	blast := `blast: { requests: 300, confirm: true, rubles: 12.5, prices_of: '2026-02-01', reasons: ['the prompt has changed', 'the model is another one'] }`
	for _, scene := range []struct{ play, look string }{
		{`more({ duplicates: 3, too_long: 2, skipped: 4, from_journal: 10, in_batches: 5, replaces: true, guessed: true, warnings: ['The price of the model is old.'], ` + blast + ` })`, "plan asks again"},
		{`more({ blast: { requests: 3, rubles: null, reasons: [] } })`, ""},
		{`more({ jobs: 0, from_journal: 40, skipped: 0 })`, ""},
		{`more({ jobs: 0, from_journal: 40, skipped: 4 })`, "plan all answered but skipped"},
		{`more({ jobs: 0, from_journal: 40, failed: { rejected: 3, 'invalid answer': 1 }, blocked: 2, waiting: 3, invalid: 1 })`, "plan without answers"},
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
	o.until(ready + ` && document.querySelector('.tb-tried').checkVisibility()`)
	o.hit(".tb-tried")
	o.until(filtering)
	o.hit(".tb-try")
	o.until(`document.querySelector('.toast') && document.querySelector('.tb-filter').hidden`)
	o.look("filter dropped")
	o.fill(".tb-search", "a")
	o.until(filtering + ` && ` + ready)
	o.hit(".tb-try")
	o.until(`document.querySelector('.tb-filter .tb-warn').innerText`)
	o.look("filter that may hide")
	o.hit(".tb-filter .button.quiet")
	o.until(ready)
	o.js(`fake['/api/plan'] = more({ failed: {}, blocked: 0 })`)
	o.workbench("reviews.csv", `{ columns: [{ name: 'New', prompt: 'Mood of {{Review}}' }], retry: true }`)
	o.until(ready + ` && document.querySelector('.tb-lack').checkVisibility()`)
	o.look("plan asks failed rows")
	o.js(`fake['/api/plan'] = more({ in_batches: 5 })`)
	o.workbench("reviews.csv", `{ columns: [{ name: 'New', prompt: 'Mood of {{Review}}' }] }`)
	o.until(ready)
	o.js(`(window.startText = document.querySelector('.tb-start').innerText)`)
	o.hit(".tb-start")
	o.until(`document.querySelector('.tb-start').disabled && document.querySelector('.tb-start').innerText !== startText`)
	o.look("workbench starting")
	o.js(`(window.fake = {})`)
}
