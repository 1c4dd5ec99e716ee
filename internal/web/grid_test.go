package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// gridRig mounts a grid over a source in memory in place of the page. The source takes 0 to 20 ms for a window and refuses what fails says.
// What the grid calls is in calls.
const gridRig = `(Promise.all([import('/static/js/grid.js'), import('/static/js/dom.js')]).then(([{ Grid }, { h }]) => {
	const rig = window.rig = { calls: [], total: 1000000, complete: true, asked: 0, aborted: 0, slow: 20, texts: {}, fails: () => null, copied: null };
	rig.row = (at) => ({ index: at, line: at + 2, values: Array.from({ length: rig.width ?? 8 }, (_, c) => rig.texts[at + '-' + c] ?? (c === 1 ? String(at * 3) : 'r' + at + ' c' + c)) });
	rig.rows = (from, n) => Array.from({ length: Math.max(0, Math.min(n, rig.total - from)) }, (_, i) => rig.row(from + i));
	rig.source = { ordered: true, fetch: (from, n, signal) => new Promise((done, refuse) => {
		rig.asked++;
		const timer = setTimeout(() => {
			const error = rig.fails(from);
			if (error) refuse(new Error(error));
			else done({ total: rig.total, complete: rig.complete, version: 1, rows: rig.rows(from, n) });
		}, rig.slow * (1 + Math.random()) / 2);
		signal.addEventListener('abort', () => { clearTimeout(timer); rig.aborted++; refuse(new DOMException('', 'AbortError')); });
	}) };
	const said = (name) => (...what) => rig.calls.push([name, ...what.map((x) => x instanceof Error ? x.message : x instanceof Node ? 'node' : x?.id ?? x?.index ?? x)]);
	rig.columns = (n) => Array.from({ length: n }, (_, c) => ({ id: 'i' + c, name: 'Column ' + c, kind: c === 1 ? 'number' : 'input', width: 120 }));
	rig.grid = new Grid({ label: 'Rows', loading: 'Loading', render: (row, column) => column.kind === 'line' ? String(row.line) : row.values[Number(column.id.slice(1))],
		empty: (complete) => complete ? 'no rows match' : 'looking', onOpen: said('open'), onHeader: said('header'), onType: said('type'), onError: said('error'), onLayout: said('layout'),
		onCopy: (what) => { rig.copied = what; } });
	rig.box = h('div', { id: 'box', style: null }, rig.grid.node);
	Object.assign(rig.box.style, { position: 'fixed', inset: '0', zIndex: '100' });
	document.body.replaceChildren(h('main', null, h('h1', { class: 'visually-hidden' }, 'Rig'), rig.box));
	navigator.clipboard.writeText = (text) => { rig.written = text; return Promise.resolve(); };
	rig.grid.columns(rig.columns(8));
	rig.grid.source(rig.source);
	rig.grid.focus();
	// seen returns the positions of the rows that can be seen in full, and fails if one of them shows another text.
	rig.seen = () => {
		const view = document.querySelector('.grid-view').getBoundingClientRect();
		const from = view.top + document.querySelector('.grid-head').offsetHeight;
		const all = [...document.querySelectorAll('.grid-row')].filter((r) => { const b = r.getBoundingClientRect(); return b.top >= from - 1 && b.bottom <= view.bottom + 1; });
		return all.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map((r) => {
			const at = Number(r.dataset.at);
			if (r.querySelector('.grid-wait')) throw new Error('row ' + at + ' waits');
			const want = rig.row(at);
			if (r.querySelector('.grid-number').textContent !== String(want.line)) throw new Error('row ' + at + ' has the number ' + r.querySelector('.grid-number').textContent);
			for (const cell of r.querySelectorAll('.grid-cell')) if (cell.textContent !== want.values[cell.ariaColIndex - 2]) throw new Error('row ' + at + ' shows ' + cell.textContent);
			return at;
		});
	};
	// steady says whether the rows that are seen follow each other and fill the view.
	rig.steady = () => {
		const seen = rig.seen();
		const room = document.querySelector('.grid-view').clientHeight - document.querySelector('.grid-head').offsetHeight;
		return seen.length >= Math.min(rig.total, Math.floor(room / rig.grid.tall) - 1) && seen.every((at, i) => at === seen[0] + i);
	};
	rig.at = () => { const { active, rows, columns } = rig.grid.selected(); return active.row + ':' + active.col + (rows.length ? ' ' + rows.map((r) => r.join('-')).join(',') + (columns ? ' ' + columns.join(',') : '') : ''); };
	rig.ready = true;
}), true)`

// gridTab opens a tab with a grid.
func gridTab(t *testing.T) *tab {
	t.Helper()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.open(s.base() + "/chat")
	b.says("What would you like to ask?")
	b.mount()
	return b
}

// mount makes a new grid in the tab.
func (b *tab) mount() {
	b.t.Helper()
	eval[bool](b, `(window.rig = null, true)`)
	eval[bool](b, gridRig)
	b.until(`rig.ready && rig.steady()`)
}

