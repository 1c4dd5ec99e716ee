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

	"gigabatch/internal/messages"
)

const (
	ticketLife  = time.Minute
	maxSessions = 1000
)

// Access says who may see the page.
type Access struct {
	Hosts    []string // the permitted Host headers, such as "127.0.0.1:8765"
	Port     int      // is part of the name of the cookie, so that several servers on one host do not share it
	Secure   bool     // the page is served over https, and the cookie is sent only over it
	Token    string   // opens a session if the start address has it
	Password string   // opens a session, too; may be empty

	sessions sessions
	logins   logins
}

// sessions are the browsers that have shown the token or the password, by the hashes of their secrets. They end with the server at the
// latest.
type sessions struct {
	mu      sync.Mutex // guards open and tickets
	open    map[secret]time.Time
	tickets map[secret]time.Time
}

// secret is the hash of a secret text. Comparing hashes reveals nothing about the text.
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

// put adds a secret. If the map is full, the oldest secret is removed.
func put(all map[secret]time.Time, one secret) map[secret]time.Time {
	if all == nil {
		all = map[secret]time.Time{}
	}
	for len(all) >= maxSessions {
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

// use reports whether text is a valid ticket, and makes it invalid.
func (s *sessions) use(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, ok := s.tickets[hashed(text)]
	delete(s.tickets, hashed(text))
	return ok && time.Since(made) < ticketLife
}

// Ticket returns a token for a start address that opens one session, within a minute. It is for the command that opens a browser, whose
// arguments others on this machine can see.
func (a *Access) Ticket() string {
	text := rand.Text()
	s := &a.sessions
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tickets = put(s.tickets, hashed(text))
	return text
}

func (a *Access) cookieName() string { return "gigabatch-" + strconv.Itoa(a.Port) }

// session returns the secret of the open session that r belongs to, "" if there is none. All cookies of the name are tried, since servers
// on other ports of this host can set cookies of the same name.
func (a *Access) session(r *http.Request) string {
	for _, c := range r.CookiesNamed(a.cookieName()) {
		if a.sessions.isOpen(c.Value) {
			return c.Value
		}
	}
	return ""
}

func (a *Access) hasSession(r *http.Request) bool { return a.session(r) != "" }

// begin opens a session in the browser that sent r, unless it has one.
func (a *Access) begin(w http.ResponseWriter, r *http.Request) {
	if !a.hasSession(r) {
		a.setCookie(w, a.sessions.begin(), 0)
	}
}

func (a *Access) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: a.cookieName(), Value: value, Path: "/", HttpOnly: true, Secure: a.Secure, SameSite: http.SameSiteStrictMode, MaxAge: maxAge,
	})
}

func (a *Access) endSession(w http.ResponseWriter, r *http.Request) {
	a.sessions.end(a.session(r))
	a.setCookie(w, "", -1)
	writeJSON(w, http.StatusOK, struct{}{})
}

// signedIn lets requests with a session pass, and opens a session for a start address with the token.
func (a *Access) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && !isAPI(r) && !isAsset(r) && r.URL.Query().Has("token"):
			a.start(w, r)
		case a.hasSession(r), r.URL.Path == "/static/css/base.css", r.URL.Path == "/login" && a.Password != "":
			next.ServeHTTP(w, r)
		case isAPI(r):
			writeProblem(w, r, a.noSession())
		default:
			a.showDoor(w, r, http.StatusUnauthorized, door{})
		}
	})
}

func (a *Access) noSession() *Problem {
	if a.Password != "" {
		return &Problem{
			Status: http.StatusUnauthorized, Msg: messages.Sprintf("you are not signed in"), Hint: messages.Sprintf("sign in again"), Code: "login",
		}
	}
	return &Problem{
		Status: http.StatusUnauthorized, Msg: messages.Sprintf("this browser has no session"),
		Hint: messages.Sprintf("open the address shown in the terminal"), Code: "session",
	}
}

// start opens a session and redirects to the address without the token, which would stay visible there.
func (a *Access) start(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	token := query.Get("token")
	switch {
	case a.Token != "" && same(token, a.Token), a.sessions.use(token):
		a.begin(w, r)
	case !a.hasSession(r):
		a.showDoor(w, r, http.StatusUnauthorized, door{})
		return
	}
	query.Del("token")
	seeOther(w, &url.URL{Path: r.URL.Path, RawQuery: query.Encode()})
}

func seeOther(w http.ResponseWriter, to *url.URL) {
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusSeeOther)
}
