package gigachat

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gigabatch/internal/gigachat/authkey"
)

// The scopes of a key. Each key has exactly one.
const (
	ScopePersonal  = "GIGACHAT_API_PERS" // individuals: one request at a time
	ScopeBusiness  = "GIGACHAT_API_B2B"  // companies on prepaid packages
	ScopeCorporate = "GIGACHAT_API_CORP" // companies that pay as they go

	DefaultScope = ScopePersonal
)

// OAuth is a [TokenSource] that exchanges an authorization key for tokens. Any number of callers share one token request. It is made 60 s
// before the token ends, or at half of its life if it lives less than 120 s. If OAuth is busy (its limit is 10 requests a second) or down,
// the request is retried a few times with growing pauses.
//
// It is safe for concurrent use; its fields must not be changed after its first use.
type OAuth struct {
	Key       string            // the authorization key, as [authkey.Parse] returns it
	Scope     string            // default DefaultScope
	URL       string            // default DefaultAuthURL. https, or http to a loopback host
	Transport http.RoundTripper // as in [Client]
	UserAgent string            // default "gigabatch"

	cache tokenCache
}

// Token implements [TokenSource]. A refused key or scope is an [*Error] of KindUnauthorized with OAuth's code.
func (o *OAuth) Token(ctx context.Context) (Token, error) { return o.cache.token(ctx, o.fetch) }

// Expired returns how long ago the newest token had ended when it came, because a clock is wrong; 0 if it had not. Such a token is used
// until the server refuses it, and the next one is requested after a second at the earliest.
func (o *OAuth) Expired() time.Duration { return o.cache.wasExpired() }

// Fresh returns for how long Token returns the current token without asking for a new one; 0 if there is none.
func (o *OAuth) Fresh() time.Duration { return o.cache.fresh() }

// Invalidate implements [TokenSource].
func (o *OAuth) Invalidate(t Token) { o.cache.invalidate(t) }

func (o *OAuth) fetch(ctx context.Context) (grant, error) {
	if o.Key == "" {
		return grant{}, &Error{Op: "oauth", Kind: KindUnauthorized, Message: "no authorization key"}
	}
	form := url.Values{"scope": {cmp.Or(o.Scope, DefaultScope)}}
	x := tokenCall(cmp.Or(o.URL, DefaultAuthURL), o.Key, o.UserAgent)
	x.body = []byte(form.Encode())
	x.header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	return fetchToken(ctx, o.Transport, x)
}

// PasswordTokens is a [TokenSource] for installations that identify users by name and password (POST {BaseURL}/token). Otherwise it behaves
// as [OAuth] does.
type PasswordTokens struct {
	User      string
	Password  string
	BaseURL   string            // as in [Client]
	Transport http.RoundTripper // as in [Client]
	UserAgent string            // default "gigabatch"

	cache tokenCache
}

// Token implements [TokenSource].
func (p *PasswordTokens) Token(ctx context.Context) (Token, error) {
	return p.cache.token(ctx, p.fetch)
}

// Expired is [OAuth.Expired].
func (p *PasswordTokens) Expired() time.Duration { return p.cache.wasExpired() }

// Fresh is [OAuth.Fresh].
func (p *PasswordTokens) Fresh() time.Duration { return p.cache.fresh() }

// Invalidate implements [TokenSource].
func (p *PasswordTokens) Invalidate(t Token) { p.cache.invalidate(t) }

func (p *PasswordTokens) fetch(ctx context.Context) (grant, error) {
	base := strings.TrimRight(cmp.Or(p.BaseURL, DefaultBaseURL), "/")
	key := base64.StdEncoding.EncodeToString([]byte(p.User + ":" + p.Password))
	return fetchToken(ctx, p.Transport, tokenCall(base+"/token", key, p.UserAgent))
}

// rquid is spelt as in Sber's documentation; net/http would send Rquid.
const rquid = "RqUID"

// tokenCall returns one request for a token, with Basic credentials.
func tokenCall(url, key, userAgent string) *call {
	pair := authkey.Decode(key)
	_, secret, _ := strings.Cut(pair, ":")
	x := &call{op: "oauth", method: http.MethodPost, url: url, timeout: maxTokenRequest, id: newUUID(), free: true}
	x.secrets = []string{key, pair, secret}
	x.header = http.Header{
		"Accept":        {"application/json"},
		"Authorization": {"Basic " + key},
		rquid:           {x.id},
		"User-Agent":    {cmp.Or(userAgent, defaultUserAgent)},
	}
	return x
}