// key presses a key by its name, with modifiers: "Control+Shift+End".
func (b *tab) key(chord string) {
	b.t.Helper()
	names := strings.Split(chord, "+")
	name := names[len(names)-1]
	var modifiers int64
	for _, m := range names[:len(names)-1] {
		modifiers |= map[string]int64{"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}[m]
	}
	text := ""
	if len([]rune(name)) == 1 && modifiers&^8 == 0 {
		text = name
	}
	if name == "Space" {
		name, text = " ", " "
	}
	codes := map[string]int64{"Enter": 13, "Escape": 27, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{"keyDown", "keyUp"} {
			p := input.DispatchKeyEventParams{Type: kind, Key: name, Modifiers: modifiers, WindowsVirtualKeyCode: codes[name], Text: text}
			if kind == "keyUp" {
				p.Text = ""
			}
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, p); err != nil {
				return err
			}
		}
		return nil
	}))
}

// mouse sends an event of the mouse.
func (b *tab) mouse(kind string, x, y float64, clicks, modifiers int64) {
	b.t.Helper()
	buttons := int64(1)
	if kind == "mouseReleased" {
		buttons = 0
	}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		p := input.DispatchMouseEventParams{Type: input.DispatchMouseEventType(kind), X: x, Y: y, Button: "left", Buttons: buttons, ClickCount: clicks, Modifiers: modifiers}
		_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, p)
		return err
	}))
}

// clickAt clicks on the element that an expression returns, at the middle of it.
func (b *tab) clickAt(element string, clicks, modifiers int64) {
	b.t.Helper()
	x, y := b.middle(element)
	for n := range clicks {
		b.mouse("mousePressed", x, y, n+1, modifiers)
		b.mouse("mouseReleased", x, y, n+1, modifiers)
	}
}

// dragFrom drags from one element to a place.
func (b *tab) drag(from string, x, y float64) {
	b.t.Helper()
	fromX, fromY := b.middle(from)
	b.mouse("mousePressed", fromX, fromY, 1, 0)
	b.mouse("mouseMoved", (fromX+x)/2, (fromY+y)/2, 0, 0)
	b.mouse("mouseMoved", x, y, 0, 0)
	b.mouse("mouseReleased", x, y, 1, 0)
}

// middle returns the place of the middle of an element.
func (b *tab) middle(element string) (x, y float64) {
	b.t.Helper()
	b.until(element)
	at := eval[[]float64](b, `(() => { const r = (`+element+`).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`)
	return at[0], at[1]
}

// cellAt returns the expression of a cell, or of the number of a row.
func cellAt(row int, col string) string {
	if col == "" {
		return fmt.Sprintf(`document.querySelector('.grid-row[data-at="%d"] > .grid-number')`, row)
	}
	return fmt.Sprintf(`document.querySelector('.grid-row[data-at="%d"] > [data-id="%s"]')`, row, col)
}

// A million rows are shown at every place, the first and the last included, with few nodes; what is passed is not loaded.
func TestGridScrolls(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	for _, at := range []int{0, 99, 100, 5000, 123456, 499999, 999000, 999999, 17, 999999, 0} {
		eval[bool](b, fmt.Sprintf(`(rig.grid.reveal(%d), true)`, at))
		b.until(fmt.Sprintf(`rig.seen().includes(%d) && rig.steady()`, at))
		if n := eval[int](b, `document.querySelectorAll('.grid-row').length`); n > 60 {
			t.Errorf("at row %d, %d rows are in the document", at, n)
		}
	}
	for i := range 12 { // by the bar
		eval[bool](b, fmt.Sprintf(`((v) => { v.scrollTop = (v.scrollHeight - v.clientHeight) * %d / 11; return true; })(document.querySelector('.grid-view'))`, i))
		b.until(fmt.Sprintf(`rig.steady() && Math.abs(rig.seen()[0] - %d) < 2000`, 1000000*i/11))
	}
	b.until(`rig.seen().at(-1) === 999999`)
	// Steps of the wheel pass every row, although a pixel of the bar is many rows.
	eval[bool](b, `(rig.grid.reveal(500000), true)`)
	b.until(`rig.steady()`)
	for range 20 {
		last := eval[int](b, `rig.seen().at(-1)`)
		eval[bool](b, `(document.querySelector('.grid-view').scrollBy(0, 300), true)`)
		b.until(fmt.Sprintf(`rig.steady() && rig.seen().at(-1) > %d`, last))
		if first := eval[int](b, `rig.seen()[0]`); first > last+1 {
			t.Fatalf("a step leads from row %d to %d", last, first)
		}
	}
	asked := eval[int](b, `rig.asked`)
	eval[bool](b, `((v) => { rig.slow = 400; for (let i = 0; i < 200; i++) { v.scrollTop = 20000 * i; v.dispatchEvent(new Event('scroll')); } return true; })(document.querySelector('.grid-view'))`)
	b.until(`rig.steady()`)
	if more := eval[int](b, `rig.asked`) - asked; more > 8 {
		t.Errorf("%d windows were asked for while the bar was dragged", more)
	}
	eval[bool](b, `(rig.grid.reveal(300000), true)`)
	eval[bool](b, `(rig.before = rig.aborted, rig.grid.reveal(700000), true)`)
	b.until(`rig.aborted > rig.before && rig.steady()`)
	if n := eval[int](b, `rig.grid.windows.pages.size`); n > 24 {
		t.Errorf("%d windows are kept", n)
	}
}

