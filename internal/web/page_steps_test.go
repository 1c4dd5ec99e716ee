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
