package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// serve serves s on a loopback port until the test ends.
func serve(t *testing.T, s *Server) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	s.Port, s.Hosts = at.Port, []string{at.String(), fmt.Sprintf("localhost:%d", at.Port)}
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { s.Serve(ctx, nil, l) })
	t.Cleanup(func() {
		cancel()
		serving.Wait()
	})
	return at.String()
}

// send writes a request byte by byte as given, and returns the answer.
func send(t *testing.T, address, request string) (status int, header http.Header, body string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header, readAll(t, resp.Body)
}

// A web site can make its name resolve to this machine (DNS rebinding), so that the browser sends requests under that name.
func TestHostsRefused(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := serve(t, s)
	both := secrets(s)
	_, port, _ := net.SplitHostPort(address)
	for _, host := range []string{
		"evil.example:PORT", "evil.example", "127.0.0.1.evil.example:PORT", "localhost.evil.example:PORT", "evil.example#127.0.0.1:PORT",
		"127.0.0.1", "127.0.0.1:80", "127.0.0.1:1PORT", "127.0.0.1:", "127.0.0.1:0PORT", "localhost", "localhost:80", "localhost.:PORT", "127.0.0.1.:PORT",
		"user@127.0.0.1:PORT", "127.0.0.1:PORT@evil.example", "127.0.0.1:PORT,evil.example", "127.0.0.1:PORT evil.example", "127.0.0.1:PORT/", "LOCALHOST:PORT",
		"[::1]:PORT", "[::ffff:127.0.0.1]:PORT", "[::]:PORT", "::1:PORT", "[::1%25lo]:PORT", "", "2130706433:PORT", "0x7f000001:PORT", "0177.0.0.1:PORT", "127.1:PORT",
		"0.0.0.0:PORT", "127.0.0.2:PORT", "127.0.0.1:PORT\tx", "127。0。0。1:PORT", "http://127.0.0.1:PORT", "*", "null", "%6c%6fcalhost:PORT",
	} {
		host = strings.ReplaceAll(host, "PORT", port)
		for _, path := range []string{"/api/hello", "/", "/?token=" + s.Token} {
			status, header, body := send(t, address, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\n"+both+"Connection: close\r\n\r\n")
			if status != http.StatusMisdirectedRequest && status != http.StatusBadRequest {
				t.Errorf("Host %q, %s: got status %d: %s", host, path, status, body)
			}
			if header.Get("Set-Cookie")+header.Get("Location") != "" || strings.Contains(body, `"version"`) || strings.Contains(body, "main.js") {
				t.Errorf("Host %q, %s: the answer tells something: %v %s", host, path, header, body)
			}
		}
	}
}

func TestTargetsRefused(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := serve(t, s)
	rest := secrets(s) + "Connection: close\r\n\r\n"
	for _, request := range []string{
		"GET http://evil.example/api/hello HTTP/1.1\r\nHost: " + address + "\r\n",
		"GET http://" + address + "/api/hello HTTP/1.1\r\nHost: evil.example\r\n",
		"GET http://" + address + "/api/hello HTTP/1.1\r\nHost: " + address + "\r\n",
		"GET //evil.example/api/hello HTTP/1.1\r\nHost: " + address + "\r\n",
		"GET /api/hello HTTP/1.1\r\nHost: " + address + "\r\nHost: " + address + "\r\n",
		"GET /api/hello HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: " + address + "\r\n",
		"GET /api/hello HTTP/1.1\r\n",
		"GET /api/hello HTTP/1.0\r\n",
		"CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: " + address + "\r\n",
	} {
		status, _, body := send(t, address, request+rest)
		if status < 400 && status != http.StatusOK || strings.Contains(body, `"version"`) || status == http.StatusOK && body != "" {
			t.Errorf("%q: got status %d: %s", request, status, body)
		}
	}
}

func TestHostsServed(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := serve(t, s)
	both := secrets(s)
	for _, host := range s.Hosts {
		status, _, body := send(t, address, "GET /api/hello HTTP/1.1\r\nHost: "+host+"\r\n"+both+"Connection: close\r\n\r\n")
		if status != http.StatusOK || !strings.Contains(body, `"version":"v1"`) {
			t.Errorf("Host %q: got status %d: %s", host, status, body)
		}
	}
}

// A reverse proxy or DNS gives the page other names. The port is that of the proxy, which may leave it out of the Host header or send our
// own address instead.
func TestNamesServed(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Names = []string{"page.example", "2001:db8::1"}
	address := serve(t, s)
	both := secrets(s)
	status := func(method, path, host, more string) int {
		t.Helper()
		code, _, _ := send(t, address, method+" "+path+" HTTP/1.1\r\nHost: "+host+"\r\n"+both+more+"Content-Length: 0\r\nConnection: close\r\n\r\n")
		return code
	}
	for _, host := range []string{"page.example", "page.example:443", "page.example:8443", "PAGE.example", "[2001:db8::1]", "[2001:db8::1]:80"} {
		if got := status("GET", "/api/hello", host, ""); got != http.StatusOK {
			t.Errorf("Host %q: got status %d", host, got)
		}
		for _, origin := range []string{"https://page.example", "http://page.example", "http://page.example:8080", "https://[2001:db8::1]"} {
			for _, seen := range []string{host, address} {
				if got := status("POST", "/api/chats", seen, "Origin: "+origin+"\r\n"); got != http.StatusCreated {
					t.Errorf("Host %q, Origin %q: got status %d", seen, origin, got)
				}
			}
		}
		if got := status("POST", "/api/chats", host, "Sec-Fetch-Site: same-origin\r\nOrigin: https://page.example\r\n"); got != http.StatusCreated {
			t.Errorf("Host %q, same origin: got status %d", host, got)
		}
	}
	for _, host := range []string{
		"page.example.evil.example", "evil.example", "xpage.example", "page.example.", "page.example:x", "page.example@evil.example", "evil.example/page.example",
		"page.example/", "page.example#", "page.example?", "2001:db8::1", "[2001:db8::2]", "", "[]", "page%2eexample",
	} {
		if got := status("GET", "/api/hello", host, ""); got != http.StatusMisdirectedRequest && got != http.StatusBadRequest {
			t.Errorf("Host %q: got status %d", host, got)
		}
	}
	for _, more := range []string{
		"Origin: https://evil.example", "Origin: https://page.example.evil.example", "Origin: null", "Origin: https://page.example@evil.example",
		"Sec-Fetch-Site: cross-site\r\nOrigin: https://page.example", "Sec-Fetch-Site: same-site\r\nOrigin: http://page.example:9999",
	} {
		if got := status("POST", "/api/chats", "page.example", more+"\r\n"); got != http.StatusForbidden {
			t.Errorf("%q: got status %d", more, got)
		}
	}
}

func TestForeignOrigins(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Password = "a password of the page"
	v := signIn(t, s)
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "CROSS-SITE"}, {"Origin", "http://evil.example"},
		{"Origin", "null"}, {"Origin", "http://127.0.0.1:9999"}, {"Origin", "http://localhost"}, {"Origin", "http://evil.example:8765"},
		{"Sec-Fetch-Site", "cross-site", "Origin", "http://" + testHost},
	} {
		for _, path := range []string{"/api/chats", "/api/session/end", "/login"} {
			wantStatus(t, fmt.Sprint(path, header), v.do("POST", path, "{}", append(header, "Content-Type", "application/json")...), http.StatusForbidden)
		}
	}
	if list := v.get("/api/chats").Body.String(); list != `{"chats":[]}`+"\n" {
		t.Errorf("another site made a chat: %s", list)
	}
	for _, site := range []string{"cross-site", "same-site"} {
		wantStatus(t, site, v.do("GET", "/api/hello", "", "Sec-Fetch-Site", site), http.StatusForbidden)
		wantStatus(t, site, v.do("GET", "/static/css/base.css", "", "Sec-Fetch-Site", site), http.StatusForbidden)
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://" + testHost}, {}} {
		wantStatus(t, fmt.Sprint(header), v.do("POST", "/api/chats", "{}", header...), http.StatusCreated)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	v := signIn(t, newTestServer(t))
	id := newChat(t, v)
	for _, path := range []string{
		"/api/session/end", "/api/chats/" + id + "/ask", "/api/chats/" + id + "/stop", "/api/chats/" + id + "/delete", "/api/chats/" + id + "/rename",
		"/api/tables/x/look", "/api/tables/x/rows", "/api/tables/x/prompt", "/api/tables/x/save", "/api/plan", "/api/try", "/api/runs/x/pause", "/api/runs/x/resume", "/api/runs/x/stop", "/api/runs/x/retry",
		"/api/runs/x/continue", "/api/runs/x/concurrency", "/api/tables/x/edit",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			got := v.do(method, path, "")
			wantStatus(t, method+" "+path, got, http.StatusMethodNotAllowed)
			if got.Header().Get("Allow") != "POST" {
				t.Errorf("%s %s: Allow is %q, want POST", method, path, got.Header().Get("Allow"))
			}
		}
	}
	for _, path := range []string{"/", "/runs", "/static/css/base.css", "/api/hello", "/api/events", "/chat/x"} {
		wantStatus(t, "POST "+path, v.post(path, "{}"), http.StatusMethodNotAllowed)
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "FOO"} {
		wantStatus(t, method, v.do(method, "/api/chats/"+id, ""), http.StatusMethodNotAllowed)
	}
	wantStatus(t, "the chat", v.get("/api/chats/"+id), http.StatusOK)
}