// A refresh changes only the nodes whose row has changed, and what is shown stays until it is there.
func TestGridRefreshes(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	eval[bool](b, `(rig.grid.reveal(400), true)`)
	b.until(`rig.seen().includes(400) && rig.steady()`)
	eval[bool](b, `(() => {
		rig.changed = [];
		rig.watch = new MutationObserver((all) => rig.changed.push(...all.map((m) => m.type + ' ' + (m.target.closest?.('.grid-cell') ?? m.target.parentElement?.closest('.grid-cell') ?? m.target).parentElement?.dataset.at + ' ' + (m.target.closest?.('.grid-cell') ?? m.target.parentElement?.closest('.grid-cell'))?.dataset.id)));
		rig.watch.observe(document.querySelector('.grid-space'), { subtree: true, childList: true, attributes: true, characterData: true });
		rig.before = rig.asked;
		rig.texts['400-2'] = 'new';
		rig.grid.refresh();
		return true;
	})()`)
	b.until(cellAt(400, "i2") + `.textContent === 'new'`)
	eval[bool](b, `(rig.grid.refresh(), true)`)
	b.until(`rig.asked > rig.before + 2 && rig.grid.windows.going.size === 0`)
	changed := eval[[]string](b, `rig.changed`)
	for _, what := range changed {
		if !strings.HasSuffix(what, " 400 i2") {
			t.Errorf("changed without need: %s", what)
		}
	}
	if len(changed) == 0 || len(changed) > 2 {
		t.Errorf("the new text changes %q", changed)
	}
	// A refusal is reported once, the rows stay, and a refresh asks again.
	eval[bool](b, `(rig.changed.length = 0, rig.fails = () => 'gone', rig.grid.refresh(), true)`)
	b.until(`rig.calls.some((c) => c[0] === 'error' && c[1] === 'gone')`)
	if n := eval[int](b, `rig.changed.length`); n > 0 || !eval[bool](b, `rig.steady()`) {
		t.Errorf("a refusal changes %d nodes", n)
	}
	eval[bool](b, `(rig.fails = () => null, rig.texts['401-0'] = 'back', rig.grid.refresh(), true)`)
	b.until(cellAt(401, "i0") + `.textContent === 'back'`)
	// Fewer rows, then none, then a table that is still read.
	eval[bool](b, `(rig.total = 7, rig.grid.refresh(), true)`)
	b.until(`document.querySelectorAll('.grid-row').length === 7 && rig.steady()`)
	eval[bool](b, `(rig.total = 0, rig.grid.refresh(), true)`)
	b.until(`document.querySelector('.grid-empty').checkVisibility() && document.querySelector('.grid-empty').textContent === 'no rows match'`)
	eval[bool](b, `(rig.complete = false, rig.grid.source(rig.source), true)`)
	b.until(`document.querySelector('.grid-empty').textContent === 'looking' && document.querySelector('[role=grid]').ariaBusy === 'true'`)
	eval[bool](b, `(rig.total = 250, true)`) // the grid looks again by itself
	b.until(`rig.steady() && document.querySelector('[role=grid]').ariaRowCount === '251'`)
	eval[bool](b, `(rig.complete = true, true)`)
	b.until(`document.querySelector('[role=grid]').ariaBusy === 'false'`)
	// A quick source takes the place of another one without a moment in which nothing is there; a slow one does not keep old rows.
	eval[bool](b, `(rig.changed.length = 0, rig.slow = 20, rig.texts['3-3'] = 'sorted', rig.grid.source(rig.source), true)`)
	b.until(cellAt(3, "i3") + `.textContent === 'sorted'`)
	if changed := eval[[]string](b, `rig.changed.filter((c) => !c.endsWith(' 3 i3'))`); len(changed) > 0 {
		t.Errorf("another source with the same rows changes %q", changed)
	}
	eval[bool](b, `(rig.slow = 3000, rig.grid.source(rig.source), true)`)
	b.until(`document.querySelector('.grid-wait')`)
	b.key("ArrowDown") // there are no rows yet
	b.key("Shift+ArrowDown")
	b.key("Control+c")
	b.until(`rig.steady()`)
	if got := eval[string](b, `rig.at() + (rig.copied ?? '')`); got != "0:i0" {
		t.Errorf("keys before there are rows lead to %s", got)
	}
}

