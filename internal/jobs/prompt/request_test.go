package prompt

import (
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/jobs/spec"
)

func TestRowsThatAreRequestsAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	const hi = `[{"role":"user","content":"hi"}]`
	const noRequest = "error: FILE:1: the line is not a request, and the file has no prompt column"
	const plain = `{"messages":[{"content":"hi","role":"user"}],"model":"m"}`
	zero := new(0.0)
	for _, tc := range []struct {
		name, line string
		settings   spec.Settings
		want       []string
	}{
		{"messages", `{"messages":` + hi + `}`, spec.Settings{}, []string{plain}},
		{"its own model", `{"model":"x","messages":` + hi + `}`, spec.Settings{}, []string{`{"messages":[{"content":"hi","role":"user"}],"model":"x"}`}},
		{"-m overrides", `{"model":"x","messages":` + hi + `}`, spec.Settings{Column: spec.Column{Params: spec.Params{ModelForced: true}}}, []string{plain}},
		{"stream is dropped", `{"stream":true,"messages":` + hi + `}`, spec.Settings{}, []string{plain}},
		{"other columns are none of the API's", `{"id":"7","note":"x","messages":` + hi + `}`, spec.Settings{}, []string{plain}},
		{"fields are kept", `{"functions":[{"name":"f"}],"function_call":"auto","profanity_check":false,"messages":` + hi + `}`, spec.Settings{},
			[]string{`{"function_call":"auto","functions":[{"name":"f"}],"messages":[{"content":"hi","role":"user"}],"model":"m","profanity_check":false}`}},
		{"temperature 0", `{"temperature":0,"top_p":0.9,"messages":` + hi + `}`, spec.Settings{}, []string{`{"messages":[{"content":"hi","role":"user"}],"model":"m","top_p":0}`}},
		{"--temperature 0", `{"temperature":0.9,"messages":` + hi + `}`, spec.Settings{Column: spec.Column{Params: spec.Params{Temperature: zero}}}, []string{`{"messages":[{"content":"hi","role":"user"}],"model":"m","top_p":0}`}},
		{"--temperature over top_p", `{"top_p":0.9,"messages":` + hi + `}`, spec.Settings{Column: spec.Column{Params: spec.Params{Temperature: new(0.5)}}}, []string{`{"messages":[{"content":"hi","role":"user"}],"model":"m","temperature":0.5}`}},
		{"--system", `{"messages":` + hi + `}`, spec.Settings{Column: spec.Column{System: "s"}}, []string{`{"messages":[{"content":"s","role":"system"},{"content":"hi","role":"user"}],"model":"m"}`}},
		{"its own system text", `{"messages":[{"role":"system","content":"t"},{"role":"user","content":"hi"}]}`, spec.Settings{Column: spec.Column{System: "s"}},
			[]string{`{"messages":[{"content":"t","role":"system"},{"content":"hi","role":"user"}],"model":"m"}`}},
		{"GigaChat batch", `{"id":"1","request":{"model":"x","stream":true,"messages":` + hi + `}}`, spec.Settings{}, []string{`{"messages":[{"content":"hi","role":"user"}],"model":"x"}`}},
		{"OpenAI batch", `{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"x","max_completion_tokens":9,"messages":` + hi + `}}`, spec.Settings{},
			[]string{`{"max_tokens":9,"messages":[{"content":"hi","role":"user"}],"model":"x"}`}},
		{"OpenAI fields that GigaChat lacks", `{"custom_id":"1","body":{"seed":1,"tools":[],"stream":true,"response_format":{"type":"json_object"},"messages":` + hi + `}}`, spec.Settings{},
			[]string{plain, "warning: tools in 1", "warning: response_format in 1", "warning: seed in 1"}},
		{"OpenAI schema", `{"custom_id":"1","body":{"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}},"messages":` + hi + `}}`, spec.Settings{},
			[]string{`{"messages":[{"content":"hi","role":"user"}],"model":"m","response_format":{"schema":{"type":"object"},"strict":true,"type":"json_schema"}}`}},
		{"developer is system", `{"custom_id":"1","body":{"messages":[{"role":"developer","content":"d"},{"role":"user","content":"hi"}]}}`, spec.Settings{Column: spec.Column{System: "s"}},
			[]string{`{"messages":[{"content":"d","role":"system"},{"content":"hi","role":"user"}],"model":"m"}`}},
		{"text parts are joined", `{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}`, spec.Settings{},
			[]string{`{"messages":[{"content":"a\nb","role":"user"}],"model":"m"}`}},
		{"an image is refused", `{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}]}`, spec.Settings{},
			[]string{`error: FILE:1: message 1: the content has a part of type "image_url"; only text is supported`}},
		{"messages that are a text", `{"messages":"hi"}`, spec.Settings{}, []string{noRequest}},
		{"messages of a messenger", `{"name":"Chat","messages":[{"id":1,"type":"message","from":"Ann","text":"hi"}]}`, spec.Settings{}, []string{noRequest}},
		{"a message without a role", `{"messages":[{"role":"user","content":"hi"},{"content":"x"}]}`, spec.Settings{}, []string{noRequest}},
		{"a message without a content", `{"messages":[{"role":"user","text":"hi"}]}`, spec.Settings{}, []string{noRequest}},
		{"a role that is no text", `{"messages":[{"role":{"id":7},"content":"hi"}]}`, spec.Settings{}, []string{noRequest}},
		{"an export in a batch line", `{"custom_id":"1","body":{"messages":[{"author":"Ann","content":"hi"}]}}`, spec.Settings{}, []string{noRequest}},
		{"an export in a request", `{"id":"1","request":{"messages":[{"from":"Ann","text":"hi"}]}}`, spec.Settings{}, []string{noRequest}},
		{"an export with a prompt", `{"prompt":"hi","messages":[{"from":"Ann","text":"x"}]}`, spec.Settings{}, []string{plain}},
		{"the call of a function", `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","function_call":{"name":"f"}}]}`, spec.Settings{},
			[]string{`{"messages":[{"content":"hi","role":"user"},{"content":"","function_call":{"name":"f"},"role":"assistant"}],"model":"m"}`}},
		{"a bad number is refused", `{"max_tokens":"x","messages":` + hi + `}`, spec.Settings{}, []string{"error: FILE:1: the request is invalid: …"}},
		{"nobody says anything", `{"messages":[{"role":"system","content":"s"},{"role":"user","content":" "}]}`, spec.Settings{}, []string{"skipped"}},
		{"no messages", `{"messages":[]}`, spec.Settings{}, []string{"skipped"}},
		{"messages inside a prompt", `{"prompt":"\"messages\""}`, spec.Settings{}, []string{`{"messages":[{"content":"\"messages\"","role":"user"}],"model":"m"}`}},
		{"--prompt makes it a row", `{"q":"x","messages":` + hi + `}`, spec.Settings{Column: spec.Column{Prompt: "{{q}}"}}, []string{`{"messages":[{"content":"x","role":"user"}],"model":"m"}`}},
	} {
		tc.settings.Model = "m"
		got := bodies(t, "a.jsonl", tc.line+"\n", &tc.settings)
		for i := range got {
			if j := strings.Index(got[i], "a.jsonl:"); j > 0 {
				got[i] = "error: FILE" + got[i][j+len("a.jsonl"):]
			}
			if before, _, found := strings.Cut(got[i], "the request is invalid: "); found {
				got[i] = before + "the request is invalid: …"
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
		}
	}
}
