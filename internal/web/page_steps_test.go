package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const fieldNames = `[...document.querySelectorAll('.tb-field-name')].map((e) => e.value).join()`

// Enter in the name of a field begins the next one, unless an input method composes, and a list that is pasted becomes a field a line. The button
// that adds one stays in sight.
func TestPageFieldsByEnter(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(3)}), "--sandbox")
	b.open(s.url)
	b.size(1360, 700, false)
	b.table(s, "q.csv")
	b.clickIn(".tb-panel-body", "Fields")
	b.until(`document.activeElement.matches('.tb-field-name')`)
	for _, name := range []string{"product", "problem", "city"} {
		b.press(name)
		b.key("Enter")
	}
	b.until(fieldNames + ` === 'product,problem,city,'`)
	b.key("Enter") // without a name, there is nothing to go on from
	eval[bool](b, `(document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })), true)`)
	b.press("a")
	eval[bool](b, `(document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true })), true)`)
	b.until(fieldNames + ` === 'product,problem,city,a'`)
	eval[bool](b, `(() => {
		const e = document.activeElement;
		e.setSelectionRange(0, 1);
		const data = new DataTransfer();
		data.setData('text/plain', 'date\r\n\r\n price \nshop');
		return e.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })) || true;
	})()`)
	b.until(fieldNames + ` === 'product,problem,city,date,price,shop' && document.activeElement.value === 'shop'`)
	b.until(`(() => {
		const add = [...document.querySelectorAll('.tb-simple button')].find((e) => e.innerText === 'Add a field').getBoundingClientRect();
		const scroll = document.querySelector('.tb-side-scroll').getBoundingClientRect();
		return add.top >= scroll.top && add.bottom <= scroll.bottom;
	})()`)
	b.shoot("fields")
}

// The column that the prompt names stays in sight when the grid shows the answers, and an answer is before that of the version it is compared with.
func TestPageKeepsTheSourceInSight(t *testing.T) {
	t.Parallel()
	b := browse(t)
	text := strings.Repeat("many words ", 9)
	csv := "№,date,review,shop,street,remark\n"
	for i := range 12 {
		csv += fmt.Sprintf("%d,2026-01-02,review %d %s,%s,%s,%s\n", i+100, i, text, text, text, text)
	}
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": csv}), stand(t))
	b.open(s.url)
	b.size(1360, 800, false)
	b.table(s, "q.csv")
	b.until(`document.querySelector('.grid-corner').innerText === 'Row'`) // the table has its own №
	b.fill("#tb-prompt", "Mood of {{review}}")
	b.until(ready)
	b.click("Try on 5\u00a0rows")
	b.until(completed + ` === 5 && document.querySelector('.grid-view').scrollLeft > 300`)
	const seen = `(() => {
		const cell = document.querySelector('.grid-cell[data-id=i2]').getBoundingClientRect();
		const head = document.querySelector('.grid-name[data-id=i2]').getBoundingClientRect();
		const number = document.querySelector('.grid-number').getBoundingClientRect();
		const at = (x, y, is) => document.elementFromPoint(x, y)?.closest(is) !== null;
		return Math.abs(cell.left - number.right) < 2 && cell.left === head.left && at(cell.left + 20, cell.top + 10, '.grid-cell[data-id=i2]') && at(head.left + 20, head.top + 10, '.grid-name[data-id=i2]');
	})()`
	b.until(seen)
	b.shoot("frozen")
	at := eval[[]float64](b, `(() => { const r = document.querySelectorAll('.grid-cell[data-id=i2]')[2].getBoundingClientRect(); return [r.left + 30, r.top + 10]; })()`)
	b.mouse("mousePressed", at[0], at[1], 1, 0)
	b.mouse("mouseReleased", at[0], at[1], 1, 0)
	b.until(`document.querySelector('.grid-cell[data-marked=active]').dataset.id === 'i2'`)
	b.key("ArrowLeft") // what the frozen column covered comes out from under it
	b.until(`(() => { const r = document.querySelector('.grid-cell[data-marked=active]').getBoundingClientRect(); return document.elementFromPoint(r.left + 5, r.top + 5)?.dataset.id === 'i1'; })()`)
	b.size(400, 800, false)
	b.until(`document.querySelector('.grid-name[data-pinned]') === null`) // it would take the whole window
	b.size(1360, 800, false)
	b.fill("#tb-prompt", "Tone of {{review}}")
	b.until(ready)
	b.click("Try on 5\u00a0rows")
	b.until(`document.querySelectorAll('.tb-versions').length === 5`)
	b.until(`[...document.querySelectorAll('.tb-versions')].every((e) => !e.innerText.includes('Mood') || e.innerText.indexOf('Tone') < e.innerText.indexOf('Mood'))`)
	b.shoot("compared")
}

