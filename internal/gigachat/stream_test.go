package gigachat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded is a stream from the real API (January 2026, shortened).
const recorded = `data: {"choices":[{"delta":{"content":"1, 2","role":"assistant"},"index":0}],"created":1768996176,"model":"GigaChat:2.0.28.2","object":"chat.completion"}

data: {"choices":[{"delta":{"content":", 3"},"index":0}],"created":1768996176,"model":"GigaChat:2.0.28.2","object":"chat.completion"}

data: {"choices":[{"delta":{"content":""},"index":0,"finish_reason":"stop"}],"created":1768996176,"model":"GigaChat:2.0.28.2","object":"chat.completion","usage":{"prompt_tokens":17,"completion_tokens":42,"total_tokens":59,"precached_prompt_tokens":2}}

data: [DONE]

`

const eventStream = "text/event-stream; charset=utf-8"

func streamOf(body string) *Client {
	return &Client{BaseURL: localURL, Transport: always(200, body, "Content-Type", eventStream, "X-Request-Id", "id-1")}
}

func TestChatStream(t *testing.T) {
	t.Parallel()
	var pieces []string
	c := streamOf(recorded)
	answer := c.Transport
	c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Accept") != "text/event-stream" || !strings.Contains(string(body), `"stream":true`) {
			t.Errorf("Accept %q, body %s", r.Header.Get("Accept"), body)
		}
		return answer.RoundTrip(r)
	})
	r := hello()
	got, err := c.ChatStream(t.Context(), r, func(s string) error {
		pieces = append(pieces, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &ChatResponse{
		Completion: "1, 2, 3", FinishReason: "stop", Model: "GigaChat:2.0.28.2", Created: time.Unix(1768996176, 0), RequestID: "id-1",
		Usage: Usage{PromptTokens: 17, CompletionTokens: 42, TotalTokens: 59, CachedTokens: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1, 2", ", 3"}, pieces); diff != "" {
		t.Errorf("pieces (-want +got):\n%s", diff)
	}
	if r.Stream {
		t.Error("the caller's request was changed")
	}
}

func TestChatStreamShapes(t *testing.T) {
	t.Parallel()
	const a, stop = `data: {"choices":[{"delta":{"content":"a"}}]}`, `data: {"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}`
	tests := []struct {
		name, body, completion, call string
		kind                         Kind
		status                       int
	}{
		{name: "CRLF", body: strings.ReplaceAll(recorded, "\n", "\r\n"), completion: "1, 2, 3"},
		{name: "comments and other fields", body: ": hi\n\nid: 1\nretry: 5\n" + a + "\n\n" + stop + "\n\ndata: [DONE]\n\n", completion: "a"},
		{name: "data on two lines", body: "data: {\"choices\":[{\"delta\":\ndata:{\"content\":\"a\"}}]}\n\n" + stop + "\n\n", completion: "a"},
		{name: "byte order mark", body: "\ufeff" + recorded, completion: "1, 2, 3"},
		{name: "no [DONE]", body: a + "\n\n" + stop + "\n\n", completion: "a"},
		{name: "no finish_reason", body: a + "\n\ndata: [DONE]\n\n", completion: "a"},
		{name: "no last empty line", body: a + "\n\n" + stop, completion: "a"},
		{name: "usage after the end", body: a + "\n\n" + stop + "\n\ndata: {\"choices\":[],\"usage\":{\"total_tokens\":1}}\n\ndata: [DONE]\n\n", completion: "a"},
		{name: "an event of another kind", body: a + "\n\ndata: {\"note\":1}\n\n" + stop + "\n\n", completion: "a"},
		{name: "what comes after [DONE]", body: recorded + "data: junk\n\n", completion: "1, 2, 3"},
		{name: "function call", body: `data: {"choices":[{"delta":{"content":"","function_call":{"name":"f", "arguments":{}}},"finish_reason":"function_call"}]}` + "\n\n",
			completion: `{"name":"f","arguments":{}}`},
		{name: "text beside a function call", body: a + "\n\n" + `data: {"choices":[{"delta":{"function_call":{"name":"f"}},"finish_reason":"function_call"}]}` + "\n\n",
			completion: "a", call: `{"name":"f"}`},

		{name: "ended early", body: a + "\n\n", kind: KindBadBody, status: 200},
		{name: "ended within a line", body: a + "\n\n" + stop[:30], kind: KindBadBody, status: 200},
		{name: "empty", body: "", kind: KindBadBody, status: 200},
		{name: "not JSON", body: "data: <html>\n\n", kind: KindBadBody, status: 200},
		{name: "html", body: "<html>\n<title>x</title></html>\n", kind: KindBadBody, status: 200},
		{name: "content of parts", body: `data: {"choices":[{"delta":{"content":[{"type":"text","text":"a"}],"role":1,"functions_state_id":{}}}],"model":7}` + "\n\n" + stop + "\n\n", completion: "a"},
		{name: "an odd reason", body: `data: {"choices":[{"delta":{"content":"a"},"finish_reason":1}]}` + "\n\n", completion: "a"},
		{name: "choices of no known shape", body: "data: {\"choices\":{}}\n\n" + a + "\n\n" + stop + "\n\n", completion: "a"},
		{name: "a line too long", body: "data: " + strings.Repeat("x", maxLine+10), kind: KindBadBody, status: 200},
		{name: "an error event", body: a + "\n\nevent: error\ndata: {\"status\":500,\"message\":\"oops\"}\n\n", kind: KindServer, status: 500},
		{name: "an error event that is no JSON", body: a + "\n\nevent: error\ndata: oops\n\n", kind: KindServer},
		{name: "an error without a name", body: a + "\n\ndata: {\"status\":429,\"message\":\"oops\"}\n\n", kind: KindRateLimited, status: 429},
	}
	for _, tt := range tests {
		var pieces strings.Builder
		got, err := streamOf(tt.body).ChatStream(t.Context(), hello(), func(s string) error {
			pieces.WriteString(s)
			return nil
		})
		switch {
		case tt.kind != 0:
			if e := wantError(t, err, tt.kind); !e.Sent || e.Status != tt.status || e.RequestID != "id-1" || e.Op != "chat" {
				t.Errorf("%s: got %+v", tt.name, e)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case got.Completion != tt.completion || got.Call != tt.call || !strings.HasPrefix(tt.completion, "{") && pieces.String() != tt.completion:
			t.Errorf("%s: got %q in pieces %q, want %q", tt.name, got.Completion, pieces.String(), tt.completion)
		}
	}
}

func TestChatStreamAnsweredWhole(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: always(200, okBody, "Content-Type", "application/json; charset=utf-8")}
	var pieces []string
	got, err := c.ChatStream(t.Context(), hello(), func(s string) error {
		pieces = append(pieces, s)
		return nil
	})
	if err != nil || got.Completion != "Hello." || got.Usage.TotalTokens != 20 || len(pieces) != 1 || pieces[0] != "Hello." {
		t.Errorf("got %+v, %v in pieces %q", got, err, pieces)
	}
}

func TestChatStreamStoppedByTheCaller(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	for _, c := range []*Client{streamOf(recorded), {BaseURL: localURL, Transport: always(200, okBody, "Content-Type", "application/json")}} {
		calls := 0
		_, err := c.ChatStream(t.Context(), hello(), func(string) error {
			calls++
			return stop
		})
		if err != stop || calls != 1 {
			t.Errorf("got %v after %d pieces, want the caller's error after 1", err, calls)
		}
	}
}

func TestChatStreamRefused(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: always(422, `{"status":422,"message":"no"}`)}
	_, err := c.ChatStream(t.Context(), hello(), nil)
	wantError(t, err, KindRejected)
}

func TestChatStreamReplaysAfter401(t *testing.T) {
	t.Parallel()
	tokens := &countedTokens{}
	c := streamOf(recorded)
	answer := c.Transport
	c.Tokens = tokens
	c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if tokens.invalidated == 0 {
			return reply(401, ""), nil
		}
		return answer.RoundTrip(r)
	})
	if got, err := c.ChatStream(t.Context(), hello(), nil); err != nil || got.Completion != "1, 2, 3" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestChatStreamTimesOutAndStops(t *testing.T) {
	t.Parallel()
	for _, stop := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := &Client{BaseURL: localURL, Timeout: 5 * time.Second, Transport: serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", eventStream)
				_, _ = io.WriteString(w, recorded[:200])
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			})}
			want := KindTimeout
			got, err := c.ChatStream(ctx, hello(), func(string) error {
				if stop {
					want = KindCanceled
					cancel()
				}
				return nil
			})
			if e := wantError(t, err, want); !e.Sent || got != nil {
				t.Errorf("got %+v, %+v", got, e)
			}
		})
	}
}

// FuzzReadEvents checks that line ends do not change what is read, and that events read back as they were written.
func FuzzReadEvents(f *testing.F) {
	f.Add("error", "a\nb", "[DONE]")
	f.Add("", "", " x")
	f.Fuzz(func(t *testing.T, name, first, second string) {
		if strings.ContainsAny(name+first+second, "\r") || strings.ContainsAny(name, "\n") {
			return
		}
		want := []event{{name, first}, {"", second}}
		var got []event
		for _, end := range []string{"\n", "\r\n"} {
			got = nil
			err := readEvents(strings.NewReader(writeEvents(want, end)), func(e event) error {
				got = append(got, e)
				return nil
			})
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{})); err != nil || diff != "" {
				t.Fatalf("line end %q: %v (-want +got):\n%s", end, err, diff)
			}
		}
	})
}

func writeEvents(events []event, end string) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString("event: " + e.name + end)
		for line := range strings.SplitSeq(e.data, "\n") {
			b.WriteString("data: " + line + end)
		}
		b.WriteString(end)
	}
	return b.String()
}
