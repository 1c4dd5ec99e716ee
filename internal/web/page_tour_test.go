package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/web"
)

// long runs the tests that take minutes.
var long = os.Getenv("GIGABATCH_LONG") != ""

// tour walks through the screens of the page in one language, without loading it anew, and looks at each of them.
type tour struct {
	*tab
	lang  string
	axe   string // the source of axe-core, or nothing
	dir   string // that is served
	sheet bool   // the panel of a workbench is open in narrow windows, too
}

// puppets makes the page keep the texts that it looks up. What a server does rarely is played: the events of its runs are those that the test
// tells, and answers can be replaced by fake, a function for each path.
const puppets = `
	window.textsSeen = new Set();
	window.fake = {};
	window.SharedWorker = class {
		constructor() {
			this.port = { postMessage() {}, close() {}, set onmessage(fn) {
				window.tell = (data) => fn({ data });
				setTimeout(() => { fn({ data: { type: 'runs', runs: window.puppet ? [window.puppet] : [] } }); fn({ data: { type: 'online' } }); });
			} };
		}
	};
	{
		const real = window.fetch;
		window.fetch = async (path, options) => {
			const play = window.fake[path];
			if (!play) return real(path, options);
			const body = await play(async () => (await real(path, options)).json(), options);
			return new Response(JSON.stringify(body.fail ? body.body : body), { status: body.fail ?? 200, headers: { 'Content-Type': 'application/json' } });
		};
	}
	window.more = (changes) => async (real) => ({ ...(await real()), ...changes });
	window.fails = (status, error, code) => async () => ({ fail: status, body: { error, hint: 'Try something else.', code } });
	window.ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
	// play makes the run of a table one that the test has made up.
	window.play = (id, changes) => {
		const run = {
			id, name: 'reviews.csv', sandbox: false, state: 'completed', here: true, started: ago(300), ended: ago(120), rows: 1200, completed: 900, blocked: 0, skipped: 0, pending: 0, failed: 0, failures: {},
			columns: ['Mood'], output: 'reviews.answers.csv', unwritten: 0, late: 0, reread: false, spent: { tokens: 51000, cost_rub: 31.4, prices_of: '2026-02-01' }, budget: {}, batches: [], in_batches: 0,
			by_batches: false, batches_did: null, notes: null, error: null, version: Math.floor(performance.now() * 1000), live: null, ...changes,
		};
		window.puppet = run;
		const detail = { ...run, settings: {}, tokens: { prompt: 30000, completion: 21000, cached: 900 }, values: [{ column: 'Mood', counts: [{ value: 'good', rows: 700 }, { value: '', rows: 3 }] }] };
		fake['/api/tables/' + id] = async (real) => ({ ...(await real()), run: detail });
		fake['/api/runs/' + id] = async () => detail;
		fake['/api/runs/' + id + '/history'] = async () => ({ points: Array.from({ length: 30 }, (_, i) => ({ t: i * 2, done: i * 30, rate: 10 + i % 7, concurrency: 4 + i % 5, in_flight: 3 + i % 4, refused: i % 9 ? 0 : 1 })) });
		tell({ type: 'run', run });
		return true;
	};
	if (sessionStorage.getItem('refused')) fake['/api/hello'] = fake['/api/tables'] = fails(401, 'Sign in.', sessionStorage.getItem('refused'));
	window.live = { jobs: 1200, done: 400, rate: 12.3, eta: 190, in_flight: 7, concurrency: 8, most: 0, refused: 3, retries: 4, tokens: 51000, elapsed: 75, held: 0, silent: 0, down: false, steered: true, quota: { streams: 10 }, sharers: [{ pid: 4242, what: 'run other.csv', in_flight: 3 }, { pid: 7, what: '', host: 'two', in_flight: 1 }, { pid: 8, what: 'worker', version: '1.0', host: 'three', in_flight: 4, rate: 120, seen: new Date().toISOString() }, { pid: 9, what: 'worker', version: '1.0', host: 'four', in_flight: 0, silent: true, seen: new Date(Date.now() - 3000).toISOString() }] };
`

// windows are those in which a screen is looked at.
var windows = []struct {
	width     int64
	dark, axe bool
}{{1440, false, true}, {1440, true, true}, {320, false, true}, {800, true, false}, {2560, false, false}}

