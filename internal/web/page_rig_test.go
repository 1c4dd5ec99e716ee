package web_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Expressions for parts of the workbench.
const (
	state    = `document.querySelector('.tb-run-line .badge')?.dataset.state`                   // of the run
	progress = `document.querySelector('.tb-run-bar + .num').innerText`                         // of the run
	shut     = `!document.querySelector('dialog, .popover')`                                    // nothing lies over the page
	settled  = `document.querySelector('.tb-figures')?.getAttribute('aria-busy') === 'false'`   // the plan is that of what is entered
	ready    = settled + ` && document.querySelector('.tb-start').disabled === false`           // the run can be started
	shown    = `Number(document.querySelector('.grid-view').getAttribute('aria-rowcount')) - 1` // rows that the filters leave
)

// tableID returns the id of a table of the served folder.
func tableID(name string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(name + ".gigabatch"))
}

// table opens the workbench of a table, and waits for its rows.
func (b *tab) table(s *served, name string) {
	b.t.Helper()
	b.open(s.base() + "/tables/" + tableID(name))
	b.until(`document.querySelector('.grid-view')?.getAttribute('aria-busy') === 'false' && document.querySelector('.grid-cell')`)
}

// cell returns an expression for the text of a cell of the grid: of the row with a number, in the column with a name, which is ” for the
// first column of answers.
func cell(line int, column string) string {
	head := `h.dataset.kind.startsWith('answer')`
	if column != "" {
		head = `(h.querySelector('.tb-th-name')?.title === ` + quote(column) + `)`
	}
	return fmt.Sprintf(`(() => { const head = [...document.querySelectorAll('.grid-name[data-id]')].find((h) => %s); return %s?.querySelector('.grid-cell[aria-colindex="' + head?.getAttribute('aria-colindex') + '"]')?.innerText; })()`, head, row(line))
}

// row returns an expression for the row of the grid with a number.
func row(line int) string {
	return fmt.Sprintf(`[...document.querySelectorAll('.grid-row')].find((r) => r.querySelector('.grid-number').innerText.replace(/\D/g, '') === '%d')`, line)
}

// completed returns an expression for how many cells in the document have an answer of the emulator.
const completed = `[...document.querySelectorAll('.grid-cell[data-kind^=answer]')].filter((c) => c.innerText && !c.querySelector('.tb-state, .tb-before')).length`

// still returns where something is, once it lies still: what comes above the grid moves it, and so do the widths of columns.
func (b *tab) still(where string) []float64 {
	b.t.Helper()
	at := eval[[]float64](b, where)
	for was := []float64(nil); !slices.Equal(at, was); was, at = at, eval[[]float64](b, where) {
		time.Sleep(50 * time.Millisecond) // the page is another process
	}
	return at
}

// pointAt clicks the cell of the grid in the first column of a row, several times at once.
func (b *tab) pointAt(line, times int) {
	b.t.Helper()
	b.until(row(line) + `?.querySelector('.grid-cell')`)
	at := b.still(`(() => { const r = ` + row(line) + `?.querySelector('.grid-cell')?.getBoundingClientRect() ?? new DOMRect(); return [r.left + 10, r.top + r.height / 2]; })()`)
	for n := range times {
		b.do(chromedp.MouseClickXY(at[0], at[1], chromedp.ClickCount(n+1)))
	}
}

// openRow opens the panel of the row with a number.
func (b *tab) openRow(line int) {
	b.t.Helper()
	b.pointAt(line, 2)
	b.until(fmt.Sprintf(`document.querySelector('.tb-side-title').innerText.replace(/\D/g, '') === '%d' && document.querySelector('.tb-side .row-cell, .tb-side .row-pre')`, line))
}

// correct writes an answer of a row by hand, and closes its panel.
func (b *tab) correct(line int, text string) {
	b.t.Helper()
	b.openRow(line)
	b.clickIn(".row-answer", "Edit")
	b.fill(".row-editor textarea", text)
	b.clickIn(".row-editor", "Save")
	b.says("Edited by hand")
	b.press(kb.Escape)
}

// clickIn is click within a part of the page.
func (b *tab) clickIn(part, name string) {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%s)].findLast((e) => e.checkVisibility() && !e.disabled && [e.getAttribute('aria-label'), e.innerText.trim()].some((n) => n?.startsWith(%s)))`, quote(strings.ReplaceAll("P button, P a, P summary, P label", "P", part)), quote(name))
	b.until(`((one) => one && (one.click(), true))(` + find + `)`)
}

// confirms presses the button of a dialog that does what it asks about.
func (b *tab) confirms() {
	b.t.Helper()
	b.until(`document.querySelector('dialog .button.danger')`)
	eval[bool](b, `([...document.querySelectorAll('dialog .button.danger')].at(-1).click(), true)`)
}

// figure returns an expression for a figure of the plan under the panel.
func figure(name string) string {
	return `[...document.querySelectorAll('.tb-figures > div')].find((f) => f.querySelector('dt').innerText === ` + quote(name) + `)?.querySelector('dd').innerText`
}

// fact returns an expression for a figure of the run with what is under it. The details of the run must be open.
func fact(name string) string {
	return `([...document.querySelectorAll('.tb-run-more .figure')].find((f) => f.querySelector('dt').innerText === ` + quote(name) + `)?.innerText ?? '')`
}

// listed returns an expression for a table in the list of tables.
func listed(name string) string {
	return `[...document.querySelectorAll('.tables-item')].find((i) => i.querySelector('.tables-link').innerText.trim() === ` + quote(name) + `)`
}

// menu opens the menu of a column of the grid.
func (b *tab) menu(column string) {
	b.t.Helper()
	head := `[...document.querySelectorAll('.grid-name[data-id]')].find((h) => h.querySelector('.tb-th-name')?.title === ` + quote(column) + `)`
	for range 20 { // what has just changed above the grid may move it while the mouse is on its way
		b.until(`(() => {
			const head = ` + head + `;
			if (!head || !(` + settled + `)) return false;
			window.menuSince = performance.now();
			return true;
		})()`)
		at := b.still(`(() => { const r = ` + head + `?.getBoundingClientRect() ?? new DOMRect(); return [r.left + 10, r.top + 10]; })()`)
		b.do(chromedp.MouseClickXY(at[0], at[1]))
		b.until(`document.querySelector('.popover') || performance.now() - menuSince > 1000`)
		if eval[bool](b, `document.querySelector('.popover') !== null`) {
			return
		}
	}
	b.until(`document.querySelector('.popover')`)
}
