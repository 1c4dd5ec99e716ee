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
	Hosts    []string // what a Host header may say, exactly: "127.0.0.1:8765"
	Port     int      // tells the cookies of several servers on one host apart
	Secure   bool     // the page is reached over https: its cookie is sent over nothing else
	Token    string   // opens a session where it is in the start address
	Password string   // opens one too; "" where there is none

	sessions sessions
	logins   logins
}

// sessions are those who have shown the token or the password. They are known by the hashes of their secrets, and end with the server
// at the latest.
type sessions struct {
	mu      sync.Mutex // guards open and tickets
	open    map[secret]time.Time
	tickets map[secret]time.Time
}

// secret is the hash of one: comparing hashes reveals nothing about the text.
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

// use reports whether text is a ticket, which it is no longer after that.
func (s *sessions) use(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, ok := s.tickets[hashed(text)]
	delete(s.tickets, hashed(text))
	return ok && time.Since(made) < ticketLife
}

// Ticket is a token for a start address that opens one session within a minute and no more: others on this machine can see the arguments
// of the program that opens a browser.
func (a *Access) Ticket() string {
	text := rand.Text()
	s := &a.sessions
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tickets = put(s.tickets, hashed(text))
	return text
}

func (a *Access) cookieName() string { return "gigabatch-" + strconv.Itoa(a.Port) }

// session is the secret of the open session that r belongs to, "" if there is none. Whatever serves another port of this host can lay a
// cookie of the same name beside ours.
func (a *Access) session(r *http.Request) string {
	for _, c := range r.CookiesNamed(a.cookieName()) {
		if a.sessions.isOpen(c.Value) {
			return c.Value
		}
	}
	return ""
}

func (a *Access) hasSession(r *http.Request) bool { return a.session(r) != "" }

// begin opens a session in the browser that r came from.
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

// signedIn lets those through who have a session, and opens one for those who come with the token.
func (a *Access) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && !isAPI(r) && !isAsset(r) && r.URL.Query().Has("token"):
			a.start(w, r)
		case a.hasSession(r), r.URL.Path == "/static/css/base.css", r.URL.Path == "/login" && a.Password != "":
			next.ServeHTTP(w, r)
		case isAPI(r):
			writeProblem(w, a.noSession())
		default:
			a.showDoor(w, r, http.StatusUnauthorized, door{})
		}
	})
}

func (a *Access) noSession() *Problem {
	if a.Password != "" {
		return &Problem{Status: http.StatusUnauthorized, Msg: messages.Sprintf("you are not signed in"), Hint: messages.Sprintf("sign in again"), Code: "login"}
	}
	return &Problem{
		Status: http.StatusUnauthorized, Msg: messages.Sprintf("this browser has no session"),
		Hint: messages.Sprintf("open the address that the terminal shows"), Code: "session",
	}
}

// start takes the token out of the address, where it would stay in sight.
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
