package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
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
		wantStatus(t, path, got, http.StatusSeeOther)
		if to := got.Header().Get("Location"); to != want {
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
	for _, token := range []string{testToken, "old"} {
		got := v.get("/runs?token=" + token)
		wantStatus(t, token, got, http.StatusSeeOther)
		if got.Header().Get("Set-Cookie") != "" {
			t.Errorf("a browser that has a session gets another one")
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
	stolen := signIn(t, other).cookie
	ended := signIn(t, s)
	wantStatus(t, "end", ended.post("/api/session/end", "{}"), http.StatusOK)
	for what, cookie := range map[string]string{
		"none": "", "another server's": stolen, "another port's": strings.Replace(signIn(t, s).cookie, "8765", "8766", 1), "the token": "gigabatch-8765=" + testToken,
		"empty": "gigabatch-8765=", "ended": ended.cookie, "two": "gigabatch-8765=x; gigabatch-8765=y",
	} {
		v := visit(t, s)
		v.cookie = cookie
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
		wantStatus(t, "first", visit(t, s).get("/?token="+ticket), http.StatusSeeOther)
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
		v.get("/"), v.get("/runs?token=" + testToken), v.get("/none"), v.get("/api/hello"), v.get("/api/none"), v.get("/api/chats/" + id), v.get("/api/hello?token=" + testToken),
		v.get("/api/x" + testToken + "?x"), visit(t, s).get("/?token=" + testToken), visit(t, s).get("/?token=wrong"), visit(t, s).get("/runs"), v.post("/api/session/end", ""),
		visit(t, s).do("POST", "/login", "password=wrong", "Content-Type", "application/x-www-form-urlencoded"),
	} {
		header := r.Header().Clone()
		header.Del("Set-Cookie")
		text := fmt.Sprint(header, r.Body)
		for _, secret := range []string{testToken, value, s.Password} {
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
		wantStatus(t, next, got, http.StatusSeeOther)
		if to := got.Header().Get("Location"); to != want {
			t.Errorf("%s leads to %q, want %q", next, to, want)
		}
	}
	v.keep(v.login(s.Password, ""))
	wantStatus(t, "signed in", v.get("/api/hello"), http.StatusOK)
	wantStatus(t, "the login once more", v.get("/login"), http.StatusSeeOther)
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

func TestLoginTries(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Password = "a password of the page"
	synctest.Test(t, func(t *testing.T) {
		from := func(address string) *visitor {
			v := visit(t, s)
			v.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.RemoteAddr = address
				s.Handler().ServeHTTP(w, r)
			})
			return v
		}
		v := from("192.0.2.1:1000")
		for range maxFailed {
			wantStatus(t, "a wrong one", v.login("wrong", ""), http.StatusUnauthorized)
			wantStatus(t, "the right one meanwhile", from("192.0.2.2:1").login(s.Password, ""), http.StatusSeeOther)
		}
		got := from("192.0.2.1:2000").login(s.Password, "")
		wantStatus(t, "one too many", got, http.StatusTooManyRequests)
		if got.Header().Get("Retry-After") != "60" || got.Header().Get("Set-Cookie") != "" {
			t.Errorf("got the header %v", got.Header())
		}
		for i := range maxFailedAll - maxFailed {
			wantStatus(t, "another address", from(fmt.Sprintf("198.51.100.%d:1", i)).login("wrong", ""), http.StatusUnauthorized)
		}
		wantStatus(t, "too many of all", from("203.0.113.1:1").login(s.Password, ""), http.StatusTooManyRequests)
		time.Sleep(time.Minute)
		wantStatus(t, "a minute later", v.login(s.Password, ""), http.StatusSeeOther)
	})
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
		if s.isOpen(first) || !s.isOpen(second) || len(s.open) != maxSessions {
			t.Errorf("the first is open: %v, the second: %v, of %d", s.isOpen(first), s.isOpen(second), len(s.open))
		}
	})
}
