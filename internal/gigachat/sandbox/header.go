package sandbox

import (
	"net/http"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
)

var (
	namedSandbox  = []string{"gigabatch"}
	serverAPI     = []string{"nginx"}
	backendAPI    = []string{"itsme"}
	serverOAuth   = []string{"SynGX"}
	allowOAuth    = []string{"GET, POST"}
	typeAPI       = []string{"application/json; charset=utf-8"}
	typeOAuth     = []string{"application/json"}
	typeHTML      = []string{"text/html"}
	typeText      = []string{"text/plain; charset=utf-8"}
	typeStream    = []string{"text/event-stream"}
	neverCached   = []string{"no-cache, no-store, max-age=0, must-revalidate"}
	noCache       = []string{"no-cache"}
	expiredAlways = []string{"0"}
)

// stampAPI sets the headers of every answer of the API host. The caller's ids are echoed; the request and the session
// get new ones where there are none.
func (s *Sandbox) stampAPI(h http.Header, r *http.Request) {
	s.stamp(h)
	h["Server"] = serverAPI
	h["X-Backend"] = backendAPI
	h["Content-Type"] = typeAPI
	s.echo(h, r, "X-Request-Id")
	s.echo(h, r, "X-Session-Id")
	if id := r.Header["X-Client-Id"]; id != nil {
		h["X-Client-Id"] = id
	}
}

// stampOAuth sets the headers of every answer of the authorization host.
func (s *Sandbox) stampOAuth(h http.Header) {
	s.stamp(h)
	h["Server"] = serverOAuth
	h["Allow"] = allowOAuth
	h["Content-Type"] = typeOAuth
	h["Cache-Control"] = neverCached
	h["Pragma"] = noCache
	h["Expires"] = expiredAlways
}

func (s *Sandbox) stamp(h http.Header) {
	h[gigachat.SandboxHeader] = namedSandbox
	if s.o.ClockSkew != 0 {
		h["Date"] = []string{s.now().UTC().Format(http.TimeFormat)}
	}
}

func (s *Sandbox) echo(h http.Header, r *http.Request, name string) {
	if id := r.Header[name]; id != nil {
		h[name] = id
		return
	}
	h[name] = []string{s.ids.next()}
}

// ids makes UUIDs that look random and depend on the seed alone.
type ids struct {
	seed uint64
	n    atomic.Uint64
}

func (i *ids) next() string {
	n := i.n.Add(1)
	return uuid(mix(i.seed^n), mix(i.seed+n<<32))
}

// uuid writes 122 of the bits of a and b as a version 4 UUID.
func uuid(a, b uint64) string {
	const hex = "0123456789abcdef"
	const shape = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx"
	u := []byte(shape)
	for i, c := range u {
		if i == 19 {
			a = b
		}
		switch c {
		case 'x':
			u[i], a = hex[a&15], a>>4
		case 'v':
			u[i], a = hex[8|a&3], a>>2
		}
	}
	return string(u)
}

// isUUID reports whether s has the shape of a UUID, of any version.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// mix is the finalizer of SplitMix64: neighbouring numbers become unrelated ones.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unix is the server's time as completions carry it.
func (s *Sandbox) unix() int64 { return s.now().Truncate(time.Second).Unix() }
