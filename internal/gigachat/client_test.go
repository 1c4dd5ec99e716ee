package gigachat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat/secure"
)

var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestChat(t *testing.T) {
	t.Parallel()
	var sent *http.Request
	var body []byte
	c := &Client{
		BaseURL: localURL + "/", Tokens: StaticToken("tkn-1"), SessionID: "run-7", UserAgent: "test/1",
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = r
			body, _ = io.ReadAll(r.Body)
			return reply(200, okBody, "X-Request-Id", "theirs"), nil
		}),
	}
	r := hello()
	r.Stream = true
	got, err := c.Chat(t.Context(), r, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := &ChatResponse{
		Completion: "Hello.", FinishReason: "stop", Model: "GigaChat:2.0.28.2", Created: time.Unix(1768996171, 0), RequestID: "theirs",
		Usage: Usage{PromptTokens: 17, CompletionTokens: 3, TotalTokens: 20, CachedTokens: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := string(hello().AppendJSON(nil)); string(body) != want {
		t.Errorf("sent %s, want %s", body, want)
	}
	if !r.Stream {
		t.Error("the caller's request was changed")
	}
	checkHeader(t, sent)
}

func checkHeader(t *testing.T, r *http.Request) {
	t.Helper()
	if got := r.Method + " " + r.URL.String(); got != "POST "+localURL+"/chat/completions" {
		t.Errorf("got %s", got)
	}
	if id := r.Header.Get("X-Request-Id"); !uuid4.MatchString(id) {
		t.Errorf("X-Request-ID: got %q, want a UUID of version 4", id)
	}
	r.Header.Del("X-Request-Id")
	want := http.Header{
		"Accept": {"application/json"}, "Authorization": {"Bearer tkn-1"}, "Content-Type": {"application/json"},
		"User-Agent": {"test/1"}, "X-Session-Id": {"run-7"},
	}
	if diff := cmp.Diff(want, r.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

func TestChatFreshRequestIDs(t *testing.T) {
	t.Parallel()
	var ids []string
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		ids = append(ids, r.Header.Get("X-Request-Id"))
		return reply(500, ""), nil
	})}
	for range 2 {
		_, err := c.Chat(t.Context(), hello(), 0)
		if e := wantError(t, err, KindServer); e.RequestID != ids[len(ids)-1] {
			t.Errorf("RequestID: got %q, want %q", e.RequestID, ids[len(ids)-1])
		}
	}
	if len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("got the ids %q, want two that differ", ids)
	}
}

func TestChatWithoutTokens(t *testing.T) {
	t.Parallel()
	calls := 0
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		calls++
		if got, ok := r.Header["Authorization"]; ok {
			t.Errorf("Authorization: got %q, want none", got)
		}
		if got := r.Header.Get("User-Agent"); got != "gigabatch" {
			t.Errorf("User-Agent: got %q", got)
		}
		return reply(401, `{"status":401,"message":"Unauthorized"}`), nil
	})}
	_, err := c.Chat(t.Context(), hello(), 0)
	wantError(t, err, KindUnauthorized)
	if calls != 1 {
		t.Errorf("got %d requests, want 1: no token can be renewed", calls)
	}
}

func TestChatStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		want   Error
	}{
		{429, `{"status":429,"message":"Too Many Requests"}`, Error{Kind: KindRateLimited, Message: "Too Many Requests", RetryAfter: 3 * time.Second}},
		{402, `{"status":402,"message":"Payment Required"}`, Error{Kind: KindPayment, Message: "Payment Required", RetryAfter: 3 * time.Second}},
		{404, `{"status":404,"message":"No such model"}`, Error{Kind: KindNotFound, Message: "No such model", RetryAfter: 3 * time.Second}},
		{413, `{"status":413,"message":"Payload too large"}`, Error{Kind: KindRejected, Message: "Payload too large", RetryAfter: 3 * time.Second}},
		{502, `<html><title>502 Bad Gateway</title><center>SynGX</center></html>`, Error{Kind: KindServer, Message: "502 Bad Gateway", RetryAfter: 3 * time.Second}},
		{503, ``, Error{Kind: KindServer, Message: "Service Unavailable", RetryAfter: 3 * time.Second}},
	}
	for _, tt := range tests {
		c := &Client{BaseURL: localURL, Transport: always(tt.status, tt.body, "Retry-After", "3", "X-Request-Id", "id-1")}
		_, err := c.Chat(t.Context(), hello(), 0)
		tt.want.Op, tt.want.Status, tt.want.RequestID, tt.want.Local = "chat", tt.status, "id-1", true
		if diff := cmp.Diff(&tt.want, AsError(err)); diff != "" {
			t.Errorf("%d (-want +got):\n%s", tt.status, diff)
		}
	}
}

