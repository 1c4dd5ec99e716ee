package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStart(t *testing.T) {
	t.Parallel()
	v := visit(t, newTestServer(t))
	for path, want := range map[string]string{
		"/?token=" + testToken: "/", "/runs/x?a=b&token=" + testToken: "/runs/x?a=b", "/new?token=" + testToken + "&input=a%20b.csv": "/new?input=a+b.csv",
	} {
		got := v.get(path)
		wantStatus(t, path, got, http.StatusOK)
		if to := attribute(got.Body.String(), "data-next"); to != want {
			t.Errorf("%s leads to %q, want %q", path, to, want)
		}
		c, err := http.ParseSetCookie(got.Header().Get("Set-Cookie"))
		if err != nil || c.Name != "gigabatch-8765" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.Secure {
			t.Errorf("%s: got the cookie %v, error %v", path, c, err)
		}
		if c != nil && (c.Value == testToken || len(c.Value) < 26) {
			t.Errorf("the cookie's value is %q", c.Value)
		}
	}
}

func TestStartAgain(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	v := signIn(t, s)
	for token, want := range map[string]int{testToken: http.StatusOK, "old": http.StatusSeeOther} {
		got := v.get("/runs?token=" + token)
		wantStatus(t, token, got, want)
		if got.Header().Get("Set-Cookie") != "" {
			t.Errorf("a browser that has a session gets another one")
		}
		if key := attribute(got.Body.String(), "data-key"); (key == v.key) != (token == testToken) {
			t.Errorf("the token %q gives the key %q, want the key of the session only with the right token", token, key)
		}
	}
	if n := len(s.sessions.open); n != 1 {
		t.Errorf("got %d sessions, want 1", n)
	}
}

func TestSecureCookie(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Secure = true
	if got := visit(t, s).get("/?token=" + testToken).Header().Get("Set-Cookie"); !strings.Contains(got, "; Secure") {
		t.Errorf("got the cookie %s", got)
	}
}

func TestNoSession(t *testing.T) {
	t.Parallel()
	s, other := newTestServer(t), newTestServer(t)
	stolen := signIn(t, other)
	ended := signIn(t, s)
	wantStatus(t, "end", ended.post("/api/session/end", "{}"), http.StatusOK)
	for what, cookie := range map[string]string{
		"none": "", "another server's": stolen.cookie, "another port's": strings.Replace(signIn(t, s).cookie, "8765", "8766", 1), "the token": "gigabatch-8765=" + testToken,
		"empty": "gigabatch-8765=", "ended": ended.cookie, "two": "gigabatch-8765=x; gigabatch-8765=y",
	} {
		v := visit(t, s)
		v.cookie, v.key = cookie, stolen.key
		for _, path := range []string{"/", "/runs", "/chat/x", "/none", "/static/js/main.js", "/static/css/chat.css", "/?token=x", "/?token=", "/?token=" + testToken[1:], "/?Token=" + testToken, "/login"} {
			got := v.get(path)
			wantStatus(t, what+" "+path, got, http.StatusUnauthorized)
			if body := got.Body.String(); strings.Contains(body, "main.js") || !strings.Contains(body, "gigabatch serve") || strings.Contains(body, s.Dir) {
				t.Errorf("%s %s: got %s", what, path, body)
			}
		}
		for _, path := range []string{"/api/hello", "/api/chats", "/api/none", "/api/events", "/api/hello?token=" + testToken} {
			got := v.get(path)
			wantStatus(t, what+" "+path, got, http.StatusUnauthorized)
			if !strings.Contains(got.Body.String(), `"code":"session"`) {
				t.Errorf("%s %s: got %s", what, path, got.Body)
			}
		}
		wantStatus(t, what, v.post("/api/chats", "{}"), http.StatusUnauthorized)
		wantStatus(t, what, v.post("/?token="+testToken, ""), http.StatusUnauthorized)
		wantStatus(t, what, v.get("/static/css/base.css"), http.StatusOK)
	}
}

// Cookies are shared between the ports of a host.
func TestCookieBesideOurs(t *testing.T) {
	t.Parallel()
	v := signIn(t, newTestServer(t))
	v.cookie = "gigabatch-8765=planted; " + v.cookie
	wantStatus(t, "hello", v.get("/api/hello"), http.StatusOK)
	wantStatus(t, "end", v.post("/api/session/end", ""), http.StatusOK)
	wantStatus(t, "hello after the end", v.get("/api/hello"), http.StatusUnauthorized)
}

