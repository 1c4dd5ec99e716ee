package web

import (
	"cmp"
	_ "embed"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"gigabatch/internal/messages"
)

// The numbers of failed logins in a minute after which passwords are no longer checked: from one address, and from all addresses together.
const (
	maxFailed    = 5
	maxFailedAll = 20
)

// maxForm is the largest body of a login, in bytes.
const maxForm = 8 << 10

//go:embed door.html
var doorText string

var doorPage = template.Must(template.New("door").Parse(doorText))

// door is the data of the page for browsers without a session. The page reveals nothing.
type door struct {
	Lang   string
	Login  bool   // the server has a password
	Next   string // where a login leads
	Wrong  bool   // the password was wrong
	Wait   int    // seconds until the next login is possible, 0 if it is possible now
	Action string
}

func (a *Access) showDoor(w http.ResponseWriter, r *http.Request, status int, d door) {
	d.Lang, d.Login = language(r).String(), a.Password != ""
	next := cmp.Or(d.Next, r.URL.Path)
	d.Action = (&url.URL{Path: "/login", RawQuery: url.Values{"next": {next}}.Encode()}).String()
	w.Header().Set("Referrer-Policy", "same-origin") // with no-referrer, browsers send forms with the origin "null"
	writeTemplate(w, status, doorPage, d)
}

// next returns the path that a login leads to. It is always on this server.
func next(r *http.Request) string {
	to := r.URL.Query().Get("next")
	if !isPlainPath(to) || to == "/login" {
		return "/"
	}
	return to
}

func (a *Access) showLogin(w http.ResponseWriter, r *http.Request) {
	if a.hasSession(r) {
		seeOther(w, &url.URL{Path: next(r)})
		return
	}
	a.showDoor(w, r, http.StatusOK, door{Next: next(r)})
}

func (a *Access) login(w http.ResponseWriter, r *http.Request) {
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, r, &Problem{Status: http.StatusBadRequest, Msg: messages.Sprintf("the form is not readable")})
		return
	}
	if wait := a.logins.take(from); wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		a.showDoor(w, r, http.StatusTooManyRequests, door{Next: next(r), Wait: seconds})
		return
	}
	if a.Password == "" || !same(r.PostForm.Get("password"), a.Password) {
		a.showDoor(w, r, http.StatusUnauthorized, door{Next: next(r), Wrong: true})
		return
	}
	a.logins.forgive(from)
	a.begin(w, r)
	seeOther(w, &url.URL{Path: next(r)})
}

// logins has the failed logins of the last minute, at most maxFailedAll.
type logins struct {
	mu     sync.Mutex // guards failed
	failed []login
}

type login struct {
	from string
	at   time.Time
}

// take counts a login as failed and returns 0, or returns the time to wait before the next login is allowed.
func (l *logins) take(from string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = slices.DeleteFunc(l.failed, func(f login) bool { return time.Since(f.at) >= time.Minute })
	var mine []login
	for _, f := range l.failed {
		if f.from == from {
			mine = append(mine, f)
		}
	}
	switch {
	case len(mine) >= maxFailed:
		return time.Until(mine[0].at.Add(time.Minute))
	case len(l.failed) >= maxFailedAll:
		return time.Until(l.failed[0].at.Add(time.Minute))
	}
	l.failed = append(l.failed, login{from, time.Now()})
	return 0
}

// forgive removes the last login from an address, because it succeeded.
func (l *logins) forgive(from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.failed) - 1; i >= 0; i-- {
		if l.failed[i].from == from {
			l.failed = slices.Delete(l.failed, i, i+1)
			return
		}
	}
}
