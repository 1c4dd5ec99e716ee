package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

const (
	ticketLife   = time.Minute
	mostSessions = 1000
)

// sessions are who has shown the token or the password. They are told by the hashes of their secrets, and end with the server at the latest.
type sessions struct {
	mu      sync.Mutex // guards open and tickets
	open    map[secret]time.Time
	tickets map[secret]time.Time
}

// secret is the hash of one: comparing hashes tells nothing about the text.
type secret [sha256.Size]byte

func hashed(text string) secret { return sha256.Sum256([]byte(text)) }

func same(a, b string) bool {
	x, y := hashed(a), hashed(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// begin opens a session and returns its secret.
func (s *sessions) begin() string {
	text := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = put(s.open, hashed(text))
	return text
}

// put adds a secret, in the place of the oldest where there are too many.
func put(all map[secret]time.Time, one secret) map[secret]time.Time {
	if all == nil {
		all = map[secret]time.Time{}
	}
	for len(all) >= mostSessions {
		oldest := one
		for k, at := range all {
			if have, ok := all[oldest]; !ok || at.Before(have) {
				oldest = k
			}
		}
		delete(all, oldest)
	}
	all[one] = time.Now()
	return all
}

func (s *sessions) isOpen(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.open[hashed(text)]
	return ok
}

func (s *sessions) end(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, hashed(text))
}

func (s *sessions) ticket() string {
	text := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tickets = put(s.tickets, hashed(text))
	return text
}

// use reports whether text is a ticket, which it is no more after that.
func (s *sessions) use(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, ok := s.tickets[hashed(text)]
	delete(s.tickets, hashed(text))
	return ok && time.Since(made) < ticketLife
}

// Ticket is a token for a start address that opens one session within a minute and no more: others on this machine can see the arguments
// of the program that opens a browser.
func (s *Server) Ticket() string { return s.sessions.ticket() }

func (s *Server) cookieName() string { return "gigabatch-" + strconv.Itoa(s.Port) }

// session is the secret of the open session that r belongs to, "" if there is none. Whatever serves another port of this host can lay a
// cookie of the same name beside ours.
func (s *Server) session(r *http.Request) string {
	for _, c := range r.CookiesNamed(s.cookieName()) {
		if s.sessions.isOpen(c.Value) {
			return c.Value
		}
	}
	return ""
}

func (s *Server) hasSession(r *http.Request) bool { return s.session(r) != "" }

// begin opens a session in the browser that r came from.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) {
	if !s.hasSession(r) {
		s.setCookie(w, s.sessions.begin(), 0)
	}
}

func (s *Server) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: value, Path: "/", HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteStrictMode, MaxAge: maxAge,
	})
}

func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	s.sessions.end(s.session(r))
	s.setCookie(w, "", -1)
	writeJSON(w, http.StatusOK, struct{}{})
}

// signedIn lets those through who have a session, and opens one for those who come with the token.
func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isStart(r):
			s.start(w, r)
		case s.hasSession(r) || s.isPublic(r):
			next.ServeHTTP(w, r)
		case isAPI(r):
			s.fail(w, s.noSession())
		default:
			s.showDoor(w, r, http.StatusUnauthorized, door{})
		}
	})
}

func (s *Server) noSession() *Problem {
	if s.Password != "" {
		return &Problem{Status: http.StatusUnauthorized, Msg: "you are not signed in", Hint: "sign in again", Code: "login"}
	}
	return &Problem{Status: http.StatusUnauthorized, Msg: "this browser has no session", Hint: "open the address that the terminal shows", Code: "session"}
}

func isStart(r *http.Request) bool {
	return r.Method == http.MethodGet && !isAPI(r) && !isAsset(r) && r.URL.Query().Has("token")
}

// start takes the token out of the address, where it would stay in sight.
func (s *Server) start(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	token := query.Get("token")
	switch {
	case s.Token != "" && same(token, s.Token), s.sessions.use(token):
		s.begin(w, r)
	case !s.hasSession(r):
		s.showDoor(w, r, http.StatusUnauthorized, door{})
		return
	}
	query.Del("token")
	seeOther(w, &url.URL{Path: r.URL.Path, RawQuery: query.Encode()})
}

func seeOther(w http.ResponseWriter, to *url.URL) {
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusSeeOther)
}
