package web

import (
	"io"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"

	"gigabatch/internal/messages"
)

// guarded lets only permitted requests reach the pages and the API. The first check that refuses a request answers it.
func (s *Server) guarded(pages, api http.Handler) http.Handler {
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r) {
			api.ServeHTTP(w, r)
		} else {
			pages.ServeHTTP(w, r)
		}
	})
	h := s.recovering(s.onlyHosts(onlyPlain(s.sameOrigin(s.signedIn(inside)))))
	return steadily(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range safety {
			w.Header().Set(name, value)
		}
		h.ServeHTTP(w, r)
	}))
}

// contentPolicy allows the page to load only from this server, and forbids turning text into HTML or script. The one trusted types
// policy is for the address of the shared worker's script.
var contentPolicy = strings.Join([]string{
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
	"worker-src 'self'", "font-src 'self'", "frame-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
	"require-trusted-types-for 'script'", "trusted-types app",
}, "; ")

// safety has the headers of every answer.
var safety = map[string]string{
	"Content-Security-Policy":      contentPolicy,
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
	"Permissions-Policy":           "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
}

func isAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/api"
}

// refuse answers a request that goes no further: as JSON below /api, as plain text elsewhere.
func refuse(w http.ResponseWriter, r *http.Request, p *Problem) {
	if isAPI(r) {
		writeProblem(w, r, p)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(p.Status)
	io.WriteString(w, printer(r).Text(p.Msg)+"\n")
}

// onlyHosts refuses requests for other host names. Without it, a web site whose name resolves to this address (DNS rebinding) would have
// the same origin as the page.
func (a *Access) onlyHosts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "" || r.URL.Opaque != "" || !slices.Contains(a.Hosts, r.Host) && !a.isNamed(r.Host) {
			refuse(w, r, &Problem{
				Status: http.StatusMisdirectedRequest,
				Msg:    messages.Sprintf("the page is not served under this name; open the address shown in the terminal"),
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isNamed reports whether the name in a host, with or without a port, is one of Names.
func (a *Access) isNamed(host string) bool {
	u, err := url.Parse("//" + host)
	return err == nil && u.Host == host && slices.Contains(a.Names, strings.ToLower(u.Hostname()))
}

// onlyPlain refuses methods other than GET, HEAD and POST, and ambiguous paths.
func onlyPlain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost}, r.Method):
			w.Header().Set("Allow", "GET, HEAD, POST")
			refuse(w, r, &Problem{Status: http.StatusMethodNotAllowed, Msg: messages.Sprintf("%s is not supported here", messages.Verbatim(r.Method))})
		case !isPlainPath(r.URL.Path):
			refuse(w, r, &Problem{Status: http.StatusNotFound, Msg: messages.Sprintf("nothing is at this address")})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isPlainPath reports whether a path is absolute and clean, and has no characters that some systems treat differently.
func isPlainPath(p string) bool {
	return strings.HasPrefix(p, "/") && path.Clean(p) == p && !strings.ContainsFunc(p, func(r rune) bool {
		return r == '\\' || r == unicode.ReplacementChar || unicode.IsControl(r)
	})
}

// sameOrigin refuses requests that other sites make the browser send: those that change something, and also those that read data or files,
// although the other site could not see the answer. Where a browser sends only the origin, it may also have one of Names: a reverse proxy
// may change the Host header.
func (a *Access) sameOrigin(next http.Handler) http.Handler {
	foreign := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, &Problem{Status: http.StatusForbidden, Msg: messages.Sprintf("the request comes from another site"), Code: "origin"})
	})
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(foreign)
	changes := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		if (isAPI(r) || isAsset(r)) && site != "" && site != "same-origin" && site != "none" {
			foreign.ServeHTTP(w, r)
			return
		}
		if origin, err := url.Parse(r.Header.Get("Origin")); site == "" && err == nil && a.isNamed(origin.Host) {
			next.ServeHTTP(w, r)
			return
		}
		changes.ServeHTTP(w, r)
	})
}

// recovering turns a panic into an answer that reveals nothing about it, and reports the panic.
func (s *Server) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			if s.Report != nil {
				s.Report(messages.Errorf("%s %s: %v: %s", r.Method, r.URL.Path, v, debug.Stack()))
			}
			if sent, ok := w.(*steady); ok && sent.begun {
				panic(http.ErrAbortHandler)
			}
			refuse(w, r, &Problem{
				Status: http.StatusInternalServerError, Msg: messages.Sprintf("internal error of the server"),
				Hint: messages.Sprintf("the terminal shows the error"),
			})
		}()
		next.ServeHTTP(w, r)
	})
}
