package gigachat

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		e    Error
		want string
	}{
		{Error{Op: "chat", Kind: KindRejected, Status: 422, Message: "Invalid params", RequestID: "1234"}, "chat: 422: Invalid params (request id 1234)"},
		{Error{Op: "oauth", Kind: KindUnauthorized, Status: 401, Code: 6, Message: "credentials doesn't match db data"}, "oauth: 401 (code 6): credentials doesn't match db data"},
		{Error{Op: "models", Kind: KindNetwork, Message: "connection refused"}, "models: connection refused"},
		{Error{Op: "tokens", Kind: KindTimeout}, "tokens: timeout"},
	}
	for _, tt := range tests {
		if got := tt.e.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	tests := map[int]Kind{
		429: KindRateLimited, 401: KindUnauthorized, 402: KindPayment, 403: KindForbidden, 404: KindNotFound,
		400: KindRejected, 405: KindRejected, 413: KindRejected, 422: KindRejected, 451: KindRejected,
		408: KindServer, 425: KindServer, 500: KindServer, 502: KindServer, 503: KindServer, 504: KindServer, 520: KindServer,
		407: KindIntercepted, 511: KindIntercepted, 302: KindNetwork, 304: KindNetwork,
	}
	for status, want := range tests {
		if got := kindOf(status); got != want {
			t.Errorf("kindOf(%d): got %q, want %q", status, got, want)
		}
	}
}

func TestKindWordsAndPassing(t *testing.T) {
	t.Parallel()
	passing := map[Kind]bool{KindRateLimited: true, KindServer: true, KindNetwork: true, KindTimeout: true, KindBadBody: true}
	seen := map[string]bool{}
	for k := KindRateLimited; k <= KindIntercepted; k++ {
		if s := k.String(); s == "" || strings.HasPrefix(s, "kind ") || seen[s] {
			t.Errorf("kind %d: got %q, want a name", int(k), s)
		}
		seen[k.String()] = true
		if got := (&Error{Kind: k}).Passing(); got != passing[k] {
			t.Errorf("%q: passing is %v, want %v", k, got, passing[k])
		}
	}
	if got := (KindIntercepted + 1).String(); got != fmt.Sprintf("kind %d", KindIntercepted+1) {
		t.Errorf("an unknown kind: got %q", got)
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	want := &Error{Op: "chat", Kind: KindCanceled, Err: context.Canceled}
	if got := AsError(fmt.Errorf("row 1: %w", want)); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := AsError(io.EOF); got != nil {
		t.Errorf("got %v, want none", got)
	}
	if !errors.Is(want, context.Canceled) {
		t.Error("the cause is not found")
	}
}

func TestReadRefusal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		status  int
		body    string
		message string
		code    int
	}{
		{"api", 422, `{"status":422,"message":"Invalid params: system message must be the first message"}` + "\n", "Invalid params: system message must be the first message", 0},
		{"oauth", 401, `{"code":6,"message":"credentials doesn't match db data"}`, "credentials doesn't match db data", 6},
		{"html title", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center>SynGX</center></body></html>", "502 Bad Gateway", 0},
		{"html heading", 500, "<body><h1 class=x>Internal\nError</h1><center>SOWA</center></body>", "Internal Error", 0},
		{"html alone", 500, "<center>SOWA &amp; co</center><script>alert(1)</script>", "SOWA & co", 0},
		{"text", 503, "upstream  down\n", "upstream down", 0},
		{"empty", 502, "", "Bad Gateway", 0},
		{"empty and unknown", 599, "", "status 599", 0},
		{"nested", 400, `{"error":{"message":"no"}}`, "no", 0},
		{"error string", 400, `{"error":"invalid_client"}`, "invalid_client", 0},
		{"detail", 400, `{"detail":"nope"}`, "nope", 0},
		{"other json", 400, `["x"]`, `["x"]`, 0},
		{"code alone", 400, `{"code":4}`, `{"code":4}`, 4},
		{"terminal tricks", 400, `{"message":"a\u001b[31mb\u202ec\r\nd"}`, "a [31mbc d", 0},
		{"not utf-8", 500, "\xcf\xf0", "\uFFFD", 0},
	}
	for _, tt := range tests {
		message, code := readRefusal(tt.status, []byte(tt.body), nil)
		if message != tt.message || code != tt.code {
			t.Errorf("%s: got %q, %d, want %q, %d", tt.name, message, code, tt.message, tt.code)
		}
	}
}