// look looks at what the page shows: in small and large windows, light and dark.
func (o *tour) look(screen string) {
	o.t.Helper()
	for i, w := range windows {
		if !long && i != 0 {
			continue
		}
		if long {
			o.size(w.width, 900, w.dark)
		}
		o.js(`(window.drawn = false, requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = true; })))`)
		o.until(`window.drawn`)
		at := fmt.Sprintf("%s, %s, %d wide, dark %t", screen, o.lang, w.width, w.dark)
		for _, wrong := range eval[[]string](o.tab, faults) {
			o.t.Errorf("%s: %s", at, wrong)
		}
		if wider := eval[int](o.tab, `document.documentElement.scrollWidth - innerWidth`); wider > 0 {
			o.t.Errorf("%s: the page is %d pixels wider than the window: %s", at, wider, o.widest())
		}
		if long && w.axe {
			o.checkAxe(at)
		}
		o.shoot(fmt.Sprintf("%s-%d-%s", strings.ReplaceAll(screen, " ", "-"), w.width, map[bool]string{true: "dark", false: "light"}[w.dark]))
	}
	if long {
		o.size(1440, 900, false)
	}
}

// checkAxe fails the test if axe finds serious problems in what the page shows.
func (o *tour) checkAxe(at string) {
	o.t.Helper()
	eval[bool](o.tab, `(window.axe || (()=>{`+o.axe+`})(), window.axeDone = null, axe.run(document, { resultTypes: ['violations'] }).then((r) => { window.axeDone = r.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' (' + n.failureSummary.replaceAll('\n', ' ') + ')').slice(0, 3).join('; ')); }), true)`)
	o.until(`window.axeDone`)
	for _, wrong := range eval[[]string](o.tab, `window.axeDone`) {
		o.t.Errorf("%s: %s", at, wrong)
	}
}

// faults is an expression for what is wrong with the texts that the page shows: values instead of words, words that are cut, and controls that
// something lies over.
const faults = `(() => {
	const wrong = [];
	const texts = [document.title, document.body.innerText, ...[...document.querySelectorAll('[aria-label], [title], [placeholder]')].flatMap((e) => ['aria-label', 'title', 'placeholder'].map((a) => e.getAttribute(a) ?? ''))];
	const bad = /\b(undefined|null|NaN)\b|\[object|(?<!\{)\{\w+\}(?!\})|\b(common|runs|chat|table|tables|key)\.[a-z]\w+/;
	for (const text of texts) { const m = text.match(bad); if (m) wrong.push('a text has “' + m[0] + '”: ' + text.slice(Math.max(0, m.index - 40), m.index + 60)); }
	const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector('.popover');
	const name = (e) => e.tagName.toLowerCase() + '.' + [...e.classList].join('.') + ' “' + (e.getAttribute('aria-label') || e.innerText || '').slice(0, 40) + '”';
	for (const e of (top ?? document).querySelectorAll('button, a, h1, h2, h3, dt, dd, label, summary, .badge, .help, .note, .error-box')) {
		if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('.visually-hidden, .grid-view')) continue;
		const style = getComputedStyle(e);
		if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' && style.display !== 'inline') wrong.push('cut: ' + name(e));
		let box = e.getBoundingClientRect();
		if (!e.matches('button, a') || e.disabled || box.width < 2) continue;
		const x = box.left + box.width / 2, y = box.top + box.height / 2;
		let seen = x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
		for (let p = e.parentElement; p && seen; p = p.parentElement) {
			if (getComputedStyle(p).overflow === 'visible' && !p.matches('dialog')) continue;
			const r = p.getBoundingClientRect();
			seen = x >= r.left && x <= r.right && y >= r.top && y <= r.bottom;
		}
		if (!seen) continue;
		const over = document.elementFromPoint(x, y);
		if (over && !e.contains(over) && !over.contains(e) && !over.closest('.toasts, #toasts, #connection, .tb-side, .chat-down, .menu-list, .tb-complete, .chat-side, .chat-shade') && !e.closest('.menu-list')) wrong.push('under ' + name(over) + ': ' + name(e));
	}
	return wrong.slice(0, 6);
})()`

// goTo shows another screen without loading the page anew, so that what is played and seen stays.
func (o *tour) goTo(path string) {
	o.t.Helper()
	o.js(`(history.pushState(null, '', ` + quote(path) + `), dispatchEvent(new PopStateEvent('popstate')))`)
}

// js evaluates an expression for its effect.
func (o *tour) js(expression string) {
	o.t.Helper()
	eval[bool](o.tab, `(`+expression+`, true)`)
}

