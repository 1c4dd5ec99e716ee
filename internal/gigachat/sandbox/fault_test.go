package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// wantLost checks that no complete answer came, and that what came begins with prefix.
func wantLost(t *testing.T, r reply, prefix string) {
	t.Helper()
	if r.err == nil {
		t.Fatalf("got %d %s, want a broken connection", r.status, r.body)
	}
	wantPrefix(t, r.body, prefix)
	if prefix == "" && r.status != 0 {
		t.Errorf("got status %d, want none", r.status)
	}
}

func wantPrefix(t *testing.T, got, prefix string) {
	t.Helper()
	if !strings.HasPrefix(got, prefix) {
		t.Errorf("got %q, want it to begin with %q", got, prefix)
	}
}

func wantFinish(t *testing.T, r reply, finish, content string) {
	t.Helper()
	a := r.completion(t)
	if len(a.Choices) != 1 || a.Choices[0].FinishReason != finish || a.Choices[0].Message.Content != content {
		t.Errorf("got %s, want finish_reason %s and content %q", r.body, finish, content)
	}
}

// chatFaults are the kinds at the completions, with what a client sees and whether the completion is billed.
var chatFaults = map[FaultKind]struct {
	billed int
	check  func(*testing.T, reply)
}{
	"400":        {0, wantBody(400, "Your request contains invalid JSON syntax.")},
	"401":        {0, wantBody(401, "Unauthorized")},
	"402":        {0, wantBody(402, "Payment Required")},
	"403":        {0, wantBody(403, "Permission denied")},
	"404":        {0, wantBody(404, "No such model")},
	"407":        {0, wantBody(407, "Proxy Authentication Required")},
	"418":        {0, wantBody(418, "I'm a teapot")},
	"413":        {0, wantBody(413, "Payload too large")},
	"422":        {0, wantBody(422, "Unprocessable Entity")},
	"429":        {0, wantBody(429, "Too Many Requests")},
	"500":        {0, wantBody(500, "Internal Server Error")},
	"502":        {0, wantBody(502, "Bad Gateway")},
	"503":        {0, wantBody(503, "Service Unavailable")},
	"504":        {0, wantBody(504, "Gateway Timeout")},
	"429-in-200": {0, func(t *testing.T, r reply) { r.want(t, 200, `{"status":429,"message":"Too Many Requests"}`) }},
	"500-in-200": {0, func(t *testing.T, r reply) {
		r.want(t, 200, `{"error":{"code":500,"message":"Internal Server Error"}}`)
	}},
	"502-in-200": {0, func(t *testing.T, r reply) { r.want(t, 200, `{"error":{"code":502,"message":"Bad Gateway"}}`) }},
	"503-in-200": {0, func(t *testing.T, r reply) { r.want(t, 200, `{"status":503,"message":"Service Unavailable"}`) }},
	"504-in-200": {0, func(t *testing.T, r reply) { r.want(t, 200, `{"error":{"code":504,"message":"Gateway Timeout"}}`) }},
	LoginPage: {0, func(t *testing.T, r reply) {
		r.wantStatus(t, 200)
		wantPrefix(t, r.body, "<html><head><title>Acme guest network</title>")
	}},
	"500-html":   {0, wantPage(500)},
	"502-html":   {0, wantPage(502)},
	"503-html":   {0, wantPage(503)},
	"504-html":   {0, wantPage(504)},
	Revoked:      {0, wantBody(401, "Token has expired")},
	ResetBefore:  {0, func(t *testing.T, r reply) { wantLost(t, r, "") }},
	GoAway:       {0, func(t *testing.T, r reply) { wantLost(t, r, "") }}, // over HTTP/1.1
	Refused:      {0, func(t *testing.T, r reply) { wantLost(t, r, "") }},
	ResetAfter:   {1, func(t *testing.T, r reply) { wantLost(t, r, "") }},
	ResetIn:      {1, func(t *testing.T, r reply) { wantLost(t, r, `{"choices":[`) }},
	Truncated:    {1, wantTruncated},
	NotJSON:      {1, wantPage(200)},
	Blacklist:    {1, wantBlacklist},
	Length:       {1, func(t *testing.T, r reply) { wantFinish(t, r, "length", Answer("one")[:len(r.content(t))]) }},
	EmptyContent: {1, func(t *testing.T, r reply) { wantFinish(t, r, "stop", "") }},
	EmptyChoices: {1, wantNoChoices},
	EmptyObject:  {1, func(t *testing.T, r reply) { r.want(t, 200, "{}") }},
	Reasoned: {1, func(t *testing.T, r reply) {
		wantPrefix(t, r.body, `{"choices":[{"message":{"reasoning_content":"Let me think …","content":"","role":"assistant"},"index":0,"finish_reason":"length"}`)
	}},
	NoFinish: {1, func(t *testing.T, r reply) { wantFinish(t, r, "", Answer("one")) }},
	NotUTF8: {1, func(t *testing.T, r reply) {
		wantPrefix(t, r.body, "{\"choices\":[{\"message\":{\"content\":\"\xcf\xf0This")
		if got := r.completion(t).Usage.CompletionTokens; got == 0 {
			t.Error("no usage")
		}
	}},
	Huge: {1, func(t *testing.T, r reply) {
		if len(r.content(t)) < hugeBytes {
			t.Errorf("got %d bytes", len(r.body))
		}
	}},
	InvalidJSON: {1, func(t *testing.T, r reply) {
		wantFinish(t, r, "stop", "Of course! Here is the answer to your question:\n\n"+Answer("one"))
	}},
	Hang: {1, nil}, // TestHang
	Slow: {1, nil}, // TestSlow
}

