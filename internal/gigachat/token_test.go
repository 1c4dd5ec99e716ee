package gigachat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

const testKey = "aWQ6c2VjcmV0LXBhcnQ=" // id:secret-part

// tokenServer answers token requests with token-1, token-2, …
type tokenServer struct {
	requests atomic.Int32
	life     time.Duration
	before   func(n int32, r *http.Request) (*http.Response, error)
}

func (s *tokenServer) RoundTrip(r *http.Request) (*http.Response, error) {
	n := s.requests.Add(1)
	if s.before != nil {
		if resp, err := s.before(n, r); resp != nil || err != nil {
			return resp, err
		}
	}
	return reply(200, fmt.Sprintf(`{"access_token":"token-%d","expires_at":%d}`, n, time.Now().Add(s.life).UnixMilli())), nil
}

func oauthOn(rt http.RoundTripper) *OAuth {
	return &OAuth{Key: testKey, URL: "http://localhost/oauth", Transport: rt}
}

func wantToken(t *testing.T, s TokenSource, want string) {
	t.Helper()
	got, err := s.Token(t.Context())
	if err != nil || got.AccessToken != want {
		t.Fatalf("got %q, %v, want %q", got.AccessToken, err, want)
	}
}

func TestOneTokenForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokenServer{life: 30 * time.Minute, before: func(int32, *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return nil, nil
		}}
		o := oauthOn(s)
		var g errgroup.Group
		for range 100 {
			g.Go(func() error {
				got, err := o.Token(t.Context())
				if err == nil && got.AccessToken != "token-1" {
					err = fmt.Errorf("got %q, want token-1", got.AccessToken)
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		if n := s.requests.Load(); n != 1 {
			t.Errorf("got %d token requests, want 1", n)
		}
	})
}

// TestLateCallerFindsTheNewToken checks that a caller that saw no token and arrives after the renewal does not start a second one.
func TestLateCallerFindsTheNewToken(t *testing.T) {
	t.Parallel()
	o := oauthOn(&tokenServer{life: time.Hour})
	wantToken(t, o, "token-1")
	got, err := o.cache.renew(t.Context(), func(context.Context) (grant, error) {
		t.Error("a second renewal")
		return grant{}, errors.New("not wanted")
	})
	if err != nil || got.AccessToken != "token-1" {
		t.Errorf("got %q, %v, want token-1", got.AccessToken, err)
	}
}

func TestRenewedAheadOfExpiry(t *testing.T) {
	t.Parallel()
	tests := []struct{ life, ahead time.Duration }{
		{30 * time.Minute, time.Minute}, {2 * time.Minute, time.Minute}, {time.Minute, 30 * time.Second}, {4 * time.Second, 2 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			o := oauthOn(&tokenServer{life: tt.life})
			wantToken(t, o, "token-1")
			time.Sleep(tt.life - tt.ahead - time.Millisecond)
			wantToken(t, o, "token-1")
			time.Sleep(time.Millisecond)
			wantToken(t, o, "token-1") // nobody waits
			synctest.Wait()
			wantToken(t, o, "token-2")
		})
	}
}

// TestClockGoneWrong checks that a token's end is compared with the server's clock.
func TestClockGoneWrong(t *testing.T) {
	t.Parallel()
	for _, wrong := range []time.Duration{-5 * time.Hour, 5 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			s := &tokenServer{before: func(n int32, _ *http.Request) (*http.Response, error) {
				theirs := time.Now().Add(wrong)
				body := fmt.Sprintf(`{"access_token":"token-%d","expires_at":%d}`, n, theirs.Add(30*time.Minute).UnixMilli())
				return reply(200, body, "Date", theirs.UTC().Format(http.TimeFormat)), nil
			}}
			o := oauthOn(s)
			wantToken(t, o, "token-1")
			time.Sleep(28 * time.Minute)
			wantToken(t, o, "token-1")
			time.Sleep(2 * time.Minute)
			wantToken(t, o, "token-2")
		})
	}
}

func TestFirstCallersCancelFailsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokenServer{life: time.Hour, before: func(_ int32, r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(3 * time.Second):
				return nil, nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}}
		o := oauthOn(s)
		first, cancel := context.WithCancel(t.Context())
		var g errgroup.Group
		g.Go(func() error {
			_, err := o.Token(first)
			if e := AsError(err); e == nil || e.Kind != KindCanceled || !errors.Is(err, context.Canceled) {
				return fmt.Errorf("the first caller got %v, want KindCanceled", err)
			}
			return nil
		})
		synctest.Wait()
		g.Go(func() error {
			got, err := o.Token(t.Context())
			if err != nil || got.AccessToken != "token-1" {
				return fmt.Errorf("the second caller got %q, %v", got.AccessToken, err)
			}
			return nil
		})
		synctest.Wait()
		start := time.Now()
		cancel()
		synctest.Wait()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("the second caller waited %v, want 3s", took)
		}
		if n := s.requests.Load(); n != 1 {
			t.Errorf("got %d token requests, want 1", n)
		}
	})
}

func TestWaitersHonourTheirOwnContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := oauthOn(roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := o.Token(ctx)
		wantError(t, err, KindCanceled)
		if took := time.Since(start); took != time.Second {
			t.Errorf("waited %v, want 1s", took)
		}
		time.Sleep(maxFetch) // until the abandoned fetch has ended too
	})
}

func TestInvalidate(t *testing.T) {
	t.Parallel()
	o := oauthOn(&tokenServer{life: time.Hour})
	wantToken(t, o, "token-1")
	o.Invalidate(Token{AccessToken: "another"})
	wantToken(t, o, "token-1")
	o.Invalidate(Token{AccessToken: "token-1"})
	wantToken(t, o, "token-2")
	o.Invalidate(Token{AccessToken: "token-1"})
	wantToken(t, o, "token-2")
}

func TestOAuthRequest(t *testing.T) {
	t.Parallel()
	var ids []string
	o := &OAuth{Key: testKey, Scope: ScopeCorporate, URL: "http://localhost/oauth", UserAgent: "ua/1"}
	o.Transport = &tokenServer{life: time.Hour, before: func(_ int32, r *http.Request) (*http.Response, error) {
		for name, values := range r.Header {
			if name == rquid {
				ids = append(ids, values...)
			}
		}
		if err := r.ParseForm(); err != nil || r.PostForm.Encode() != "scope=GIGACHAT_API_CORP" {
			t.Errorf("got form %v, %v", r.PostForm, err)
		}
		for name, want := range map[string]string{
			"Authorization": "Basic " + testKey, "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "ua/1",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		return nil, nil
	}}
	for range 2 {
		token, err := o.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o.Invalidate(token)
	}
	if len(ids) != 2 || ids[0] == ids[1] || !uuid4.MatchString(ids[0]) || !uuid4.MatchString(ids[1]) {
		t.Errorf("got the RqUIDs %q, want two UUIDs", ids)
	}
}

func TestPasswordTokens(t *testing.T) {
	t.Parallel()
	end := time.Now().Add(30 * time.Minute).Truncate(time.Second)
	p := &PasswordTokens{User: "user", Password: "pa:ss", BaseURL: localURL + "/"}
	p.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		user, password, _ := r.BasicAuth()
		if r.Method != "POST" || r.URL.String() != localURL+"/token" || user != "user" || password != "pa:ss" {
			t.Errorf("got %s %s with %q, %q", r.Method, r.URL, user, password)
		}
		return reply(200, fmt.Sprintf(`{"tok":"token-1","exp":%d}`, end.Unix())), nil
	})
	got, err := p.Token(t.Context())
	if err != nil || got.AccessToken != "token-1" || !got.Expires.Equal(end) {
		t.Errorf("got %v, %v, want token-1 until %v", got, err, end)
	}
	p.Invalidate(got)
	if p.cache.current != (Token{}) {
		t.Error("Invalidate did nothing")
	}
}

