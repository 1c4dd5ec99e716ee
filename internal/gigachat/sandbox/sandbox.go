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

	"gigabatch/internal/gigachat/sandbox/random"
)

// Key is the authorization key that a sandbox accepts unless its Options name another. It is base64 of an id
// and a secret that are nobody's: 5a9db0c5-0000-4000-8000-000000000001:00000000-0000-4000-8000-5a9db0c50000.
const Key = "NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxOjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTVhOWRiMGM1MDAwMA=="

// User and Password are the login of the password authorization that some installations use (POST {base}/token).
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
	models map[string]model

	ids    random.IDs
	tokens tokens
	meter  meter
	oauth  *window
	faults atomic.Pointer[faultSet]
	files  files
	bills  ledgers
	cache  cache
	tally  tally

	done  chan struct{} // closed by Close: ends every wait
	close sync.Once
	serve servers
	pipes pipes
}

// New returns a sandbox as o describes it; the zero Options are a good one. It starts no goroutine until Transport or
// Serve is called, and needs a Close only then.
func New(o Options) *Sandbox {
	o = o.withDefaults()
	s := &Sandbox{o: o, done: make(chan struct{}), models: modelsNamed(o.Models)}
	s.ids.Seed = o.Seed
	s.oauth = newWindow(o.TokenRequestsPerSecond, time.Second)
	s.meter.perSecond, s.meter.perMinute = newWindow(o.StartsPerSecond, time.Second), newWindow(o.StartsPerMinute, time.Minute)
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

// Answer is what [Answer] returns, filled up to Options.AnswerBytes.
func (s *Sandbox) Answer(prompt string) string {
	return string(fill(appendAnswer(nil, prompt, hashOf([]byte(prompt))), s.o.AnswerBytes))
}

// ServeHTTP answers the paths of the authorization host (/api/v2/oauth) and of the API host (/v1/… and /api/v1/…), and
// GET /sandbox/counts and /sandbox/seconds, which are the sandbox's own. Everything else is 404.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Sandbox: s, w: w, r: r}
	path := r.URL.Path
	if own, ok := strings.CutPrefix(path, "/sandbox/"); ok {
		serveOwn(x, own)
		return
	}
	s.tally.requests.Add(1)
	if path == "/api/v2/oauth" {
		serveOAuth(x)
		return
	}
	serveAPI(x, strings.TrimPrefix(path, "/api"))
}

// serveAPI answers the paths of the API host. The caller's ids are echoed; the request and the session get new ones where there are none.
func serveAPI(x *exchange, path string) {
	x.stamp()
	h := x.w.Header()
	h["Server"] = serverAPI
	h["X-Backend"] = backendAPI
	h["Content-Type"] = typeAPI
	for _, name := range []string{"X-Request-Id", "X-Session-Id"} {
		if h[name] = x.r.Header[name]; h[name] == nil {
			h[name] = []string{x.ids.Next()}
		}
	}
	if id := x.r.Header["X-Client-Id"]; id != nil {
		h["X-Client-Id"] = id
	}

	id, isModel := strings.CutPrefix(path, "/v1/models/")
	rest, isFile := strings.CutPrefix(path, "/v1/files")
	switch {
	case isFile && (rest == "" || rest[0] == '/'):
		serveFiles(x, rest)
	case path == "/v1/chat/completions":
		authorized(x, http.MethodPost, serveChat)
	case path == "/v1/models":
		authorized(x, http.MethodGet, faulty(AtModels, serveModels))
	case isModel:
		authorized(x, http.MethodGet, faulty(AtModels, func(x *exchange) { serveModel(x, id) }))
	case path == "/v1/tokens/count":
		authorized(x, http.MethodPost, faulty(AtTokens, serveTokensCount))
	case path == "/v1/token" || path == "/token":
		servePassword(x)
	default:
		x.refuse(notFound)
	}
}

// now is the server's clock.
func (s *Sandbox) now() time.Time { return time.Now().Add(s.o.ClockSkew) }

// unix is the server's time as completions carry it.
func (s *Sandbox) unix() int64 { return s.now().Truncate(time.Second).Unix() }