func wantBody(status int, message string) func(*testing.T, reply) {
	return func(t *testing.T, r reply) {
		t.Helper()
		r.want(t, status, fmt.Sprintf(`{"status":%d,"message":"%s"}`, status, message))
		if got := r.header.Get("Retry-After"); got != "" {
			t.Errorf("got Retry-After %q, want none", got)
		}
	}
}

func wantPage(status int) func(*testing.T, reply) {
	return func(t *testing.T, r reply) {
		t.Helper()
		r.wantStatus(t, status)
		wantPrefix(t, r.body, "<html>\r\n<head><title>"+http.StatusText(status))
		if got, want := r.header.Get("Content-Type"), "text/html"; got != want {
			t.Errorf("got Content-Type %q, want %q", got, want)
		}
	}
}

func wantTruncated(t *testing.T, r reply) {
	t.Helper()
	r.wantStatus(t, 200)
	wantPrefix(t, r.body, `{"choices":[`)
	if strings.Contains(r.body, "usage") {
		t.Errorf("got %s, want JSON that ends early", r.body)
	}
}

func wantBlacklist(t *testing.T, r reply) {
	t.Helper()
	wantFinish(t, r, "blacklist", apology)
	if u := r.completion(t).Usage; u.PromptTokens != 1 || u.CompletionTokens != 0 || u.TotalTokens != 1 {
		t.Errorf("got usage %+v, want 1, 0, 1", u)
	}
}

func wantNoChoices(t *testing.T, r reply) {
	t.Helper()
	if a := r.completion(t); len(a.Choices) != 0 || !strings.Contains(r.body, `"choices":[]`) {
		t.Errorf("got %s, want no choices", r.body)
	}
}

func TestChatFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range FaultKinds(AtChat) {
		tt, known := chatFaults[kind]
		if !known {
			t.Errorf("%s: the fault has no test", kind)
		}
		if tt.check == nil {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s, c := opened(t, Options{Faults: []Fault{{Kind: kind}}})
			r := c.ask("one")
			tt.check(t, r)
			if got := s.Billed("one"); got != tt.billed {
				t.Errorf("billed %d times, want %d", got, tt.billed)
			}
			if got := s.Counts(); got.Faults[string(kind)] != 1 || len(got.Faults) != 1 || got.Streams != 0 {
				t.Errorf("got %+v, want one fault and no stream in use", got)
			}
			if r.status != 0 && r.header.Get("X-Gigabatch-Sandbox") == "" {
				t.Error("the answer does not name the sandbox")
			}
		})
	}
}

func TestResetsOverTCP(t *testing.T) {
	t.Parallel()
	for _, kind := range []FaultKind{ResetBefore, ResetIn, ResetAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			_, addr := listening(t, Options{AccessToken: "token", AnswerBytes: 100_000, Faults: []Fault{{Kind: kind}}})
			tr := &http.Transport{}
			defer tr.CloseIdleConnections()
			c := &client{t: t, base: "http://" + addr, bearer: "token", transport: tr}
			if r := c.ask("one"); !errors.Is(r.err, syscall.ECONNRESET) {
				t.Errorf("got %d %q %v, want a reset", r.status, r.body, r.err)
			}
		})
	}
}

func TestHang(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Streams: 1, TokenLife: 24 * time.Hour, Faults: []Fault{{Kind: Hang, Contains: "hang"}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var hung reply
		var all sync.WaitGroup
		all.Go(func() { hung = c.do(ctx, "POST", "/v1/chat/completions", bodyOf("hang", "")) })
		time.Sleep(59 * time.Minute)
		c.ask("one").wantStatus(t, 429)
		time.Sleep(2 * time.Minute)
		all.Wait()
		if !errors.Is(hung.err, context.DeadlineExceeded) {
			t.Errorf("got %+v, want the client's deadline", hung)
		}
		synctest.Wait()
		c.ask("one").wantStatus(t, 200)
		if got := s.Billed("hang"); got != 1 {
			t.Errorf("billed %d times, want 1", got)
		}
	})
}

func TestHangEndsWithTheSandbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Faults: []Fault{{Kind: Hang}}})
		var all sync.WaitGroup
		all.Go(func() { wantLost(t, c.ask("one"), "") })
		synctest.Wait()
		s.Close()
		all.Wait()
	})
}

func TestLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := opened(t, Options{Faults: []Fault{{Kind: Hang, For: time.Minute}}})
		start := time.Now()
		if got, want := c.ask("one").content(t), Answer("one"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := time.Since(start); got != time.Minute {
			t.Errorf("took %v, want a minute", got)
		}
	})
}

func TestSlow(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			_, c := opened(t, Options{Faults: []Fault{{Kind: Slow, For: d}}})
			start := time.Now()
			if got, want := c.ask("one").content(t), Answer("one"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			want := d
			if d == 0 {
				want = 3 * time.Second
			}
			if got := time.Since(start); got != want {
				t.Errorf("took %v, want %v", got, want)
			}
		})
	}
}

func TestSlowBodyIsCutByImpatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := opened(t, Options{Faults: []Fault{{Kind: Slow, For: time.Minute}}})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		r := c.do(ctx, "POST", "/v1/chat/completions", bodyOf("one", ""))
		if r.status != 200 || !errors.Is(r.err, context.DeadlineExceeded) || r.body == "" {
			t.Errorf("got %+v, want a part of a body and the deadline", r)
		}
	})
}

func TestRevokedStaysRevoked(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{Faults: []Fault{{Kind: Revoked, First: 1}}})
	c.token(ScopeBusiness)
	c.ask("one").want(t, 401, `{"status":401,"message":"Token has expired"}`)
	c.ask("one").want(t, 401, `{"status":401,"message":"Token has expired"}`)
	c.token(ScopeBusiness)
	c.ask("one").wantStatus(t, 200)
	if got := s.Counts().Faults["revoked"]; got != 1 {
		t.Errorf("got %d faults, want 1", got)
	}
}

func TestRetryAfterOfAFault(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{Faults: []Fault{{Kind: "429", RetryAfter: "Wed, 21 Oct 2065 07:28:00 GMT"}}})
	if got, want := c.ask("one").header.Get("Retry-After"), "Wed, 21 Oct 2065 07:28:00 GMT"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOAuthFaults(t *testing.T) {
	t.Parallel()
	tests := map[FaultKind]func(*testing.T, reply){
		"429":      wantBody(429, "Too Many Requests"),
		"500":      wantBody(500, "Internal Server Error"),
		"502-html": wantPage(502),
		Code1:      func(t *testing.T, r reply) { r.want(t, 400, `{"code":1,"message":"scope data format invalid"}`) },
		Code4: func(t *testing.T, r reply) {
			r.want(t, 400, `{"code":4,"message":"Can't decode 'Authorization' header"}`)
		},
		Code5: func(t *testing.T, r reply) { r.want(t, 400, `{"code":5,"message":"scope is empty"}`) },
		Code6: func(t *testing.T, r reply) {
			r.want(t, 401, `{"code":6,"message":"credentials doesn't match db data"}`)
		},
		Code7: func(t *testing.T, r reply) {
			r.want(t, 400, `{"code":7,"message":"scope from db not fully includes consumed scope"}`)
		},
		ResetBefore: func(t *testing.T, r reply) { wantLost(t, r, "") },
		ResetAfter:  func(t *testing.T, r reply) { wantLost(t, r, "") },
		ResetIn:     func(t *testing.T, r reply) { wantLost(t, r, `{"access_token":"`) },
		Truncated:   func(t *testing.T, r reply) { r.wantStatus(t, 200); wantNot(t, r.body, "expires_at") },
		NotJSON:     wantPage(200),
	}
	for kind, check := range tests {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s, c := opened(t, Options{Faults: []Fault{{Kind: kind, At: AtOAuth, First: 1}}})
			check(t, c.oauth(ScopePersonal))
			if got := s.Counts().Faults["oauth-"+string(kind)]; got != 1 {
				t.Errorf("got %d faults, want 1", got)
			}
			c.token(ScopePersonal)
			c.ask("one").wantStatus(t, 200)
		})
	}
}