func TestNoToken(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Token = ""
	for _, path := range []string{"/?token=", "/?token", "/?token=x"} {
		wantStatus(t, path, visit(t, s).get(path), http.StatusUnauthorized)
	}
}

func TestTicket(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	synctest.Test(t, func(t *testing.T) {
		ticket := s.Ticket()
		wantStatus(t, "first", visit(t, s).get("/?token="+ticket), http.StatusOK)
		wantStatus(t, "second", visit(t, s).get("/?token="+ticket), http.StatusUnauthorized)
		late := s.Ticket()
		time.Sleep(ticketLife)
		wantStatus(t, "late", visit(t, s).get("/?token="+late), http.StatusUnauthorized)
	})
}

func TestSecretsNowhere(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Password = "a password of the page"
	var said []error
	s.Report = func(err error) { said = append(said, err) }
	v := signIn(t, s)
	id := newChat(t, v)
	_, value, _ := strings.Cut(v.cookie, "=")
	for _, r := range []*httptest.ResponseRecorder{
		v.get("/"), v.get("/none"), v.get("/api/hello"), v.get("/api/none"), v.get("/api/chats/" + id), v.get("/api/hello?token=" + testToken),
		v.get("/api/x" + testToken + "?x"), visit(t, s).get("/?token=" + testToken), visit(t, s).get("/?token=wrong"), visit(t, s).get("/runs"), v.post("/api/session/end", ""),
		visit(t, s).do("POST", "/login", "password=wrong", "Content-Type", "application/x-www-form-urlencoded"), v.get("/login"), v.get("/?token=wrong"),
	} {
		header := r.Header().Clone()
		header.Del("Set-Cookie")
		text := fmt.Sprint(header, r.Body)
		for _, secret := range []string{testToken, value, v.key, s.Password} {
			if strings.Contains(text, secret) {
				t.Errorf("an answer tells %q: %s", secret, text)
			}
		}
	}
	if err := errors.Join(said...); err != nil {
		t.Error(err)
	}
}

func (v *visitor) login(password, query string) *httptest.ResponseRecorder {
	return v.do("POST", "/login"+query, url.Values{"password": {password}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Password = "a password of the page"
	v := visit(t, s)
	got := v.get("/runs/x")
	wantStatus(t, "a page", got, http.StatusUnauthorized)
	if !strings.Contains(got.Body.String(), `action="/login?next=%2fruns%2fx"`) && !strings.Contains(got.Body.String(), `action="/login?next=%2Fruns%2Fx"`) {
		t.Errorf("got no form that leads there: %s", got.Body)
	}
	if body := v.get("/api/hello").Body.String(); !strings.Contains(body, `"code":"login"`) {
		t.Errorf("the API answers %s", body)
	}
	wantStatus(t, "the login", v.get("/login"), http.StatusOK)
	for _, password := range []string{"", "a password", s.Password + " ", strings.ToUpper(s.Password)} {
		wantStatus(t, password, v.login(password, ""), http.StatusUnauthorized)
	}
	wantStatus(t, "a password in the address", v.do("POST", "/login?password="+url.QueryEscape(s.Password), ""), http.StatusUnauthorized)
	s.logins = logins{}
	for next, want := range map[string]string{
		"": "/", "?next=/runs/x": "/runs/x", "?next=//evil.example": "/", `?next=/\evil.example`: "/", "?next=http://evil.example/": "/", "?next=/login": "/",
		"?next=%2f%2fevil.example": "/", "?next=/a%0d%0ax": "/", "?next=javascript:alert(1)": "/", "?next=/%09/evil.example": "/",
	} {
		got := visit(t, s).login(s.Password, next)
		wantStatus(t, next, got, http.StatusOK)
		if to := attribute(got.Body.String(), "data-next"); to != want {
			t.Errorf("%s leads to %q, want %q", next, to, want)
		}
	}
	v.keep(v.login(s.Password, ""))
	wantStatus(t, "signed in", v.get("/api/hello"), http.StatusOK)
	again := v.get("/login") // in a tab without the key
	wantStatus(t, "the login once more", again, http.StatusOK)
	if text := again.Body.String(); !strings.Contains(text, `name="password"`) {
		t.Errorf("the login once more is %s", text)
	}
	wantStatus(t, "a large form", visit(t, s).login(strings.Repeat("x", maxForm), ""), http.StatusBadRequest)
}

func TestNoPasswordNoLogin(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, password := range []string{"", "x"} {
		wantStatus(t, "a stranger", visit(t, s).login(password, ""), http.StatusUnauthorized)
		wantStatus(t, "with a session", signIn(t, s).login(password, ""), http.StatusUnauthorized)
	}
}

// from returns a browser at an address.
func from(t *testing.T, s *Server, address string) *visitor {
	v := visit(t, s)
	v.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = address
		s.Handler().ServeHTTP(w, r)
	})
	return v
}