// Every key does what it does in a spreadsheet.
func TestGridKeys(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	page := eval[int](b, `Math.floor(rig.grid.room() / rig.grid.tall) - 1`)
	for _, step := range []struct{ keys, want string }{
		{"ArrowDown", "1:i0"},
		{"ArrowRight", "1:i1"},
		{"ArrowUp ArrowUp", "-1:i1"}, // the header
		{"ArrowUp", "-1:i1"},
		{"ArrowRight", "-1:i2"},
		{"ArrowDown", "0:i2"},
		{"ArrowLeft ArrowLeft ArrowLeft", "0:i0"},
		{"End", "0:i7"},
		{"Home", "0:i0"},
		{"PageDown", fmt.Sprintf("%d:i0", page)},
		{"PageDown PageUp", fmt.Sprintf("%d:i0", page)},
		{"PageUp PageUp", "0:i0"},
		{"Control+End", "999999:i7"},
		{"ArrowDown ArrowRight", "999999:i7"},
		{"Control+Home", "0:i0"},
		{"Control+ArrowDown", "999999:i0"},
		{"Control+ArrowRight", "999999:i7"},
		{"Control+Home Shift+ArrowDown Shift+ArrowRight", "1:i1 0-1 i0,i1"},
		{"Shift+ArrowDown", "2:i1 0-2 i0,i1"},
		{"Shift+ArrowUp Shift+ArrowUp Shift+ArrowUp", "0:i1 0-0 i0,i1"},
		{"Escape", "0:i1"},
		{"Control+Shift+End", "999999:i7 0-999999 i1,i2,i3,i4,i5,i6,i7"},
		{"ArrowUp", "999998:i7"},
		{"Control+a", "999998:i7 0-999999"},
		{"Escape Control+Home Space", "0:i0 0-0"},
		{"Shift+ArrowDown Shift+ArrowDown", "2:i0 0-2"},
		{"Shift+PageDown", fmt.Sprintf("%d:i0 0-%d", 2+page, 2+page)},
		{"Meta+a", fmt.Sprintf("%d:i0 0-999999", 2+page)},
		{"Escape Control+Home ArrowRight Control+Space", "0:i1 0-999999 i1"},
		{"Escape ArrowDown ArrowDown", "2:i1"},
	} {
		for _, k := range strings.Fields(step.keys) {
			b.key(k)
		}
		if got := eval[string](b, `rig.at()`); got != step.want {
			t.Fatalf("after %s: %q, want %q", step.keys, got, step.want)
		}
	}
	b.until(`document.getElementById(document.querySelector('[role=grid]').getAttribute('aria-activedescendant')).textContent === '6'`)
	b.key("Enter")
	b.key("ArrowUp")
	b.key("ArrowUp")
	b.key("ArrowUp")
	b.key("Enter")
	b.key("Shift+ArrowRight")
	b.key("Shift+ArrowRight")
	b.key("Shift+ArrowLeft")
	b.key("ArrowDown")
	b.key("a")
	b.key("Я")
	b.key("?")
	b.key("Control+Enter") // is of the page
	want := `[["open",2,"i1",2,"open"],["header","i1","node"],["layout",{"widths":{"i1":136},"hidden":[],"density":"one"}],["layout",{"widths":{"i1":152},"hidden":[],"density":"one"}],` +
		`["layout",{"widths":{"i1":136},"hidden":[],"density":"one"}],["type","a"],["type","Я"],["type","?"]]`
	if got := eval[string](b, `JSON.stringify(rig.calls)`); got != want {
		t.Errorf("the keys call\n%s, want\n%s", got, want)
	}
	// Escape is of the page if nothing is selected, and of the grid if something is.
	eval[bool](b, `(rig.escapes = 0, document.addEventListener('keydown', (e) => { if (e.key === 'Escape' || e.key === 'Tab') rig.escapes++; }), true)`)
	b.key("Shift+ArrowDown")
	b.key("Escape")
	b.key("Escape")
	if n := eval[int](b, `rig.escapes`); n != 1 {
		t.Errorf("%d of two Escape keys reach the page, want the second", n)
	}
	// Keys of an input method do nothing: while it composes, and in Safari, which reports the key that ended a composition afterwards.
	was := eval[string](b, `rig.at() + rig.calls.length`)
	eval[bool](b, `(() => {
		const view = document.querySelector('[role=grid]');
		const press = (key, more) => view.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
		for (const key of ['Enter', 'ArrowDown', 'Escape', ' ', 'a']) press(key, { isComposing: true });
		view.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
		for (const key of ['Enter', 'ArrowDown', 'a']) press(key, { keyCode: 229 });
		press('Process');
		press('Dead');
		return true;
	})()`)
	if now := eval[string](b, `rig.at() + rig.calls.length`); now != was {
		t.Errorf("keys of an input method lead from %s to %s", was, now)
	}
	// One stop of the Tab key.
	if n := eval[int](b, `[...rig.grid.node.querySelectorAll('*')].filter((e) => e.tabIndex >= 0).length`); n != 1 {
		t.Errorf("%d elements of the grid are stops of the Tab key, want 1", n)
	}
}

