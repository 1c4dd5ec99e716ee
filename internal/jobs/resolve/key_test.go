package resolve

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
)

// TestKeysAreThoseOfEveryRelease compares keys with a golden file. A change of a key bills everyone's answers again: never update the file
// to make this test pass.
func TestKeysAreThoseOfEveryRelease(t *testing.T) {
	t.Parallel()
	jsonl := func(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
	var got bytes.Buffer
	for _, tc := range []struct {
		name, file, content string
		settings            spec.Settings
	}{
		{"plain", "a.csv", "prompt\nHello\nHello\n\"two\nlines\"\n", spec.Settings{}},
		{"cyrillic", "a.csv", "вопрос,тема\n«Кто ты?» — <b>&</b>,кот\n", spec.Settings{Column: spec.Column{Prompt: "{{вопрос}} Тема: {{тема}}\t\"\\"}}},
		{"parameters", "a.csv", "text\nHello\n", spec.Settings{Column: spec.Column{System: "Be brief", Params: spec.Params{Temperature: new(0.7), TopP: new(0.25), MaxTokens: new(100), RepetitionPenalty: new(1.1)}}}},
		{"temperature 0", "a.csv", "text\nHello\n", spec.Settings{Column: spec.Column{Params: spec.Params{Temperature: new(0.0)}}}},
		{"no dedupe", "a.csv", "text\nHello\nHello\nHello\n", spec.Settings{NoDedupe: true}},
		{"jsonl", "a.jsonl", jsonl(`{"prompt":"Hello","n":1.50}`, `{"prompt":""}`, `{"prompt":{"a":[1, 2]}}`), spec.Settings{}},
		{"requests", "a.jsonl", jsonl(
			`{"messages":[{"role":"user","content":"Hello"}]}`,
			`{"messages":[{"role":"user","content":"Hello"}],"stream":true,"id":7,"functions":[{"name":"f","parameters":{"b":1.0,"a":1e2}}]}`,
			`{"id":"1","request":{"model":"GigaChat-2-Max","temperature":0,"messages":[{"content":"Hello","role":"user"}]}}`,
			`{"custom_id":"1","method":"POST","body":{"model":"GigaChat-2-Pro","messages":[{"role":"user","content":[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}]}]}}`,
		), spec.Settings{}},
		{"few-shot", "a.csv", "text\nHello\n", spec.Settings{Column: spec.Column{System: "Be brief", FewShot: []spec.Example{{User: "2+2?", Assistant: "4"}, {User: "3+3?", Assistant: "6"}}}}},
		{"row parameters", "a.csv", "text,model,temperature,max_tokens\nHello,GigaChat-2-Max,\"0,5\",9\nHello,,0,\n", spec.Settings{Column: spec.Column{Prompt: "{{text}}", RowParams: []string{"model", "temperature", "max_tokens"}}}},
		{"choices", "a.csv", "отзыв\nВсё хорошо\n", spec.Settings{Column: spec.Column{Shape: spec.Shape{Choices: []string{"да", "нет"}}}}},
		{"schema", "a.csv", "text\nHello\n", spec.Settings{Column: spec.Column{Shape: spec.Shape{Schema: json.RawMessage(`{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"number"}}}`)}}}},
		{"requests, model forced", "a.jsonl", jsonl(`{"model":"x","messages":[{"role":"user","content":"Hello"}]}`), spec.Settings{Column: spec.Column{Params: spec.Params{ModelForced: true}}}},
		{"vectors", "a.csv", "text\n«Кто ты?» — <b>&</b>\t\"\\\u2028\n\nHello\n", spec.Settings{Column: spec.Column{Embed: true, Params: spec.Params{Model: "EmbeddingsGigaR"}}}},
	} {
		tc.settings.Model = cmp.Or(tc.settings.Model, "GigaChat-2")
		writeKeys(t, &got, tc.name, filepath.Join(t.TempDir(), tc.file), tc.content, &tc.settings)
	}
	golden := filepath.Join("testdata", "keys.golden")
	if *update {
		jobstest.WriteFile(t, golden, got.String())
	}
	if want := jobstest.ReadFile(t, golden); got.String() != want {
		t.Errorf("keys\n%s\nwant\n%s", &got, want)
	}
}

func writeKeys(t *testing.T, to *bytes.Buffer, name, file, content string, s *spec.Settings) {
	t.Helper()
	c := openColumns(t, file, content, s)
	src := c.List[0].Source
	r := newResolver(Options{Source: src, Settings: s, Columns: c, Ways: &Ways{}})
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		r.asked = journal.Index{} // so that each row with the same request has its task
		cells, err := r.resolve(row, true)
		if err != nil {
			t.Fatal(err)
		}
		if cells[0].Standing == Blank {
			fmt.Fprintf(to, "%s\t%d\tskipped\n", name, row.Index)
			continue
		}
		for _, asked := range cells[0].Tasks {
			fmt.Fprintf(to, "%s\t%d\t%s\t%s\n", name, row.Index, asked.Key, asked.Body)
		}
	}
}

// openColumns writes an input and returns the renderers of its completion columns.
func openColumns(t *testing.T, file, content string, s *spec.Settings) *prompt.Columns {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := open.Open(file, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	c, err := prompt.New(s, src, nil, &prompt.Files{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