func TestChatBadBodies(t *testing.T) {
	t.Parallel()
	for name, rt := range map[string]http.RoundTripper{
		"cut":   always(200, okBody[:50]),
		"html":  always(200, "<html><title>Login</title></html>"),
		"empty": always(200, ""),
		"204":   always(204, ""),
		"torn": roundTrip(func(*http.Request) (*http.Response, error) {
			r := reply(200, "")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(okBody[:50]), torn{}))
			return r, nil
		}),
		"endless": roundTrip(func(*http.Request) (*http.Response, error) {
			r := reply(200, "")
			r.Body = io.NopCloser(io.LimitReader(blanks{}, 1<<40))
			return r, nil
		}),
	} {
		c := &Client{BaseURL: localURL, Transport: rt}
		_, err := c.Chat(t.Context(), hello(), 0)
		e := wantError(t, err, KindBadBody)
		if !e.Sent {
			t.Errorf("%s: Sent is false, want true: a 200 was billed", name)
		}
		if name == "endless" && (!strings.Contains(e.Message, "longer than 4 MiB") || !e.TooLong || len(e.Body) != maxBody) {
			t.Errorf("%s: got %v with %d bytes", name, e, len(e.Body))
		}
		if (name == "cut" || name == "torn") && e.Body != okBody[:50] {
			t.Errorf("%s: kept %q", name, e.Body)
		}
	}
}

// A 200 that names an error is that error.
func TestErrorInAnAnswer(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Error{
		`{"status":429,"message":"Too Many Requests"}`:                      {Kind: KindRateLimited, Status: 429, RetryAfter: 3 * time.Second},
		`{"error":{"code":502,"message":"bad gateway"}}`:                    {Kind: KindServer, Status: 502},
		`{"error":{"code":"503"},"choices":[]}`:                             {Kind: KindServer, Status: 503},
		`{"error":{"status":400,"message":"no"},"choices":null}`:            {Kind: KindRejected, Status: 400},
		`{"code":402,"message":"pay"}`:                                      {Kind: KindPayment, Status: 402},
		`{"error":{"code":"rate_limit_exceeded","message":"slow"}}`:         {Kind: KindRateLimited, Status: 429},
		`{"error":{"type":"invalid_request_error","message":"no"}}`:         {Kind: KindRejected, Status: 400},
		`{"error":"internal"}`:                                              {Kind: KindServer, Status: 500},
		`{"error":{"code":500},"usage":{"prompt_tokens":7}}`:                {Kind: KindServer, Status: 500, Usage: Usage{PromptTokens: 7}},
		`{"error":{"message":"the model is overloaded"},"status":"failed"}`: {Kind: KindServer, Status: 503},
	} {
		c := &Client{BaseURL: localURL, Transport: always(200, body, "Retry-After", "3")}
		_, err := c.Chat(t.Context(), hello(), 0)
		e := wantError(t, err, want.Kind)
		if e.Status != want.Status || e.Sent || e.Usage != want.Usage || e.RetryAfter != 3*time.Second || !strings.Contains(e.Message, "answer with status 200") {
			t.Errorf("%s: got %+v", body, e)
		}
	}
	for _, body := range []string{
		`{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"error":null,"status":429}`, `{}`, `{"choices":[],"error":null}`,
		`{"message":"a","code":7}`, `{"status":"ok"}`, `{"choices":[{"finish_reason":"stop"}],"error":{"code":500}}`,
	} {
		c := &Client{BaseURL: localURL, Transport: always(200, body)}
		if got, err := c.Chat(t.Context(), hello(), 0); err != nil {
			t.Errorf("%s: got %+v, %v, want no error", body, got, err)
		}
	}
}

