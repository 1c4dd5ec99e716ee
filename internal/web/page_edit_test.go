package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// edits opens a row of a table in a tab and begins to edit its answer.
func (b *tab) edits(s *served, name string, line int, text string) {
	b.t.Helper()
	b.table(s, name)
	b.openRow(line)
	const button = `[...document.querySelectorAll('.row-cell button')].find((e) => /Edit the answer|Write the answer|Изменить ответ|Вписать ответ/.test(e.innerText))`
	b.until(button)
	eval[bool](b, `(`+button+`.click(), true)`)
	b.fill(".row-editor textarea", text)
}

// Two people edit the same answer, in two tabs and at two servers: the second one sees the text of the first and chooses.
func TestPageSecondEditorChooses(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n"})
	run(t, dir, "run", "--sandbox", "q.csv")
	first, second := serve(t, dir, "--sandbox"), serve(t, dir, "--sandbox")
	b.open(first.url)
	same, other := b.another(), b.another()
	for _, x := range []*tab{b, same, other} { // the answer of a refused edit
		x.allowed = append(x.allowed, "409")
	}
	other.open(second.url)
	for i, x := range []*tab{same, other} {
		mine := []string{"the second text", "the third text"}[i]
		line := i + 2
		s := []*served{first, second}[i]
		x.edits(s, "q.csv", line, mine)
		b.edits(first, "q.csv", line, "the text of the first")
		b.clickIn(".row-editor", "Save")
		b.says("Edited by hand")
		x.clickIn(".row-editor", "Save")
		x.says("The answer has changed")
		x.says("Somebody else has edited this answer")
		x.says("the text of the first")
		x.says(mine)
		x.shoot("conflict")
		if i == 0 {
			x.click("Keep theirs")
			x.until(`!document.querySelector('.conflict') && document.querySelector('.tb-side .row-text').innerText === 'the text of the first'`)
			continue
		}
		x.click("Use mine")
		x.until(`!document.querySelector('.conflict') && document.querySelector('.tb-side .row-text')?.innerText === '` + mine + `'`)
	}
	run(t, dir, "output", "q.csv")
	if out := read(t, filepath.Join(dir, "q.sandbox.csv")); !strings.Contains(out, "1,one,the text of the first,") || !strings.Contains(out, "2,two,the third text,") {
		t.Errorf("the output:\n%s", out)
	}
}

