package gigachat_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
)

// clientOf returns a client of a sandbox.
func clientOf(t *testing.T, o sandbox.Options) *gigachat.Client {
	t.Helper()
	box := sandbox.New(o)
	t.Cleanup(func() { box.Close() })
	c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: box.Transport(), SessionID: "one"}
	if o.Dialect == sandbox.OpenAI {
		c.APIKey = sandbox.APIKey
	} else {
		c.Tokens = &gigachat.OAuth{Key: sandbox.Key, URL: "http://127.0.0.1/api/v2/oauth", Transport: c.Transport}
	}
	return c
}

const person = `{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"]}`

// dialectRequests are requests of every kind that a run makes, in GigaChat's own form.
var dialectRequests = map[string]string{
	"plain":       `{"messages":[{"content":"hello","role":"user"}],"model":"GigaChat-2"}`,
	"temperature": `{"max_tokens":5,"messages":[{"content":"hello","role":"user"}],"model":"GigaChat-2","repetition_penalty":1.1,"temperature":0.5}`,
	"zero":        `{"messages":[{"content":"Say <&>","role":"user"}],"model":"GigaChat-2","top_p":0}`,
	"own fields": `{"flags":["x"],"messages":[{"content":"hello","role":"user"}],"model":"GigaChat-2","profanity_check":false,` +
		`"update_interval":1}`,
	"format": `{"messages":[{"content":"hello","role":"user"}],"model":"GigaChat-2","response_format":{"type":"json_schema","schema":` +
		person + `,"strict":true}}`,
	"text": `{"messages":[{"content":"hello","role":"user"}],"model":"GigaChat-2","response_format":{"type":"text"}}`,
	"function": `{"function_call":{"name":"answer"},"functions":[{"name":"answer","description":"Takes the answer.","parameters":` + person +
		`}],"messages":[{"content":"be brief","role":"system"},{"content":"hello","role":"user"}],"model":"GigaChat-2"}`,
	"history": `{"messages":[{"content":"hello","role":"user"},{"content":"","function_call":{"name":"f","arguments":{"a":1}},` +
		`"functions_state_id":"1","role":"assistant"},{"content":"{\"b\":2}","name":"f","role":"function"},` +
		`{"attachments":[],"content":"and?","role":"user"}],"model":"GigaChat-2"}`,
}

// The same request gets the same answer in both dialects, whole and as a stream.
func TestDialectsAgree(t *testing.T) {
	t.Parallel()
	models := []string{"GigaChat-2"}
	for _, fault := range []string{"", "blacklist", "length", "empty-content", "empty-choices"} {
		faults, err := sandbox.ParseFaults(fault)
		if err != nil {
			t.Fatal(err)
		}
		own := clientOf(t, sandbox.Options{Models: models, Streams: -1, Faults: faults})
		other := clientOf(t, sandbox.Options{Models: models, Streams: -1, Faults: faults, Dialect: sandbox.OpenAI})
		for name, body := range dialectRequests {
			t.Run(fault+" "+name, func(t *testing.T) {
				want, err := own.ChatJSON(t.Context(), []byte(body), 0)
				if err != nil {
					t.Fatal(err)
				}
				got, err := other.ChatJSON(t.Context(), []byte(body), 0)
				if err != nil {
					t.Fatal(err)
				}
				same := cmpopts.IgnoreFields(gigachat.ChatResponse{}, "RequestID", "Created", "Model", "Usage.CachedTokens", "Raw") // Raw is the body as it came
				if diff := cmp.Diff(want, got, same); diff != "" {
					t.Errorf("(-own +OpenAI):\n%s", diff)
				}
				var r gigachat.ChatRequest
				if err := json.Unmarshal([]byte(body), &r); err != nil {
					t.Fatal(err)
				}
				var pieces strings.Builder
				streamed, err := other.ChatStream(t.Context(), &r, func(s string) error { pieces.WriteString(s); return nil })
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, streamed, same); diff != "" {
					t.Errorf("stream (-own +OpenAI):\n%s", diff)
				}
				if pieces.String() != "" && pieces.String() != want.Completion {
					t.Errorf("pieces %q", pieces.String())
				}
			})
		}
	}
}

// Each refusal is of the same kind in both dialects, and shows nothing of the key.
func TestDialectErrors(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"400", "401", "402", "403", "404", "413", "422", "429", "500", "502-html", "503", "reset-after",
		"truncated", "not-json"} {
		faults, err := sandbox.ParseFaults(fault)
		if err != nil {
			t.Fatal(err)
		}
		var kinds [2]gigachat.Kind
		var sent [2]bool
		for i, dialect := range []string{"", sandbox.OpenAI} {
			c := clientOf(t, sandbox.Options{Faults: faults, Dialect: dialect, Models: []string{"GigaChat-2"}})
			_, err := c.ChatJSON(t.Context(), []byte(dialectRequests["plain"]), 0)
			e := gigachat.AsError(err)
			if e == nil {
				t.Fatalf("%s %s: %v", dialect, fault, err)
			}
			kinds[i], sent[i] = e.Kind, e.Sent
			if strings.Contains(e.Error(), c.APIKey) && c.APIKey != "" {
				t.Errorf("%s: %v", fault, e)
			}
		}
		if kinds[0] != kinds[1] || sent[0] != sent[1] {
			t.Errorf("%s: %v in GigaChat's dialect, %v in OpenAI's; sent: %v", fault, kinds[0], kinds[1], sent)
		}
	}
	c := clientOf(t, sandbox.Options{Dialect: sandbox.OpenAI, ContextTokens: 10, Models: []string{"GigaChat-2"}})
	long := `{"messages":[{"content":"` + strings.Repeat("long ", 100) + `","role":"user"}],"model":"GigaChat-2"}`
	if _, err := c.ChatJSON(t.Context(), []byte(long), 0); gigachat.AsError(err) == nil ||
		gigachat.AsError(err).Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a prompt beyond the context: %v", err)
	}
	wrong := *c
	wrong.APIKey = "another-key-that-is-not-the-sandbox's"
	if _, err := wrong.Models(t.Context()); gigachat.AsError(err) == nil || gigachat.AsError(err).Kind != gigachat.KindUnauthorized {
		t.Errorf("a wrong key: %v", err)
	}
}

