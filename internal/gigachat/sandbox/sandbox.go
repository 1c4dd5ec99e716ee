// Package sandbox emulates the GigaChat API: the token endpoint, the models, files, chat completions (plain, streamed, and
// structured by a JSON Schema or a function) and the token count, with their request checks, error bodies, quotas and
// failures. It is what `run --sandbox` and `gigabatch sandbox` talk to, and the test double of every other package.
//
// Files are kept in memory. Nobody reads them: they count by their size, and are told apart by their hash.
//
// It follows the public description of the API. Where nothing public says how the service behaves, the sandbox's guess
// is marked as one in the comments here.
package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Key is the authorization key that a sandbox accepts unless its Options name another. It is base64 of an id
// and a secret that are nobody's: 5a9db0c5-0000-4000-8000-000000000001:00000000-0000-4000-8000-5a9db0c50000.
const Key = "NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxOjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTVhOWRiMGM1MDAwMA=="

// User and Password are the login of the password authorization that some stands use (POST {base}/token).
const (
	User     = "sandbox"
	Password = "not-a-secret"
)

// A Sandbox is one account at one emulated GigaChat. It is safe for concurrent use.
//
// Inside a testing/synctest bubble it must be made, used and closed within the bubble, through Transport: loopback
// sockets do not work there.
type Sandbox struct {
	o      Options
	start  time.Time
	models map[string]model

	ids     ids
	tokens  tokens
	meter   meter
	oauth   *window
	faults  atomic.Pointer[faultSet]
	files   files
	ledger  ledger // by request
	prompts ledger // by prompt
	cache   cache
	tally   tally

	done  chan struct{} // closed by Close: ends every wait
	close sync.Once
	serve servers
	pipes pipes
}

// New returns a sandbox as o describes it; the zero Options are a good one. It starts no goroutine until Transport or
// Serve is called, and needs a Close only then.
func New(o Options) *Sandbox {
	o = o.withDefaults()
	s := &Sandbox{o: o, start: time.Now(), done: make(chan struct{}), models: modelsNamed(o.Models)}
	s.ids.seed = o.Seed
	s.oauth = newWindow(o.TokenRequestsPerSecond, time.Second)
	s.meter.starts = newWindows(o.StartsPerSecond, o.StartsPerMinute)
	s.meter.override = o.Streams
	s.SetFaults(o.Faults)
	if o.AccessToken != "" {
		s.tokens.add(o.AccessToken, grant{scope: o.anyScope(), expires: s.now().Add(o.TokenLife)})
	}
	return s
}

// SetStreams changes how many completions may be under way at once. n means what it means in Options.Streams.
func (s *Sandbox) SetStreams(n int) { s.meter.setOverride(n, time.Now()) }

// SetFaults replaces the faults from the next request on. Their request numbers and time windows count from now. It
// panics if a fault's kind does not exist at its endpoint.
func (s *Sandbox) SetFaults(faults []Fault) { s.faults.Store(newFaultSet(s.o.Seed, faults)) }

// RevokeTokens makes every token issued so far answer 401 "Token has expired".
func (s *Sandbox) RevokeTokens() { s.tokens.revokeAll() }

// Close ends every exchange under way and every server and connection that the sandbox started, and returns when they
// are gone. A closed sandbox answers nobody.
func (s *Sandbox) Close() error {
	s.close.Do(func() { close(s.done) })
	s.pipes.close()
	s.serve.close()
	return nil
}

// ServeHTTP answers the paths of the authorization host (/api/v2/oauth) and of the API host (/v1/… and /api/v1/…), and
// GET /sandbox/counts and /sandbox/seconds, which are the sandbox's own. Everything else is 404.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if own, ok := strings.CutPrefix(path, "/sandbox/"); ok {
		s.own(w, own)
		return
	}
	s.tally.requests.Add(1)
	if path == "/api/v2/oauth" {
		s.serveOAuth(w, r)
		return
	}
	s.serveAPI(w, r, strings.TrimPrefix(path, "/api"))
}

func (s *Sandbox) serveAPI(w http.ResponseWriter, r *http.Request, path string) {
	s.stampAPI(w.Header(), r)
	id, isModel := strings.CutPrefix(path, "/v1/models/")
	rest, isFile := strings.CutPrefix(path, "/v1/files")
	switch {
	case isFile && (rest == "" || rest[0] == '/'):
		s.serveFiles(w, r, rest)
	case path == "/v1/chat/completions":
		s.authorized(w, r, http.MethodPost, s.serveChat)
	case path == "/v1/models":
		s.authorized(w, r, http.MethodGet, s.faulty(AtModels, s.serveModels))
	case isModel:
		s.authorized(w, r, http.MethodGet, s.faulty(AtModels, func(w http.ResponseWriter, r *http.Request, _ grant) { s.serveModel(w, id) }))
	case path == "/v1/tokens/count":
		s.authorized(w, r, http.MethodPost, s.faulty(AtTokens, s.serveTokensCount))
	case path == "/v1/token" || path == "/token":
		s.servePassword(w, r)
	default:
		s.refuse(w, refusal{http.StatusNotFound, "Not Found"})
	}
}

// now is the server's clock.
func (s *Sandbox) now() time.Time { return time.Now().Add(s.o.ClockSkew) }

// sleep waits for d and reports whether the exchange still goes on: its client is there and the sandbox is open.
func (s *Sandbox) sleep(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.done:
	}
	return false
}

// hang waits until the client gives up.
func (s *Sandbox) hang(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.done:
	}
	s.reset(w)
}