// hit waits for a visible element and clicks it.
func (o *tour) hit(selector string) {
	o.t.Helper()
	o.until(`((one) => one && (one.click(), true))([...document.querySelectorAll(` + quote(selector) + `)].find((e) => e.checkVisibility() && !e.disabled))`)
}

// answer clicks a button of the dialog that is open on top; the last one is -1.
func (o *tour) answer(at int) {
	o.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll('dialog[open]')].at(-1)?.querySelectorAll('.dialog-buttons button') && [...[...document.querySelectorAll('dialog[open]')].at(-1).querySelectorAll('.dialog-buttons button')].at(%d)`, at)
	o.until(find)
	o.js(find + `.click()`)
}

// workbench opens a table with a draft, a JavaScript object, or without one.
func (o *tour) workbench(name, draft string) {
	o.t.Helper()
	id := tableID(name)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-area')`)
	if draft == "" {
		o.js(`sessionStorage.removeItem('table.draft:` + id + `')`)
	} else {
		o.js(`sessionStorage.setItem('table.draft:` + id + `', JSON.stringify({ folder: '` + task.KeyOf([]byte(o.dir)).String() + `', draft: ` + draft + ` }))`)
	}
	o.goTo("/tables/" + id)
	o.until(`document.querySelector('.grid-view')?.getAttribute('aria-busy') === 'false' && document.querySelector('.grid-cell') && ` + settledOrNot)
	if o.sheet {
		o.js(`document.querySelector('.tb-side').dataset.open = ''`)
	}
}

// settledOrNot is true once the plan is that of what is entered, or nothing can be planned.
const settledOrNot = `document.querySelector('.tb-figures')?.getAttribute('aria-busy') === 'false' && document.querySelector('#tb-prompt')`

// TestPageTour looks at the screens in both languages, until the page has looked up each of its texts.
func TestPageTour(t *testing.T) {
	if !long && os.Getenv("SCREENSHOTS") == "" {
		t.Skip("takes minutes: SCREENSHOTS names a folder for its pictures, GIGABATCH_LONG=1 also makes them in six windows, with axe-core")
	}
	t.Parallel()
	source := ""
	if long {
		source = axe(t)
	}
	keys, err := web.PageTextKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "ru"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b := browse(t, chromedp.Flag("force-prefers-reduced-motion", true))
			b.allowed = []string{"Failed to load resource"}
			b.onNewDocument(puppets + `localStorage.setItem('lang', '` + lang + `');`)
			o := &tour{tab: b, lang: lang, axe: source}
			o.size(1440, 900, false)
			seen := append(o.list(), o.table()...)
			for _, key := range keys {
				if !slices.Contains(seen, key) {
					t.Errorf("no screen shows the text %s", key)
				}
			}
		})
	}
}

// seen returns the keys of the texts that the page has looked up.
func (o *tour) seen() []string {
	o.t.Helper()
	return eval[[]string](o.tab, `[...textsSeen]`)
}