// The mouse selects cells, rows and ranges, opens a row, and changes the width of columns.
func TestGridMouse(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	const shift, control = 8, 2
	at := func(want string) {
		t.Helper()
		if got := eval[string](b, `rig.at()`); got != want {
			t.Errorf("selected is %q, want %q", got, want)
		}
	}
	number := func(row int) string { return cellAt(row, "") }
	b.clickAt(cellAt(3, "i2"), 1, 0)
	at("3:i2")
	b.clickAt(cellAt(5, "i1"), 1, shift)
	at("5:i1 3-5 i1,i2")
	b.clickAt(number(4), 1, 0)
	at("4:i1 4-4")
	b.clickAt(number(6), 1, shift)
	at("6:i1 4-6")
	b.clickAt(cellAt(9, "i3"), 1, control)
	at("9:i1 4-6,9-9")
	b.clickAt(number(5), 1, control)
	at("5:i1 4-4,6-6,9-9")
	b.clickAt(number(7), 1, shift|control)
	at("7:i1 4-7,9-9")
	x, y := b.middle(cellAt(8, "i3"))
	b.drag(cellAt(2, "i1"), x, y)
	at("8:i3 2-8 i1,i2,i3")
	_, y = b.middle(number(12))
	x, _ = b.middle(number(12))
	b.drag(number(10), x, y)
	at("12:i3 10-12")
	// A drag beyond the lower edge scrolls.
	fromX, fromY := b.middle(cellAt(20, "i1"))
	b.mouse("mousePressed", fromX, fromY, 1, 0)
	b.mouse("mouseMoved", fromX, 700, 0, 0)
	b.mouse("mouseMoved", fromX, 899, 0, 0)
	b.until(`rig.grid.selected().active.row > 60`)
	b.mouse("mouseReleased", fromX, 899, 1, 0)
	if got := eval[string](b, `rig.at()`); !strings.Contains(got, " 20-") || !strings.HasSuffix(got, " i1") {
		t.Errorf("a drag beyond the edge selects %q", got)
	}
	if text := eval[string](b, `getSelection().toString()`); text != "" {
		t.Errorf("the mouse selects the text %q", text)
	}
	eval[bool](b, `(rig.grid.reveal(0), rig.calls.length = 0, true)`)
	b.clickAt(cellAt(3, "i4"), 2, 0)
	b.clickAt(`document.querySelector('.grid-name[data-id=i2] .grid-title')`, 1, 0)
	at("-1:i2")
	// The grip changes the width; a double click on it fits the texts that are seen, and so does Shift+Enter.
	width := func() int { return eval[int](b, `document.querySelector('.grid-name[data-id=i2]').offsetWidth`) }
	grip := `document.querySelector('.grid-name[data-id=i2] .grid-grip')`
	x, y = b.middle(grip)
	b.drag(grip, x+80, y)
	if w := width(); w != 200 {
		t.Errorf("the column is %d pixels wide, want 200", w)
	}
	if w := eval[int](b, cellAt(3, "i2")+`.offsetWidth`); w != 200 {
		t.Errorf("the cell is %d pixels wide, want 200", w)
	}
	eval[bool](b, `(rig.texts['5-2'] = 'a text that is wider than the others of it', rig.grid.refresh(), true)`)
	b.until(cellAt(5, "i2") + `.textContent.startsWith('a text')`)
	b.clickAt(grip, 2, 0)
	fit := width()
	if fit <= 200 || fit > 400 || eval[bool](b, cellAt(5, "i2")+`.scrollWidth > `+cellAt(5, "i2")+`.clientWidth`) {
		t.Errorf("the width that fits is %d", fit)
	}
	eval[bool](b, `(rig.grid.columns(rig.columns(8)), true)`)
	if w := width(); w != fit {
		t.Errorf("new columns change the width from %d to %d", fit, w)
	}
	want := `[["open",3,"i4",3,null],["header","i2","node"],["layout",{"widths":{"i2":200},"hidden":[],"density":"one"}]`
	if got := eval[string](b, `JSON.stringify(rig.calls)`); !strings.HasPrefix(got, want) {
		t.Errorf("the mouse calls\n%s, want\n%s …", got, want)
	}
	eval[bool](b, `(rig.grid.layout({ widths: { i0: 90 }, hidden: ['i1', 'i3'] }), true)`)
	b.until(`[...document.querySelectorAll('.grid-name[data-id]')].map((e) => e.dataset.id).join() === 'i0,i2,i4,i5,i6,i7'`)
	if got := eval[string](b, `JSON.stringify(rig.grid.layout())`); got != `{"widths":{"i0":90},"hidden":["i1","i3"],"density":"one"}` {
		t.Errorf("the layout is %s", got)
	}
	// A control that the page puts into the grid has its own keys and clicks.
	eval[bool](b, `(() => { const b = document.createElement('button'); b.textContent = 'more'; b.onclick = () => rig.calls.push(['more']); rig.calls.length = 0;
		rig.grid.layout({ hidden: [] }); rig.grid.columns(rig.columns(3).map((c) => c.id === 'i1' ? { ...c, head: b } : c)); return true; })()`)
	b.clickAt(`document.querySelector('.grid-name button')`, 1, 0)
	b.key("ArrowDown")
	if got := eval[string](b, `JSON.stringify(rig.calls)`); got != `[["more"]]` {
		t.Errorf("a button in the header calls %s", got)
	}
}

