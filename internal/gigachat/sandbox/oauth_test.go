package sandbox

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestOAuthRefusals(t *testing.T) {
	t.Parallel()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := []struct {
		name, scope string
		header      []string
		status      int
		body        string
	}{
		{"unknown scope", "GIGACHAT_API_FREE", nil, 400, `{"code":1,"message":"scope data format invalid"}`},
		{"no scope", "", nil, 400, `{"code":5,"message":"scope is empty"}`},
		{"other scope", ScopeCorporate, nil, 400, `{"code":7,"message":"scope from db not fully includes consumed scope"}`},
		{"no key", ScopePersonal, []string{"Authorization", ""}, 400, `{"code":4,"message":"Can't decode 'Authorization' header"}`},
		{"not base64", ScopePersonal, []string{"Authorization", "Basic %%%"}, 400, `{"code":4,"message":"Can't decode 'Authorization' header"}`},
		{"secret alone", ScopePersonal, []string{"Authorization", "Basic " + b64("secret")}, 400, `{"code":4,"message":"Can't decode 'Authorization' header"}`},
		{"base64 twice", ScopePersonal, []string{"Authorization", "Basic " + b64(Key)}, 400, `{"code":4,"message":"Can't decode 'Authorization' header"}`},
		{"word twice", ScopePersonal, []string{"Authorization", "Basic Basic " + Key}, 400, `{"code":4,"message":"Can't decode 'Authorization' header"}`},
		{"wrong key", ScopePersonal, []string{"Authorization", "Basic " + b64("id:other")}, 401, `{"code":6,"message":"credentials doesn't match db data"}`},
		{"no RqUID", ScopePersonal, []string{"RqUID", ""}, 400, "Bad Request: RqUID is not a UUID"},
		{"bad RqUID", ScopePersonal, []string{"RqUID", "6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98z"}, 400, "Bad Request: RqUID is not a UUID"},
	}
	s, c := opened(t, Options{Scope: ScopePersonal, TokenRequestsPerSecond: -1})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { c.oauth(tt.scope, tt.header...).want(t, tt.status, tt.body) })
	}
	if got := s.Counts(); got.Tokens != 0 || got.TokenRequests != int64(len(tests)) {
		t.Errorf("got %d tokens for %d requests, want 0 for %d", got.Tokens, got.TokenRequests, len(tests))
	}
}

func TestOAuthIssues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		expires := time.Now().Add(30 * time.Minute)
		forms := map[TokenForm]string{
			TokenMillis:  fmt.Sprintf(`{"access_token":"TOKEN","expires_at":%d}`, expires.UnixMilli()),
			TokenSeconds: fmt.Sprintf(`{"access_token":"TOKEN","expires_at":%d}`, expires.Unix()),
			TokenTokExp:  fmt.Sprintf(`{"tok":"TOKEN","exp":%d}`, expires.Unix()),
		}
		for form, want := range forms {
			_, c := opened(t, Options{TokenForm: form})
			r := c.oauth(ScopeBusiness)
			token := strings.Split(r.body, `"`)[3]
			want = strings.Replace(want, "TOKEN", token, 1)
			r.want(t, http.StatusOK, want)
			if len(token) < 1000 {
				t.Errorf("the token has %d bytes, want as many as the real ones, over 1000", len(token))
			}
			c.bearer = token
			c.get("/v1/models").wantStatus(t, http.StatusOK)
		}
	})
}

func TestOAuthTakesBearer(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	c.oauth(ScopePersonal, "Authorization", "Bearer "+Key).wantStatus(t, http.StatusOK)
}

func TestOAuthHeaders(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	r := c.oauth(ScopePersonal)
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Server": "SynGX", "Allow": "GET, POST", "Pragma": "no-cache",
		"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Expires": "0", "X-Gigabatch-Sandbox": "gigabatch",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestOAuthRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{})
		for range 10 {
			c.oauth(ScopePersonal).wantStatus(t, http.StatusOK)
		}
		c.oauth(ScopePersonal).want(t, 429, `{"status":429,"message":"Too Many Requests"}`)
		time.Sleep(time.Second)
		c.oauth(ScopePersonal).wantStatus(t, http.StatusOK)
		if got := s.Counts(); got.Tokens != 11 || got.TokensRefused != 1 {
			t.Errorf("got %d tokens and %d refused, want 11 and 1", got.Tokens, got.TokensRefused)
		}
	})
}

func TestPasswordToken(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	for _, path := range []string{"/token", "/v1/token", "/api/v1/token"} {
		r := c.post(path, "", "Authorization", basic(User, Password))
		var token struct {
			Tok string
			Exp int64
		}
		r.decode(t, &token)
		if token.Tok == "" || token.Exp < time.Now().Unix() || token.Exp > time.Now().Unix()+3600 {
			t.Errorf("%s: got %s, want a token and its expiry in seconds", path, r.body)
		}
		c.bearer = token.Tok
		c.get("/v1/models").wantStatus(t, http.StatusOK)
	}
	c.post("/v1/token", "", "Authorization", basic(User, "x")).want(t, 401, `{"status":401,"message":"Unauthorized"}`)
}

func TestBearer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{TokenLife: time.Minute})
		first := c.token(ScopeBusiness)
		time.Sleep(time.Minute - time.Nanosecond)
		c.ask("one").wantStatus(t, http.StatusOK)
		second := c.token(ScopeBusiness)
		time.Sleep(time.Nanosecond)
		c.bearer = first
		c.ask("two").want(t, 401, `{"status":401,"message":"Token has expired"}`)
		c.bearer = second
		c.ask("two").wantStatus(t, http.StatusOK)
		s.RevokeTokens()
		c.ask("three").want(t, 401, `{"status":401,"message":"Token has expired"}`)
		c.token(ScopeBusiness)
		c.ask("three").wantStatus(t, http.StatusOK)
	})
}

func TestBearerUnknown(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	for _, bearer := range []string{"", "another"} {
		c.bearer = bearer
		for _, r := range []reply{c.ask("one"), c.get("/v1/models"), c.get("/v1/models/GigaChat-2"), c.post("/v1/tokens/count", "{}")} {
			r.want(t, 401, `{"status":401,"message":"Unauthorized"}`)
		}
	}
	_, c = opened(t, Options{Anonymous: true})
	c.bearer = ""
	c.ask("one").wantStatus(t, http.StatusOK)
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := opened(t, Options{ClockSkew: time.Hour})
		r := c.get("/v1/models")
		got, err := http.ParseTime(r.header.Get("Date"))
		if want := time.Now().Add(time.Hour); err != nil || !got.Equal(want.Truncate(time.Second)) {
			t.Errorf("got Date %v %v, want %v", got, err, want)
		}
	})
}

func TestTokensAreForgotten(t *testing.T) {
	t.Parallel()
	var all tokens
	start := time.Now()
	for i := range 2*maxTokens + 10 {
		all.add(fmt.Sprint(i), grant{expires: start.Add(time.Duration(i) * time.Minute)})
	}
	if got := len(all.live); got > maxTokens+1 {
		t.Errorf("got %d tokens kept, want at most %d", got, maxTokens+1)
	}
	if _, known := all.find(fmt.Sprint(2*maxTokens + 9)); !known {
		t.Error("the newest token is forgotten")
	}
}
