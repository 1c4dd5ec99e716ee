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
)

// What may go wrong within a minute before the password is not looked at any more: from one address, and from all together.
const (
	mostTries    = 5
	mostTriesAll = 20
)

// maxForm is how long the body of a login may be.
const maxForm = 8 << 10

//go:embed door.html
var doorText string

var doorPage = template.Must(template.New("door").Parse(doorText))

// door is the page for who has no session. It tells nothing.
type door struct {
	Lang   string
	Login  bool   // there is a password
	Next   string // where a login leads
	Wrong  bool   // that was not it
	Wait   int    // seconds until the next try, 0 is none
	Action string
}

func (s *Server) showDoor(w http.ResponseWriter, r *http.Request, status int, d door) {
	d.Lang, d.Login = language(r), s.Password != ""
	next := cmp.Or(d.Next, r.URL.Path)
	d.Action = (&url.URL{Path: "/login", RawQuery: url.Values{"next": {next}}.Encode()}).String()
	w.Header().Set("Referrer-Policy", "same-origin") // with none at all browsers send forms with the origin "null"
	writeTemplate(w, status, doorPage, d)
}

func (s *Server) isPublic(r *http.Request) bool {
	return r.URL.Path == "/static/css/base.css" || r.URL.Path == "/login" && s.Password != ""
}

// next is where a login leads: a page of this server, whatever the address says.
func next(r *http.Request) string {
	to := r.URL.Query().Get("next")
	if !isPlainPath(to) || to == "/login" {
		return "/"
	}
	return to
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request) {
	if s.hasSession(r) {
		seeOther(w, &url.URL{Path: next(r)})
		return
	}
	s.showDoor(w, r, http.StatusOK, door{Next: next(r)})
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, &Problem{Status: http.StatusBadRequest, Msg: "the form cannot be read"})
		return
	}
	if wait := s.tries.take(from); wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		s.showDoor(w, r, http.StatusTooManyRequests, door{Next: next(r), Wait: seconds})
		return
	}
	if s.Password == "" || !same(r.PostForm.Get("password"), s.Password) {
		s.showDoor(w, r, http.StatusUnauthorized, door{Next: next(r), Wrong: true})
		return
	}
	s.tries.forgive(from)
	s.begin(w, r)
	seeOther(w, &url.URL{Path: next(r)})
}

// tries are the logins of the last minute that failed. It has never more than mostTriesAll of them.
type tries struct {
	mu     sync.Mutex // guards failed
	failed []try
}

type try struct {
	from string
	at   time.Time
}

// take counts a try as failed, unless it returns how long to wait for one.
func (t *tries) take(from string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = slices.DeleteFunc(t.failed, func(f try) bool { return time.Since(f.at) >= time.Minute })
	var mine []try
	for _, f := range t.failed {
		if f.from == from {
			mine = append(mine, f)
		}
	}
	switch {
	case len(mine) >= mostTries:
		return time.Until(mine[0].at.Add(time.Minute))
	case len(t.failed) >= mostTriesAll:
		return time.Until(t.failed[0].at.Add(time.Minute))
	}
	t.failed = append(t.failed, try{from, time.Now()})
	return 0
}

// forgive takes back the last try, which was none that failed.
func (t *tries) forgive(from string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.failed) - 1; i >= 0; i-- {
		if t.failed[i].from == from {
			t.failed = slices.Delete(t.failed, i, i+1)
			return
		}
	}
}