// A copy is what a spreadsheet makes, of all that is selected, whether it is loaded or not.
func TestGridCopies(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	copied := func(want string, rows, of int) {
		t.Helper()
		b.key("Control+c")
		b.until(`rig.copied !== null`)
		if got := eval[string](b, `rig.written`); got != want {
			t.Errorf("copied is %q, want %q", got, want)
		}
		if got, want := eval[string](b, `rig.copied.rows + ' of ' + rig.copied.of`), fmt.Sprintf("%d of %d", rows, of); got != want {
			t.Errorf("copied are %s, want %s", got, want)
		}
		eval[bool](b, `(rig.copied = null, true)`)
	}
	odd := map[string]string{"0-0": `say "no"`, "0-2": "a\tb", "1-0": "two\nlines", "1-2": "=1+2", "2-0": " ", "2-2": "שלום"}
	text, _ := json.Marshal(odd)
	eval[bool](b, `(rig.texts = `+string(text)+`, rig.grid.refresh(), true)`)
	b.until(cellAt(2, "i2") + `.textContent === 'שלום'`)
	copied(`"say ""no"""`, 1, 1)
	for range 2 {
		b.key("Shift+ArrowDown")
		b.key("Shift+ArrowRight")
	}
	copied("\"say \"\"no\"\"\"\t0\t\"a\tb\"\r\n\"two\nlines\"\t3\t=1+2\r\n \t6\tשלום", 3, 3)
	eval[bool](b, `(rig.grid.reveal(600000), true)`)
	b.until(`rig.seen().includes(600000)`)
	b.key("Control+Home")
	b.key("ArrowRight")
	eval[bool](b, `(rig.grid.go(249, 'i1'), true)`)
	b.key("Control+Shift+Home")
	b.key("Shift+ArrowRight")
	var lines []string
	for at := range 250 {
		lines = append(lines, fmt.Sprint(at*3))
	}
	copied(strings.Join(lines, "\r\n"), 250, 250)
	b.key("Control+a")
	b.key("Control+c")
	b.until(`rig.copied !== null`)
	if got := eval[string](b, `[rig.copied.rows, rig.copied.of, rig.copied.most, rig.written.split('\r\n').length, rig.written.split('\r\n').at(-1)].join()`); got != "10000,1000000,10000,10000,r9999 c0\t29997\tr9999 c2\tr9999 c3\tr9999 c4\tr9999 c5\tr9999 c6\tr9999 c7" {
		t.Errorf("of all rows, copied are %s", got)
	}
	// A source whose rows are shortened has the whole texts for a copy.
	eval[bool](b, `(rig.copied = null, rig.source.whole = async (from, n) => ({ rows: rig.rows(from, n).map((r) => ({ ...r, values: r.values.map((v) => v + ' whole') })) }), rig.grid.go(1, 'i1'), true)`)
	copied("3 whole", 1, 1)
	eval[bool](b, `(rig.source.whole = () => Promise.reject(new Error('offline')), true)`)
	b.key("Control+c")
	b.until(`rig.copied?.error?.message === 'offline'`)
}

// Many columns are in the document only where they are seen; a grid is usable at any width; right-to-left texts stay in their cells.
func TestGridFits(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	eval[bool](b, `(rig.width = 500, rig.texts['2-0'] = 'مرحبا بالعالم', rig.grid.columns(rig.columns(500)), rig.grid.refresh(), true)`)
	for _, width := range []int64{320, 2560, 1280} {
		b.size(width, 700, width == 320)
		b.until(`rig.steady() && document.querySelector('.grid-row .grid-cell')`)
		b.until(fmt.Sprintf(`((n) => n >= %d && n <= %d)(document.querySelector('.grid-row[data-at="3"]').querySelectorAll('.grid-cell').length)`, width/120, width/120+8))
		if wider := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); wider > 0 {
			t.Errorf("%d wide: the page is %d pixels wider", width, wider)
		}
		b.shoot(fmt.Sprint(width))
		for _, key := range []string{"End", "Home"} {
			b.key(key)
			b.until(`(() => { const cell = document.getElementById(document.querySelector('[role=grid]').getAttribute('aria-activedescendant')).getBoundingClientRect(); const view = document.querySelector('.grid-view');
				const number = document.querySelector('.grid-row[data-at="3"] .grid-number').getBoundingClientRect();
				return number.left === 0 && cell.left >= number.right - 1 && cell.right <= view.clientWidth + 1; })()`)
			b.until(`rig.steady()`)
			head := eval[string](b, `[...document.querySelectorAll('.grid-name[data-id]')].map((e) => e.dataset.id + '@' + Math.round(e.getBoundingClientRect().x)).join()`)
			cells := eval[string](b, `[...document.querySelectorAll('.grid-row[data-at="3"] .grid-cell')].map((e) => 'i' + (e.ariaColIndex - 2) + '@' + Math.round(e.getBoundingClientRect().x)).join()`)
			if head != cells {
				t.Errorf("%d wide, after %s, the header is at\n%s, the cells are at\n%s", width, key, head, cells)
			}
		}
	}
	rtl := eval[string](b, `(() => { const c = `+cellAt(2, "i0")+`; return [getComputedStyle(c).unicodeBidi, getComputedStyle(c).textAlign, `+cellAt(2, "i1")+`.textContent].join(); })()`)
	if rtl != "plaintext,left,6" {
		t.Errorf("a cell with Arabic: %s", rtl)
	}
	eval[bool](b, `(rig.texts['3-0'] = 'a long text that goes on and on '.repeat(20), rig.grid.reveal(0), rig.grid.density('wrap'), rig.grid.refresh(), true)`)
	b.until(`rig.steady() && ` + cellAt(3, "i0") + `.textContent.length > 100`)
	shape := eval[string](b, `(() => { const c = `+cellAt(3, "i0")+`; const r = document.createRange(); r.selectNodeContents(c); const line = parseFloat(getComputedStyle(c).lineHeight); return [Math.round(c.clientHeight / line), rig.grid.layout().density].join(); })()`)
	if shape != "3,wrap" {
		t.Errorf("a text that wraps: %s", shape)
	}
	b.shoot("wrap")
	eval[bool](b, `(rig.grid.reveal(999999), true)`)
	b.until(`rig.seen().at(-1) === 999999 && rig.steady()`)
}

