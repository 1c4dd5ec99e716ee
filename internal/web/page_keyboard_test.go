package web_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// withCtrl presses a key together with Ctrl.
func (b *tab) withCtrl(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

// enter presses Enter as a keyboard does: a page that takes the key prevents the character of it, too.
func (b *tab) enter() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key); err != nil {
			return err
		}
		key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key)
		return err
	}))
}

// tabTo presses Tab until a control with this name has the focus.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	focused := `(() => { const e = document.activeElement; return [e.getAttribute('aria-label'), e.labels?.[0]?.innerText, e.innerText].some((n) => n?.trim().startsWith(` + quote(name) + `)); })()`
	for range 60 {
		b.press(kb.Tab)
		if eval[bool](b, focused) {
			return
		}
	}
	b.shoot("no-" + name)
	b.t.Fatalf("60 steps of the Tab key do not lead to %q", name)
}

// downTo presses the arrow until an item of a menu with this name has the focus.
func (b *tab) downTo(name string) {
	b.t.Helper()
	for range 40 {
		if eval[bool](b, `(document.activeElement.closest('label') ?? document.activeElement).innerText.trim().startsWith(`+quote(name)+`)`) {
			return
		}
		b.press(kb.ArrowDown)
	}
	b.t.Fatalf("the arrow does not lead to %q", name)
}

const inGrid = `document.activeElement.matches('.grid-view')`

// The whole way without a mouse: see the reviews, add a column, try it on a few rows, change a word, try again, run, look at the wrong ones,
// correct one, and hand the table over.
func TestPageWithoutAMouse(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"reviews.csv": "id,review\n" + rows(30)})
	s := serveAt(t, dir, stand(t))
	b.open(s.url)
	b.until(`document.querySelector('.tables-link')`)
	b.press(kb.ArrowDown)
	b.enter()
	b.until(`document.querySelector('.grid-row .grid-cell')`)
	b.says("question number 7")

	b.press(kb.F6)
	b.until(`document.activeElement.id === 'tb-prompt'`)
	b.withCtrl("a")
	b.press("Is it a complaint? {{rev")
	b.until(`document.querySelector('.tb-complete [aria-selected=true]')?.innerText === 'review'`)
	b.enter()
	b.until(`document.activeElement.value === 'Is it a complaint? {{review}}'`)
	b.tabTo("One of")
	b.press(" ")
	b.tabTo("Choices")
	b.press("yes,no,")
	b.until(`document.querySelectorAll('.tb-chosen .chip').length === 2`)
	b.withCtrl(kb.Enter)
	b.says("5\u00a0requests sent.")

	const versions = `document.querySelectorAll('.tb-vers > li').length`
	b.press(kb.F6)
	b.until(inGrid)
	b.press(kb.F6)
	b.until(`document.activeElement.id === 'tb-prompt'`)
	b.withCtrl(kb.Home)
	b.press("Answer honestly. ")
	b.withCtrl(kb.Enter)
	b.until(versions + ` === 2`)
	b.until(`document.querySelector('.tb-versions, .tb-pill')`) // old and new side by side, or the same

	b.until(`document.querySelector('.tb-run').checkVisibility() && !document.querySelector('.tb-start').disabled`)
	b.tabTo("Run all")
	b.enter()
	b.until(`document.querySelector('.tb-run-line .badge')?.dataset.state === 'completed'`)
	b.until(inGrid)

	b.withCtrl(kb.Home)
	b.press(kb.ArrowUp)
	b.press(kb.End)
	b.enter() // the menu of the answers
	b.until(`document.querySelector('.popover .tb-value')`)
	b.downTo("no")
	b.press(" ")
	b.until(`document.querySelector('.tb-filter .num').innerText.includes('of 30 rows')`)
	b.press(kb.Escape)
	b.until(inGrid)
	b.press(kb.ArrowDown)
	b.enter()
	b.until(`document.querySelector('.tb-side .row-cell')`)
	b.press(kb.F6)
	b.tabTo("Edit the answer")
	b.enter()
	b.until(`document.activeElement.matches('select')`)
	b.press("y")
	b.tabTo("Save")
	b.enter()
	b.says("Edited by hand")
	b.press(kb.Escape)
	b.until(inGrid)

	for range 40 {
		if eval[bool](b, `document.activeElement.innerText?.startsWith('Save')`) {
			break
		}
		b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
	}
	b.enter()
	b.until(`document.querySelector('.popover')`)
	b.downTo("As a new file")
	b.enter()
	b.until(`document.querySelector('dialog[open]')`)
	b.shoot("saves")
	b.enter()
	b.says("Written: reviews.answers.csv")
	out := read(t, filepath.Join(dir, "reviews.answers.csv"))
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 31 || !strings.HasPrefix(lines[0], "id,review,Answer") {
		t.Errorf("the table:\n%s", out)
	}
	no, yes := strings.Count(out, ",no"), strings.Count(out, ",yes")
	if no+yes != 30 {
		t.Errorf("%d answers are in the file, want 30:\n%s", no+yes, out)
	}
	b.until(fmt.Sprintf(`[...document.querySelectorAll('.tb-tally')].some((e) => e.innerText === 'no %d')`, no))
	if n := strings.Count(read(t, filepath.Join(dir, "reviews.csv.gigabatch")), `"state":"completed"`); n != 35 {
		t.Errorf("%d answers were paid for, want 30 and 5 of the first trial", n)
	}
}
