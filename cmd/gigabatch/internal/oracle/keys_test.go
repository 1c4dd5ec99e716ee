package oracle

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/gigachat/sandbox"
)

var update = flag.Bool("update", false, "write testdata/keys.golden anew, with the program that GIGABATCH_OLD names")

// questions holds the inputs of many scenarios.
const questions = `
-- q.csv --
id,prompt
1,What is a journal?
2,What is a lock?
3,What is a journal?
4,
5,What is a merge?
6,What is a rename?
7,What is a sync?
8,Что такое слияние?
-- шаблон.txt --
Коротко: {{prompt}}
-- drinks.csv --
id,text,model,temperature,max_tokens
1,tea,GigaChat-2-Max,"0,5",90
2,coffee,,0,
3,milk,,,
4,tea,,,
5,молоко,GigaChat-2-Pro,,
-- kind.json --
{"type": "object",
 "properties": {"kind": {"enum": ["hot", "cold"]}, "count": {"type": "integer"}, "due": {"type": "string", "format": "date"}},
 "required": ["kind", "count", "due"]}
-- examples.jsonl --
{"user": "2+2?", "assistant": "4"}
{"user": "3+3?", "assistant": "6"}
`

// files holds inputs that contain paths of files.
const files = `
-- a.csv --
id,file
1,files/a.pdf
2,files/b.docx
3,files/a.pdf
4,files/a.pdf;files/c.png
5,
-- files/a.pdf --
%PDF-1.4 A
-- files/b.docx --
not really
-- files/c.png --
not a picture
-- docs/a.md --
Text of A
-- docs/sub/b.txt --
Text of B
-- docs/c.pdf --
%PDF-1.4 the same
-- docs/sub/d.pdf --
%PDF-1.4 the same
-- docs/sub/e.pdf --
%PDF-1.4 another
`

// requests holds inputs whose rows are complete requests.
const requests = `
-- messages.jsonl --
{"messages":[{"role":"user","content":"What is a journal?"}],"model":"GigaChat-2-Pro"}
{"messages":[{"role":"user","content":"What is a merge?"}]}
{"messages":[{"role":"user","content":"Hello"}],"stream":true,"id":7,"functions":[{"name":"f","parameters":{"b":1.0,"a":1e2}}]}
-- batch.jsonl --
{"id":"1","request":{"model":"GigaChat-2","temperature":0,"messages":[{"role":"user","content":"second"}]}}
{"id":"2","request":{"model":"GigaChat-2","messages":[{"role":"user","content":"second"}]}}
-- openai.jsonl --
{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"GigaChat-2","seed":7,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"},{"type":"text","text":"again"}]}]}}
{"custom_id":"2","method":"POST","url":"/v1/chat/completions","body":{"model":"GigaChat-2","messages":[{"role":"user","content":"plain"}]}}
-- texts.jsonl --
{"prompt":"Hello","n":1.50}
{"prompt":""}
{"prompt":{"a":[1, 2]}}
`

// job is a job file whose columns use each other's answers.
const job = `
-- job.yaml --
input: q.csv
output: out.csv
columns:
  - name: mood
    prompt: "mood {{prompt}}"
    choices: [good, bad]
  - name: facts
    prompt: "facts {{prompt}}"
    schema: {type: object, properties: {thing: {type: string}, size: {type: integer}}, required: [thing, size]}
  - name: reply
    prompt: "reply {{mood}} {{facts.thing}} {{id}}"
    system: "Be brief."
    temperature: 0.3
  - name: short
    prompt: "short {{reply}}"
    when: [mood=good]
-- apart.yaml --
input: q.csv
output: apart.csv
columns:
  - {name: mood, prompt: "mood {{prompt}}", choices: [good, bad]}
  - {name: more, prompt: "more {{prompt}}"}
`

// longText returns an input with a text that is too long for a small context, and with short ones.
func longText() string {
	var b strings.Builder
	b.WriteString("\n-- long.csv --\nid,text\n1,short\n2,\"")
	for i := range 120 {
		fmt.Fprintf(&b, "Sentence number %d is about the journal and the merge. ", i)
		if i%10 == 9 {
			b.WriteString("\n\n")
		}
	}
	b.WriteString("\"\n3,another short one\n")
	return b.String()
}