// covered is an expression for the names of the controls that a toast covers.
const covered = `(() => {
	const t = document.querySelector('.toast').getBoundingClientRect();
	return [...document.querySelectorAll('button, input, textarea, select, a, summary')].filter((e) => {
		if (e.closest('.toasts') || !e.checkVisibility({ visibilityProperty: true })) return false;
		let r = e.getBoundingClientRect();
		for (let up = e.parentElement; up; up = up.parentElement) {
			if (getComputedStyle(up).overflowY === 'visible') continue;
			const box = up.getBoundingClientRect();
			r = { left: Math.max(r.left, box.left), right: Math.min(r.right, box.right), top: Math.max(r.top, box.top), bottom: Math.min(r.bottom, box.bottom) };
		}
		return r.left < r.right && r.top < r.bottom && r.left < t.right && t.left < r.right && r.top < t.bottom && t.top < r.bottom;
	}).map((e) => e.className + ' ' + e.innerText).join('; ') + (t.top < 0 || t.left < 0 || t.bottom > innerHeight || t.right > innerWidth ? 'out of the window' : '');
})()`

// A toast covers no control, whatever the width of the window.
func TestPageToastsCoverNoControl(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(80)}), "--sandbox")
	b.open(s.url)
	clear := func(screen string) {
		t.Helper()
		eval[bool](b, `(import('/static/js/dialog.js').then((m) => m.toast('Written: the answers of the table in a file with quite a long name.answers.csv', 'ok')), true)`)
		b.until(`document.querySelector('.toast')`)
		b.shoot(screen)
		if got := eval[string](b, covered); got != "" {
			t.Errorf("%s: the toast covers %s", screen, got)
		}
		eval[bool](b, `(document.querySelectorAll('.toast').forEach((e) => e.remove()), true)`)
	}
	for _, width := range []int64{1600, 1100, 810, 600, 340} {
		b.size(width, 800, false)
		b.table(s, "q.csv")
		b.until(settled)
		if width > 800 {
			b.clickIn(".tb-side-head", "Close")
		}
		clear(fmt.Sprint("folded-", width))
		b.click("Prompt and run")
		clear(fmt.Sprint("panel-", width))
		b.open(s.base() + "/chat")
		b.until(`document.querySelector('.chat-composer textarea')`)
		clear(fmt.Sprint("chat-", width))
	}
}

// A press of the button while it is planned again counts as soon as the plan is there, but not if the plan then asks more than was shown.
func TestPagePressedWhileItPlans(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(20)}), stand(t))
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(ready)
	eval[bool](b, `(() => { const e = document.querySelector('.tb-search'); e.value = 'number 7'; e.dispatchEvent(new Event('input')); return true; })()`)
	b.click("Choose this")
	b.until(ready + ` && document.querySelector('.tb-start').innerText.replace(/\s/g, ' ') === 'Run 1 row'`)
	press := func(after string) {
		if !eval[bool](b, `(() => { `+after+`; const plans = document.querySelector('.tb-figures').getAttribute('aria-busy') === 'true'; document.querySelector('.tb-start').click(); return plans; })()`) {
			t.Fatal("it is not planned again")
		}
	}
	press(`[...document.querySelectorAll('.tb-scope button')].find((e) => e.innerText.startsWith('All')).click()`)
	b.until(ready + ` && document.querySelector('.tb-start').innerText === 'Run all' && ` + figure("Requests") + ` === '20'`)
	if eval[bool](b, `Boolean(`+state+`)`) {
		t.Fatal("a run began that sends more than was shown")
	}
	press(`(() => { const e = document.querySelector('#tb-prompt'); e.value = e.value.slice(0, -1) + '}'; e.dispatchEvent(new Event('input', { bubbles: true })); })()`)
	b.until(state + ` === 'completed' && ` + settled)
}