func TestPathsRefused(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := serve(t, s)
	both := secrets(s)
	for _, path := range []string{
		"/static/../server.go", "/static/%2e%2e/server.go", "/static/..%2fserver.go", "/static/%2e%2e%2fserver.go", `/static/..\server.go`, "/static/..%5cserver.go",
		"/static/css/base.css%00.js", "/static//css/base.css", "/static/./css/base.css", "/static/", "/static", "/static/css", "/static/css/", "/static/css/base.css/",
		"/static/css%2fbase.css%2f", "/STATIC/css/base.css", "/static/css/BASE.CSS", "/static/css/base.css.", "/static/css/base.css::$DATA", "/static/nul",
		"/static//etc/passwd", "/static/%2fetc%2fpasswd", "/shell.html", "/static/shell.html", "/static/%c0%ae%c0%ae/server.go", "/static/%ff",
		"/api/chats/../hello", "/api/chats/..", "/api/chats/%2e%2e", "/api/chats/..%2f..%2fetc%2fpasswd", `/api/chats/..\..\x`, "/api/chats/..%5c..%5cx",
		"/api/chats/%00", "/api/chats/aaaaaaaaaaaaaaaaaaaaaaaaaa%00", "/api/chats/aaaaaaaaaaaaaaaaaaaaaaaaaa", "/api/chats/AAAAAAAAAAAAAAAAAAAAAAAAAA",
		"/api/chats/aaaaaaaaaaaaaaaaaaaaaaaaaa.json", "/api/chats/con", "/api/chats/.", "/api/chats/x%2fstream", "/api/chats/%2e%2e/stream", "/api", "/api/", "/api/x",
		"//evil.example/", `/\evil.example/`, "/%5cevil.example/", "/a%0d%0aSet-Cookie:x", "/login",
	} {
		status, header, body := send(t, address, "GET "+path+" HTTP/1.1\r\nHost: "+address+"\r\n"+both+"Connection: close\r\n\r\n")
		if path == "/login" || path == "/static" {
			continue // are only not to fail
		}
		if status != http.StatusNotFound && status != http.StatusBadRequest || header.Get("Location") != "" || strings.Contains(body, "package web") {
			t.Errorf("%s: got status %d, Location %q: %s", path, status, header.Get("Location"), body)
		}
	}
}