func TestDecodeToken(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1739782863483)
	end := time.UnixMilli(1739784663483)
	tests := []struct {
		name, body string
		want       Token
		life       time.Duration
		bad        bool
	}{
		{name: "milliseconds", body: `{"access_token":"t","expires_at":1739784663483}`, want: Token{"t", end}, life: 30 * time.Minute},
		{name: "seconds", body: `{"access_token":"t","expires_at":1739784663}`, want: Token{"t", time.Unix(1739784663, 0)}, life: 30*time.Minute - 483*time.Millisecond},
		{name: "tok and exp", body: `{"tok":"t","exp":1739784663}`, want: Token{"t", time.Unix(1739784663, 0)}, life: 30*time.Minute - 483*time.Millisecond},
		{name: "tok and exp in milliseconds", body: `{"tok":"t","exp":1739784663483}`, want: Token{"t", end}, life: 30 * time.Minute},
		{name: "a number in quotes", body: `{"access_token":"t","expires_at":"1739784663483"}`, want: Token{"t", end}, life: 30 * time.Minute},
		{name: "no end", body: `{"access_token":"t"}`, want: Token{AccessToken: "t"}, life: 30 * time.Minute},
		{name: "past", body: `{"access_token":"t","expires_at":1739782863000}`, want: Token{"t", time.UnixMilli(1739782863000)}},
		{name: "no token", body: `{"expires_at":1739784663483}`, bad: true},
		{name: "html", body: `<html></html>`, bad: true},
		{name: "an odd end", body: `{"access_token":"t","expires_at":"tomorrow"}`, bad: true},
	}
	for _, tt := range tests {
		got, err := decodeToken([]byte(tt.body), now)
		switch {
		case tt.bad != (err != nil):
			t.Errorf("%s: got error %v, want one: %v", tt.name, err, tt.bad)
		case err == nil && (got.AccessToken != tt.want.AccessToken || !got.Expires.Equal(tt.want.Expires) || got.life != tt.life):
			t.Errorf("%s: got %+v, want %+v for %v", tt.name, got, tt.want, tt.life)
		}
	}
}

func TestLifeOf(t *testing.T) {
	t.Parallel()
	here := time.Now()
	tests := []struct {
		name    string
		expires time.Time
		theirs  time.Time
		want    time.Duration
	}{
		{"clocks agree", here.Add(time.Hour), here, time.Hour},
		{"their clock counts", here.Add(time.Hour), here.Add(30 * time.Minute), 30 * time.Minute},
		{"their clock is unknown", here.Add(time.Hour), time.Time{}, time.Hour},
		{"their Date is nonsense", here.Add(time.Hour), here.Add(-1000 * time.Hour), time.Hour},
		{"their Date is after the end", here.Add(time.Hour), here.Add(2 * time.Hour), time.Hour},
		{"ends in a century", here.Add(900000 * time.Hour), here, documented},
		{"ended", here.Add(-time.Hour), here, 0},
	}
	for _, tt := range tests {
		if got := lifeOf(Token{Expires: tt.expires}, tt.theirs, here); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestOAuthErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status     int
		body       string
		kind       Kind
		code       int
		key, scope bool
	}{
		{400, `{"code":1,"message":"scope data format invalid"}`, KindUnauthorized, 1, false, true},
		{400, `{"code":4,"message":"Can't decode 'Authorization' header"}`, KindUnauthorized, 4, true, false},
		{401, `{"code":4,"message":"Can't decode 'Authorization' header"}`, KindUnauthorized, 4, true, false},
		{400, `{"code":5,"message":"scope is empty"}`, KindUnauthorized, 5, false, true},
		{401, `{"code":6,"message":"credentials doesn't match db data"}`, KindUnauthorized, 6, true, false},
		{500, `{"code":6,"message":"credentials doesn't match db data"}`, KindUnauthorized, 6, true, false},
		{400, `{"code":7,"message":"scope from db not fully includes consumed scope"}`, KindUnauthorized, 7, false, true},
		{401, `{"code":7,"message":"scope from db not fully includes consumed scope"}`, KindUnauthorized, 7, false, true},
		{400, `RqUID is missing`, KindUnauthorized, 0, false, false},
		{403, ``, KindForbidden, 0, false, false},
		{404, `<html>nginx</html>`, KindNotFound, 0, false, false},
	}
	for _, tt := range tests {
		var calls int
		o := oauthOn(roundTrip(func(*http.Request) (*http.Response, error) {
			calls++
			return reply(tt.status, tt.body), nil
		}))
		_, err := o.Token(t.Context())
		e := wantError(t, err, tt.kind)
		if e.Op != "oauth" || e.Code != tt.code || e.WrongKey() != tt.key || e.WrongScope() != tt.scope || !uuid4.MatchString(e.RequestID) {
			t.Errorf("%d %s: got %+v", tt.status, tt.body, e)
		}
		if calls != 1 {
			t.Errorf("%d %s: asked %d times, want 1", tt.status, tt.body, calls)
		}
	}
}

