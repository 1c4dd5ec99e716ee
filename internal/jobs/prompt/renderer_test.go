package prompt

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

func TestPromptColumnIsFound(t *testing.T) {
	t.Parallel()
	own := map[string]bool{"text": true, "completion": true}
	for _, tc := range []struct {
		file, content string
		ours          map[string]bool
		want          string
	}{
		{"a.csv", "id,prompt\n1,x\n", nil, "prompt"},
		{"a.csv", "id,question\n1,x\n", nil, "question"},
		{"a.csv", "id,text\n1,x\n", nil, "text"},
		{"a.csv", "id,content\n1,x\n", nil, "content"},
		{"a.csv", "id,вопрос\n1,x\n", nil, "вопрос"},
		{"a.csv", "id,запрос\n1,x\n", nil, "запрос"},
		{"a.csv", "id,Промпт\n1,x\n", nil, "Промпт"},
		{"a.csv", "id, ТЕКСТ \n1,x\n", nil, "ТЕКСТ"},
		{"a.csv", "text,question\n1,x\n", nil, "question"},
		{"a.csv", "whatever\nx\n", nil, "whatever"},
		{"a.csv", "whatever,text,completion\nx,y,z\n", own, "whatever"},
		{"a.jsonl", `{"id":1,"prompt":"x"}` + "\n", nil, "prompt"},
		{"a.jsonl", `{"whatever":"x"}` + "\n", nil, "whatever"},
		{"a.jsonl", `{"messages":[]}` + "\n", nil, ""},
	} {
		c, err := tryColumns(t, filepath.Join(t.TempDir(), tc.file), tc.content, &spec.Settings{}, tc.ours)
		if err != nil || c.Chosen() != tc.want {
			t.Errorf("%q: %v, %v, want column %q", tc.content, c, err, tc.want)
		}
	}
}

func TestNoPromptColumnNamesTheColumns(t *testing.T) {
	t.Parallel()
	_, err := tryColumns(t, filepath.Join(t.TempDir(), "a.csv"), "id,name,completion\n1,x,y\n", &spec.Settings{}, map[string]bool{"completion": true})
	jobstest.WantUsage(t, err, `"id", "name"`, `--prompt "{{name}}"`)
	if err != nil && strings.Contains(err.(*spec.UsageError).Hint.String(), "completion") {
		t.Errorf("the hint offers a column of our own: %s", err.(*spec.UsageError).Hint)
	}
}

// The hint proposes the column with the longest texts. A name that is a value below the header is not taken for a column, and the hint
// says where it is.
func TestHintForThePrompt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		content, prompt string
		words           []string
	}{
		{"id,city,review,date\n1,Omsk,Not bad at all,2024-01-02\n2,Ufa,,2024-01-02\n", "", []string{`--prompt "{{review}}"`}},
		{"id,отзыв\n1000001,ок\n1000002,Всё очень понравилось\n", "", []string{`--prompt "{{отзыв}}"`}},
		{"a,b\n,\n", "", []string{`--prompt "{{a}}"`}},
		{"city,text\nOmsk,a\nUfa,b\nOmsk,c\n", "{{Omsk}}", []string{`no column "Omsk"`, `"city", "text"`}},
		{"Reviews of May\nreview\nSo so\nGood\n", "{{review}}", []string{`no column "review"`, "the header is row 2", "--header-row 2"}},
	} {
		_, err := tryColumns(t, filepath.Join(t.TempDir(), "a.csv"), tc.content, &spec.Settings{Column: spec.Column{Prompt: tc.prompt}}, nil)
		jobstest.WantUsage(t, err, tc.words...)
	}
}