func fetchToken(ctx context.Context, rt http.RoundTripper, x *call) (g grant, err error) {
	if rt, err = transportOr(rt, x.op); err != nil {
		return grant{}, err
	}
	err = x.do(ctx, rt, func(resp *http.Response) error {
		return x.withBody(ctx, resp, func(b []byte) (err error) {
			if g, err = decodeToken(b, dateOf(resp), time.Now()); err != nil {
				if e := x.named(b, resp.Header); e != nil {
					return e
				}
			}
			return err
		})
	})
	if e := AsError(err); e != nil {
		e.Kind = oauthKind(e)
	}
	return g, err
}

// oauthKind returns the kind by the code if there is one, else by the status. A refused token request is never about a row, so it is not
// KindRejected. No caller's context ends a token request, so a canceled one is a timeout.
func oauthKind(e *Error) Kind {
	if e.Kind == KindCanceled {
		return KindTimeout
	}
	if e.WrongKey() || e.WrongScope() || e.Kind == KindRejected {
		return KindUnauthorized
	}
	return e.Kind
}

// decodeToken reads {"access_token","expires_at"} or, from some installations, {"tok","exp"}. Times are in seconds or milliseconds.
func decodeToken(body []byte, clocks ...time.Time) (grant, error) {
	var b struct {
		AccessToken string      `json:"access_token"`
		ExpiresAt   json.Number `json:"expires_at"`
		Tok         string      `json:"tok"`
		Exp         json.Number `json:"exp"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return grant{}, errors.New("the answer is not a token in JSON") // err may quote the token
	}
	t := Token{AccessToken: cmp.Or(b.AccessToken, b.Tok), Expires: unixTime(string(cmp.Or(b.ExpiresAt, b.Exp)))}
	if t.AccessToken == "" {
		return grant{}, errors.New("the answer contains no token")
	}
	return grant{Token: t, life: lifeOf(t, clocks...)}, nil
}

// lifeOf returns how long a token is valid from now on. It prefers the server's clock, so a wrong local clock does no harm.
func lifeOf(t Token, clocks ...time.Time) time.Duration {
	if t.Expires.IsZero() {
		return documented
	}
	for _, now := range clocks {
		if life := t.Expires.Sub(now); life > 0 && life <= maxLife && !now.IsZero() {
			return life
		}
	}
	if t.Expires.After(time.Now()) {
		return documented
	}
	return 0
}

// persist fetches until it succeeds, fails with an error that is not passing, has used up its attempts, or ctx would end before the next
// attempt. The pause after an attempt is random, between half of and the whole of a time that doubles.
func persist(ctx context.Context, attempts int, fetch func(context.Context) (grant, error)) (grant, error) {
	for attempt := 1; ; attempt++ {
		g, err := hedged(ctx, fetch)
		e := AsError(err)
		if e == nil || !e.Passing() || attempt == attempts {
			return g, err
		}
		tellTrouble(ctx, err)
		half := min(firstPause<<(attempt-1), maxPause) / 2
		if !pause(ctx, max(e.RetryAfter, half+rand.N(half))) {
			return g, err
		}
	}
}

// hedged fetches, and begins another request whenever none has been answered for hedgeAfter: they cost nothing, and the first may hang. The
// first token counts, and the first error that is not passing.
func hedged(ctx context.Context, fetch func(context.Context) (grant, error)) (grant, error) {
	type answer struct {
		grant
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer, maxHedges)
	underWay := 0
	begin := func() {
		underWay++
		go func() {
			g, err := fetch(ctx)
			answers <- answer{g, err}
		}()
	}
	begin()
	again := time.NewTicker(hedgeAfter)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			if underWay < maxHedges {
				begin()
			}
		case a := <-answers:
			e := AsError(a.err)
			if underWay--; e == nil || !e.Passing() || underWay == 0 {
				return a.grant, a.err
			}
			again.Reset(hedgeAfter)
		}
	}
}

// pause waits for d and reports whether ctx is still alive. It returns false at once if ctx would end first.
func pause(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
