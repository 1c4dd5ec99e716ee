package gigachat

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

const (
	renewAhead      = 60 * time.Second // before a token ends, or half of its life if that is less
	documented      = 30 * time.Minute // a token's life (developers.sber.ru, api/reference/rest/post-token)
	maxFetch        = 90 * time.Second // for one token, including the pauses between attempts
	maxEarlyFetch   = 10 * time.Second // the same while the old token is still valid
	earlyPause      = 10 * time.Second // before the next renewal after an early one failed, if the token lives long enough
	expiredPause    = time.Second      // between requests for tokens that come already expired
	maxAttempts     = 6                // of one fetch
	firstPause      = 500 * time.Millisecond
	maxPause        = 4 * time.Second  // between attempts, so that little time is lost once they succeed again
	maxLife         = 24 * time.Hour   // a longer life means that a clock is wrong
	maxTokenRequest = 30 * time.Second // for one request
	hedgeAfter      = 4 * time.Second  // without an answer, before another request is begun beside the first
	maxHedges       = 8                // requests at a time
)

// Token is an access token.
type Token struct {
	AccessToken string
	Expires     time.Time // by the server's clock; zero if unknown, as for a supplied token
}

// TokenSource hands out access tokens. Implementations are safe for concurrent use.
type TokenSource interface {
	// Token returns a valid token. If it has to wait for a new one, it waits at most until ctx ends.
	Token(ctx context.Context) (Token, error)

	// Invalidate reports that the server refused t. If t is still the current token, the next call of Token does not return it; if another
	// token has replaced it, nothing happens.
	Invalidate(t Token)
}

// grant is a new token with its remaining life, which is 0 if the token came already expired.
type grant struct {
	Token
	life time.Duration
}

// tokenCache holds one token and renews it once for any number of callers.
type tokenCache struct {
	mu      sync.Mutex // guards the fields below
	flight  *flight    // nil while no token is fetched
	current Token
	renewAt time.Time // by the local clock, like endsAt and next
	endsAt  time.Time
	next    time.Time     // no fetch before this time
	expired time.Duration // how long ago the newest token had ended when it came
}

// flight is a fetch that its callers wait for.
type flight struct {
	done   chan struct{} // closed once token and err are set
	token  Token
	err    error
	cancel context.CancelFunc
	users  int // guarded by the mu of the cache
}

// token returns the current token, or a new one from a single call of fetch that all waiting callers share. While the current token is
// still valid, nobody waits for a new one. The fetch outlives its first caller's context, so the end of that context does not fail the
// others. It is cancelled when nobody waits for it any longer.
func (c *tokenCache) token(ctx context.Context, fetch func(context.Context) (grant, error)) (Token, error) {
	t, fresh, usable := c.state()
	if fresh {
		return t, nil
	}
	f := c.join(ctx, fetch)
	if usable {
		return t, nil // f has a user that never leaves, so it is not cancelled; it ends after maxEarlyFetch
	}
	defer c.leave(f)
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return Token{}, canceled("oauth", ctx)
	}
}

// join returns the fetch that is under way, or a new one. The caller must leave it.
func (c *tokenCache) join(ctx context.Context, fetch func(context.Context) (grant, error)) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flight == nil {
		ctx, cancel := context.WithCancel(WithUnsent(context.WithoutCancel(ctx), nil))
		f := &flight{done: make(chan struct{}), cancel: cancel}
		c.flight = f
		go func() {
			f.token, f.err = c.renew(ctx, fetch)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.drop(f)
			close(f.done)
		}()
	}
	c.flight.users++
	return c.flight
}

// leave cancels f if nobody waits for it any longer.
func (c *tokenCache) leave(f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.users--; f.users == 0 {
		c.drop(f)
	}
}

// drop makes the next caller start another fetch, and cancels f if it is not done. The caller holds mu.
func (c *tokenCache) drop(f *flight) {
	f.cancel()
	if c.flight == f {
		c.flight = nil
	}
}

// renew fetches a token. If that fails while the current token is still valid, the current token is kept for a while.
func (c *tokenCache) renew(ctx context.Context, fetch func(context.Context) (grant, error)) (Token, error) {
	t, fresh, usable := c.state()
	if fresh {
		return t, nil
	}
	attempts, limit := maxAttempts, maxFetch
	if usable {
		attempts, limit = 1, maxEarlyFetch
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	pause(ctx, time.Until(c.earliest()))
	g, err := persist(ctx, attempts, fetch)

	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case err == nil && g.life <= 0: // a clock is wrong: the server decides how long the token is good
		c.current, c.endsAt, c.renewAt = g.Token, now.Add(maxLife), now.Add(maxLife)
		c.next, c.expired = now.Add(expiredPause), now.Sub(g.Expires)
	case err == nil:
		c.current, c.endsAt, c.expired = g.Token, now.Add(g.life), 0
		c.renewAt = c.endsAt.Add(-min(renewAhead, g.life/2))
	case c.current.AccessToken != "" && now.Before(c.endsAt): // this was an early renewal
		c.renewAt = now.Add(min(earlyPause, c.endsAt.Sub(now)/4))
	default:
		return Token{}, err
	}
	return c.current, nil
}

// state returns the current token. It reports whether the token can be used without a renewal, and whether it is still valid.
func (c *tokenCache) state() (t Token, fresh, usable bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, has := time.Now(), c.current.AccessToken != ""
	return c.current, has && now.Before(c.renewAt), has && now.Before(c.endsAt)
}

func (c *tokenCache) fresh() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current.AccessToken == "" {
		return 0
	}
	return max(0, time.Until(c.renewAt))
}

func (c *tokenCache) earliest() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

func (c *tokenCache) wasExpired() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.expired
}

// invalidate drops t if it is the current token.
func (c *tokenCache) invalidate(t Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current.AccessToken == t.AccessToken {
		c.current = Token{}
	}
}

// StaticToken returns a source of one supplied access token, which cannot be renewed: after Invalidate, Token fails with KindTokenExpired.
func StaticToken(accessToken string) TokenSource {
	return &staticToken{token: Token{AccessToken: strings.TrimSpace(accessToken)}}
}

type staticToken struct {
	token Token

	mu      sync.Mutex // guards refused
	refused bool
}

var errTokenRefused = errors.New("supplied token refused")

func (s *staticToken) Token(context.Context) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused || s.token.AccessToken == "" {
		const message = "the supplied access token has expired or is wrong; it cannot be renewed"
		return Token{}, &Error{Op: "oauth", Kind: KindTokenExpired, Message: message, Err: errTokenRefused}
	}
	return s.token, nil
}

func (s *staticToken) Invalidate(t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = s.refused || t.AccessToken == s.token.AccessToken
}

func canceled(op string, ctx context.Context) *Error {
	return &Error{Op: op, Kind: KindCanceled, Message: "stopped: " + ctx.Err().Error(), Err: ctx.Err()}
}
