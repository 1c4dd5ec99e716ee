package sandbox

import (
	"strings"
	"sync"
	"time"
)

// A grant is what a token permits.
type grant struct {
	scope   string
	token   string
	expires time.Time
	revoked bool
}

// tokens are the issued tokens. A new token does not end the older ones (a guess: nothing public says so).
type tokens struct {
	mu   sync.RWMutex // guards live
	live map[string]grant
}

// maxTokens is how many tokens are kept before those that expired well before the newest are forgotten. A forgotten token gets
// "Unauthorized".
const maxTokens = 4096

func (t *tokens) add(token string, g grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live == nil {
		t.live = map[string]grant{}
	}
	if len(t.live) >= maxTokens {
		for token, old := range t.live {
			if old.revoked || old.expires.Before(g.expires.Add(-time.Hour)) {
				delete(t.live, token)
			}
		}
	}
	g.token = token
	t.live[token] = g
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

// authorized answers with next if the method and the bearer token are right.
func authorized(x *exchange, method string, next handler) {
	if x.r.Method != method {
		x.w.Header().Set("Allow", method)
		x.refuse(methodNotAllowed)
		return
	}
	bearer, isBearer := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	g, known := x.tokens.find(bearer)
	no := ok
	switch {
	case !isBearer && x.o.Anonymous:
		g = grant{scope: x.o.anyScope()}
	case !known:
		no = unauthorized
	case g.revoked || !x.now().Before(g.expires):
		no = tokenExpired
	}
	if no != ok {
		drain(x.r)
		x.refuse(no)
		return
	}
	x.grant = g
	next(x)
}