// The rows of a filter are taken over by one button, which goes to the one that runs them. After the run of just these, nothing is said to be hidden.
func TestPageRunsWhatIsFiltered(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(20)}), stand(t))
	b.open(s.url)
	b.size(1360, 800, false)
	b.table(s, "q.csv")
	b.until(ready)
	b.clickIn(".tb-side-head", "Close")
	b.menu("id")
	b.fill(".popover .tb-range input", "15")
	b.press(kb.Enter)
	b.until(shown + ` < 20 && document.querySelector('.tb-filter').checkVisibility()`)
	b.press(kb.Escape)
	n := eval[int](b, shown)
	b.clickIn(".tb-filter", fmt.Sprintf("Choose these %d\u00a0rows to run", n))
	b.until(fmt.Sprintf(`document.activeElement.matches('.tb-start') && document.activeElement.innerText === 'Run %d\u00a0rows' && document.activeElement.checkVisibility()`, n))
	b.shoot("chosen")
	b.press(" ")
	b.until(state + ` === 'completed' && ` + settled)
	b.until(shown + fmt.Sprintf(` === %d`, n))
	if eval[bool](b, `document.body.innerText.includes('This filter may hide')`) {
		t.Error("rows are said to be hidden that the filter shows")
	}
}

// The choices have colours that can be told apart and read, in both themes.
func TestPageTonesDiffer(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	for _, dark := range []bool{false, true} {
		b.size(1000, 700, dark)
		got := eval[string](b, `(() => {
			const style = getComputedStyle(document.documentElement);
			const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
			const rgb = (name) => { const hex = style.getPropertyValue(name).trim().slice(1); const all = hex.length === 3 ? [...hex].map((c) => c + c) : hex.match(/../g); return all.map((c) => linear(parseInt(c, 16) / 255)); };
			const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
			const lab = ([r, g, b]) => {
				const f = (x) => (x > 0.008856 ? Math.cbrt(x) : 7.787 * x + 16 / 116);
				const [x, y, z] = [f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505), f(0.2126 * r + 0.7152 * g + 0.0722 * b), f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)];
				return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
			};
			const tones = [0, 1, 2, 3, 4, 5].map((i) => rgb('--hue-' + i));
			const text = light(rgb('--text'));
			const wrong = [];
			tones.forEach((one, i) => {
				const [a, c] = [light(one), text].sort((x, y) => y - x);
				if ((a + 0.05) / (c + 0.05) < 4.5) wrong.push('tone ' + i + ' cannot be read');
				tones.slice(0, i).forEach((other, j) => { const apart = Math.hypot(...lab(one).map((x, at) => x - lab(other)[at])); if (apart < 13) wrong.push('tones ' + j + ' and ' + i + ' are ' + apart.toFixed(1) + ' apart'); });
			});
			return wrong.join('; ');
		})()`)
		if got != "" {
			t.Errorf("dark %v: %s", dark, got)
		}
	}
}