func TestFaultTellsNothing(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	var said []error
	s.Report = func(err error) { said = append(said, err) }
	broken := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/late" {
			io.WriteString(w, "begun")
		}
		panic("a secret detail")
	})
	v := signIn(t, s)
	v.h = s.guarded(broken, broken)
	for _, path := range []string{"/", "/api/hello"} {
		got := v.get(path)
		wantStatus(t, path, got, http.StatusInternalServerError)
		if strings.Contains(got.Body.String(), "detail") || got.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: got %v %s", path, got.Header(), got.Body)
		}
	}
	if len(said) != 2 || !strings.Contains(said[0].Error(), "a secret detail") {
		t.Errorf("reported: %v", said)
	}
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("an answer that had begun: got %v, want it cut off", got)
		}
	}()
	v.get("/api/late")
}

func TestHeadersEverywhere(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.Password = "a password of the page"
	v, stranger := signIn(t, s), visit(t, s)
	id := newChat(t, v)
	for what, h := range map[string]http.Header{
		"start": stranger.get("/?token=" + testToken).Header(), "wrong token": stranger.get("/?token=x").Header(), "no session": stranger.get("/runs").Header(),
		"no session, api": stranger.get("/api/hello").Header(), "login": stranger.get("/login").Header(), "wrong password": stranger.do("POST", "/login", "").Header(),
		"shell": v.get("/").Header(), "no page": v.get("/none").Header(), "no api": v.get("/api/none").Header(), "405": v.get("/api/session/end").Header(),
		"405, page": v.post("/runs", "").Header(), "hello": v.get("/api/hello").Header(), "no asset": v.get("/static/none").Header(), "path": v.get("/a/../b").Header(),
		"origin": v.do("POST", "/api/chats", "", "Origin", "http://evil.example").Header(), "method": v.do("PUT", "/", "").Header(),
		"export": v.get("/api/chats/" + id + "/export?format=md").Header(), "stream": v.get("/api/chats/" + id + "/stream").Header(),
		"not JSON": v.do("POST", "/api/chats/"+id+"/ask", "x").Header(), "asset": v.get("/static/css/base.css").Header(),
		"same asset": v.do("GET", "/static/css/base.css", "", "If-None-Match", v.get("/static/css/base.css").Header().Get("ETag")).Header(),
	} {
		for name, want := range safety {
			got := h.Get(name)
			if name == "Cache-Control" && strings.Contains(what, "asset") && what != "no asset" {
				want = "no-cache"
			}
			if name == "Referrer-Policy" && slices.Contains([]string{"no session", "wrong token", "login", "wrong password"}, what) {
				want = "same-origin"
			}
			if got != want {
				t.Errorf("%s: %s is %q, want %q", what, name, got, want)
			}
		}
		for _, name := range []string{"Access-Control-Allow-Origin", "Server"} {
			if h.Get(name) != "" {
				t.Errorf("%s: there is a header %s", what, name)
			}
		}
	}
}