func wantNot(t *testing.T, got, part string) {
	t.Helper()
	if strings.Contains(got, part) {
		t.Errorf("got %q, want it without %q", got, part)
	}
}

func TestFaultsAtOtherEndpoints(t *testing.T) {
	t.Parallel()
	faults, err := ParseFaults("models-403,tokens-truncated,oauth-hang:1m")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Faults: faults})
		c.get("/v1/models").want(t, 403, `{"status":403,"message":"Permission denied"}`)
		c.get("/v1/models/GigaChat-2").wantStatus(t, 403)
		c.post("/v1/tokens/count", `{"model":"GigaChat-2","input":["one"]}`).want(t, 200, `[{"object":"tokens","to`)
		start := time.Now()
		c.token(ScopePersonal)
		if got := time.Since(start); got != time.Minute {
			t.Errorf("the token took %v, want a minute", got)
		}
		c.ask("one").wantStatus(t, 200)
		if got := s.Counts(); got.Faults["models-403"] != 2 || got.Statuses[200] != 3 {
			t.Errorf("got %+v, want 2 faults at models and 3 good answers", got)
		}
	})
}

func TestFaultConditions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text    string
		prompts string // one per letter
		want    string // x is a fault
	}{
		{"500", "abc", "xxx"},
		{"500=#2", "abcd", "xx.."},
		{"500=#2-3", "abcd", ".xx."},
		{"500=#3-", "abcd", "..xx"},
		{"500=~b", "abcb", ".x.x"},
		{"500=once", "aabba", "x.x.."},
		{"500=x2", "aaabba", "xx.xx."},
		{"500=~a&once", "abab", "x..."},
		{"500=~a&#3", "abab", "x.x."},
		{"500=0", "ab", ".."},
		{"500=1", "ab", "xx"},
		{"500=~a,500=~b", "abc", "xx."},
		{"500=#1,500=#2", "abc", "xx."},
		{"500=~a,500=#3", "aabb", "xxx."},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			faults, err := ParseFaults(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			_, c := opened(t, Options{Faults: faults})
			got := ""
			for _, prompt := range strings.Split(tt.prompts, "") {
				got += map[int]string{200: ".", 500: "x"}[c.ask(prompt).status]
			}
			if got != tt.want {
				t.Errorf("%s for %s: got %s, want %s", tt.text, tt.prompts, got, tt.want)
			}
		})
	}
}

func TestFaultWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Faults: []Fault{{Kind: "503", From: 10 * time.Second, To: 20 * time.Second}}})
		for i, want := range []int{200, 200, 503, 503, 200, 200} {
			if got := c.ask("one").status; got != want {
				t.Errorf("after %d s: got %d, want %d", i*5, got, want)
			}
			time.Sleep(5 * time.Second)
		}
		s.SetFaults([]Fault{{Kind: "503", From: time.Second}})
		c.ask("one").wantStatus(t, 200)
		time.Sleep(time.Second)
		c.ask("one").wantStatus(t, 503)
		s.SetFaults(nil)
		c.ask("one").wantStatus(t, 200)
	})
}

// TestFaultsAreRepeatable asks the same prompts twice, first one by one and then concurrently. The same attempts must fail.
func TestFaultsAreRepeatable(t *testing.T) {
	t.Parallel()
	const prompts = 300
	failures := func(seed uint64, atOnce int) []string {
		_, c := opened(t, Options{Streams: -1, Seed: seed, Faults: []Fault{{Kind: "500", Rate: 0.2}, {Kind: "502", Rate: 0.1}}})
		var mu sync.Mutex // guards failed
		var failed []string
		var all sync.WaitGroup
		for worker := range atOnce {
			all.Go(func() {
				for i := worker; i < prompts; i += atOnce {
					for n := range 2 {
						r := c.ask(fmt.Sprint("prompt ", i))
						mu.Lock()
						failed = append(failed, fmt.Sprint(i, n, r.status))
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		failed = slices.DeleteFunc(failed, func(s string) bool { return strings.HasSuffix(s, " 200") })
		slices.Sort(failed)
		return failed
	}
	first, again, other := failures(1, 1), failures(1, 20), failures(2, 20)
	if !slices.Equal(first, again) {
		t.Errorf("got %v one by one and %v at once, want the same", first, again)
	}
	if slices.Equal(first, other) {
		t.Error("another seed gives the same faults")
	}
	if got := len(first); got < 110 || got > 230 { // 28 % of 600 are 168
		t.Errorf("got %d failures of 600, want about 168", got)
	}
}

func TestUnknownFaultPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("New accepted a fault that does not exist")
		}
	}()
	New(Options{Faults: []Fault{{Kind: Blacklist, At: AtOAuth}}})
}