// The page finds a row and its neighbours by its index, and a screen reader is told what is where.
func TestGridFinds(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	eval[bool](b, `(rig.odd = { ...rig.source, fetch: async (from, n) => ({ total: 500000, complete: true, rows: rig.rows(2 * from, 2 * n).filter((r) => r.index % 2 === 0) }) }, rig.grid.source(rig.odd), true)`)
	b.until(`rig.grid.row(1)?.index === 2`)
	for _, step := range []struct{ expression, want string }{
		{`rig.grid.find(6)`, "3"},
		{`rig.grid.find(7)`, "-1"},
		{`rig.grid.find(800000)`, "400000"},
		{`rig.grid.select(800002)`, "true"},
		{`rig.grid.select(800003)`, "false"},
		{`rig.grid.near(800002, 1).then((r) => r.index)`, "800004"},
		{`rig.grid.near(800002, -1).then((r) => r.index)`, "800000"},
		{`rig.grid.near(999998, 1).then(String)`, "undefined"},
		{`(rig.odd.ordered = false, rig.grid.find(9000))`, "4500"},
		{`rig.grid.find(900001)`, "-1"},
	} {
		eval[bool](b, `(rig.found = undefined, Promise.resolve(`+step.expression+`).then((f) => { rig.found = String(f); }), true)`)
		b.until(`rig.found !== undefined`)
		if got := eval[string](b, `rig.found`); got != step.want {
			t.Errorf("%s is %s, want %s", step.expression, got, step.want)
		}
	}
	if got := eval[string](b, `rig.at()`); got != "400001:i0" {
		t.Errorf("selected is %s", got)
	}
	eval[bool](b, `(rig.odd.fetch = () => Promise.reject(new Error('offline')), rig.found = null, rig.grid.find(12345).then((f) => { rig.found = f; }), true)`)
	b.until(`rig.found === -1 && rig.calls.some((c) => c[0] === 'error' && c[1] === 'offline')`)
	b.until(cellAt(400001, "i0") + `.getAttribute('aria-selected') === 'true'`)
	roles := eval[string](b, `(() => { const g = document.querySelector('[role=grid]'); const row = document.querySelector('.grid-row[data-at="400001"]');
		return [g.ariaLabel, g.ariaRowCount, g.ariaColCount, row.ariaRowIndex, row.children[0].role, row.children[0].ariaColIndex, row.children[2].ariaColIndex, document.querySelectorAll('[role=columnheader]').length].join(); })()`)
	if roles != "Rows,500001,9,400003,rowheader,1,3,9" {
		t.Errorf("a screen reader is told %s", roles)
	}
}

// A finger scrolls, and selects by a tap.
func TestGridTouch(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	touch := func(kind string, x, y float64) {
		points := []*input.TouchPoint{{X: x, Y: y}}
		if kind == "touchEnd" {
			points = nil
		}
		b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventType(kind), TouchPoints: points})
			return err
		}))
	}
	x, y := b.middle(cellAt(4, "i2"))
	touch("touchStart", x, y)
	touch("touchEnd", x, y)
	b.until(`rig.at() === '4:i2'`)
	touch("touchStart", 400, 600)
	for _, y := range []float64{560, 500, 400, 300, 200} {
		touch("touchMove", 400, y)
	}
	touch("touchEnd", 400, 200)
	b.until(`rig.seen()[0] > 4 && rig.steady()`)
	if got := eval[string](b, `rig.at()`); got != "4:i2" {
		t.Errorf("scrolling by a finger selects %s", got)
	}
}

// axe-core finds nothing wrong with a grid.
func TestGridIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	b := gridTab(t)
	b.key("ArrowDown")
	b.key("Shift+ArrowRight")
	b.accessible(source, "grid")
	eval[bool](b, `(rig.slow = 1e6, rig.grid.source(rig.source), true)`)
	b.until(`document.querySelector('.grid-wait')`)
	b.accessible(source, "grid that waits")
	eval[bool](b, `(rig.slow = 1, rig.total = 0, rig.grid.source(rig.source), true)`)
	b.says("no rows match")
	b.accessible(source, "empty grid")
}

// A text that has no room is cut off, also after its column or it has changed. No other cell clips. The numbers of rows stay in place sideways.
func TestGridCutsTexts(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	cutRight := `(() => {
		const all = [...document.querySelectorAll('.grid-cell')].filter((c) => c.textContent);
		const wrong = all.filter((c) => !c.hasAttribute('data-cut') && c.scrollWidth > c.clientWidth);
		if (wrong.length) throw new Error(wrong.map((c) => c.textContent).join());
		return all.filter((c) => c.hasAttribute('data-cut')).length;
	})()`
	if n := eval[int](b, cutRight); n > 0 {
		t.Errorf("%d cells with short texts clip", n)
	}
	eval[bool](b, `(['WWWWWWWWWW', 'ЩЩЩЩЩЩЩЩЩЩ', 'iiiiiiiiiiiiiiiiiiiiiiiiii', '漢字漢字漢字漢字漢字漢字', '1111111111111111', 'a '.repeat(500), '🐈'.repeat(9), 'ﷺ'.repeat(3)].forEach((text, i) => { rig.texts['3-' + i] = text; }),
		rig.grid.source(rig.source), true)`)
	b.until(`document.querySelector('.grid-row[data-at="3"] [data-id="i7"]')?.textContent.startsWith('ﷺ')`)
	if n := eval[int](b, cutRight); n < 6 || n > 8 {
		t.Errorf("%d cells clip, want those with long texts", n)
	}
	eval[bool](b, `(rig.grid.resize('i0', 400), rig.grid.resize('i1', 48), rig.grid.resize('i2', 600), true)`)
	b.until(`!` + cellAt(3, "i0") + `.hasAttribute('data-cut') && ` + cellAt(3, "i1") + `.hasAttribute('data-cut')`)
	eval[int](b, cutRight)
	eval[bool](b, `(rig.grid.view.scrollLeft = 150, true)`)
	b.until(`rig.grid.view.scrollLeft > 0 && rig.grid.node.hasAttribute('data-aside') && ` + cellAt(3, "") + `.getBoundingClientRect().left === rig.grid.view.getBoundingClientRect().left`)
}