func TestHeadersWhereTheHostIsWrong(t *testing.T) {
	t.Parallel()
	address := serve(t, newTestServer(t))
	_, h, _ := send(t, address, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
	for name, want := range safety {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	v := signIn(t, newTestServer(t))
	id := newChat(t, v)
	large := `{"text":"` + strings.Repeat("x", maxJSON) + `"}`
	wantStatus(t, "a large question", v.post("/api/chats/"+id+"/ask", large), http.StatusRequestEntityTooLarge)
	wantStatus(t, "a large name", v.post("/api/chats/"+id+"/rename", large), http.StatusRequestEntityTooLarge)
	for _, body := range []string{"", "{", `{"text":"a"} {"text":"b"}`, `[]`, `{"text":1}`, strings.Repeat(`{"text":`, 20000), "\x00", `{"text":"a","from":"x"}`} {
		wantStatus(t, body, v.post("/api/chats/"+id+"/ask", body), http.StatusBadRequest)
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		wantStatus(t, kind, v.do("POST", "/api/chats/"+id+"/ask", `{"text":"a"}`, "Content-Type", kind), http.StatusUnsupportedMediaType)
	}
	if got := v.get("/api/chats/" + id).Body.String(); !strings.Contains(got, `"messages":[]`) {
		t.Errorf("a request that was refused was asked: %s", got)
	}
}
