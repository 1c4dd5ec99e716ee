package web_test

import "testing"

// A column of dates is left-aligned, sorted and filtered by time, and a filter and a search are asked as conditions.
func TestPageDates(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"q.csv": "id,day,prompt\n1,31.12.2023,one\n2,01.02.2024,two\n3,15.01.2024,two more\n"}), stand(t))
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(settled)
	if got := eval[string](b, `[...document.querySelectorAll('.grid-row')][0].querySelector('.grid-cell[aria-colindex="3"]').dataset.kind ?? ''`); got == "number" {
		t.Error("a date is shown as a number")
	}
	b.menu("day")
	b.click("Sort from the oldest")
	first := `document.querySelector('.grid-row .grid-number').innerText`
	b.until(first + ` === '2'`)
	b.menu("day")
	b.fill("#tb-f-greater", "2024-01-01")
	b.press("\r")
	b.until(shown + ` === 2 && document.querySelector('.tb-filter').innerText.includes('day: after 2024-01-01')`)
	b.fill(".tb-search", "MORE")
	b.until(shown + ` === 1`)
	b.click("Choose this")
	b.clickIn(".tb-command", "As a command")
	b.until(`document.querySelector('.tb-said').innerText === '--where "*~MORE" --where "day>2024-01-01"'`)
	b.shoot("asked")
	b.speak("ru")
	b.menu("day")
	b.says("Сначала новые")
	b.says("Позже")
	b.shoot("menu-ru")
}