// A secret is removed wherever it is: also where the cut of a long message would go through it, and where the server hides it.
func TestReadRefusalWithoutSecrets(t *testing.T) {
	t.Parallel()
	const secret = "c2VjcmV0c2VjcmV0"
	for _, body := range []string{
		strings.Repeat("x", maxWords-5) + secret, strings.Repeat("x ", maxWords/2-4) + secret + " tail", secret, "a " + secret[:8] + "\u200b" + secret[8:],
		`{"message":"` + strings.Repeat("y", maxWords-3) + secret + `"}`,
	} {
		message, _ := readRefusal(400, []byte(body), []string{secret})
		for n := 6; n <= len(secret); n++ {
			if strings.Contains(message, secret[:n]) {
				t.Errorf("%q: %d characters of the secret are left: %q", body, n, message)
				break
			}
		}
	}
}

func FuzzReadRefusal(f *testing.F) {
	f.Add(502, []byte("<html><title>x</title>"))
	f.Add(400, []byte(`{"code":1,"message":"\u001b"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		message, _ := readRefusal(status, body, nil)
		switch {
		case message == "":
			t.Fatalf("%q: got an empty message", body)
		case !utf8.ValidString(message), strings.ContainsFunc(message, unicode.IsControl):
			t.Fatalf("%q: got %q", body, message)
		case utf8.RuneCountInString(message) > maxWords+1:
			t.Fatalf("%q: got %d runes", body, utf8.RuneCountInString(message))
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0}, {"0", "", 0}, {"1", "", time.Second}, {" 7 ", "", 7 * time.Second}, {"3600", "", time.Hour}, {"3601", "", 0},
		{"-1", "", 0}, {"1.5", "", 0}, {"soon", "", 0}, {"99999999999999999999", "", 0}, {"2147483647", "", 0},
		{at(30 * time.Second), "", 30 * time.Second},
		{at(-30 * time.Second), "", 0},
		{at(2 * time.Hour), "", 0},
		{at(time.Hour + 30*time.Second), at(time.Hour), 30 * time.Second},
		{at(30 * time.Second), "gibberish", 30 * time.Second},
	}
	for _, tt := range tests {
		h := http.Header{"Retry-After": {tt.value}, "Date": {tt.date}}
		if got := retryAfter(h, now); got != tt.want {
			t.Errorf("Retry-After %q, Date %q: got %v, want %v", tt.value, tt.date, got, tt.want)
		}
	}
	if got := retryAfter(http.Header{}, now); got != 0 {
		t.Errorf("absent: got %v, want 0", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "-1", "Mon, 02 Nov 2026 10:00:30 GMT", "9223372036854775807", "Monday, 02-Nov-26 10:00:30 GMT"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		if got := retryAfter(h, time.Now()); got < 0 || got > time.Hour {
			t.Fatalf("Retry-After %q, Date %q: got %v", value, date, got)
		}
	})
}

func TestScrub(t *testing.T) {
	t.Parallel()
	got := scrub("key abcd:secret refused, c2VjcmV0", []string{"", "no", "secret", "c2VjcmV0"})
	if want := "key abcd:[secret] refused, [secret]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A server that cuts or breaks what it repeats shows no part of a secret.
func TestScrubParts(t *testing.T) {
	t.Parallel()
	const pair = "0d2b1f9c-4e1a-4f7b-9a55-1c2d3e4f5a6b:7f6e5d4c-3b2a-4191-8877-665544332211"
	key := base64.StdEncoding.EncodeToString([]byte(pair))
	for text, want := range map[string]string{
		"bad key " + key:                            "bad key [secret]",
		"bad key " + key[:50] + "…":                 "bad key [secret]…",
		"xx" + key[60:] + "yy":                      "xx[secret]yy",
		key[:40] + " " + key[40:] + ", " + key[:30]: "[secret] [secret], [secret]",
		strings.ReplaceAll(key, "=", "%3D") + "!":   "[secret]" + strings.Repeat("%3D", strings.Count(key, "=")) + "!",
		"key ends in " + key[len(key)-6:]:           "key ends in " + key[len(key)-6:],
		"":                                          "",
		"the request 8d1c7d6e-5b0a-4f7b-8a55 was not accepted": "the request 8d1c7d6e-5b0a-4f7b-8a55 was not accepted",
	} {
		if got := scrub(text, []string{key, pair}); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
