package web

import (
	"io"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"

	"gigabatch/internal/messages"
)

// guarded leads to the pages and to the API whoever may see them. The first of these that refuses a request answers it.
func (s *Server) guarded(pages, api http.Handler) http.Handler {
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r) {
			api.ServeHTTP(w, r)
		} else {
			pages.ServeHTTP(w, r)
		}
	})
	h := s.recovering(s.onlyHosts(onlyPlain(sameOrigin(s.signedIn(inside)))))
	return steadily(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range safety {
			w.Header().Set(name, value)
		}
		h.ServeHTTP(w, r)
	}))
}

// contentPolicy lets the page load from this server alone, and make nothing out of text but text. The one policy of trusted types names
// the script of the shared worker.
var contentPolicy = strings.Join([]string{
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
	"worker-src 'self'", "font-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
	"require-trusted-types-for 'script'", "trusted-types app",
}, "; ")

// safety stands in every answer.
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

// refuse answers a request that goes no further.
func refuse(w http.ResponseWriter, r *http.Request, p *Problem) {
	if isAPI(r) {
		writeProblem(w, p)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(p.Status)
	io.WriteString(w, p.Msg.String()+"\n")
}

// onlyHosts answers none but those who know the server by its own names. Without it a web site whose name is led to this address (DNS
// rebinding) would be of the same origin.
func (a *Access) onlyHosts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "" || r.URL.Opaque != "" || !slices.Contains(a.Hosts, r.Host) {
			refuse(w, r, &Problem{
				Status: http.StatusMisdirectedRequest,
				Msg:    messages.Sprintf("no page is served under this name; open the address that the terminal shows"),
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// onlyPlain refuses methods that nothing here has, and paths that can be read in two ways.
func onlyPlain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost}, r.Method):
			w.Header().Set("Allow", "GET, HEAD, POST")
			refuse(w, r, &Problem{Status: http.StatusMethodNotAllowed, Msg: messages.Sprintf("this method is not possible here")})
		case !isPlainPath(r.URL.Path):
			refuse(w, r, &Problem{Status: http.StatusNotFound, Msg: messages.Sprintf("there is nothing at this address")})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isPlainPath reports whether a path begins at the root, is the shortest of its kind, and means the same on every system.
func isPlainPath(p string) bool {
	return strings.HasPrefix(p, "/") && path.Clean(p) == p && !strings.ContainsFunc(p, func(r rune) bool {
		return r == '\\' || r == unicode.ReplacementChar || unicode.IsControl(r)
	})
}

// sameOrigin refuses what another site has the browser send: changes, and also the reading of data, which it could not see anyway.
func sameOrigin(next http.Handler) http.Handler {
	foreign := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, &Problem{Status: http.StatusForbidden, Msg: messages.Sprintf("another site sent this request"), Code: "origin"})
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
		changes.ServeHTTP(w, r)
	})
}

// recovering keeps a fault in one answer from telling anything in it.
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
				Status: http.StatusInternalServerError, Msg: messages.Sprintf("the server made a mistake"),
				Hint: messages.Sprintf("the terminal shows what it was"),
			})
		}()
		next.ServeHTTP(w, r)
	})
}