// The header shows figures when they are those of all rows; the shares of a run make up 100 %; a new column begins with its name.
func TestPageFiguresAreWhole(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(5)})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"{{prompt}}","choices":["good","bad"]}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.onNewDocument(`{
		const real = window.fetch;
		let late = 0;
		window.whole = false;
		window.fetch = async (path, options) => {
			const answer = await real(path, options);
			if (!String(path).endsWith('/counts') || window.whole) return answer;
			const counts = await answer.json();
			counts.complete = false;
			for (const c of counts.columns) { c.done = 2; c.states = { completed: 2 }; c.values = [{ value: 'good', count: 2 }]; }
			window.part = ++late;
			return new Response(JSON.stringify(counts), { status: 200, headers: { 'Content-Type': 'application/json' } });
		};
	}`)
	b.size(1360, 800, false)
	b.table(s, "q.csv")
	b.until(`window.part > 1`)
	const tallies = `[...document.querySelectorAll('.tb-tally')].reduce((sum, e) => sum + Number(e.innerText.match(/\d+$/)), 0)`
	if n := eval[int](b, tallies); n != 0 {
		t.Errorf("the header shows %d rows of a count that is not complete", n)
	}
	eval[bool](b, `(window.whole = true)`)
	b.until(tallies + ` === 5`)
	eval[bool](b, `(import('/static/js/format.js').then((m) => { window.sharesOf = m.shares; }), true)`)
	b.until(`window.sharesOf !== undefined`)
	for of, want := range map[string]string{
		`[954, 46]`: "95% 5%", `[955, 40, 5]`: "95% 4% <\u202f1%", `[1, 1, 1]`: "34% 33% 33%", `[5, 0]`: "100% ", `[9999, 1]`: "99% <\u202f1%", `[3, 1]`: "75% 25%",
	} {
		if got := eval[string](b, `window.sharesOf(`+of+`).join(' ')`); got != want {
			t.Errorf("the shares of %s are %q, want %q", of, got, want)
		}
	}
	b.clickIn(".tb-columns", "Add an answer column")
	b.until(`document.activeElement.id === 'tb-name' && document.activeElement.value === 'Answer' && document.activeElement.selectionEnd === 6`)
}

// "Details" stays where it is when a run says more.
func TestPageDetailsStayInTheirLine(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(400)})
	s := serveAt(t, dir, stand(t, "--latency", "400ms", "--fault", "400=~7,blacklist=~9"))
	b.open(s.url)
	b.speak("ru")
	for i, width := range []int64{1360, 1120, 810} {
		b.size(width, 800, false)
		b.table(s, "q.csv")
		b.fill("#tb-prompt", strings.Repeat("x", i+1)+" {{prompt}}")
		b.until(ready)
		b.click("Запустить всё")
		b.until(state + ` === 'running' && document.querySelectorAll('.tb-run-line .tb-cause').length === 2`)
		b.until(`(() => {
			const line = document.querySelector('.tb-run-line');
			const open = line.querySelector('[aria-controls=tb-run-more]').getBoundingClientRect();
			const bar = line.querySelector('.tb-run-bar').getBoundingClientRect();
			return open.top <= bar.top && open.bottom >= bar.bottom && open.right <= innerWidth && line.offsetHeight < (innerWidth > 1000 ? 48 : 80);
		})()`)
		b.shoot(fmt.Sprint("running-", width))
		b.until(state + ` === 'completed'`)
	}
}

// A row that is opened on an answer shows that answer, and so does going to another one.
func TestPageRowShowsTheSelectedAnswer(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(6)}), stand(t))
	client := signedIn(t, s)
	columns := []string{}
	for _, name := range []string{"First", "Second", "Third"} {
		columns = append(columns, `{"completion_column":"`+name+`","prompt":"`+strings.Repeat("Think of it again. ", 30)+name+` {{prompt}}"}`)
	}
	id := startRun(t, client, s, `{"input":"q.csv","columns":[`+strings.Join(columns, ",")+`]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.size(1360, 700, false)
	b.table(s, "q.csv")
	b.until(settled)
	shows := func(name string) string {
		return `(() => {
			const cell = [...document.querySelectorAll('.tb-side .row-cell')].find((c) => c.querySelector('h3').innerText === ` + quote(name) + `);
			const view = document.querySelector('.tb-side-scroll').getBoundingClientRect();
			const box = cell?.querySelector('.row-answer').getBoundingClientRect();
			return box && box.top >= view.top - 1 && box.bottom <= view.bottom + 1;
		})()`
	}
	b.pointAt(3, 1)
	b.press(kb.End)
	b.press(kb.Enter)
	b.until(shows("Third"))
	b.shoot("third")
	b.press(kb.ArrowLeft)
	b.until(shows("Second"))
	b.press(kb.ArrowDown)
	b.until(`document.querySelector('.tb-side-title').innerText.endsWith('4') && ` + shows("Second"))
	b.press(kb.ArrowRight)
	b.press(kb.Enter)
	b.until(`document.querySelector('.tb-side .row-editor')?.closest('.row-cell').querySelector('h3').innerText === 'Third'`)
	b.shoot("edited")
}
