package web_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	manyRows  = 1_000_000
	mostOfTab = 150 << 20 // bytes of the heap of the page
	mostOfAll = 200 << 20 // bytes of the server
)

// Of a million rows, the page shows the right ones at each place, also sorted and filtered, and stays small with its server. The times are for
// people: machines differ.
func TestPageOfAMillionRows(t *testing.T) {
	t.Parallel()
	if !long {
		t.Skip("it takes a minute: GIGABATCH_LONG is not set")
	}
	b := browse(t)
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "many.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	lines.WriteString("id,text,sum,city\n")
	for i := range manyRows {
		fmt.Fprintf(&lines, "%d,review number %d about a kettle,%d,%s\n", i, i, i*7919%manyRows, []string{"Omsk", "Ufa", "Tver", "Kazan"}[i%4])
	}
	if _, err := f.WriteString(lines.String()); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	lines.Reset()
	s := serveAt(t, dir, stand(t))
	b.open(s.url)
	b.until(names + ` === 'many.csv'`)
	took := func(what string, begin time.Time) { t.Logf("%s: %.2f s", what, time.Since(begin).Seconds()) }
	begin := time.Now()
	b.open(s.base() + "/tables/" + tableID("many.csv")) // table waits for all rows
	b.until(cell(2, "id") + ` === '0'`)
	took("first rows", begin)
	b.until(shown + ` === 1000000`)
	took("all rows known", begin)
	key := func(name string) {
		t.Helper()
		eval[bool](b, `(document.querySelector('.grid-view').focus(), true)`)
		b.do(chromedp.KeyEvent(name, chromedp.KeyModifiers(kb.ModifierCtrl)))
	}
	window := func(first, last string) {
		t.Helper()
		key(kb.Home)
		b.until(inSight(0))
		b.until(at(0, "id") + ` === '` + first + `'`)
		key(kb.End)
		end := eval[int](b, shown) - 1
		b.until(at(end, "id") + ` === '` + last + `'`)
		b.until(inSight(end))
	}
	window("0", "999999")
	eval[bool](b, `(document.querySelector('.grid-view').scrollTop = document.querySelector('.grid-view').scrollHeight / 2, true)`)
	b.until(`(() => { const all = [...document.querySelectorAll('.grid-row')]; return all.length > 10 && all.every((r) => Math.abs(Number(r.dataset.at) - 500000) < 1000 && r.innerText.includes('review number ' + r.dataset.at + ' ')); })()`)

	key(kb.Home)
	b.until(inSight(0))
	eval[bool](b, frames)
	b.until(`window.frames95`)
	t.Logf("frames while scrolling: %.1f ms at the 95th percentile", eval[float64](b, `window.frames95`))

	begin = time.Now()
	b.menu("sum")
	b.clickIn(".popover", "Sort from the largest")
	b.until(at(0, "sum") + `?.replace(/\D/g, '') === '999999'`)
	took("sorted", begin)
	key(kb.End)
	b.until(at(manyRows-1, "sum") + ` === '0'`)
	if n := eval[int](b, shown); n != manyRows {
		t.Errorf("sorted, there are %d rows", n)
	}
	key(kb.Home)
	b.until(inSight(0))
	begin = time.Now()
	b.menu("city")
	b.clickIn(".popover", "Tver")
	b.until(shown + ` === 250000 && document.querySelector('.tb-filter .num').innerText.replace(/[^\d ]/g, '').startsWith('250000')`)
	took("sorted and filtered", begin)
	b.press(kb.Escape)
	b.until(shut)
	b.until(`[...document.querySelectorAll('.grid-row')].length > 10 && ` + at(0, "city") + ` === 'Tver'`)
	largest := 0 // the largest sum of the rows of Tver
	id := 0
	smallest, last := manyRows, 0
	for i := 2; i < manyRows; i += 4 {
		if sum := i * 7919 % manyRows; sum > largest {
			largest, id = sum, i
		} else if sum < smallest {
			smallest, last = sum, i
		}
	}
	window(fmt.Sprint(id), fmt.Sprint(last))
	begin = time.Now()
	b.fill(".tb-search", "number 77777")
	b.until(shown + ` === 3`) // 77777 itself is of Ufa; of 777770 to 777779, every fourth is of Tver
	took("searched, too", begin)

	heap := 0.0
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, performance.Enable, performance.EnableParams{}); err != nil {
			return err
		}
		metrics, err := cdp.Call(ctx, t, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, m := range metrics.Metrics {
			if m.Name == "JSHeapUsedSize" {
				heap = m.Value
			}
		}
		return nil
	}))
	t.Logf("the page takes %.1f MB, the server at most %d MB", heap/(1<<20), memory(t, s.cmd.Process.Pid)>>20)
	if heap == 0 || heap > mostOfTab {
		t.Errorf("the page takes %.0f bytes", heap)
	}
	if n := memory(t, s.cmd.Process.Pid); n > mostOfAll {
		t.Errorf("the server took %d MB", n>>20)
	}
}

// at returns an expression for the text of the cell in the column with a name, in the row at a position among those that are shown.
func at(position int, column string) string {
	return fmt.Sprintf(`(() => { const head = [...document.querySelectorAll('.grid-name[data-id]')].find((h) => h.querySelector('.tb-th-name')?.title === %s); return document.querySelector('.grid-row[data-at="%d"] .grid-cell[aria-colindex="' + head?.getAttribute('aria-colindex') + '"]')?.innerText; })()`, quote(column), position)
}

// frames scrolls for a while and then stores the 95th percentile of the time between two frames in milliseconds.
const frames = `(window.frames95 = 0, new Promise((done) => {
	const view = document.querySelector('.grid-view'), all = [];
	let last = performance.now();
	requestAnimationFrame(function next(now) {
		all.push(now - last);
		last = now;
		view.scrollTop += 120;
		if (all.length < 300) requestAnimationFrame(next);
		else done(all.sort((x, y) => x - y)[Math.floor(all.length * 0.95)]);
	});
}).then((ms) => { window.frames95 = ms; }), true)`
