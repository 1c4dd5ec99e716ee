package web_test

import (
	"testing"
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
