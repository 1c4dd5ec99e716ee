package web_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// An answer of a nested schema has a form: objects, lists, choices, limits and values that may be missing. What is wrong is said beside the field
// before anything is saved. What a form cannot say is edited as JSON.
func TestPageNestedForm(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n"})
	s := serveAt(t, dir, stand(t))
	client := signedIn(t, s)
	schema := `{"type":"object","additionalProperties":false,"required":["who","tags","stars","sure","mood"],"properties":{
		"who":{"type":"object","additionalProperties":false,"required":["name","age"],"properties":{"name":{"type":"string","minLength":2},"age":{"type":["integer","null"]}}},
		"tags":{"type":"array","items":{"type":"string"},"maxItems":5},
		"stars":{"type":"integer","minimum":1,"maximum":5},
		"sure":{"type":"boolean"},
		"mood":{"type":"string","enum":["good","bad"]},
		"note":{"type":"string"}}}`
	id := startRun(t, client, s, `{"input":"q.csv","columns":[{"completion_column":"x","prompt":"{{prompt}}","schema":`+schema+`}]}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	b.open(s.url)
	b.table(s, "q.csv")
	b.openRow(2)
	b.clickIn(".row-cell", "Edit the answer")
	b.until(`document.querySelectorAll('.row-editor .row-fields').length === 2`)
	b.shoot("form")
	field := func(name string) string {
		return `[...document.querySelectorAll('.row-editor .field')].find((f) => f.querySelector('label')?.innerText === '` + name + `')`
	}
	set := func(name, value string) {
		t.Helper()
		eval[bool](b, `((f) => { const c = f.querySelector('input, textarea, select'); c.value = `+quote(value)+`; c.dispatchEvent(new Event('change', { bubbles: true })); return true; })(`+field(name)+`)`)
	}
	wrong := func(name string) string { return field(name) + `.querySelector('.tb-fault:not([hidden])')?.innerText` }
	set("name", "A")
	b.until(wrong("name") + ` === 'At least 2 characters'`)
	set("age", "")
	set("stars", "7")
	eval[bool](b, `([...document.querySelectorAll('.row-editor button')].find((e) => e.innerText === 'Save').click(), true)`)
	b.until(wrong("stars") + ` === '5 at most' && document.activeElement === ` + field("name") + `.querySelector('textarea')`)
	b.shoot("wrong")
	set("name", "Ann")
	set("stars", "4")
	set("mood", "1")
	b.until(`!document.querySelector('.row-editor .tb-fault:not([hidden])')`)
	for eval[bool](b, `((x) => x && (x.click(), true))(document.querySelector('.row-editor .row-item button')) ?? false`) {
	}
	for _, tag := range []string{"red", "blue"} {
		b.clickIn(".row-editor", "Add")
		b.until(`document.activeElement?.matches('.row-item textarea') && document.activeElement.value === ''`)
		eval[bool](b, `(document.activeElement.value = '`+tag+`', true)`)
	}
	b.clickIn(".row-editor", "Save")
	b.says("Edited by hand")
	b.until(`!document.querySelector('.row-editor')`)
	run(t, dir, "output", "q.csv", "-o", "out.jsonl")
	out := read(t, filepath.Join(dir, "out.jsonl"))
	for _, want := range []string{`"name":"Ann"`, `"age":null`, `["red","blue"]`, `"stars":4`, `"mood":"bad"`} {
		if !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(out, `\`, ""), `": `, `":`), want) {
			t.Errorf("the answer lacks %s: %s", want, out)
		}
	}
	b.speak("ru")
	b.clickIn(".row-cell", "Изменить ответ")
	b.until(`document.querySelector('.row-editor .row-fields')`)
	set("stars", "9")
	b.until(wrong("stars") + ` === 'Не больше 5'`)
	b.shoot("form-ru")
	eval[bool](b, `(import('/static/js/row-form.js').then((m) => { window.formOf = m.formOf; }), true)`)
	b.until(`window.formOf`)
	for name, odd := range map[string]string{
		"oneOf": `{"oneOf":[{"type":"string"},{"type":"number"}]}`, "patternProperties": `{"type":"object","patternProperties":{"^a":{"type":"string"}}}`,
		"a reference": `{"$ref":"#"}`,
	} {
		if eval[bool](b, `formOf({ type: 'object', properties: { a: `+odd+` } }, {}) !== null`) {
			t.Errorf("%s has a form", name)
		}
	}
	read := `(() => {
		const value = { keep: 1, list: [{ n: 1.5 }, { n: 2 }], deep: { on: null }, day: '2024-02-29', any: 2 };
		const property = { list: { type: 'array', items: { type: 'object', properties: { n: { type: 'number' } } } },
			deep: { type: 'object', properties: { on: { anyOf: [{ type: 'boolean' }, { type: 'null' }] } } }, day: { type: 'string', format: 'date' },
			any: { enum: ['1', 2, 'x'] }, absent: { type: 'array', items: { type: 'integer' } }, gone: { type: 'object', properties: { y: { type: 'string' } } } };
		const form = formOf({ type: 'object', properties: property }, value);
		const got = form.read();
		return form.check() === null && Object.keys(value).every((k) => JSON.stringify(got[k]) === JSON.stringify(value[k])) && !('absent' in got) && !('gone' in got) ? '' : JSON.stringify(got);
	})()`
	if got := eval[string](b, read); got != "" {
		t.Errorf("a form that nobody has touched reads %s", got)
	}
}