func TestOAuthWithoutKey(t *testing.T) {
	t.Parallel()
	_, err := (&OAuth{URL: "http://localhost/oauth", Transport: &tokenServer{}}).Token(t.Context())
	wantError(t, err, KindUnauthorized)
}

func TestOAuthBacksOff(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fail     func() (*http.Response, error)
		failures int32
		min, max time.Duration
		kind     Kind // 0: a token in the end
	}{
		{"429", func() (*http.Response, error) { return reply(429, ""), nil }, 3, 1750 * time.Millisecond, 3500 * time.Millisecond, 0},
		{"429 with Retry-After", func() (*http.Response, error) { return reply(429, "", "Retry-After", "20"), nil }, 1, 20 * time.Second, 20 * time.Second, 0},
		{"502", func() (*http.Response, error) { return reply(502, "<html>SynGX</html>"), nil }, 1, 250 * time.Millisecond, 500 * time.Millisecond, 0},
		{"network", func() (*http.Response, error) { return nil, errors.New("connection reset") }, 1, 250 * time.Millisecond, 500 * time.Millisecond, 0},
		{"html with 200", func() (*http.Response, error) { return reply(200, "<html>"), nil }, 1, 250 * time.Millisecond, 500 * time.Millisecond, 0},
		{"429 for ever", func() (*http.Response, error) { return reply(429, ""), nil }, 1000, 5750 * time.Millisecond, 11500 * time.Millisecond, KindRateLimited},
		{"Retry-After beyond the limit", func() (*http.Response, error) { return reply(503, "", "Retry-After", "600"), nil }, 1000, 0, 0, KindServer},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s := &tokenServer{life: time.Hour, before: func(n int32, _ *http.Request) (*http.Response, error) {
				if n <= tt.failures {
					return tt.fail()
				}
				return nil, nil
			}}
			start := time.Now()
			_, err := oauthOn(s).Token(t.Context())
			if took := time.Since(start); took < tt.min || took > tt.max {
				t.Errorf("%s: took %v, want %v to %v", tt.name, took, tt.min, tt.max)
			}
			if tt.kind != 0 {
				if e := wantError(t, err, tt.kind); e.Sent {
					t.Errorf("%s: Sent is true, want false: tokens are free", tt.name)
				}
			} else if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		})
	}
}

func TestOAuthHanging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := oauthOn(roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})).Token(t.Context())
		wantError(t, err, KindTimeout)
		if took := time.Since(start); took > maxFetch {
			t.Errorf("took %v, want at most %v", took, maxFetch)
		}
	})
}

// TestExpiredToken checks that a token that comes already expired is used until the server refuses it, and that it is not replaced more often
// than once a second.
func TestExpiredToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokenServer{life: -5 * time.Minute}
		o := oauthOn(s)
		wantToken(t, o, "token-1")
		if got := o.Expired(); got != 5*time.Minute {
			t.Errorf("expired %v ago, want 5 minutes", got)
		}
		time.Sleep(10 * time.Minute)
		wantToken(t, o, "token-1")
		for n := range 20 {
			token, err := o.Token(t.Context())
			if want := fmt.Sprintf("token-%d", n+1); err != nil || token.AccessToken != want {
				t.Fatalf("got %q, %v, want %q", token.AccessToken, err, want)
			}
			o.Invalidate(token)
		}
		began, before := time.Now(), s.requests.Load()
		for time.Since(began) < 10*time.Second {
			token, err := o.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			o.Invalidate(token)
		}
		if n := s.requests.Load() - before; n > 11 {
			t.Errorf("%d token requests in 10 seconds", n)
		}
		s.life = time.Hour
		if _, err := o.Token(t.Context()); err != nil || o.Expired() != 0 {
			t.Errorf("expired %v ago, %v", o.Expired(), err)
		}
	})
}

// TestTokenRequestHangs checks that a token request that hangs holds nobody for long, and that the requests beside it end with the first token.
func TestTokenRequestHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokenServer{life: time.Hour, before: func(n int32, r *http.Request) (*http.Response, error) {
			switch n {
			case 1:
				<-r.Context().Done()
				return nil, r.Context().Err()
			case 2:
				return reply(503, ""), nil
			}
			return nil, nil
		}}
		began := time.Now()
		wantToken(t, oauthOn(s), "token-3")
		if took := time.Since(began); took != 2*hedgeAfter {
			t.Errorf("took %v, want %v", took, 2*hedgeAfter)
		}
	})
}

