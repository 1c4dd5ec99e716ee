package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// A grant is what a token stands for.
type grant struct {
	scope   string
	token   string
	expires time.Time
	revoked bool
}

// tokens are those issued. A new one does not end the older ones (a guess: nothing public says so).
type tokens struct {
	mu   sync.RWMutex // guards live
	live map[string]grant
}

// maxTokens is how many are kept before the expired ones are forgotten; a forgotten one is "Unauthorized".
const maxTokens = 4096

func (t *tokens) add(token string, g grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live == nil {
		t.live = map[string]grant{}
	}
	if len(t.live) >= maxTokens {
		t.forget(g.expires)
	}
	g.token = token
	t.live[token] = g
}

// forget drops what expired well before newest does.
func (t *tokens) forget(newest time.Time) {
	for token, g := range t.live {
		if g.revoked || g.expires.Before(newest.Add(-time.Hour)) {
			delete(t.live, token)
		}
	}
}

func (t *tokens) find(token string) (grant, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	g, known := t.live[token]
	return g, known
}

func (t *tokens) revoke(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g, known := t.live[token]; known {
		g.revoked = true
		t.live[token] = g
	}
}

func (t *tokens) revokeAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for token, g := range t.live {
		g.revoked = true
		t.live[token] = g
	}
}

// An authorizedHandler answers a request whose token is live.
type authorizedHandler func(http.ResponseWriter, *http.Request, grant)

// authorized answers with next if the method and the bearer are right.
func (s *Sandbox) authorized(w http.ResponseWriter, r *http.Request, method string, next authorizedHandler) {
	if r.Method != method {
		w.Header().Set("Allow", method)
		s.refuse(w, refusal{http.StatusMethodNotAllowed, "Method Not Allowed"})
		return
	}
	g, no := s.grantOf(r)
	if no != ok {
		drain(r)
		s.refuse(w, no)
		return
	}
	next(w, r, g)
}

func (s *Sandbox) grantOf(r *http.Request) (grant, refusal) {
	bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer && s.o.Anonymous {
		return grant{scope: s.o.anyScope()}, ok
	}
	g, known := s.tokens.find(bearer)
	switch {
	case !known:
		return g, unauthorized
	case g.revoked || !s.now().Before(g.expires):
		return g, tokenExpired
	}
	return g, ok
}