// An error about the token in a 200 renews the token.
func TestUnauthorizedInAnAnswer(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := &Client{BaseURL: localURL, Tokens: StaticToken("tkn-1"), Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		asked.Add(1)
		return reply(200, `{"status":401,"message":"Token has expired"}`), nil
	})}
	_, err := c.Chat(t.Context(), hello(), 0)
	wantError(t, err, KindTokenExpired)
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// A page that asks for a password comes from a proxy or a network. Any other page comes from the service, whatever its title says.
func TestLoginPage(t *testing.T) {
	t.Parallel()
	const form = "<html><title>Acme</title><form><INPUT name=p type='Password'></form></html>"
	for _, tt := range []struct {
		status int
		page   string
		want   Kind
	}{
		{200, form, KindIntercepted},
		{200, "\ufeff\n<!DOCTYPE html>" + form, KindIntercepted},
		{401, form, KindIntercepted},
		{403, form, KindIntercepted},
		{404, form, KindIntercepted},
		{503, form, KindServer},
		{407, "", KindIntercepted},
		{407, "<html><title>Access denied</title></html>", KindIntercepted},
		{511, "<html><title>Network authentication</title></html>", KindIntercepted},
		{403, "<html><title>Please sign in</title></html>", KindForbidden},
		{200, "<html><title>Login</title></html>", KindBadBody},
		{200, "<html><title>Вход в сеть</title></html>", KindBadBody},
		{200, "<html><title>Sign in to see the status of the service</title></html>", KindBadBody},
		{200, "<html><title>Maintenance</title></html>", KindBadBody},
		{200, `{"choices":[{"message":{"content":"<input type=password>`, KindBadBody},
	} {
		for _, media := range []string{"text/html; charset=utf-8", "application/octet-stream"} {
			c := &Client{BaseURL: localURL, Transport: always(tt.status, tt.page, "Content-Type", media)}
			_, err := c.Chat(t.Context(), hello(), 0)
			e := wantError(t, err, tt.want)
			if sent := tt.want == KindBadBody; e.Sent != sent || tt.status == 200 && e.Body != tt.page {
				t.Errorf("%d %s: got %+v", tt.status, tt.page, e)
			}
		}
	}
}

// An answer may be longer than usual if the request asks for so many tokens.
func TestLongAnswer(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 5<<20)
	body := `{"choices":[{"message":{"content":"` + text + `"},"finish_reason":"stop"}]}`
	c := &Client{BaseURL: localURL, Transport: always(200, body)}
	_, err := c.ChatJSON(t.Context(), []byte(`{"max_tokens":100000}`), 0)
	if e := wantError(t, err, KindBadBody); !e.TooLong || e.Body != body[:maxBody] || !e.Sent {
		t.Errorf("got %v with %d bytes", e, len(e.Body))
	}
	got, err := c.ChatJSON(t.Context(), []byte(`{"max_tokens":200000}`), 0)
	if err != nil || got.Completion != text {
		t.Errorf("got an error: %v", err)
	}
}