// Whoever tries passwords waits; everyone else signs in at once, however many others try.
func TestLoginTries(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Password = "a password of the page"
	synctest.Test(t, func(t *testing.T) {
		for range maxFailed {
			wantStatus(t, "a wrong one", from(t, s, "192.0.2.1:1000").login("wrong", ""), http.StatusUnauthorized)
			wantStatus(t, "the right one meanwhile", from(t, s, "192.0.2.2:1").login(s.Password, ""), http.StatusOK)
			time.Sleep(time.Second)
		}
		got := from(t, s, "192.0.2.1:2000").login(s.Password, "")
		wantStatus(t, "one too many", got, http.StatusTooManyRequests)
		if got.Header().Get("Retry-After") != "55" || got.Header().Get("Set-Cookie") != "" || attribute(got.Body.String(), "data-key") != "" {
			t.Errorf("got the header %v", got.Header())
		}
		wantStatus(t, "the same address as IPv6", from(t, s, "[::ffff:192.0.2.1]:1").login(s.Password, ""), http.StatusTooManyRequests)
		for i := range 10 * maxSources {
			other := fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)
			if i%1000 == 0 {
				wantStatus(t, "another address", from(t, s, other).login("wrong", ""), http.StatusUnauthorized)
			} else {
				s.logins.take(source(&http.Request{RemoteAddr: other}))
			}
		}
		if n := len(s.logins.failed); n > maxSources {
			t.Errorf("%d sources are remembered", n)
		}
		wantStatus(t, "while many others try", from(t, s, "203.0.113.1:1").login(s.Password, ""), http.StatusOK)
		time.Sleep(55 * time.Second)
		wantStatus(t, "a minute later", from(t, s, "192.0.2.1:1000").login(s.Password, ""), http.StatusOK)
	})
}

// A subscriber has a whole /64 network of IPv6 and could try each password from another address.
func TestLoginTriesOfANetwork(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Password = "a password of the page"
	synctest.Test(t, func(t *testing.T) {
		for i := range maxFailed {
			wantStatus(t, "a wrong one", from(t, s, fmt.Sprintf("[2001:db8:0:1:%x::1]:1", i)).login("wrong", ""), http.StatusUnauthorized)
		}
		wantStatus(t, "the same network", from(t, s, "[2001:db8:0:1:ffff::]:1").login(s.Password, ""), http.StatusTooManyRequests)
		wantStatus(t, "another network", from(t, s, "[2001:db8:0:2::1]:1").login(s.Password, ""), http.StatusOK)
		for range maxFailed {
			wantStatus(t, "a wrong one", from(t, s, "[fe80::1%eth0]:1").login("wrong", ""), http.StatusUnauthorized)
		}
		wantStatus(t, "the link", from(t, s, "[fe80::2%eth1]:1").login(s.Password, ""), http.StatusTooManyRequests)
	})
}