func TestTemplateAgainstColumns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file, content, prompt string
		words                 []string // of the refusal; none: accepted
	}{
		{"a.csv", "question,id\nx,1\n", "{{questoin}}", []string{`no column "questoin"`, "{{question}}"}},
		{"a.csv", "имя кота,id\nx,1\n", "{{имя  кота}}", nil},
		{"a.csv", "имя кота,id\nx,1\n", "{{имя кита}}", []string{"no column", "{{имя кота}}"}},
		{"a.csv", "a,b\nx,1\n", "{{zzzzzzzz}}", []string{"no column", `"a", "b"`}},
		{"a.csv", "a,b,a\nx,1,2\n", "{{a}}", []string{`"a" appears 2 times`}},
		{"a.csv", "a,b,a\nx,1,2\n", "{{b}}", nil},
		{"a.csv", " a ,b\nx,1\n", "{{a}} {{ b }}", nil},
		{"a.csv", "a,b\nx,1\n", "{{A}}", []string{"no column"}},
		{"a.csv", "a,b\nx,1\n", "{{a", []string{"{{ at character 1"}},
		{"a.csv", "a,b\nx,1\n", "all the same", []string{"names no column"}},
		{"a.csv", "a,completion\nx,1\n", "{{completion}}", []string{"written by this run"}},
		{"a.jsonl", `{"a":{"b":["x"]}}` + "\n", "{{a.b.0}}", nil},
		{"a.jsonl", `{"a":{"b":["x"]}}` + "\n", "{{a.c}}", []string{"no column"}},
	} {
		s := &spec.Settings{Column: spec.Column{Prompt: tc.prompt, CompletionColumn: "completion"}, OutputColumns: spec.DefaultOutputColumns}
		_, err := tryColumns(t, filepath.Join(t.TempDir(), tc.file), tc.content, s, map[string]bool{"completion": true})
		if tc.words == nil {
			if err != nil {
				t.Errorf("%s over %q: %v", tc.prompt, tc.content, err)
			}
			continue
		}
		jobstest.WantUsage(t, err, tc.words...)
	}
}

// bodies returns for each row of an input its request, "skipped", or "error: …".
func bodies(t *testing.T, file, content string, s *spec.Settings) []string {
	t.Helper()
	r := openRenderer(t, filepath.Join(t.TempDir(), file), content, s, nil)
	var all []string
	for row, err := range r.Source.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		req, err := r.Render(row)
		switch {
		case err != nil:
			all = append(all, "error: "+err.Error())
		case req.Skip:
			all = append(all, "skipped")
		default:
			all = append(all, string(req.Body))
		}
	}
	for _, name := range []string{"tools", "response_format", "seed", "max_completion_tokens"} {
		if n := r.warnings[name]; n > 0 {
			all = append(all, fmt.Sprintf("warning: %s in %d", name, n))
		}
	}
	return all
}

func TestRowIsSkippedWhenEveryNamedCellIsBlank(t *testing.T) {
	t.Parallel()
	got := bodies(t, "a.csv", "a,b,c\n1,,x\n ,\t,x\n,2,x\n3\n", &spec.Settings{Column: spec.Column{Prompt: "Is {{a}} or {{b}}?", Params: spec.Params{Model: "m"}}})
	want := []string{
		`{"messages":[{"content":"Is 1 or ?","role":"user"}],"model":"m"}`, "skipped",
		`{"messages":[{"content":"Is  or 2?","role":"user"}],"model":"m"}`,
		`{"messages":[{"content":"Is 3 or ?","role":"user"}],"model":"m"}`,
	}
	wantLines(t, got, want)
}

func TestTrimmedNamesFindTheirCells(t *testing.T) {
	t.Parallel()
	want := []string{`{"messages":[{"content":"x","role":"user"}],"model":"m"}`}
	wantLines(t, bodies(t, "a.csv", " a b ,c\nx,y\n", &spec.Settings{Column: spec.Column{Prompt: "{{a b}}", Params: spec.Params{Model: "m"}}}), want)
	wantLines(t, bodies(t, "a.jsonl", `{" a b ":"x","c":"y"}`+"\n", &spec.Settings{Column: spec.Column{Prompt: "{{a b}}", Params: spec.Params{Model: "m"}}}), want)
	wantLines(t, bodies(t, "a.jsonl", `{"a":{"b":"y"},"a.b":"x"}`+"\n", &spec.Settings{Column: spec.Column{Prompt: "{{a.b}}", Params: spec.Params{Model: "m"}}}), want)
}

func wantLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%d: got  %s\nwant %s", i, g, w)
		}
	}
}