// What is no UTF-8 is kept as it came, beside a completion that can be shown.
func TestAnswerThatIsNotUTF8(t *testing.T) {
	t.Parallel()
	body := "{\"choices\":[{\"message\":{\"content\":\"\xcf\xf0\"},\"finish_reason\":\"stop\"}]}"
	c := &Client{BaseURL: localURL, Transport: always(200, body)}
	got, err := c.Chat(t.Context(), hello(), 0)
	if err != nil || got.Raw != body || got.Completion != "\uFFFD\uFFFD" || got.Unknown {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Tokens that went into reasoning are known as such.
func TestReasoning(t *testing.T) {
	t.Parallel()
	body := `{"choices":[{"message":{"content":"","reasoning_content":"Let me think"},"finish_reason":"length"}],"usage":{"completion_tokens":9}}`
	c := &Client{BaseURL: localURL, Transport: always(200, body)}
	got, err := c.Chat(t.Context(), hello(), 0)
	if err != nil || !got.Reasoned || got.Raw != body || got.FinishReason != "length" || got.Usage.CompletionTokens != 9 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestChatOfUnknownShapeIsKept(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: always(200, `{"status":200}`, "X-Request-ID", "id-1")}
	got, err := c.Chat(t.Context(), hello(), 0)
	if err != nil || got.Raw != `{"status":200}` || got.RequestID != "id-1" {
		t.Errorf("got %+v, error %v, want the raw body", got, err)
	}
}

type torn struct{}

func (torn) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestChatEmptyChoices(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: always(200, `{"choices":[]}`, SandboxHeader, "1")}
	got, err := c.Chat(t.Context(), hello(), 0)
	if err != nil || got.Completion != "" || !got.Sandbox || got.RequestID == "" {
		t.Errorf("got %+v, %v, want an empty completion of a sandbox with our request id", got, err)
	}
}

func TestChatReplaysOnceAfter401(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		statuses []int
		kind     Kind // 0: an answer
	}{
		{"then answered", []int{401, 200}, 0},
		{"then refused again", []int{401, 401}, KindUnauthorized},
		{"then busy", []int{401, 429}, KindRateLimited},
		{"no 401", []int{403}, KindForbidden},
	}
	for _, tt := range tests {
		tokens := &countedTokens{}
		left := tt.statuses
		c := &Client{BaseURL: localURL, Tokens: tokens, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if len(left) == 0 {
				t.Errorf("%s: one request too many", tt.name)
				return reply(500, ""), nil
			}
			status := left[0]
			left = left[1:]
			if want := fmt.Sprintf("Bearer token-%d", tokens.invalidated); r.Header.Get("Authorization") != want {
				t.Errorf("%s: got %q, want %q", tt.name, r.Header.Get("Authorization"), want)
			}
			if body, _ := io.ReadAll(r.Body); string(body) != string(hello().AppendJSON(nil)) {
				t.Errorf("%s: sent %q", tt.name, body)
			}
			return reply(status, okBody), nil
		})}
		_, err := c.Chat(t.Context(), hello(), 0)
		if len(left) != 0 {
			t.Errorf("%s: %d requests were not made", tt.name, len(left))
		}
		if tt.kind != 0 {
			wantError(t, err, tt.kind)
		} else if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// countedTokens returns token-N, where N is the number of tokens refused so far.
type countedTokens struct{ invalidated int }

func (c *countedTokens) Token(context.Context) (Token, error) {
	return Token{AccessToken: fmt.Sprintf("token-%d", c.invalidated)}, nil
}
func (c *countedTokens) Invalidate(Token) { c.invalidated++ }

func TestSuppliedTokenExpires(t *testing.T) {
	t.Parallel()
	calls := 0
	c := &Client{BaseURL: localURL, Tokens: StaticToken(" supplied-token\n"), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		calls++
		if got := r.Header.Get("Authorization"); got != "Bearer supplied-token" {
			t.Errorf("Authorization: got %q", got)
		}
		return reply(401, `{"status":401,"message":"Token has expired"}`, "X-Request-Id", "id-9"), nil
	})}
	_, err := c.Chat(t.Context(), hello(), 0)
	e := wantError(t, err, KindTokenExpired)
	if e.Op != "chat" || e.Status != 401 || e.RequestID != "id-9" || !strings.Contains(e.Message, "Token has expired") {
		t.Errorf("got %+v, want the exchange that refused the token", e)
	}
	_, err = c.Chat(t.Context(), hello(), 0)
	wantError(t, err, KindTokenExpired)
	if calls != 1 {
		t.Errorf("got %d requests, want 1", calls)
	}
}

