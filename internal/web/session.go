package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
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
	Names    []string // host names in lower case that are permitted with every port and without one: a reverse proxy has its own
	Port     int      // is part of the name of the cookie, so that several servers on one host do not share it
	Secure   bool     // the page is served over https, and the cookie is sent only over it
	Token    string   // opens a session if the start address has it
	Password string   // opens a session, too; may be empty

	sessions sessions
	logins   logins
}

// sessions are the browsers that have shown the token or the password, by the hashes of their secrets. They end with the server at the
// latest.
//
// A session has two secrets. The browser keeps the first one in a cookie, and sends it to the servers on all other ports of the host, too.
// The page keeps the second one, the key, and sends it as a header; other origins cannot read it.
type sessions struct {
	mu      sync.Mutex // guards open and tickets
	open    map[secret]issued
	tickets map[secret]issued
}

type issued struct {
	at    time.Time
	word  string        // the key of a session; what a ticket is for, "" if it opens a session
	ended chan struct{} // is closed when the user ends the session
}

// secret is the hash of a secret text. Comparing hashes reveals nothing about the text.
type secret [sha256.Size]byte

func hashed(text string) secret { return sha256.Sum256([]byte(text)) }

func same(a, b string) bool {
	x, y := hashed(a), hashed(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// begin opens a session and returns its secret for the cookie.
func (s *sessions) begin() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return put(&s.open, rand.Text())
}

// put adds a new secret with its word, and returns it. If the map is full, the oldest secret is removed.
func put(to *map[secret]issued, word string) string {
	if *to == nil {
		*to = map[secret]issued{}
	}
	all, text := *to, rand.Text()
	for len(all) >= maxSessions {
		oldest := secret{}
		for k, one := range all {
			if have, ok := all[oldest]; !ok || one.at.Before(have.at) {
				oldest = k
			}
		}
		delete(all, oldest)
	}
	all[hashed(text)] = issued{time.Now(), word, make(chan struct{})}
	return text
}

// key returns the key of an open session, "" if the session is not open.
func (s *sessions) key(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[hashed(text)].word
}

func (s *sessions) end(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.open[hashed(text)]; ok {
		close(one.ended)
		delete(s.open, hashed(text))
	}
}

// ended returns a channel that is closed when the user ends a session, nil if the session is not open.
func (s *sessions) ended(text string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[hashed(text)].ended
}

// ticket returns a secret that is valid once, within ticketLife, and only for a purpose.
func (s *sessions) ticket(purpose string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return put(&s.tickets, purpose)
}

// use reports whether text is a valid ticket for a purpose, and makes it invalid in any case.
func (s *sessions) use(text, purpose string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, ok := s.tickets[hashed(text)]
	delete(s.tickets, hashed(text))
	return ok && made.word == purpose && time.Since(made.at) < ticketLife
}

// Ticket returns a token for a start address that opens one session, within a minute. It is for the command that opens a browser, whose
// arguments others on this machine can see.
func (a *Access) Ticket() string { return a.sessions.ticket("") }

func (a *Access) cookieName() string { return "gigabatch-" + strconv.Itoa(a.Port) }

// session returns the secret of the open session that r belongs to, "" if there is none. All cookies of the name are tried, since servers
// on other ports of this host can set cookies of the same name.
func (a *Access) session(r *http.Request) string {
	for _, c := range r.CookiesNamed(a.cookieName()) {
		if a.sessions.key(c.Value) != "" {
			return c.Value
		}
	}
	return ""
}

func (a *Access) hasSession(r *http.Request) bool { return a.session(r) != "" }

// keyHeader is the header with the key of a session.
const keyHeader = "Gigabatch-Key"

// hasKey reports whether a request comes from the page of its session: it has the key of the session, or it is a download with a ticket.
func (a *Access) hasKey(r *http.Request) bool {
	session := a.session(r)
	key := a.sessions.key(session)
	if key != "" && same(r.Header.Get(keyHeader), key) {
		return true
	}
	query := r.URL.Query()
	ticket := query.Get("ticket")
	query.Del("ticket")
	to := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
	return r.Method == http.MethodGet && session != "" && ticket != "" && a.sessions.use(ticket, download(session, &to))
}

// download is the purpose of a ticket for a download in a session.
func download(session string, to *url.URL) string {
	return session + " " + to.Path + "?" + to.Query().Encode()
}

//go:embed entry.html
var entryText string

var entryPage = template.Must(template.New("entry").Parse(entryText))

// entry is the data of the page that gives the key of a session to the tab that signs in, and leads to Next. A redirect could give it only
// in a cookie or in an address.
type entry struct{ Lang, Key, Next string }

// enter opens a session in the browser that sent r, unless it has one, gives the tab its key, and leads it to an address.
func (a *Access) enter(w http.ResponseWriter, r *http.Request, to *url.URL) {
	session := a.session(r)
	if session == "" {
		session = a.sessions.begin()
		a.setCookie(w, session, 0)
	}
	writeTemplate(w, http.StatusOK, entryPage, entry{Lang: language(r).String(), Key: a.sessions.key(session), Next: to.String()})
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

// openToAll are the files that the door and the entry need.
var openToAll = []string{"/static/css/tokens.css", "/static/css/base.css", "/static/js/key.js"}

// streaming ends an answer that may go on for hours when the user ends the session.
func (a *Access) streaming(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		var waiting sync.WaitGroup
		defer waiting.Wait()
		defer cancel()
		ended := a.sessions.ended(a.session(r))
		waiting.Go(func() {
			select {
			case <-ended:
				cancel()
			case <-ctx.Done():
			}
		})
		next(w, r.WithContext(ctx))
	}
}

// signedIn lets requests with a session pass, those of the API only with its key, and opens a session for a start address with the token.
func (a *Access) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && !isAPI(r) && !isAsset(r) && r.URL.Query().Has("token"):
			a.start(w, r)
		case isAPI(r) && !a.hasKey(r):
			writeProblem(w, r, a.noSession())
		case a.hasSession(r), slices.Contains(openToAll, r.URL.Path), r.URL.Path == "/login" && a.Password != "":
			next.ServeHTTP(w, r)
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
		Status: http.StatusUnauthorized, Msg: messages.Sprintf("this tab is not signed in"),
		Hint: messages.Sprintf("open the address shown in the terminal"), Code: "session",
	}
}

// start opens a session and leads to the address without the token, which would stay visible there.
func (a *Access) start(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	token := query.Get("token")
	query.Del("token")
	to := &url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
	switch {
	case a.Token != "" && same(token, a.Token), a.sessions.use(token, ""):
		a.enter(w, r, to)
	case a.hasSession(r):
		seeOther(w, to)
	default:
		a.showDoor(w, r, http.StatusUnauthorized, door{})
	}
}

func seeOther(w http.ResponseWriter, to *url.URL) {
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusSeeOther)
}