// TestShortTokens checks that nobody waits for a new token while the old one is valid, and that a renewal that fails is tried again before
// the token ends.
func TestShortTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokenServer{life: 4 * time.Second, before: func(n int32, r *http.Request) (*http.Response, error) {
			if n == 2 || n == 3 {
				time.Sleep(100 * time.Millisecond)
				return reply(503, ""), nil
			}
			return nil, nil
		}}
		o := oauthOn(s)
		wantToken(t, o, "token-1")
		for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
			asked := time.Now()
			if _, err := o.Token(t.Context()); err != nil || time.Since(asked) > 0 {
				t.Errorf("a token after %v, %v", time.Since(asked), err)
			}
		}
	})
}

// TestRenewalFailsAhead checks that a failed renewal does no harm while the old token is valid, and that not every caller tries it again.
func TestRenewalFailsAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tokenServer{life: 10 * time.Minute, before: func(n int32, _ *http.Request) (*http.Response, error) {
			if n > 1 {
				return reply(503, ""), nil
			}
			return nil, nil
		}}
		o := oauthOn(s)
		wantToken(t, o, "token-1")
		time.Sleep(9 * time.Minute)
		for range 5 {
			wantToken(t, o, "token-1")
			synctest.Wait()
		}
		if n := s.requests.Load(); n != 2 {
			t.Errorf("got %d token requests, want 2", n)
		}
		time.Sleep(earlyPause)
		wantToken(t, o, "token-1")
		synctest.Wait()
		if n := s.requests.Load(); n != 3 {
			t.Errorf("got %d token requests, want 3", n)
		}
		time.Sleep(time.Minute)
		_, err := o.Token(t.Context())
		wantError(t, err, KindServer)
	})
}

func TestStaticToken(t *testing.T) {
	t.Parallel()
	s := StaticToken("t")
	s.Invalidate(Token{AccessToken: "u"})
	wantToken(t, s, "t")
	s.Invalidate(Token{AccessToken: "t"})
	_, err := s.Token(t.Context())
	wantError(t, err, KindTokenExpired)
	_, err = StaticToken(" ").Token(t.Context())
	if e := wantError(t, err, KindTokenExpired); strings.Contains(e.Message, "  ") {
		t.Errorf("got %q", e.Message)
	}
}

func BenchmarkToken(b *testing.B) {
	o := oauthOn(&tokenServer{life: time.Hour})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := o.Token(b.Context()); err != nil {
				b.Error(err)
			}
		}
	})
}

// A fetch is shared, outlives the callers that leave, and is cancelled when the last one has left.
func TestTokenFetchEndsWithItsLastCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c tokenCache
		var fetches, ended atomic.Int32
		fetch := func(ctx context.Context) (grant, error) {
			fetches.Add(1)
			<-ctx.Done()
			ended.Add(1)
			return grant{}, &Error{Op: "oauth", Kind: KindTimeout, Err: ctx.Err()}
		}
		var leave [2]context.CancelFunc
		var callers sync.WaitGroup
		for i := range leave {
			var ctx context.Context
			ctx, leave[i] = context.WithCancel(t.Context())
			callers.Go(func() {
				if _, err := c.token(ctx, fetch); AsError(err) == nil || AsError(err).Kind != KindCanceled {
					t.Errorf("caller %d: %v", i, err)
				}
			})
		}
		synctest.Wait()
		leave[0]()
		synctest.Wait()
		if fetches.Load() != 1 || ended.Load() != 0 {
			t.Errorf("after one caller has left: %d fetches, %d ended", fetches.Load(), ended.Load())
		}
		leave[1]()
		callers.Wait()
		synctest.Wait()
		if ended.Load() != 1 {
			t.Error("nobody waits, and the fetch goes on")
		}
		got, err := c.token(t.Context(), func(context.Context) (grant, error) { return grant{Token{AccessToken: "new"}, time.Hour}, nil })
		if err != nil || got.AccessToken != "new" {
			t.Errorf("the next caller gets %v, %v", got, err)
		}
	})
}
