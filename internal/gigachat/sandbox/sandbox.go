// Package sandbox emulates the GigaChat API: the token endpoint, models, files, chat completions (plain, streamed, and structured by a JSON
// Schema or a function), embeddings, batches of both, the token count and the balance, with their request checks, error bodies, quotas and
// failures. `run --sandbox` and `gigabatch sandbox` use it, and it is the test double of every other package.
//
// Files are kept in memory. Nobody reads uploads: they count by size, and differ by hash.
//
// The sandbox follows the public description of the API. If nothing public says how the service behaves, the sandbox guesses, and a comment
// here marks the guess.
package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat/sandbox/h2"
	"gigabatch/internal/gigachat/sandbox/meter"
	"gigabatch/internal/gigachat/sandbox/random"
)

// Key is the authorization key that a sandbox accepts unless its Options name another. It is the base64 of an id and a secret that belong
// to nobody: 5a9db0c5-0000-4000-8000-000000000001:00000000-0000-4000-8000-5a9db0c50000.
const Key = "NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxOjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTVhOWRiMGM1MDAwMA=="

// User and Password are the credentials of the password authorization of some installations (POST {base}/token).
const (
	User     = "sandbox"
	Password = "not-a-secret"
)

// A Sandbox is one account at one emulated GigaChat. It is safe for concurrent use.
//
// In a testing/synctest bubble it must be made, used and closed within the bubble, through Transport: loopback sockets do not work there.
type Sandbox struct {
	o      Options
	models map[string]model

	ids     random.IDs
	tokens  tokens
	meter   meter.Meter
	oauth   *meter.Window
	faults  atomic.Pointer[faultSet]
	files   files
	cache   cache
	batches batches
	tally   tally

	done  chan struct{} // closed by Close to end every wait
	close sync.Once
	serve servers
	pipes pipes
}

// New returns a sandbox with the options o; the zero Options are useful. It starts no goroutine until Transport or Serve is called, and
// must be closed only then.
func New(o Options) *Sandbox {
	o = o.withDefaults()
	s := &Sandbox{o: o, done: make(chan struct{}), models: modelsNamed(o.Models)}
	s.ids.Seed = o.Seed
	s.oauth = meter.NewWindow(o.TokenRequestsPerSecond, time.Second)
	s.meter.PerSecond, s.meter.PerMinute = meter.NewWindow(o.StartsPerSecond, time.Second), meter.NewWindow(o.StartsPerMinute, time.Minute)
	s.meter.SetOverride(o.Streams, time.Now())
	s.SetFaults(o.Faults)
	if o.AccessToken != "" {
		s.tokens.add(o.AccessToken, grant{scope: o.anyScope(), expires: s.now().Add(o.TokenLife)})
	}
	return s
}

// SetStreams changes how many completions may be in flight at once. n has the same meaning as Options.Streams.
func (s *Sandbox) SetStreams(n int) { s.meter.SetOverride(n, time.Now()) }

// SetFaults replaces the faults from the next request on. Their request numbers and time windows count from now. It panics if a fault's
// kind does not exist at its endpoint.
func (s *Sandbox) SetFaults(faults []Fault) {
	s.batches.advance(s)
	s.faults.Store(newFaultSet(s.o.Seed, faults))
}

// RevokeTokens makes every token issued so far answer 401 "Token has expired".
func (s *Sandbox) RevokeTokens() { s.tokens.revokeAll() }

// Close ends every exchange in flight and every server and connection that the sandbox started, and returns when they have ended. A closed
// sandbox does not answer.
func (s *Sandbox) Close() error {
	s.close.Do(func() { close(s.done) })
	s.pipes.close()
	s.serve.close()
	return nil
}

// Answer returns what [Answer] returns, padded to Options.AnswerBytes.
func (s *Sandbox) Answer(prompt string) string {
	return string(fill(appendAnswer(nil, prompt, hashOf([]byte(prompt))), s.o.AnswerBytes))
}

// Vector returns the vector of a text, a JSON array of Options.Dimensions numbers.
func (s *Sandbox) Vector(model, text string) []byte { return vector(model, text, s.o.Dimensions) }

// ServeHTTP answers the paths of the authorization host (/api/v2/oauth) and of the API host (/v1/… and /api/v1/…), and the sandbox's GET
// /sandbox/counts and /sandbox/seconds. Any other path gets 404.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Sandbox: s, w: w, r: r}
	x.h2, x.stream = h2.Of(r)
	path := r.URL.Path
	if own, ok := strings.CutPrefix(path, "/sandbox/"); ok {
		serveOwn(x, own)
		return
	}
	s.tally.requests.Add(1)
	s.batches.advance(s)
	if s.o.Dialect == OpenAI {
		serveOpenAI(x, path)
		return
	}
	if path == "/api/v2/oauth" {
		serveOAuth(x)
		return
	}
	serveAPI(x, strings.TrimPrefix(path, "/api"))
}

// serveAPI answers the paths of the API host. It echoes the caller's ids; a request or session without an id gets a new one.
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
	case path == "/v1/embeddings":
		authorized(x, http.MethodPost, serveEmbeddings)
	case path == "/v1/batches":
		serveBatches(x)
	case path == "/v1/balance":
		authorized(x, http.MethodGet, faulty(AtBalance, serveBalance))
	case path == "/v1/token" || path == "/token":
		servePassword(x)
	default:
		x.refuse(notFound)
	}
}

// now returns the time by the server's clock.
func (s *Sandbox) now() time.Time { return time.Now().Add(s.o.ClockSkew) }

// unix returns the server's time as in completions.
func (s *Sandbox) unix() int64 { return s.now().Truncate(time.Second).Unix() }