func TestOneRefreshAfter401ForAll(t *testing.T) {
	t.Parallel()
	const callers = 100
	var refreshes, chats atomic.Int32
	var allRefused sync.WaitGroup
	allRefused.Add(callers)
	rt := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth" {
			return reply(200, fmt.Sprintf(`{"access_token":"token-%d","expires_at":%d}`, refreshes.Add(1), time.Now().Add(30*time.Minute).UnixMilli())), nil
		}
		chats.Add(1)
		if r.Header.Get("Authorization") == "Bearer token-1" {
			allRefused.Done()
			allRefused.Wait()
			return reply(401, `{"status":401,"message":"Token has expired"}`), nil
		}
		return reply(200, okBody), nil
	})
	c := &Client{BaseURL: localURL, Transport: rt, Tokens: &OAuth{Key: "a2V5OnNlY3JldA==", URL: "http://localhost/oauth", Transport: rt}}
	var g errgroup.Group
	for range callers {
		g.Go(func() error {
			_, err := c.Chat(t.Context(), hello(), 0)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if refreshes.Load() != 2 || chats.Load() != 2*callers {
		t.Errorf("got %d token requests and %d chats, want 2 and %d", refreshes.Load(), chats.Load(), 2*callers)
	}
}

// TestSent runs real http.Transports over pipes: whether a failed exchange may have been billed depends on what was written to the wire.
func TestSent(t *testing.T) {
	t.Parallel()
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	readThenAbort := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		abort(w, r)
	}
	half := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, okBody[:100])
		_ = http.NewResponseController(w).Flush()
		abort(w, r)
	}
	halfThenHang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, okBody[:100])
		_ = http.NewResponseController(w).Flush()
		hang(w, r)
	}
	halfError := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(500)
		half(w, r)
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		stop    time.Duration // when the caller cancels
		kind    Kind
		sent    bool
	}{
		{"reset after the request", readThenAbort, 0, KindNetwork, true},
		{"hang", hang, 0, KindTimeout, true},
		{"half an answer", half, 0, KindBadBody, true},
		{"half an answer, then hang", halfThenHang, 0, KindTimeout, true},
		{"half an error", halfError, 0, KindServer, true},
		{"stopped while waiting", hang, time.Second, KindCanceled, true},
		{"stopped within the answer", halfThenHang, time.Second, KindCanceled, true},
		{"refused whole", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, 0, KindServer, false},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.stop > 0 {
				time.AfterFunc(tt.stop, cancel)
			}
			c := &Client{BaseURL: localURL, Transport: serve(t, tt.handler)}
			start := time.Now()
			_, err := c.Chat(ctx, hello(), 5*time.Second)
			if e := wantError(t, err, tt.kind); e.Sent != tt.sent {
				t.Errorf("%s: Sent is %v, want %v: %v", tt.name, e.Sent, tt.sent, e)
			}
			if took := time.Since(start); tt.kind == KindTimeout && took != 5*time.Second {
				t.Errorf("%s: took %v, want 5s", tt.name, took)
			}
		})
	}
}

func TestNotSent(t *testing.T) {
	t.Parallel()
	refuse := func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("connection refused")
	}
	wait := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	readLittle := func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			_, _ = io.ReadFull(there, make([]byte, 1000))
			_ = there.Close()
		}()
		return here, nil
	}
	tests := []struct {
		name string
		dial func(context.Context, string, string) (net.Conn, error)
		kind Kind
	}{
		{"refused", refuse, KindNetwork},
		{"no connection in time", wait, KindTimeout},
		{"reset within the request", readLittle, KindNetwork},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			tr := &http.Transport{DialContext: tt.dial}
			defer tr.CloseIdleConnections()
			r := hello()
			r.Messages[0].Content = strings.Repeat("long ", 10000)
			_, err := (&Client{BaseURL: localURL, Transport: tr}).Chat(t.Context(), r, 5*time.Second)
			if e := wantError(t, err, tt.kind); e.Sent {
				t.Errorf("%s: Sent is true, want false: %v", tt.name, e)
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	tests := []struct{ client, call, want time.Duration }{
		{0, 0, DefaultTimeout}, {time.Minute, 0, time.Minute}, {time.Minute, 7 * time.Second, 7 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			c := &Client{BaseURL: localURL, Timeout: tt.client, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})}
			start := time.Now()
			_, err := c.Chat(t.Context(), hello(), tt.call)
			if e := wantError(t, err, KindTimeout); !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("got %v under it, want context.DeadlineExceeded", e.Err)
			}
			if took := time.Since(start); took != tt.want {
				t.Errorf("client %v, call %v: took %v, want %v", tt.client, tt.call, took, tt.want)
			}
		})
	}
}

// TestTokenTimeIsNotTheExchanges checks that waiting for a token does not reduce the time for the answer.
func TestTokenTimeIsNotTheExchanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := tokenFunc(func(context.Context) (Token, error) {
			time.Sleep(time.Minute)
			return Token{AccessToken: "t"}, nil
		})
		c := &Client{BaseURL: localURL, Tokens: slow, Transport: always(200, okBody)}
		if _, err := c.Chat(t.Context(), hello(), time.Second); err != nil {
			t.Error(err)
		}
	})
}

type tokenFunc func(context.Context) (Token, error)

func (f tokenFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }
func (tokenFunc) Invalidate(Token)                           {}

func TestCallersDeadlineIsTheCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		blocked := tokenFunc(func(ctx context.Context) (Token, error) {
			<-ctx.Done()
			return Token{}, ctx.Err()
		})
		_, err := (&Client{BaseURL: localURL, Tokens: blocked}).Chat(ctx, hello(), 0)
		if e := wantError(t, err, KindCanceled); !errors.Is(e, context.DeadlineExceeded) || e.Sent {
			t.Errorf("got %+v, want an unsent request and context.DeadlineExceeded", e)
		}
	})
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/away/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/secret-path", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/get/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/v1/chat/completions", http.StatusFound)
	})
	mux.HandleFunc("/loop/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/near/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/v1/chat/completions", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.Method != "POST" || len(body) == 0 || r.Header.Get("Authorization") != "Bearer tkn-1" {
			t.Errorf("got %s with %q", r.Method, body)
		}
		_, _ = io.WriteString(w, okBody)
	})
	here := httptest.NewServer(mux)
	t.Cleanup(here.Close)
	tests := []struct {
		path string
		ok   bool
	}{{"/near", true}, {"/v1", true}, {"/away", false}, {"/get", false}, {"/loop", false}}
	for _, tt := range tests {
		c := &Client{BaseURL: here.URL + tt.path, Tokens: StaticToken("tkn-1"), Transport: here.Client().Transport}
		_, err := c.Chat(t.Context(), hello(), 0)
		if tt.ok {
			if err != nil {
				t.Errorf("%s: %v", tt.path, err)
			}
			continue
		}
		if e := wantError(t, err, KindIntercepted); e.Status/100 != 3 || e.Sent || !strings.Contains(e.Message, "redirect") || strings.Contains(e.Message, "secret-path") {
			t.Errorf("%s: got %+v", tt.path, e)
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("the other host got %d requests", n)
	}
}

func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	request := func(method, url string) *http.Request {
		r, err := http.NewRequest(method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	from := request("POST", "https://api.giga.chat:8443/v1")
	tests := []struct {
		to    *http.Request
		count int
		want  error
	}{
		{request("POST", "https://api.giga.chat:8443/v2"), 1, nil},
		{request("POST", "https://api.giga.chat:8443/v2"), maxRedirects + 1, http.ErrUseLastResponse},
		{request("POST", "http://api.giga.chat:8443/v1"), 1, http.ErrUseLastResponse},
		{request("POST", "https://api.giga.chat/v1"), 1, http.ErrUseLastResponse},
		{request("POST", "https://giga.chat:8443/v1"), 1, http.ErrUseLastResponse},
		{request("GET", "https://api.giga.chat:8443/v1"), 1, http.ErrUseLastResponse},
	}
	for _, tt := range tests {
		via := slices.Repeat([]*http.Request{from}, tt.count)
		if got := checkRedirect(tt.to, via); got != tt.want {
			t.Errorf("%s %s, redirect %d: got %v, want %v", tt.to.Method, tt.to.URL, tt.count, got, tt.want)
		}
	}
}

// TestNoReplay checks that a request that the server has read is not sent again, even on a reused connection.
func TestNoReplay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		c := &Client{BaseURL: localURL, Transport: serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if requests.Add(1) > 1 {
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, okBody)
		})}
		if _, err := c.Chat(t.Context(), hello(), 0); err != nil {
			t.Fatal(err)
		}
		_, err := c.Chat(t.Context(), hello(), 0)
		if e := wantError(t, err, KindNetwork); !e.Sent {
			t.Error("Sent is false, want true")
		}
		if n := requests.Load(); n != 2 {
			t.Errorf("the server got %d requests, want 2", n)
		}
	})
}

func TestAnyTokenSourcesErrorIsAnError(t *testing.T) {
	t.Parallel()
	odd := errors.New("keyring is locked")
	c := &Client{BaseURL: localURL, Tokens: tokenFunc(func(context.Context) (Token, error) { return Token{}, odd })}
	_, err := c.Chat(t.Context(), hello(), 0)
	if e := wantError(t, err, KindUnauthorized); !errors.Is(e, odd) || !strings.Contains(e.Message, "keyring is locked") {
		t.Errorf("got %+v", e)
	}
}

func TestHTTPSOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		base string
		ok   bool
	}{
		{"https://api.giga.chat/v1", true}, {"http://127.0.0.1:8080/v1", true}, {"http://[::1]/v1", true}, {"http://localhost:1/v1", true},
		{"http://LOCALHOST/v1", true}, {"http://sandbox.localhost/v1", true},
		{"http://api.giga.chat/v1", false}, {"http://localhost.evil.com/v1", false}, {"http://127.0.0.1.evil.com/v1", false},
		{"http://10.0.0.1/v1", false}, {"ftp://localhost/v1", false}, {"api.giga.chat/v1", false}, {"https:///v1", false},
		{"https://user:hunter22@api.giga.chat/v1", false}, {"https://hunter22:x y/v1", false}, {":hunter22", false},
	}
	for _, tt := range tests {
		c := &Client{BaseURL: tt.base, Tokens: StaticToken("tkn-1"), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if !tt.ok {
				t.Errorf("%s: a request went out", tt.base)
			}
			return reply(200, okBody), nil
		})}
		_, err := c.Chat(t.Context(), hello(), 0)
		if tt.ok {
			if err != nil {
				t.Errorf("%s: %v", tt.base, err)
			}
			continue
		}
		if e := wantError(t, err, KindTLS); e.TLS() != secure.NotHTTPS || e.Sent || strings.Contains(e.Error(), "hunter22") {
			t.Errorf("%s: got %+v", tt.base, e)
		}
	}
}

func TestNoSecretInErrors(t *testing.T) {
	t.Parallel()
	const token, key, password = "tkn-very-secret", "aWQ6c2VjcmV0LXBhcnQ=", "pass-word-1"
	leaky := roundTrip(func(r *http.Request) (*http.Response, error) {
		_, pass, _ := r.BasicAuth()
		echo := fmt.Sprintf(`{"message":"refused %s, that is %s"}`, r.Header.Get("Authorization"), pass)
		switch r.URL.Path {
		case "/v1/models":
			return nil, errors.New("cannot send " + echo)
		case "/broken":
			return reply(200, `{"access_token":"`+token+`","expires_at":"`+key+pass+`"}`), nil
		}
		return reply(403, echo), nil
	})
	c := &Client{BaseURL: localURL, Tokens: StaticToken(token), Transport: leaky}
	_, chat := c.Chat(t.Context(), hello(), 0)
	_, models := c.Models(t.Context())
	_, oauth := (&OAuth{Key: key, URL: "http://localhost/oauth", Transport: leaky}).Token(t.Context())
	_, login := (&PasswordTokens{User: "user", Password: password, BaseURL: localURL, Transport: leaky}).Token(t.Context())
	_, broken := (&OAuth{Key: key, URL: "http://localhost/broken", Transport: leaky}).fetch(t.Context())
	for name, err := range map[string]error{"chat": chat, "models": models, "oauth": oauth, "password": login, "broken token": broken} {
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, secret := range []string{token, key, password, "secret-part", "dXNlcjpwYXNzLXdvcmQtMQ=="} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the text contains %q: %v", name, secret, err)
			}
		}
	}
}

func BenchmarkChat(b *testing.B) {
	c := &Client{BaseURL: localURL, Tokens: StaticToken("t"), Transport: always(200, okBody)}
	body := hello().AppendJSON(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.ChatJSON(b.Context(), body, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTLSProblem checks that an error of a connection is one of KindTLS, with what was wrong. The tests of secure try all problems.
func TestTLSProblem(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	tr, err := secure.NewTransport(secure.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdleConnections)
	_, err = (&Client{BaseURL: s.URL + "/v1", Transport: tr}).Chat(t.Context(), hello(), 0)
	e := wantError(t, err, KindTLS)
	if e.TLS() != secure.UnknownAuthority || !strings.Contains(e.Message, "unknown authority") || e.Sent || !e.Local {
		t.Errorf("got problem %d, %+v", e.TLS(), e)
	}
}

// TestNoInsecureSwitch reads the sources: nothing may switch verification off or make net/http replay a POST.
func TestNoInsecureSwitch(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("*.go")
	below, err := filepath.Glob("secure/*.go")
	if files = append(files, below...); err != nil || len(files) < 10 || len(below) < 3 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Insecure" + "SkipVerify", "Idempotency" + "-Key"} {
			if strings.Contains(string(source), word) {
				t.Errorf("%s: %s", name, word)
			}
		}
	}
}