func TestLineThatIsNoRequestIsNamed(t *testing.T) {
	t.Parallel()
	got := bodies(t, "a.jsonl", `{"messages":[{"role":"user","content":"x"}],"n":1}`+"\n\n"+`{"id":1,"name":"x"}`+"\n", &spec.Settings{Column: spec.Column{Params: spec.Params{Model: "m"}}})
	if len(got) != 2 || !strings.Contains(got[1], "a.jsonl:3: the line is not a request") {
		t.Errorf("got %q, want an error that names line 3", got)
	}
}

// A row that sets temperature or top_p is sent what it sets, not also what the run sets.
func TestRowsAndTheRunDoNotMixTheirSampling(t *testing.T) {
	t.Parallel()
	half, most := 0.5, 0.9
	const input = "prompt,temperature,top_p\na,,0.3\nb,\"1,5\",\nc,,\nd,0,\ne,0.7,0.2\nf,0,0.2\n"
	for _, c := range []struct {
		params   spec.Params
		defaults string
	}{{spec.Params{Model: "m", Temperature: &half}, `"temperature":0.5`}, {spec.Params{Model: "m", TopP: &most}, `"top_p":0.9`}} {
		for _, order := range [][]string{{"temperature", "top_p"}, {"top_p", "temperature"}} {
			s := &spec.Settings{Column: spec.Column{Params: c.params, RowParams: order}}
			for i, want := range []string{`"top_p":0.3`, `"temperature":1.5`, c.defaults, `"top_p":0`, `"temperature":0.7,"top_p":0.2`, `"top_p":0`} {
				prompt := string(rune('a' + i))
				if got := bodies(t, "a.csv", input, s)[i]; got != `{"messages":[{"content":"`+prompt+`","role":"user"}],"model":"m",`+want+`}` {
					t.Errorf("%q, row %s: got %s, want %s", order, prompt, got, want)
				}
			}
		}
	}
	for _, text := range []string{"inf", "NaN", "-1"} {
		s := &spec.Settings{Column: spec.Column{RowParams: []string{"temperature"}}}
		if got := bodies(t, "a.csv", "prompt,temperature\na,"+text+"\n", s)[0]; !strings.HasPrefix(got, "error: ") {
			t.Errorf("temperature %s: got %s", text, got)
		}
	}
}

// What changes prompts cannot change a line that already is a request; it used to be ignored.
func TestFlagsThatCannotChangeARequestAreRefused(t *testing.T) {
	t.Parallel()
	const request, batch = `{"messages":[{"role":"user","content":"a"}],"model":"m","file":"x"}`, `{"custom_id":"1","body":{"messages":[{"role":"user","content":"a"}]},"model":"m","file":"x"}`
	for flag, c := range map[string]spec.Column{
		"few-shot": {FewShot: []spec.Example{{User: "a", Assistant: "b"}}}, "row-params": {RowParams: []string{"model"}}, "attach": {Attach: "file"},
		"choices": {Shape: spec.Shape{Choices: []string{"a", "b"}}},
	} {
		for _, line := range []string{request, batch} {
			got := bodies(t, "a.jsonl", line+"\n", &spec.Settings{Column: c})[0]
			if !strings.HasPrefix(got, "error: ") || !strings.Contains(got, "a.jsonl:1: the line already is a request, which --"+flag+" cannot change") {
				t.Errorf("%s: %s is %s", flag, line, got)
			}
		}
	}
}

// A byte order mark is never sent, wherever it is in a cell, and a cell with nothing else is empty.
func TestNoByteOrderMarkIsSent(t *testing.T) {
	t.Parallel()
	for file, content := range map[string]string{
		"a.csv":   "\uFEFFid,text\n1,\uFEFFa\uFEFFb\n\uFEFF2,\uFEFF\n",
		"a.jsonl": `{"id":"1","text":"\uFEFFa\uFEFFb"}` + "\n" + `{"id":"2","text":"\uFEFF"}` + "\n",
	} {
		r := openRenderer(t, filepath.Join(t.TempDir(), file), content, &spec.Settings{Column: spec.Column{Prompt: "{{text}}"}}, nil)
		var got []string
		for row, err := range r.Source.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			q, err := r.Render(row)
			if err != nil {
				t.Fatal(err)
			}
			text := "skipped"
			if !q.Skip {
				text = q.Text()
			}
			got = append(got, text)
		}
		if want := "ab skipped"; strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}
