package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// The line of a run fits every window: what has no room is cut where the whole can be seen, and the reasons for failures are behind a button.
func TestPageLineOfARunFits(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(4)}), stand(t))
	id := tableID("q.csv")
	b.onNewDocument(puppets + `localStorage.setItem('lang', 'ru');`)
	b.open(s.url)
	b.table(s, "q.csv")
	const cut = `[...document.querySelectorAll('.tb-run-line, .tb-run-line *')].filter((e) => e.checkVisibility() && !e.closest('.tb-run-bar')).filter((e) => {
		const box = e.getBoundingClientRect();
		const inside = e.scrollWidth <= e.clientWidth + 1 || getComputedStyle(e).display === 'inline' || e.title === e.innerText;
		return box.left < -1 || box.right > innerWidth + 1 || box.right > e.parentElement.getBoundingClientRect().right + 1 || !inside;
	}).map((e) => e.className + ' “' + e.innerText + '”')`
	const failures = `failed: 66, blocked: 3, outdated: 2, failures: { 'invalid answer': 40, 'needs another column': 14, rejected: 12 }`
	for i, run := range []string{
		failures, failures + `, state: 'limited', budget: { max_cost_rub: 1000 }, sandbox: true, error: { error: 'the budget is used up' }`,
		failures + `, state: 'running', ended: null, live: { ...live, held: 30 }, in_batches: 700, budget: { max_cost_rub: 1000 }`,
	} {
		for _, width := range []int64{320, 800, 1024, 1100, 1360, 1920} {
			b.size(width, 850, false)
			eval[bool](b, `play('`+id+`', { `+run+` })`)
			b.until(`document.querySelector('.tb-cause')?.checkVisibility()`)
			b.still(`(() => { const e = document.querySelector('.tb-causes').getBoundingClientRect(); return [e.left, e.top, e.width]; })()`)
			if wrong := eval[[]string](b, cut); len(wrong) > 0 {
				t.Errorf("run %d, %d wide: cut: %s", i, width, strings.Join(wrong, ", "))
			}
			if tall := eval[int](b, `document.querySelector('.tb-run-line').offsetHeight`); tall > 75 && width > 800 || tall > 200 {
				t.Errorf("run %d, %d wide: the line is %d tall", i, width, tall)
			}
			b.shoot(fmt.Sprintf("%d-%d", i, width))
			if few := eval[int](b, `[...document.querySelectorAll('.tb-cause')].filter((e) => e.checkVisibility()).length`); few < 5 {
				b.push(".tb-cause-rest")
				b.until(`[...document.querySelectorAll('.popover .tb-item')].map((e) => e.innerText).join().startsWith('ошибка: ответ не того вида') && document.querySelectorAll('.popover .tb-item').length === 5`)
				b.press(kb.Escape)
				b.until(shut)
			}
		}
	}
}