// list is the tour of the list of tables, the key, and the uploads, at a server without a key.
func (o *tour) list() []string {
	o.t.Helper()
	env, key := keyless(stand(o.t))
	s := serveAt(o.t, o.t.TempDir(), env)
	o.open(s.base() + "/tables")
	o.until(`document.body.innerText.length > 40`)
	if long {
		o.checkAxe("door")
	}
	o.open(s.url)
	o.until(`document.querySelector('.tables .empty h2')`)
	o.look("list empty")
	o.hit(".tables .empty .button:not(.primary)") // the example
	o.until(`document.querySelector('.grid-cell')`)
	o.goTo("/tables")

	o.hit(".tables-key button")
	o.until(`document.querySelector('#key-key')`)
	o.answer(-1)
	o.until(`document.querySelector('.key-missing')`)
	o.look("key")
	o.hit("#key-way-pair")
	o.answer(-1)
	o.look("key pair")
	o.hit("#key-way-cloud")
	o.look("key cloud")
	o.hit("#key-way-key")
	o.fill("#key-key", wrongKey)
	o.answer(-1)
	o.until(`document.querySelector('.key-bad')`)
	o.look("key refused")
	o.js(`fake['/api/hello'] = more({ places: ['keyring', 'env'] })`)
	o.press(kb.Escape)
	o.until(shut)
	o.hit(".tables-key button")
	o.until(`document.querySelector('#key-keep-keyring')`)
	o.js(`delete fake['/api/hello']`)
	o.hit("#key-keep-session")
	o.fill("#key-key", key)
	o.js(`fake['/api/key'] = async (real) => ({ ...(await real()), note: 'The key is not in a file.' })`)
	o.answer(-1)
	o.until(`document.querySelector('.key-good')`)
	o.look("key accepted")
	o.answer(-1)
	o.until(shut)
	o.until(`document.querySelector('.tables-foot button')`)
	o.js(`(Object.defineProperty(window, 'isSecureContext', { value: false, configurable: true }), document.querySelector('.tables-foot button').click())`)
	o.until(`document.querySelector('dialog .error-box')`)
	o.look("key from afar")
	o.answer(-1)
	o.js(`delete window.isSecureContext`)
	o.until(shut)

	two := func(text string) string {
		return `[new File(['prompt\n` + text + `\n'], 'one.csv'), new File(['prompt\n` + text + `\n'], 'two.csv'), new File([], 'empty.csv')]`
	}
	o.drop(two("a"))
	o.until(names + `.includes('two.csv')`)
	o.drop(two("a"))
	o.until(`document.querySelectorAll('.toast').length === 2`)
	const tables = `document.querySelectorAll('.tables-link').length`
	before := eval[int](o.tab, tables)
	o.drop(two("b"))
	o.until(fmt.Sprintf(tables+` === %d`, before+2))
	o.look("list uploads refused")
	o.js(`[...document.querySelectorAll('.toast-close, .tables-uploads .button')].forEach((e) => e.click())`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-area')`)
	o.js(`fake['/api/hello'] = more({ upload_limit: 4 })`)
	o.goTo("/tables")
	o.until(names + `.includes('two.csv')`)
	o.drop(`[new File(['prompt\nfive\n'], 'five.csv')]`)
	o.until(`document.querySelector('.tables-uploads .error-box')`)
	o.js(`(delete fake['/api/hello'], [...document.querySelectorAll('.tables-uploads .button')].forEach((e) => e.click()))`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-area')`)
	o.goTo("/tables")
	o.until(names + `.includes('two.csv')`)
	o.drop(`[new File(['hello'], 'a.txt'), new File(['hello'], 'b.txt')]`)
	o.until(`document.querySelector('dialog input')`)
	o.look("list documents")
	o.js(`(window.realSend = XMLHttpRequest.prototype.send, XMLHttpRequest.prototype.send = function () { this.upload.onprogress({ lengthComputable: true, loaded: 3, total: 10 }); })`)
	o.answer(-1)
	o.until(`document.querySelectorAll('.tables-uploads li').length === 2`)
	o.look("list uploading")
	o.js(`([...document.querySelectorAll('.tables-uploads .button')].reverse().forEach((e) => e.click()), XMLHttpRequest.prototype.send = realSend)`)
	o.until(`document.querySelector('.tables-uploads').hidden`)
	o.js(`document.querySelector('.tables').classList.add('tables-dropping')`)
	o.look("list dropping")
	o.js(`document.querySelector('.tables').classList.remove('tables-dropping')`)

	o.js(`fake['/api/tables'] = async () => {
		const run = (state, more) => ({ id: state, name: state, sandbox: false, state, here: true, started: ago(300), ended: null, rows: 1200, completed: 700, failed: 12, blocked: 3, skipped: 20, pending: 465, failures: {}, in_batches: 0, spent: { cost_rub: 31.4, prices_of: '2026-02-01' }, live: null, error: null, ...more });
		const table = (name, format, run, more) => ({ id: btoa(name).replaceAll('=', ''), name, kind: 'table', format, size: 48200, modified: ago(4000), job: '', run, runs: 2, ...more });
		return { more: true, tables: [
			...['planning', 'connecting', 'running', 'paused', 'stopping', 'writing', 'completed', 'waiting', 'limited', 'interrupted', 'killed', 'failed', 'unreadable', 'tried'].map((state) => table(state + '.csv', 'csv', run(state, { live: state === 'running' ? live : null, in_batches: state === 'waiting' ? 400 : 0, rows: state === 'planning' ? 0 : 1200 }))),
			table('terminal.xlsx', 'xlsx', run('running', { here: false, live: { ...live, steered: false } })), table('steered.xlsx', 'xlsx', run('running', { here: false, live, sandbox: true })),
			table('year/a table with a name as long as names of files become when people put everything into them.jsonl', 'jsonl', null, { job: 'x.job.yaml' }), table('letters', 'documents', null, { kind: 'documents', size: 0 }), table('huge.csv', 'csv', run('running', { live: { ...live, eta: 200000 }, spent: { cost_rub: 0.001, prices_of: '2026-02-01' } }), { size: 3.2e12 }), table('large.csv', 'csv', null, { size: 7e6 }),
		] };
	}`)
	o.js(`tell({ type: 'runs', runs: [] })`)
	o.until(`document.querySelectorAll('.tables-item').length === 20`)
	o.look("list")
	o.hit(".tables-item .icon-button")
	o.look("list menu")
	o.fill("[type=search]", "nothing")
	o.until(`document.querySelector('.tables-none a')`)
	o.look("list no match")
	o.js(`fake['/api/tables'] = fails(500, 'The folder cannot be read.')`)
	o.js(`tell({ type: 'runs', runs: [] })`)
	o.until(`document.querySelector('.tables .error-box')`)
	o.js(`delete fake['/api/tables']`)
	o.js(`document.querySelector('#tools .icon-button').click()`)
	o.until(`document.querySelector('dialog')`)
	o.look("about")
	o.answer(0)
	o.until(`document.querySelectorAll('dialog').length === 1 && document.querySelector('dialog .danger')`)
	o.look("end session")
	o.answer(0)
	o.until(shut)
	return o.withoutKey(s)
}

// begin opens the list of tables at a server with a key.
func (o *tour) begin() *served {
	o.t.Helper()
	dir := folder(o.t, []string{"questions.xlsx"}, map[string]string{
		"reviews.csv": "id,Review,Stars,City\n" + reviews(40), "odd.csv": "city,sum,text\nOmsk,5,a\ncity,sum,text\nUfa,7,b\nOmsk,12,c\nTotal,24,\n", "two.csv": "prompt\none\ntwo\n",
	})
	if err := os.Mkdir(filepath.Join(dir, "letters"), 0o755); err != nil {
		o.t.Fatal(err)
	}
	write(o.t, filepath.Join(dir, "letters", "a.txt"), "Dear Sir, my parcel is late.")
	write(o.t, filepath.Join(dir, "letters", "b.txt"), "Thank you, all is well.")
	env := stand(o.t, "--latency", "0.1", "--fault", casesFaults)
	o.answersRun(dir, env)
	o.dir = dir
	s := serveAt(o.t, dir, env, "--price-file", dearPrices(o.t))
	o.open(s.url)
	o.until(names + `.includes('reviews.csv')`)
	return s
}

// table is the tour of the workbench, the report and the chat.
func (o *tour) table() []string {
	o.t.Helper()
	s := o.begin()
	o.neverAsked()
	o.asked(s)
	o.versions()
	o.runs()
	o.columns()
	o.plans()
	o.grid()
	o.rows()
	o.saves()
	o.talks()
	o.reports()
	o.ends()
	return o.gone(s)
}

func reviews(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,%q,%d,%s\n", i+1, []string{"The kettle boils in a minute and looks great.", "It leaked on the second day and nobody answers the phone. I asked three times for a repair, and each time the shop promised to call back on the next working day.", "It is a kettle."}[i%3], i%5+1, []string{"Omsk", "Ufa", ""}[i%3])
	}
	return b.String()
}

// neverAsked looks at tables without a run, and at what is entered about them.
func (o *tour) neverAsked() {
	o.t.Helper()
	o.js(`fake['/api/models'] = fails(503, 'The service does not answer.')`)
	o.workbench("reviews.csv", "")
	o.hit("details.tb-fold:nth-of-type(2) summary, .tb-fold summary")
	o.js(`document.querySelectorAll('.tb-fold').forEach((e) => { e.open = true; })`)
	o.until(`document.querySelector('#tb-model-help').innerText`)
	o.look("workbench without models")
	o.js(`delete fake['/api/models']`)
	o.workbench("reviews.csv", "")
	o.look("workbench new")
	o.fill("#tb-prompt", "Is it a complaint? {{Rev")
	o.js(`document.querySelector('#tb-prompt').setSelectionRange(24, 24)`)
	o.js(`document.querySelector('#tb-prompt').dispatchEvent(new Event('input', { bubbles: true }))`)
	o.until(`document.querySelector('.tb-complete [aria-selected=true]')`)
	o.look("workbench typing")
	o.fill("#tb-prompt", "Is it a complaint? {{Revew}}")
	o.until(`document.querySelector('.tb-remarks .tb-bad button')`)
	o.look("workbench unknown column")
	for _, name := range []string{"header", "encoding", "delimiter", "rows that are left out"} {
		o.workbench("odd.csv", "")
		at := slices.Index([]string{"header", "encoding", "delimiter", "rows that are left out"}, name)
		o.until(fmt.Sprintf(`document.querySelectorAll('.tb-guess').length > %d`, at))
		o.js(fmt.Sprintf(`document.querySelectorAll('.tb-guess')[%d].click()`, at))
		o.until(`document.querySelector('.popover')`)
		o.look("workbench " + name)
	}
	o.workbench("odd.csv", `{ options: { no_header: true, keep_rows: '3,6' }, columns: [{ name: 'A', prompt: '{{A}}' }] }`)
	o.js(`fake['/api/tables/` + tableID("two.csv") + `/look'] = more({ sheets: ['2024', '2025'], sheet: '2025', delimiter: '\t' })`)
	o.workbench("two.csv", "")
	o.look("workbench with sheets")
	for _, names := range []string{"'Column ' + i", "''"} {
		o.js(`fake['/api/tables/` + tableID("two.csv") + `/look'] = more({ columns: Array.from({ length: 60 }, (_, i) => ({ name: ` + names + `, numeric: false, empty: 0 })) })`)
		o.workbench("two.csv", "")
	}
	o.js(`delete fake['/api/tables/` + tableID("two.csv") + `/look']`)
	for _, complete := range []string{"true", "false"} {
		o.js(`fake['/api/tables/` + tableID("two.csv") + `/rows'] = async () => ({ total: 0, complete: ` + complete + `, known: 0, version: 1, rows: [] })`)
		o.goTo("/chat")
		o.until(`document.querySelector('.chat-area')`)
		o.goTo("/tables/" + tableID("two.csv"))
		o.until(`document.querySelector('.grid-view') && document.querySelector('#tb-prompt')`)
		o.js(`1`)
	}
	o.look("workbench without rows")
	o.js(`(fake['/api/tables/` + tableID("two.csv") + `/rows'] = fails(500, 'The table cannot be read.'), fake['/api/tables/` + tableID("two.csv") + `/look'] = fails(500, 'The table cannot be read.'))`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-area')`)
	o.goTo("/tables/" + tableID("two.csv"))
	o.until(`document.querySelector('.tb .error-box')`)
	o.look("workbench of a broken table")
	o.js(`fake['/api/tables/` + tableID("two.csv") + `'] = fails(500, 'The table cannot be read.')`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-area')`)
	o.goTo("/tables/" + tableID("two.csv"))
	o.until(`document.querySelector('.page-state .error-box')`)
	o.js(`(window.fake = {})`)
	o.workbench("letters.answers.csv", "")
	o.look("workbench of documents")
	o.goTo("/tables/bm9uZQ")
	o.until(`document.querySelector('.page-state h1')`)
	o.look("workbench gone")
	o.goTo("/nowhere")
	o.until(`document.querySelector('.page-state a[href="/tables"]')`)
	o.look("page not found")
}

const mood = `{ columns: [{ name: 'Mood', prompt: 'What is the mood of: {{Review}}', form: 'choices', choices: ['good', 'bad'] }] }`

// asked looks at a trial, and at the versions after a run with another prompt.
func (o *tour) asked(s *served) {
	o.t.Helper()
	o.workbench("reviews.csv", mood)
	o.until(ready)
	o.js(`fake['/api/try'] = (real, { signal }) => new Promise((_, no) => signal.addEventListener('abort', () => no(new DOMException('stopped', 'AbortError'))))`)
	o.hit(".tb-try")
	o.until(`document.querySelector('.tb-start').disabled`)
	o.look("workbench trying")
	o.hit(".tb-try")
	o.until(ready)
	o.js(`fake['/api/try'] = async () => ({ requests: 9, tokens: 90, rows: 5, lines: [] })`)
	o.hit(".tb-try")
	o.until(`textsSeen.has('table.triedMore')`)
	o.until(ready)
	for _, play := range []string{`async () => ({ requests: 0, tokens: 0, rows: 5, lines: [] })`, `fails(402, 'The package is used up.')`} {
		o.js(`fake['/api/try'] = ` + play)
		o.hit(".tb-try")
		o.until(`document.querySelector('.tb-tried:not([hidden]), .tb-foot .error-box')`)
		o.until(`textsSeen.has('table.triedNone')`)
	}
	o.look("workbench trial failed")
	o.js(`delete fake['/api/try']`)
	o.hit(".tb-try")
	o.until(completed + ` >= 5`)
	o.until(ready)
	o.look("workbench tried")
	client := signedIn(o.t, s)
	id := startRun(o.t, client, s, `{"input":"reviews.csv","columns":[{"completion_column":"Mood","prompt":"The mood of {{Review}}","choices":["good","bad"]}]}`)
	waitFor(o.t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	o.workbench("reviews.csv", "")
	o.until(completed + ` >= 10`)
	o.until(ready)
	o.look("workbench done")
	o.hit(".tb-version .row .button")
	o.until(`document.querySelector('.tb-compare p')`)
	o.look("workbench comparing")
}

// runs looks at a run in all its states.
func (o *tour) runs() {
	o.t.Helper()
	id := tableID("reviews.csv")
	o.workbench("reviews.csv", mood)
	o.js(`play('` + id + `', { state: 'completed' })`)
	o.hit(".tb-run-line [aria-controls]")
	o.until(`document.querySelector('.tb-run-more').checkVisibility()`)
	batches := `batches: [...['created', 'in_progress', 'completed', 'expired', 'failed', 'cancelled', ''].map((status, i) => ({ id: 'batch-number-' + i, status, lines: 100, done: 40, posted: ago(900) })), { id: '', status: '', lines: 20, posted: ago(900) }, ...Array.from({ length: 50 }, (_, i) => ({ id: 'b' + i, status: 'created', lines: 10, posted: ago(900) }))], by_batches: true, in_batches: 700, batches_did: { doubted: 12, why_doubtful: 'the service did not answer' }`
	causes := `failed: 66, blocked: 3, failures: Object.fromEntries(['server error', 'network', 'timeout', 'broken answer', 'rejected', 'empty completion', 'model error', 'unexpected answer', 'too long', 'invalid answer', 'needs another column'].map((c, i) => [c, i + 1]))`
	for _, scene := range []struct{ name, run, look string }{
		{"planning", `state: 'planning', ended: null, rows: 0, completed: 0, spent: null`, ""},
		{"connecting", `state: 'connecting', ended: null, completed: 0, spent: null`, "run connecting"},
		{"running", `state: 'running', ended: null, live: { ...live, quota: { streams: 10, starts: 3, seconds: 1 } }, budget: { max_cost_rub: 1000, max_tokens_total: 100000 }, ` + causes, "run running"},
		{"running", `state: 'running', ended: null, live: { ...live, quota: { starts: 30, seconds: 60, refused: 0.1 } }`, ""},
		{"running", `state: 'running', ended: null, live: { ...live, quota: { starts: 30, seconds: 10 } }`, ""},
		{"running", `state: 'running', ended: null, live: { ...live, held: 30 }`, ""},
		{"running", `state: 'running', ended: null, live: { ...live, silent: 90, trouble: 'The service does not answer.' }`, "run silent"},
		{"running", `state: 'running', ended: null, live: { ...live, down: true }`, ""},
		{"running", `state: 'running', ended: null, here: false, live: { ...live, steered: false }`, ""},
		{"running", `state: 'running', ended: null, here: false, live`, "run of a terminal"},
		{"paused", `state: 'paused', ended: null, live: { ...live, in_flight: 0, concurrency: 0, rate: 0 }, ` + batches, "run paused"},
		{"stopping", `state: 'stopping', ended: null, live`, ""},
		{"writing", `state: 'writing', ended: null, live`, ""},
		{"completed", `unwritten: 2, outdated: 2, late: 3, reread: true, notes: ['the model has changed'], ` + causes + `, batches_did: { answers: 40, came_twice: 2 }, spent: { cost_rub: 31.4, tokens: 51000, prices_of: '2026-02-01', saved_rub: 3, open_rub: 2, perhaps_rub: 1, unpriced_models: ['X'] }`, "run failures"},
		{"completed", `sandbox: true`, ""},
		{"completed", `output: '', unwritten: 1, late: 1, spent: { cost_rub: 31.4, tokens: 51000, prices_of: '' }`, ""},
		{"waiting", `state: 'waiting', ` + batches, "run waiting"},
		{"limited", `state: 'limited', error: { error: 'the quota of the day is used up', hint: 'Continue tomorrow.' }`, ""},
		{"limited", `state: 'limited', budget: { max_cost_rub: 32 }, error: { error: 'the budget is used up' }`, "run limited"},
		{"interrupted", `state: 'interrupted'`, ""},
		{"killed", `state: 'killed'`, "run killed"},
		{"failed", `state: 'failed', error: { error: 'The file cannot be written.', hint: 'Write to another file.', cure: 'columns' }`, ""},
		{"failed", `state: 'failed', error: { error: 'The file cannot be written.', hint: 'Write to another file.', cure: 'output' }`, "run failed"},
		{"failed", `state: 'failed', error: { error: 'The key is wrong.', hint: '', cure: 'key' }`, ""},
		{"unreadable", `state: 'unreadable', rows: 0, error: { error: 'the file is not a journal', hint: '' }`, "run unreadable"},
		{"tried", `state: 'tried', completed: 5`, ""},
	} {
		o.js(`play('` + id + `', { ` + scene.run + ` })`)
		o.until(state + ` === '` + scene.name + `'`)
		if scene.look != "" {
			o.until(`document.querySelector('.tb-run-more .figures')`)
			o.look(scene.look)
		}
	}
	o.dialogs(id, causes, batches)
	o.js(`play('` + id + `', { state: 'completed' })`)
	o.until(state + ` === 'completed'`)
	o.js(`document.querySelector('.chart-both').focus()`)
	o.press(kb.ArrowLeft)
	o.js(`(window.realTimeout ??= setTimeout, window.setTimeout = (fn, ms, ...of) => realTimeout(fn, ms === 15000 ? 2000 : ms, ...of), tell({ type: 'offline' }))`)
	o.until(`document.querySelector('#connection').classList.contains('shown')`)
	o.look("offline")
	o.until(`document.querySelector('#connection').innerText.includes('gigabatch')`)
	o.js(`window.setTimeout = realTimeout`)
	o.js(`tell({ type: 'online' })`)
	o.until(`document.querySelector('.toast')`)
	o.js(`(play('` + id + `', { state: 'running', ended: null, live }), fake['/api/runs/` + id + `/history'] = async () => ({ points: [] }))`)
	o.until(state + ` === 'running'`)
	o.hit(".tb-run-line [aria-controls]")
	o.hit(".tb-run-line [aria-controls]")
	o.until(`document.querySelector('.chart-none').checkVisibility()`)
	o.js(`(window.fake = {}, window.puppet = null, tell({ type: 'runs', runs: [] }))`)
}

// dialogs looks at what a run asks before it does something.
func (o *tour) dialogs(id, causes, batches string) {
	o.t.Helper()
	shows := func(name, run, button string) {
		o.t.Helper()
		o.js(`play('` + id + `', { ` + run + ` })`)
		o.hit(`.tb-run [data-name=` + button + `]`)
		o.until(`document.querySelector('dialog[open]')`)
		o.look(name)
		o.answer(0)
		o.until(shut)
	}
	shows("dialog stop", `state: 'running', ended: null, live`, "stop")
	shows("dialog repost", `state: 'waiting', `+batches, "repost")
	for _, blast := range []string{`rubles: 12.5, prices_of: '2026-02-01'`, `rubles: 12.5, prices_of: ''`, `rubles: null, prices_of: ''`} {
		o.js(`fake['/api/runs/` + id + `/plan'] = async () => ({ blast: { requests: 300, confirm: true, reasons: ['the prompt has changed'], ` + blast + ` } })`)
		shows("dialog ask again", `state: 'interrupted', failed: 30`, "continue")
	}
	o.js(`play('` + id + `', { state: 'limited', budget: { max_cost_rub: 32, max_tokens_total: 60000 }, error: { error: 'the budget is used up' } })`)
	o.hit(".tb-run [data-name=budget]")
	o.fill("#budget-max_cost_rub", "none")
	o.answer(-1)
	o.look("dialog budget")
	o.answer(0)
	o.until(shut)
	o.js(`fake['/api/tables/` + id + `/save'] = fails(409, 'The file has changed.', 'output')`)
	o.js(`play('` + id + `', { unwritten: 2, output: 'played.csv', ` + causes + ` })`)
	o.hit(".tb-run [data-name=write]")
	o.hit("dialog [data-name=overwrite]")
	o.until(`document.querySelectorAll('dialog[open]').length === 2`)
	o.look("dialog overwrite")
	o.answer(0)
	o.until(`document.querySelectorAll('dialog[open]').length === 1`)
	o.answer(0)
	o.until(shut)
	o.js(`delete fake['/api/tables/` + id + `/save']`)
}
