package web

import (
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"gigabatch/internal/messages"
)

// maxFailed is the number of failed logins in a minute after which the passwords of a source are no longer checked.
const maxFailed = 5

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

// showLogin shows the form also to a browser with a session: the tab may lack the key.
func (a *Access) showLogin(w http.ResponseWriter, r *http.Request) {
	a.showDoor(w, r, http.StatusOK, door{Next: next(r)})
}

func (a *Access) login(w http.ResponseWriter, r *http.Request) {
	from := source(r)
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
	a.enter(w, r, &url.URL{Path: next(r)})
}

// maxSources is the number of sources whose failed logins are remembered.
const maxSources = 1000

// logins has the times of the failed logins of the last minute by their source, at most maxFailed of each. A source that has failed too
// often waits; others do not.
type logins struct {
	mu     sync.Mutex // guards failed
	failed map[netip.Prefix][]time.Time
}

// source returns the network that a request counts for: its IPv4 address, or its /64 network of IPv6, which one subscriber has.
func source(r *http.Request) netip.Prefix {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	from := at.Addr().Unmap().WithZone("")
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	network, _ := from.Prefix(bits) // an address that is not known is a source, too
	return network
}

// take counts a login as failed and returns 0, or returns the time to wait before the next login is allowed.
func (l *logins) take(from netip.Prefix) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := slices.DeleteFunc(l.failed[from], func(at time.Time) bool { return time.Since(at) >= time.Minute })
	if len(mine) >= maxFailed {
		return time.Until(mine[0].Add(time.Minute))
	}
	if l.failed == nil {
		l.failed = map[netip.Prefix][]time.Time{}
	}
	l.failed[from] = append(mine, time.Now())
	for len(l.failed) > maxSources {
		quiet := from // the source whose last failure is the oldest
		for other, at := range l.failed {
			if at[len(at)-1].Before(l.failed[quiet][len(l.failed[quiet])-1]) {
				quiet = other
			}
		}
		delete(l.failed, quiet)
	}
	return 0
}

// forgive removes the last login from a source, because it succeeded.
func (l *logins) forgive(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.failed[from]); n > 1 {
		l.failed[from] = l.failed[from][:n-1]
	} else {
		delete(l.failed, from)
	}
}