// A server on another port of the host receives the cookie, and could use it itself.
func TestCookieAlone(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	v, other := signIn(t, s), signIn(t, s)
	id := newChat(t, v)
	for what, key := range map[string]string{"no key": "", "the cookie as the key": strings.TrimPrefix(v.cookie, "gigabatch-8765="), "the token": testToken, "the key of another session": other.key, "part of the key": v.key[1:]} {
		thief := visit(t, s)
		thief.cookie, thief.key = v.cookie, key
		for _, path := range []string{
			"/api/hello", "/api/chats", "/api/chats/" + id, "/api/chats/" + id + "/stream", "/api/chats/" + id + "/export?format=md", "/api/none", "/api/events",
			"/api/hello?key=" + v.key, "/api/chats/" + id + "/export?format=md&ticket=", "/api/chats/" + id + "/export?format=md&ticket=" + v.key,
		} {
			wantStatus(t, what+" "+path, thief.get(path), http.StatusUnauthorized)
		}
		for _, path := range []string{"/api/chats", "/api/session/end", "/api/files?name=q.csv", "/api/tickets"} {
			wantStatus(t, what+" "+path, thief.post(path, `{"path":"/api/chats/`+id+`/export?format=md"}`), http.StatusUnauthorized)
		}
		for _, path := range []string{"/", "/runs", "/login", "/?token=", "/?token=" + testToken[1:], "/static/js/main.js"} {
			if text := fmt.Sprint(thief.get(path)); strings.Contains(text, v.key) || strings.Contains(text, filepath.Base(s.Dir)) {
				t.Errorf("%s tells the thief of a cookie something: %s", path, text)
			}
		}
	}
	alone := visit(t, s)
	alone.key = v.key
	wantStatus(t, "the key alone", alone.get("/api/hello"), http.StatusUnauthorized)
	wantStatus(t, "both", v.get("/api/hello"), http.StatusOK)
}

// A download is requested by the browser itself, which does not send the key: its address is valid once, for this file, for a minute.
func TestDownloadTickets(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	v, other := signIn(t, s), signIn(t, s)
	id := newChat(t, v)
	export := "/api/chats/" + id + "/export?format=md"
	synctest.Test(t, func(t *testing.T) {
		ticket := func() string {
			t.Helper()
			got := v.post("/api/tickets", `{"path":"`+export+`"}`)
			wantStatus(t, "a ticket", got, http.StatusCreated)
			return decode[struct{ URL string }](t, got.Body.String()).URL
		}
		browser, stranger := visit(t, s), visit(t, s)
		browser.cookie, stranger.cookie = v.cookie, other.cookie
		url := ticket()
		if text := url; strings.Contains(text, v.key) || strings.Contains(text, strings.TrimPrefix(v.cookie, "gigabatch-8765=")) {
			t.Errorf("a secret of the session is in %s", text)
		}
		got := browser.get(url)
		wantStatus(t, "a download", got, http.StatusOK)
		if kind := got.Header().Get("Content-Disposition"); !strings.HasPrefix(kind, "attachment") {
			t.Errorf("the download is %q", kind)
		}
		wantStatus(t, "the second time", browser.get(url), http.StatusUnauthorized)
		for what, change := range map[string]func(string) string{
			"another format": func(u string) string { return strings.Replace(u, "md", "jsonl", 1) },
			"another chat":   func(u string) string { return strings.Replace(u, id, newChat(t, v), 1) },
			"more":           func(u string) string { return u + "&lang=ru" },
			"another path":   func(u string) string { return strings.Replace(u, "/export", "", 1) },
		} {
			url := ticket()
			wantStatus(t, what, browser.get(change(url)), http.StatusUnauthorized)
			wantStatus(t, "after "+what, browser.get(url), http.StatusUnauthorized)
		}
		wantStatus(t, "another session", stranger.get(ticket()), http.StatusUnauthorized)
		wantStatus(t, "no session", visit(t, s).get(ticket()), http.StatusUnauthorized)
		wantStatus(t, "to change something", browser.post(ticket(), "{}"), http.StatusUnauthorized)
		wantStatus(t, "as a token", visit(t, s).get("/?token="+strings.SplitAfter(ticket(), "ticket=")[1]), http.StatusUnauthorized)
		late := ticket()
		time.Sleep(ticketLife)
		wantStatus(t, "late", browser.get(late), http.StatusUnauthorized)
	})
	for _, path := range []string{
		"", "/", "/api/hello", "/api/chats", "/api/events", "/api/chats/" + id, "/api/chats/" + id + "/delete", "//evil.example" + export, "http://evil.example" + export,
		"/api/chats/../hello", "x",
	} {
		wantStatus(t, path, v.post("/api/tickets", `{"path":"`+path+`"}`), http.StatusNotFound)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	var s sessions
	synctest.Test(t, func(t *testing.T) {
		first := s.begin()
		time.Sleep(time.Second)
		second := s.begin()
		for range maxSessions - 1 {
			time.Sleep(time.Second)
			s.begin()
		}
		if s.key(first) != "" || s.key(second) == "" || len(s.open) != maxSessions {
			t.Errorf("the first has the key %q, the second %q, of %d", s.key(first), s.key(second), len(s.open))
		}
	})
}
