package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opened returns an in-memory sandbox and a client of it that has a token.
func opened(t testing.TB, o Options) (*Sandbox, *client) {
	t.Helper()
	if o.AccessToken == "" {
		o.AccessToken = "token"
	}
	s := New(o)
	t.Cleanup(func() { s.Close() })
	return s, &client{t: t, base: "https://api.giga.chat", bearer: o.AccessToken, transport: s.Transport()}
}

// listening returns a sandbox that serves a loopback port until the test ends.
func listening(t testing.TB, o Options) (*Sandbox, string) {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(o)
	served := make(chan error, 1)
	go func() { served <- s.Serve(t.Context(), l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, l.Addr().String()
}

// A client is a raw HTTP client.
type client struct {
	t         testing.TB
	base      string
	bearer    string
	transport http.RoundTripper
}

// A reply is an answer that was read to its end, or up to the error err.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func (c *client) do(ctx context.Context, method, path, body string, header ...string) reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b), err}
}

func (c *client) get(path string) reply { c.t.Helper(); return c.do(c.t.Context(), "GET", path, "") }

func (c *client) post(path, body string, header ...string) reply {
	c.t.Helper()
	return c.do(c.t.Context(), "POST", path, body, header...)
}

// ask asks for the completion of a prompt.
func (c *client) ask(prompt string, header ...string) reply {
	c.t.Helper()
	return c.post("/v1/chat/completions", bodyOf(prompt, ""), header...)
}

// bodyOf returns a request for the completion of prompt, with more fields, each preceded by a comma.
func bodyOf(prompt, fields string) string {
	b, _ := json.Marshal(prompt)
	return `{"model":"GigaChat-2","messages":[{"role":"user","content":` + string(b) + `}]` + fields + `}`
}

// oauth asks for a token with Key, unless the headers have another key.
func (c *client) oauth(scope string, header ...string) reply {
	c.t.Helper()
	h := []string{"Authorization", "Basic " + Key, "RqUID", "6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e", "Content-Type", "application/x-www-form-urlencoded"}
	form := url.Values{}
	if scope != "" {
		form.Set("scope", scope)
	}
	return c.post("/api/v2/oauth", form.Encode(), append(h, header...)...)
}

// token gets a token and uses it from now on.
func (c *client) token(scope string) string {
	c.t.Helper()
	var a struct {
		AccessToken string `json:"access_token"`
	}
	c.oauth(scope).decode(c.t, &a)
	if a.AccessToken == "" {
		c.t.Fatal("no token")
	}
	c.bearer = a.AccessToken
	return a.AccessToken
}

func (r reply) decode(t testing.TB, into any) {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		t.Fatalf("%d %q: %v", r.status, r.body, err)
	}
}

// want fails the test unless r has this status and body. A final line feed is ignored.
func (r reply) want(t testing.TB, status int, body string) {
	t.Helper()
	if r.err != nil {
		t.Fatalf("got error %v, want %d %s", r.err, status, body)
	}
	if got := strings.TrimSuffix(r.body, "\n"); r.status != status || got != body {
		t.Errorf("got %d %s, want %d %s", r.status, got, status, body)
	}
}

func (r reply) wantStatus(t testing.TB, status int) {
	t.Helper()
	if r.err != nil || r.status != status {
		t.Fatalf("got %d %s %v, want %d", r.status, r.body, r.err, status)
	}
}

// An answered is the decoded body of a completion.
type answered struct {
	Choices []struct {
		Message struct {
			Role, Content string
			FunctionCall  *struct {
				Name      string
				Arguments map[string]string
			} `json:"function_call"`
			FunctionsStateID string `json:"functions_state_id"`
		}
		Index        int
		FinishReason string `json:"finish_reason"`
	}
	Created int64
	Model   string
	Object  string
	Usage   struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		TotalTokens      int `json:"total_tokens"`
		Cached           int `json:"precached_prompt_tokens"`
	}
}

// completion returns the body of a good answer with one choice.
func (r reply) completion(t testing.TB) answered {
	t.Helper()
	var a answered
	r.wantStatus(t, http.StatusOK)
	d := json.NewDecoder(bytes.NewReader([]byte(r.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	return a
}

// content returns the text of a good answer.
func (r reply) content(t testing.TB) string {
	t.Helper()
	a := r.completion(t)
	if len(a.Choices) != 1 {
		t.Fatalf("%s: got %d choices, want 1", r.body, len(a.Choices))
	}
	return a.Choices[0].Message.Content
}
