package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// withAlt presses a key together with Alt.
func (b *tab) withAlt(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierAlt)))
}

const rowTitle = `document.querySelector('.tb-side-title').innerText`

// In the panel of a row, the arrows go to the next row and back, but not in a field, where they move in the text: there Alt helps. The buttons
// say so.
func TestPageRowPanelByArrows(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n3,three\n4,four\n"})
	run(t, dir, "run", "--sandbox", "q.csv")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.table(s, "q.csv")
	b.openRow(2)
	b.until(rowTitle + ` === 'Row 2'`)
	b.press(kb.F6)
	b.until(`document.activeElement.closest('.tb-side')`)
	for _, c := range []struct{ key, title string }{{kb.ArrowDown, "Row 3"}, {kb.ArrowDown, "Row 4"}, {kb.ArrowUp, "Row 3"}} {
		b.press(c.key)
		b.until(rowTitle + ` === '` + c.title + `' && document.activeElement.closest('.tb-side') !== null`)
	}
	b.clickIn(".row-cell", "Edit the answer")
	b.until(`document.activeElement.matches('textarea')`)
	b.press(kb.ArrowDown)
	if title := eval[string](b, rowTitle); title != "Row 3" {
		t.Errorf("an arrow in a text leads to %s", title)
	}
	b.withAlt(kb.ArrowDown)
	b.until(rowTitle + ` === 'Row 4'`)
	if says := eval[string](b, `document.querySelector('.tb-side-head .tb-turn button:last-child').title`); !strings.Contains(says, "↓") || !strings.Contains(says, "Alt+↓") {
		t.Errorf("the button says %q", says)
	}
}

// What has the focus may go away while it has it: the focus is then near to where it was, and never on nothing. Escape closes what is open
// wherever the focus is.
func TestPageKeepsTheFocus(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n3,three\n"})
	run(t, dir, "run", "--sandbox", "q.csv")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.table(s, "q.csv")
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error { // the window of a test is not in front, and such a one gets no events
		_, err := cdp.Call(ctx, tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	const near = `document.activeElement !== document.body && document.activeElement.closest('.tb-columns') !== null`
	for name, lose := range map[string]string{
		"removed":  `e.remove()`,
		"hidden":   `e.hidden = true`,
		"disabled": `e.disabled = true`,
		"redrawn":  `e.parentNode.replaceChildren(...[...e.parentNode.children].filter((c) => c !== e).map((c) => c.cloneNode(true)))`,
	} {
		eval[bool](b, `(() => {
			const e = Object.assign(document.createElement('button'), { textContent: 'extra' });
			document.querySelector('.tb-columns').append(e);
			e.focus();
			`+lose+`;
			return true;
		})()`)
		t.Log(name)
		b.until(near + ` && document.activeElement.textContent !== 'extra'`)
	}
	eval[bool](b, `(import('/static/js/dialog.js').then(({ confirm }) => {
		const e = Object.assign(document.createElement('button'), { textContent: 'extra' });
		document.querySelector('.tb-columns').append(e);
		e.focus();
		confirm({ title: 'Sure?', ok: 'Yes' });
		e.remove();
	}), true)`)
	b.until(`document.querySelector('dialog[open]')`)
	b.press(kb.Escape)
	b.until(`!document.querySelector('dialog[open]') && ` + near)

	b.press(kb.F6)
	b.until(inGrid)
	b.withCtrl(kb.Home)
	b.press(kb.ArrowUp)
	b.enter()
	b.until(`document.querySelector('.popover')`)
	eval[bool](b, `(document.activeElement.blur(), true)`) // as when what has the focus is being loaded again
	b.press(kb.Escape)
	b.until(`!document.querySelector('.popover')`)
	eval[bool](b, `(document.querySelector('.tb-name-row .menu > button').click(), document.activeElement.blur(), true)`)
	b.until(`!document.querySelector('.tb-name-row .menu-list').hidden`)
	b.press(kb.Escape)
	b.until(`document.querySelector('.tb-name-row .menu-list').hidden`)
}