// TestKeys compares the keys in journals with a golden file that an earlier program made. Changed keys bill every user again, so do not
// update the file to make this test pass.
func TestKeys(t *testing.T) {
	t.Parallel()
	program := newProgram
	if *update {
		program = oldProgram(t)
	}
	const model = "GigaChat-2"
	functions := sandbox.Options{NoFormat: []string{model}}
	inWords := sandbox.Options{NoFormat: []string{model}, NoFunctions: []string{model}}
	cases := []struct {
		name, files string
		service     sandbox.Options
		faults      string
		command     string
		code        int
	}{
		{name: "plain", files: questions, command: "run q.csv"},
		{name: "template, Russian", files: questions, command: "run q.csv --prompt-file шаблон.txt"},
		{name: "system", files: questions, command: "run q.csv --system 'Be brief.'"},
		{
			name: "parameters", files: questions,
			command: "run q.csv -m GigaChat-2-Max --temperature 0.7 --max-tokens 100 --repetition-penalty 1.1",
		},
		{name: "temperature 0", files: questions, command: "run q.csv --temperature 0"},
		{name: "top p", files: questions, command: "run q.csv --top-p 0.25"},
		{name: "few-shot", files: questions, command: "run q.csv --few-shot examples.jsonl --system 'Be brief.'"},
		{name: "no dedupe", files: questions, command: "run q.csv --no-dedupe"},
		{name: "row parameters", files: questions, command: "run drinks.csv -p 'On {{text}}' --row-params model,temperature,max_tokens"},
		{name: "choices", files: questions, command: "run drinks.csv -p 'Is it good? {{text}}' --choices 'yes, no'"},
		{
			name: "choices, repairs", files: questions, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'Is it good? {{text}}' --choices 'yes, no'",
		},
		{
			name: "choices, function", files: questions, service: functions,
			command: "run drinks.csv -p 'Is it good? {{text}}' --choices 'yes, no'",
		},
		{
			name: "choices, words", files: questions, service: inWords, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'Is it good? {{text}}' --choices 'yes, no'",
		},
		{
			name: "choices, words, Russian", files: questions, service: inWords, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'Хорошо ли это? {{text}}' --choices 'да, нет'",
		},
		{name: "schema", files: questions, command: "run drinks.csv -p 'What is it? {{text}}' --schema kind.json"},
		{
			name: "schema, repairs", files: questions, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'What is it? {{text}}' --schema kind.json",
		},
		{
			name: "schema, 5 repairs", files: questions, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'What is it? {{text}}' --schema kind.json --repairs 5 --limit 1",
		},
		{
			name: "schema, function", files: questions, service: functions,
			command: "run drinks.csv -p 'What is it? {{text}}' --schema kind.json",
		},
		{
			name: "schema, function, repairs", files: questions, service: functions, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'What is it? {{text}}' --schema kind.json",
		},
		{
			name: "schema, function, Russian", files: questions, service: functions, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'Что это? {{text}}' --schema kind.json",
		},
		{
			name: "schema, words", files: questions, service: inWords, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'What is it? {{text}}' --schema kind.json",
		},
		{
			name: "schema, words, Russian", files: questions, service: inWords, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'Что это? {{text}}' --schema kind.json",
		},
		{
			name: "schema, no dedupe, repairs", files: questions, faults: "invalid-json", code: 3,
			command: "run drinks.csv -p 'What is it? {{text}}' --schema kind.json --no-dedupe",
		},
		{name: "parts and a join", files: longText(), command: "run long.csv -p 'Sum up: {{text}}' --long split --context 1200"},
		{
			name: "parts and joins of joins", files: longText(), service: sandbox.Options{AnswerBytes: 1100},
			command: "run long.csv -p 'Sum up: {{text}}' --long split --context 1000",
		},
		{name: "parts, Russian", files: longText(), command: "run long.csv -p 'Перескажи: {{text}}' --long split --context 1200"},
		{
			name: "parts, own join, choices, repairs", files: longText(), faults: "invalid-json", code: 3,
			command: "run long.csv -p 'Is it good? {{text}}' --long split --context 1200 --choices 'yes, no' " +
				"--join-prompt 'Of {{parts}}: {{task}}'",
		},
		{
			name: "parts, no dedupe", files: longText(),
			command: "run long.csv -p 'Sum up: {{text}}' --long split --context 1200 --no-dedupe",
		},
		{name: "attachments", files: files, command: "run a.csv -p '{{id}}?' --attach file -m GigaChat-2-Pro"},
		{
			name: "attachments, schema", files: files + questions, faults: "invalid-json", code: 3,
			command: "run a.csv -p '{{id}}?' --attach file -m GigaChat-2-Pro --schema kind.json",
		},
		{name: "columns", files: questions + job, command: "run job.yaml"},
		{name: "columns, repairs", files: questions + job, faults: "invalid-json=x1", code: 3, command: "run job.yaml"},
		{name: "columns, no dedupe", files: questions + job, command: "run apart.yaml --no-dedupe"},
		{name: "columns, function", files: questions + job, service: functions, command: "run job.yaml"},
		{name: "columns, words", files: questions + job, service: inWords, code: 3, command: "run job.yaml"},
		{name: "requests", files: requests, command: "run messages.jsonl"},
		{name: "requests, model forced", files: requests, command: "run messages.jsonl -m GigaChat-2"},
		{name: "requests of a batch", files: requests, command: "run batch.jsonl"},
		{name: "requests of OpenAI", files: requests, command: "run openai.jsonl"},
		{name: "JSONL", files: requests, command: "run texts.jsonl"},
		{name: "documents", files: files, command: "run 'docs/**/*' -p 'Sum it up.' -o sums.csv"},
		{name: "documents, named", files: files, command: "run docs -p 'Sum up {{name}}, {{path}}.' -o sums.csv"},
	}
	lines := make([]string, len(cases))
	t.Run("cases", func(t *testing.T) { // returns when all cases have ended
		for i, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, program, tc.service, tc.files)
				w.inject(tc.faults)
				if r := w.do(tc.command); r.code != tc.code {
					t.Errorf("exit code %d, want %d\n%s", r.code, tc.code, r.errors)
				}
				journals, err := filepath.Glob(w.path("*.gigabatch"))
				if err != nil || len(journals) != 1 {
					t.Fatalf("journals %v %v, want one", journals, err)
				}
				keys := map[string]bool{}
				for _, r := range records(w.read(filepath.Base(journals[0]))) {
					if r.isResult() {
						keys[r.fields["key"].(string)] = true
					}
				}
				for _, k := range slices.Sorted(maps.Keys(keys)) {
					lines[i] += fmt.Sprintf("%s\t%s\n", tc.name, k)
				}
			})
		}
	})
	got := strings.Join(lines, "")
	golden := filepath.Join("testdata", "keys.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(string(want), got); d != "" {
		t.Errorf("keys of the golden file (-) and of this program (+):\n%s", d)
	}
}