// A column that is scrolled to is whole, and none is cut beside the columns that stay.
func TestGridRevealsWholeColumns(t *testing.T) {
	t.Parallel()
	b := gridTab(t)
	eval[bool](b, `(rig.grid.columns([{ id: 'line', kind: 'line', name: '№' }, ...rig.columns(30).map((c, i) => ({ ...c, width: 90 + i * 37 % 170, pinned: i === 1 }))]), rig.grid.source(rig.source), true)`)
	b.until(`document.querySelector('.grid-row .grid-cell')`)
	for _, at := range []int{9, 29, 3, 17, 12, 28, 29, 0} {
		eval[bool](b, fmt.Sprintf(`(rig.grid.reveal(-1, 'i%d'), true)`, at))
		wrong := eval[string](b, fmt.Sprintf(`(() => {
			const box = (e) => e.getBoundingClientRect();
			const view = box(rig.grid.view);
			const stays = [document.querySelector('.grid-corner'), document.querySelector('.grid-name[data-pinned]')];
			const edge = Math.max(...stays.filter((e) => box(e).left <= view.left + box(stays[0]).width + 1).map((e) => box(e).right));
			const cut = [...document.querySelectorAll('.grid-name[data-id]:not([data-pinned])')].filter((e) => box(e).left < edge - 1 && box(e).right > edge + 1);
			const one = document.querySelector('.grid-name[data-id=i%d]');
			const whole = box(one).left >= edge - 1 && box(one).right <= view.left + rig.grid.view.clientWidth + 1;
			return (whole ? '' : 'it is not whole ') + cut.map((e) => e.dataset.id).join();
		})()`, at))
		if wrong != "" {
			t.Errorf("column %d is scrolled to, and this is cut: %s", at, wrong)
		}
	}
}

// The frames while a million rows are scrolled by the wheel, by the bar and by keys, for people: machines differ.
func TestGridFrames(t *testing.T) {
	if os.Getenv("GIGABATCH_LONG") != "1" {
		t.Skip("GIGABATCH_LONG=1 measures the frames while a million rows are scrolled")
	}
	b := gridTab(t)
	for _, way := range []struct{ name, step string }{
		{"wheel, 120 pixels a frame", `view.scrollTop += 120`},
		{"wheel, 600 pixels a frame", `view.scrollTop += 600`},
		{"bar, half a thousandth of the table a frame", `view.scrollTop += 4000`},
		{"a key a frame", `view.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown', bubbles: true }))`},
		{"a refresh a frame", `rig.grid.refresh()`},
	} {
		for _, columns := range []int{8, 20, 100} {
			before := b.thread()
			eval[bool](b, fmt.Sprintf(`(() => {
				const view = document.querySelector('.grid-view');
				rig.frames = null; rig.long = []; rig.work = []; rig.width = %d;
				rig.grid.columns(rig.columns(%[1]d)); rig.grid.source(rig.source); rig.grid.reveal(1000);
				rig.watch?.disconnect();
				rig.watch = new PerformanceObserver((l) => rig.long.push(...l.getEntries().map((e) => e.duration)));
				rig.watch.observe({ type: 'longtask' });
				setTimeout(() => {
					const frames = []; let last = 0; let n = 0;
					const frame = (now) => {
						if (last) frames.push(now - last);
						last = now;
						if (++n > 300) { rig.frames = frames.sort((a, b) => a - b); return; }
						const from = performance.now();
						%[2]s;
						document.body.offsetHeight;
						rig.work.push(performance.now() - from);
						requestAnimationFrame(frame);
					};
					requestAnimationFrame(frame);
				}, 500);
				return true;
			})()`, columns, way.step))
			b.until(`rig.frames`)
			t.Logf("%s, %d columns: main thread %.1f ms of a frame; %s", way.name, columns, (b.thread()-before)/300*1000, eval[string](b, `(() => { const at = (a, p) => a[Math.floor(a.length * p)].toFixed(1); const w = rig.work.sort((a, b) => a - b);
				return 'p50 ' + at(rig.frames, 0.5) + ', p95 ' + at(rig.frames, 0.95) + ', most ' + rig.frames.at(-1).toFixed(1) + ' ms; work in a frame p95 ' + at(w, 0.95) + ' ms; long tasks ' + rig.long.length + '; nodes ' + document.querySelectorAll('.grid *').length; })()`))
		}
	}
}

// thread returns the seconds for which the main thread of the page has computed.
func (b *tab) thread() (seconds float64) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, performance.Enable, performance.EnableParams{TimeDomain: "threadTicks"}); err != nil {
			return err
		}
		r, err := cdp.Call(ctx, t, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, m := range r.Metrics {
			if m.Name == "TaskDuration" {
				seconds = m.Value
			}
		}
		return nil
	}))
	return seconds
}
