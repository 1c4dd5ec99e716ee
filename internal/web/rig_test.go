package web

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
)

const (
	testHost  = "127.0.0.1:8765"
	testToken = "TOKENTOKENTOKENTOKENTOKEN2"
)

// newTestServer returns a server whose answers come from a sandbox.
func newTestServer(t *testing.T) *Server {
	t.Helper()
	box := sandbox.New(sandbox.Options{Scope: sandbox.ScopeCorporate})
	t.Cleanup(func() { box.Close() })
	return serverOf(t, clientOf(box))
}

func serverOf(t *testing.T, c Chatter) *Server {
	return &Server{
		Version: "v1", Dir: t.TempDir(), DefaultModel: "GigaChat-2", Chatter: c,
		Access: Access{Port: 8765, Hosts: []string{testHost, "localhost:8765"}, Token: testToken},
	}
}

func clientOf(box *sandbox.Sandbox) *gigachat.Client {
	const host = "http://127.0.0.1"
	return &gigachat.Client{
		BaseURL: host + "/v1", Transport: box.Transport(),
		Tokens: &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: host + "/api/v2/oauth", Transport: box.Transport()},
	}
}

// visitor is a browser at a server.
type visitor struct {
	t      *testing.T
	h      http.Handler
	cookie string // name=value
	key    string // of the page
}

// visit returns a browser without a session.
func visit(t *testing.T, s *Server) *visitor { return &visitor{t: t, h: s.Handler()} }

// signIn returns a browser that has opened the start address.
func signIn(t *testing.T, s *Server) *visitor {
	t.Helper()
	v := visit(t, s)
	v.keep(v.get("/?token=" + testToken))
	if v.cookie == "" || v.key == "" {
		t.Fatalf("the start address gives the cookie %q and the key %q", v.cookie, v.key)
	}
	return v
}

// keep stores the cookie of an answer, and the key that it gives to the page.
func (v *visitor) keep(r *httptest.ResponseRecorder) {
	v.cookie, _, _ = strings.Cut(r.Header().Get("Set-Cookie"), ";")
	v.key = attribute(r.Body.String(), "data-key")
}

// attribute returns the value of an attribute of an HTML page, "" if there is none.
func attribute(page, name string) string {
	_, rest, _ := strings.Cut(page, name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

// secrets returns the headers of a request in a new session of s, as they are sent.
func secrets(s *Server) string {
	session := s.sessions.begin()
	return "Cookie: " + s.cookieName() + "=" + session + "\r\n" + keyHeader + ": " + s.sessions.key(session) + "\r\n"
}

func (v *visitor) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = testHost
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	if v.key != "" {
		r.Header.Set(keyHeader, v.key)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	return w
}

func (v *visitor) get(path string) *httptest.ResponseRecorder { return v.do("GET", path, "") }

func (v *visitor) post(path, json string) *httptest.ResponseRecorder {
	return v.do("POST", path, json, "Content-Type", "application/json")
}

func wantStatus(t *testing.T, what string, got *httptest.ResponseRecorder, want int) {
	t.Helper()
	if got.Code != want {
		t.Errorf("%s: got status %d, want %d: %s", what, got.Code, want, got.Body)
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