// Somebody writes an answer while a run in a terminal asks the row: the answer that was paid for is not replaced unseen. A row whose edit
// came first is not asked.
func TestPageEditsBesideATerminal(t *testing.T) {
	t.Parallel()
	b := browse(t)
	b.allowed = append(b.allowed, "409")
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n"})
	run(t, dir, "run", "--sandbox", "q.csv")
	write(t, filepath.Join(dir, "q.csv"), "id,prompt\n1,one\n2,two\n3,three\n")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	eval[bool](b, `(localStorage.setItem('lang', 'ru'), true)`)
	b.edits(s, "q.csv", 4, "mine, before the run")
	b.clickIn(".row-editor", "Сохранить")
	b.says("Изменено вручную")
	b.edits(s, "q.csv", 3, "mine, too late")
	run(t, dir, "run", "--sandbox", "q.csv")
	b.clickIn(".row-editor", "Сохранить")
	b.says("Ответ изменился")
	b.says("он пришёл от модели")
	b.shoot("conflict")
	b.click("Оставить как есть")
	b.until(`!document.querySelector('.conflict')`)
	out := read(t, filepath.Join(dir, "q.sandbox.csv"))
	if n := strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"completed"`); n != 2 || !strings.Contains(out, `3,three,"mine, before the run",`) || strings.Contains(out, "too late") {
		t.Errorf("%d answers were paid for, want 2; the output:\n%s", n, out)
	}
}

// An edit does not change the output until somebody presses the button, and the page says so, in both languages.
func TestPageWritesTheEditsIntoTheFile(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n"})
	run(t, dir, "run", "--sandbox", "q.csv")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	const note = `document.querySelector('.run-unwritten')`
	b.edits(s, "q.csv", 2, "mine")
	b.until(note + `.hidden`)
	b.clickIn(".row-editor", "Save")
	b.says("Edited by hand")
	b.press(kb.Escape)
	b.says("1\u00a0edit is not in q.sandbox.csv yet.")
	b.shoot("english")
	other := b.another() // another page of the same run
	other.table(s, "q.csv")
	eval[bool](other, `(localStorage.setItem('lang', 'ru'), true)`)
	other.edits(s, "q.csv", 3, "mine, too")
	other.clickIn(".row-editor", "Сохранить")
	other.says("Изменено вручную")
	other.press(kb.Escape)
	other.says("2\u00a0правок ещё нет в q.sandbox.csv.")
	other.size(1280, 900, true)
	other.shoot("russian")
	b.until(note + `.innerText.startsWith('2')`)
	b.until(cell(3, "") + `.includes('mine, too')`)
	if out := read(t, filepath.Join(dir, "q.sandbox.csv")); strings.Contains(out, "mine") {
		t.Errorf("an edit changed the output:\n%s", out)
	}
	write(t, filepath.Join(dir, ".~lock.q.sandbox.csv#"), "somebody")
	b.allowed = append(b.allowed, "400")
	b.clickIn(".run-unwritten", "Write the file")
	b.says("q.sandbox.csv is open in a spreadsheet program")
	b.shoot("open")
	if err := os.Remove(filepath.Join(dir, ".~lock.q.sandbox.csv#")); err != nil {
		t.Fatal(err)
	}
	other.clickIn(".run-unwritten", "Записать файл")
	other.says("исправлено вручную и записывается ответов: 2")
	other.clickIn("dialog[open]", "Записать файл")
	other.says("Записано: q.sandbox.csv")
	other.until(note + `.hidden`)
	b.until(note + `.hidden`)
	if out := read(t, filepath.Join(dir, "q.sandbox.csv")); !strings.Contains(out, "1,one,mine,") || !strings.Contains(out, `2,two,"mine, too",`) {
		t.Errorf("the output:\n%s", out)
	}
	saved := saveElsewhere(t, filepath.Join(dir, "q.sandbox.csv"))
	eval[bool](b, `(localStorage.setItem('lang', 'en'), true)`)
	b.edits(s, "q.csv", 2, "mine again")
	b.clickIn(".row-editor", "Save")
	b.says("Edit the answer")
	b.press(kb.Escape)
	b.clickIn(".run-unwritten", "Write the file")
	b.says("its content is not what this journal last wrote")
	b.shoot("saved-elsewhere")
	b.clickIn("dialog[open]", "Write to a new file") // not that of the plan
	b.until(`document.querySelector('.run-facts').innerText.includes('q.sandbox-2.csv')`)
	b.until(note + `.hidden`)
	if out := read(t, filepath.Join(dir, "q.sandbox-2.csv")); !strings.Contains(out, "1,one,mine again,") {
		t.Errorf("the new file:\n%s", out)
	}
	if read(t, filepath.Join(dir, "q.sandbox.csv")) != saved {
		t.Error("the file of the other program was replaced")
	}
	saveElsewhere(t, filepath.Join(dir, "q.sandbox-2.csv"))
	b.edits(s, "q.csv", 3, "last")
	b.clickIn(".row-editor", "Save")
	b.says("Edit the answer")
	b.press(kb.Escape)
	b.clickIn(".run-unwritten", "Write the file")
	b.clickIn("dialog[open]", "Replace the file")
	b.says("Replace the file?")
	b.confirms()
	b.clickIn("dialog[open]", "Write the file")
	b.says("Written: q.sandbox-2.csv")
	if out := read(t, filepath.Join(dir, "q.sandbox-2.csv")); !strings.Contains(out, "2,two,last,") {
		t.Errorf("the replaced file:\n%s", out)
	}
}

// A row that is loaded again because it has been asked leaves alone what the user is writing meanwhile.
func TestPageKeepsWhatIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serveAt(t, folder(t, nil, map[string]string{"a.csv": "id,question\n" + rows(3)}), stand(t))
	b.open(s.url)
	b.table(s, "a.csv")
	b.until(ready)
	b.click("Try on")
	b.until(completed + ` === 3 && ` + settled)
	b.fill("#tb-prompt", "again {{question}}")
	b.until(ready)
	b.openRow(2)
	eval[bool](b, `(() => {
		const send = window.fetch;
		Object.assign(window, { held: [], ended: 0 });
		const hold = (...a) => new Promise((go) => held.push(go)).then(() => send(...a)).finally(() => setTimeout(() => ended++, 300));
		window.fetch = (to, ...a) => (String(to).endsWith('/row') ? hold(to, ...a) : send(to, ...a));
		return true;
	})()`)
	b.click("Ask this row again")
	b.until(`held.length > 0`)
	b.clickIn(".row-answer", "Edit")
	b.fill(".row-area", "mine")
	eval[bool](b, `(setInterval(() => held.splice(0).forEach((go) => go()), 50), true)`)
	b.until(`ended > 1`)
	if got := eval[string](b, `document.querySelector('.row-area')?.value ?? 'nothing'`); got != "mine" {
		t.Errorf("the user was writing %q, and sees %q", "mine", got)
	}
}

// An answer that uses a corrected one is asked again: the plan says so at once, the earlier answer stays in sight as out of date, and the figures of
// the run do not go backwards. The row, and what is written, say why it is missing there.
func TestPageSaysWhatAnEditMakesOutOfDate(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,two\n3,three\n"})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"Mood of {{prompt}}"},{"completion_column":"Reply","prompt":"Reply to {{Mood}}"}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	eval[bool](b, `(localStorage.setItem('lang', 'ru'), true)`)
	b.size(1360, 850, false)
	b.table(s, "q.csv")
	requests := `[...document.querySelectorAll('.tb-figures dt')].find((e) => e.textContent === 'Запросов')?.nextSibling.textContent`
	b.until(settled + ` && ` + requests + ` === '0' && ` + progress + ` === '3 из 3'`)
	b.openRow(3)
	eval[bool](b, `(document.querySelector('.row-answer > .row .button').click(), true)`)
	b.fill(".row-editor textarea", "mine")
	b.clickIn(".row-editor", "Сохранить")
	b.says("зависит ещё 1\u00a0ответ этой строки")
	b.says("Прежний ответ, устарел")
	b.shoot("row")
	b.press(kb.Escape)
	b.until(settled + ` && ` + requests + ` === '1'`)
	b.until(row(3) + `?.querySelector('.tb-before')?.innerText.includes('Reply to')`)
	b.until(progress + ` === '3 из 3' && document.querySelector('.tb-run-line .tb-cause').innerText === '1\u00a0строка устарела'`)
	b.shoot("grid")
	const late = "Устарел ответ 1\u00a0строки"
	b.clickIn(".tb-save", "Сохранить")
	b.until(`document.querySelector('.popover .tb-late')?.innerText.startsWith(` + quote(late) + `)`) // of the downloads, too
	b.shoot("menu")
	b.press(kb.Escape)
	b.until(shut)
	b.open(s.base() + "/tables/" + id + "/report")
	b.until(`document.querySelector('iframe')?.contentDocument?.body?.innerText.replace(/\s/g, ' ').includes('У 1 строки ответ устарел')`)
	b.shoot("report")
	b.table(s, "q.csv")
	b.clickIn(".run-unwritten", "Записать файл")
	b.says("устарели: 1")
	b.says(late)
	b.shoot("save")
	b.clickIn("dialog[open]", "Записать файл")
	b.says("Записано: q.answers.csv")
	b.until(shut)
	if out := read(t, filepath.Join(dir, "q.answers.csv")); !strings.Contains(out, "2,two,mine,") || strings.Count(out, "Reply to") != 2 {
		t.Errorf("the output:\n%s", out)
	}
	b.clickIn(".tb-run-line .tb-chips", "1\u00a0строка устарела")
	b.until(shown + ` === 1`)
	b.clickIn(".tb-foot", "Запустить")
	b.until(`!document.querySelector('.tb-before, .tb-run-line .tb-cause') && ` + state + ` === 'completed'`)
	b.until(progress + ` === '3 из 3'`)
}

// A row with an edit that is not saved is left only if the user drops the edit. The question comes once, and the panel and the grid stay at the same
// row, whichever of them was asked to move.
func TestPageAsksOnceBeforeItDropsAnEdit(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(5)})
	run(t, dir, "run", "--sandbox", "q.csv")
	s := serve(t, dir, "--sandbox")
	b.open(s.url)
	b.edits(s, "q.csv", 3, "mine")
	at := func(line int) string {
		return fmt.Sprintf(`%s === 'Row %d' && %s?.querySelector('.grid-cell[aria-selected=true]') != null`, rowTitle, line, row(line))
	}
	const dialogs = `document.querySelectorAll('dialog[open]').length`
	steps := []func(){
		func() { // Alt+Down is held
			eval[bool](b, `(() => { const e = document.querySelector('.row-area'); e.focus(); for (let i = 0; i < 2; i++) e.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', altKey: true, bubbles: true, cancelable: true })); return true; })()`)
		},
		func() {
			eval[bool](b, `(document.querySelector('.grid-view').focus(), true)`)
			b.press(kb.ArrowDown)
		},
		func() { eval[bool](b, `(document.querySelectorAll('.tb-turn button')[1].click(), true)`) },
	}
	calm := func() {
		eval[bool](b, `(window.calm = false, setTimeout(() => { window.calm = true; }, 500), true)`)
		b.until(`window.calm`)
	}
	for i, step := range steps {
		step()
		b.until(dialogs + ` > 0`)
		calm()
		if n := eval[int](b, dialogs); n != 1 {
			t.Fatalf("step %d opens %d questions, want 1", i, n)
		}
		b.clickIn("dialog[open]", "Cancel")
		b.until(dialogs + ` === 0 && ` + at(3))
		if got := eval[string](b, `document.querySelector('.row-area')?.value ?? ''`); got != "mine" {
			t.Fatalf("after step %d and Cancel, the editor has %q", i, got)
		}
	}
	for i, step := range steps {
		if i > 0 {
			b.clickIn(".row-answer", "Edit")
			b.fill(".row-area", "mine")
		}
		step()
		b.until(dialogs + ` > 0`)
		b.clickIn("dialog[open]", "Discard")
		b.until(at(4+i) + ` && !document.querySelector('.row-editor')`)
		calm()
		if n := eval[int](b, dialogs); n != 0 {
			t.Fatalf("after step %d and Discard, %d questions are open", i, n)
		}
	}
}