// A service that repeats the key in its error, or a part of it, does not bring it into a message.
func TestAPIKeyIsScrubbed(t *testing.T) {
	t.Parallel()
	const key = "Y2xvdWQtcnUta2V5.9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, `{"error":{"message":"Incorrect API key provided: `+key+`, `+key[:20]+`…","code":"invalid_api_key"}}`,
			http.StatusUnauthorized)
	}))
	t.Cleanup(srv.Close)
	c := &gigachat.Client{BaseURL: srv.URL + "/v1", APIKey: key, Transport: srv.Client().Transport}
	_, err := c.Models(t.Context())
	if e := gigachat.AsError(err); e == nil || !e.WrongAPIKey() {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); strings.Contains(text, key[:12]) || !strings.Contains(text, "Incorrect API key") {
		t.Errorf("got %s", text)
	}
}

// A service that is made to call a function may finish with "stop", and may give the name and the arguments of a streamed call in any pieces.
func TestForcedCall(t *testing.T) {
	t.Parallel()
	const call = `{"name":"answer","arguments":{"a":"б"}}`
	for kind, body := range map[string]string{
		"application/json": `{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":` +
			`{"name":"answer","arguments":"{\"a\":\"б\"}"}},{"id":"2","type":"function","function":{"name":"other","arguments":"{}"}}]},"finish_reason":"stop"}],` +
			`"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}}`,
		"text/event-stream": "data:{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"answer\",\"arguments\":\"\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":\"}}]}}]}\n\n" +
			": ping\n\ndata: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"б\\\"}\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"name\":\"other\",\"arguments\":\"{}\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" +
			"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":1}}}\n\ndata: [DONE]\n\n",
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			io.WriteString(w, body)
		}))
		t.Cleanup(srv.Close)
		c := &gigachat.Client{BaseURL: srv.URL, APIKey: "k", Transport: srv.Client().Transport}
		var got *gigachat.ChatResponse
		var err error
		if kind == "text/event-stream" {
			got, err = c.ChatStream(t.Context(), &gigachat.ChatRequest{}, nil)
		} else {
			got, err = c.Chat(t.Context(), &gigachat.ChatRequest{}, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := gigachat.Usage{PromptTokens: 3, CompletionTokens: 2, TotalTokens: 5, CachedTokens: 1}
		if got.Completion != call || got.FinishReason != "function_call" || got.Usage != want {
			t.Errorf("%s: got %+v", kind, got)
		}
	}
}

// Files and token counts are refused before anything is sent.
func TestDialectLacks(t *testing.T) {
	t.Parallel()
	c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", APIKey: "k", Transport: sent(func(r *http.Request) {
		t.Errorf("sent %s", r.URL)
	})}
	_, count := c.CountTokens(t.Context(), "m", []string{"x"})
	_, files := c.Files(t.Context())
	_, upload := c.UploadFile(t.Context(), gigachat.Upload{Name: "a.txt", Open: func() (io.ReadCloser, error) { return http.NoBody, nil }}, 0)
	_, chat := c.ChatJSON(t.Context(), []byte(`{"messages":[{"attachments":["1"],"content":"x","role":"user"}]}`), 0)
	for name, err := range map[string]error{"count": count, "files": files, "upload": upload, "attachment": chat} {
		if e := gigachat.AsError(err); e == nil || e.Kind != gigachat.KindRejected {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sent is a transport that only looks at the requests.
type sent func(*http.Request)

func (f sent) RoundTrip(r *http.Request) (*http.Response, error) { f(r); return nil, io.EOF }

// TestDialectRequest pins what is sent: the key as a bearer token, and the properties of a schema in their order.
func TestDialectRequest(t *testing.T) {
	t.Parallel()
	var body, auth string
	c := &gigachat.Client{BaseURL: gigachat.CloudBaseURL, APIKey: "the-key", SessionID: "s", Transport: sent(func(r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, auth = string(b), r.Header.Get("Authorization")+r.Header.Get("X-Session-Id")
	})}
	_, _ = c.ChatJSON(t.Context(), []byte(dialectRequests["format"]), 0)
	want := `{"messages":[{"content":"hello","role":"user"}],"model":"GigaChat-2","response_format":{"json_schema":{"name":"answer","schema":` +
		person + `,"strict":true},"type":"json_schema"}}`
	if body != want || auth != "Bearer the-key" {
		t.Errorf("sent %s with %q, want %s", body, auth, want)
	}
}
