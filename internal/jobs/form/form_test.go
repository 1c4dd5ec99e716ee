package form

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func mustSchema(t *testing.T, text string) *Form {
	t.Helper()
	f, err := Schema(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const order = `{"type":"object","properties":{
	"z":{"type":"string"},"n":{"type":"number"},"i":{"type":"integer"},"b":{"type":"boolean"},"d":{"$ref":"#/$defs/day"},"t":{"type":"string","format":"date-time"},
	"e":{"enum":["x","y",null]},"o":{"type":"object","properties":{"k":{"type":"integer"}}},"list":{"type":"array"}},
	"required":["z"],"additionalProperties":false,"$defs":{"day":{"type":"string","format":"date"}}}`

func TestValuesHaveTheirTypes(t *testing.T) {
	t.Parallel()
	f := mustSchema(t, order)
	if got := strings.Join(f.Names(), " "); got != "z n i b d t e o list" {
		t.Errorf("names %q", got)
	}
	a, problem := f.Check(`{"list":[1,"<a>"],"z":"s","n":1.50,"i":9007199254740993,"b":false,"d":"2026-02-28","t":"2026-02-28T10:00:00+03:00","e":null,"o":{"k":1}}`)
	if problem != "" {
		t.Fatal(problem)
	}
	day, err := time.Parse(time.DateOnly, "2026-02-28")
	if err != nil {
		t.Fatal(err)
	}
	moment, err := time.Parse(time.RFC3339, "2026-02-28T10:00:00+03:00")
	if err != nil {
		t.Fatal(err)
	}
	want := []any{"s", 1.5, int64(9007199254740993), false, Day(day), moment, nil, `{"k":1}`, `[1,"<a>"]`}
	if !reflect.DeepEqual(a.Values, want) {
		t.Errorf("values %#v, want %#v", a.Values, want)
	}
	if a, problem = f.Check(`{"z":"s","i":40817810099910004312,"n":4.0817810099910004e19}`); problem != "" || a.Values[2] != "40817810099910004312" || a.Values[1] != 4.0817810099910004e19 {
		t.Errorf("got %q, values %#v, want an integer with all its digits", problem, a.Values)
	}
	for name, counted := range map[string]bool{"z": false, "b": true, "e": true, "n": false} {
		if f.Counted(name) != counted {
			t.Errorf("Counted(%q) is not %t", name, counted)
		}
	}
}

// The words of a problem are part of requests and thus of keys: if they change, also through a new version of the library, repairs are
// asked and paid again.
func TestProblemsAreThoseOfEveryRelease(t *testing.T) {
	t.Parallel()
	f := mustSchema(t, order)
	for answer, want := range map[string]string{
		``:                     "the answer is not JSON: “”",
		`so be it`:             "the answer is not JSON: “so be it”",
		`[1]`:                  "is array, must be object",
		`{}`:                   "missing: z",
		`{"z":1}`:              "z: is number, must be string",
		`{"z":"","q":1,"a":2}`: "not expected: a, q",
		`{"z":"","n":"1","b":"no","d":"x","t":"y","e":"w","o":{"k":1.5},"i":null}`: `b: is string, must be boolean; d: is no valid date; ` +
			`e: must be one of "x", "y", null; i: is null, must be integer; n: is string, must be number; and 2 more`,
	} {
		for range 20 { // the library iterates over maps
			if _, got := f.Check(answer); got != want {
				t.Errorf("Check(%q) = %q, want %q", answer, got, want)
				break
			}
		}
	}
}

func TestWordsAreThoseOfEveryRelease(t *testing.T) {
	t.Parallel()
	f := mustSchema(t, `{"properties":{"a":{}}}`)
	c, err := Choices([]string{"да", "нет"})
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		f.Instruction(true, true):        `Ответь только объектом JSON по этой схеме JSON Schema, без пояснений и без Markdown: {"properties":{"a":{}}}`,
		f.Instruction(true, false):       `Answer with a JSON object by this JSON Schema and nothing else, no Markdown: {"properties":{"a":{}}}`,
		c.Instruction(false, true):       "Ответь ровно одним из вариантов, без пояснений: да, нет.",
		c.Instruction(true, false):       "Answer with exactly one of these and nothing else: да, нет.",
		f.Repair("missing: a", true):     "Ответ не подходит: missing: a. Исправь его и верни весь объект JSON заново, без пояснений.",
		f.Repair("missing: a", false):    "The answer does not fit: missing: a. Mend it and return the whole JSON object again, with no explanation.",
		c.Repair("", true):               "Такой ответ не подходит. Ответь ровно одним из вариантов, без пояснений: да, нет.",
		c.Repair("", false):              "That answer does not fit. Answer with exactly one of these and nothing else: да, нет.",
		string(f.Functions()):            `[{"name":"answer","description":"Takes the answer.","parameters":{"properties":{"a":{}}}}]`,
		string(f.Call()):                 `{"name":"answer"}`,
		string(f.ResponseFormat()):       `{"type":"json_schema","schema":{"properties":{"a":{}}},"strict":true}`,
		f.Instruction(false, true) + "|": "|",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAnswersAsModelsGiveThem(t *testing.T) {
	t.Parallel()
	f := mustSchema(t, `{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}`)
	for _, answer := range []string{
		`{"a":1}`, " {\"a\" : 1}\n", "```json\n{\"a\":1}\n```", "```\n{\"a\":1}```", "Вот ответ: {\"a\":1}. Готово.", "\ufeff{\"a\":1}", "Here:\n```JSON\n{\"a\":1}\n```\nbye",
	} {
		if a, problem := f.Check(answer); problem != "" || a.Text != `{"a":1}` {
			t.Errorf("Check(%q) = %q, %q", answer, a.Text, problem)
		}
	}
	for answer, want := range map[string]int{ // by the number of different objects that the note names
		"```json\n{\"a\":1,\"code\":\"```go\\nx\\n```\"}\n```":     0,
		"In {Go}, func main() { } and f{ are prose: {\"a\":1}. :}": 0,
		`[{"a":1}]`: 0, `Ответ: [ {"a":1} ].`: 0, `[[{"a":1}]]`: 0, `"{\"a\":1}"`: 0, `{"a":1}{"a":1}`: 0,
		`{"a":2} — нет, точнее {"a":1}`: 2, "```json\n{\"a\":2}\n```\nFinal:\n```json\n{\"a\":1}\n```": 2,
		`{"a":1} and then {"a":"x"}`: 2, `[{"a":3},{"a":2},{"a":1}]`: 3, `{"a":1} {"a":`: 0, `{"a": 1` + "\n\nOnce more:\n" + `{"a":1}`: 0,
		`Use "{" and {"a":1}`: 0, `{{"a":1}`: 0,
	} {
		a, problem := f.Check(answer)
		if problem != "" || a.Values[0] != int64(1) || (want > 0) != (a.Note == fmt.Sprintf("the answer has %d different objects; the last one that fits is used", want)) {
			t.Errorf("Check(%q) = %q, %q, %q", answer, a.Text, problem, a.Note)
		}
	}
	for _, answer := range []string{`{"b":{"a":1}`, `{"b":{"a":1},`, `{'b': {"a":1}}`, `{"b":"x" "c":{"a":1}}`, `["{\"a\":"]`} {
		if a, problem := f.Check(answer); problem == "" {
			t.Errorf("a part of a broken answer was taken: Check(%q) = %q", answer, a.Text)
		}
	}
	if got := f.Called(`{"name":"answer","arguments":"{\"a\":1}"}`); got != `{"a":1}` {
		t.Errorf("arguments as a text: %s", got)
	}
	if got := f.Called(`{"name":"other","arguments":{}}`); got != `{"name":"other","arguments":{}}` {
		t.Errorf("another function: %s", got)
	}
}

func TestChoicesAsModelsGiveThem(t *testing.T) {
	t.Parallel()
	f, err := Choices([]string{"Жалоба", "ещё вопрос", "C++"})
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]string{
		"Жалоба": "Жалоба", "жалоба.": "Жалоба", "«ЖАЛОБА»": "Жалоба", "**жалоба**\n": "Жалоба", `"жалоба"`: "Жалоба", `{"answer":"жалоба"}`: "Жалоба",
		"```json\n{\"answer\": \"Жалоба\"}\n```": "Жалоба", "еще  вопрос": "ещё вопрос", "c++": "C++",
		`[{"answer":"жалоба"}]`: "Жалоба", `{выбор}: {"answer":"жалоба"}`: "Жалоба", `"{\"answer\":\"жалоба\"}"`: "Жалоба",
		`{"answer":"C++"} или {"answer":"жалоба"}`: "Жалоба", `{"answer":"жалоба"}, не {"answer":"ложь"}`: "Жалоба",
		"не жалоба": "", "жалоба или вопрос": "", "": "", "C": "", `{"answer":1}`: "", `{"answer":"жалоба","why":"x"}`: "",
	} {
		a, problem := f.Check(answer)
		if a.Text != want || (problem == "") != (want != "") {
			t.Errorf("Check(%q) = %q, %q; want %q", answer, a.Text, problem, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	form, err := Schema(json.RawMessage(order))
	if err != nil {
		f.Fatal(err)
	}
	choice, err := Choices([]string{"да", "нет"})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{`{"z":"a"}`, "```json\n{\"z\":\"a\",\"n\":1e400}\n```", `{"z":"\ud800"}`, "да.", `{"a":{`, `{"z":"a","z":"b"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		if a, problem := form.Check(answer); problem == "" {
			b, problem := form.Check(a.Text)
			if problem != "" || !reflect.DeepEqual(a, b) {
				t.Errorf("what was read of %q reads as %#v, %q; want %#v", answer, b, problem, a)
			}
		} else if strings.ContainsAny(problem, "\n\r") {
			t.Errorf("the problem of %q has several lines: %q", answer, problem)
		}
		if a, problem := choice.Check(answer); (problem == "") != (a.Text == "да" || a.Text == "нет") {
			t.Errorf("choice of %q: %q, %q", answer, a.Text, problem)
		}
	})
}

func FuzzSchema(f *testing.F) {
	for _, s := range []string{order, `{"$ref":"#"}`, `{"properties":{"a":{"enum":[1,null]},"b":{"items":{"$ref":"#"}}},"required":["a","b"]}`,
		`{"properties":{"a":{"anyOf":[{"$ref":"#/properties/a"},{"type":"null"}]}}}`, `{"properties":{"a":{"$ref":"#/properties/a"}}}`, `{"properties":{"a":true}}`, `{"$defs":{"x":{"properties":{"a":1}}},"$ref":"#/$defs/x"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form, err := Schema(json.RawMessage(text))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
			return
		}
		again, err := Schema(form.JSON())
		if err != nil || fmt.Sprint(again.Names()) != fmt.Sprint(form.Names()) {
			t.Errorf("%q: read again it is %v, %v; want %v", text, again, err, form.Names())
		}
		form.Check(`{"a":1}`)
		if !json.Valid(form.Functions()) {
			t.Errorf("%q: the functions are no JSON: %s", text, form.Functions())
		}
		if got := form.Called(`{"name":"answer","arguments":{"a":"1","b":[{"c":"null"}]}}`); !json.Valid([]byte(got)) {
			t.Errorf("%q: the arguments are no JSON: %s", text, got)
		}
	})
}