// A row that is asked again from its panel says what came of it: that nothing was sent, since its answer is there; that it failed again, also
// beside an editor that was open; or that its answer came.
func TestPageSaysWhatCameOfAskingARowAgain(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n2,Broken b\n3,three\n"})
	s := serveAt(t, dir, stand(t, "--fault", "400=~Broken"))
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"{{prompt}}"}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(settled)
	attempts := func() int { return strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"`) }
	const said = `document.querySelector('.tb-side [role=status]').innerText.replace(/\s/g, ' ')`
	before := attempts()
	b.openRow(2)
	b.click("Ask this row again")
	b.until(said + `.startsWith('Nothing was sent: this row already has an answer')`)
	b.shoot("answered")
	if n := attempts(); n != before {
		t.Errorf("%d answers are in the journal, want %d", n, before)
	}

	const request = `document.querySelector('.row-facts code').innerText`
	b.openRow(3)
	b.until(said + ` === ''`) // it was about another row
	was := eval[string](b, request)
	b.clickIn(".row-answer", "Write")
	b.until(`document.querySelector('.row-area')`)
	b.click("Ask this row again")
	b.until(said + `.startsWith('1 request sent. There is still no answer (')`)
	b.until(request + ` !== ` + quote(was) + ` && !document.querySelector('.row-area')`)
	b.shoot("failed")
	b.clickIn(".row-answer", "Write")
	b.fill(".row-area", "mine")
	eval[bool](b, `(document.querySelector('.tb-side [role=status]').replaceChildren(), true)`)
	b.click("Ask this row again")
	b.until(said + `.startsWith('1 request sent. There is still no answer (')`)
	if got := eval[string](b, `document.querySelector('.row-area')?.value ?? ''`); got != "mine" {
		t.Errorf("the user was writing %q, and sees %q", "mine", got)
	}
	b.clickIn(".row-editor", "Cancel")

	b.press(kb.Escape)
	b.fill("#tb-prompt", "again {{prompt}}")
	b.until(ready)
	b.openRow(2)
	b.click("Ask this row again")
	b.until(said + `.startsWith('1 request sent. The answer came: ')`)
	b.shoot("came")
}

// The plan of a changed prompt counts the requests that use its answers, too: they cost as much.
func TestPageCountsWhatUsesAnswers(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,a\n2,b\n3,c\n"})
	s := serve(t, dir, "--sandbox")
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"Mood","prompt":"Mood of {{prompt}}"},{"completion_column":"Reply","prompt":"Reply to {{Mood}}"}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(settled + ` && ` + figure("Requests") + ` === '0'`)
	b.fill("#tb-prompt", "Tone of {{prompt}}")
	b.until(settled + ` && ` + figure("Requests") + ` === '≈\u202f6'`)
	b.says("6\u00a0answers are asked again")
	b.click("More about the plan")
	b.says("3 first, then about 3 that use their answers")
	b.shoot("then")
}
