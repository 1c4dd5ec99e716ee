package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/outcome"
)

// greeted is the part of the answer of /api/hello that is about the key.
type greeted struct {
	Key struct {
		Ready   bool
		From    string
		Problem *struct{ Error, Hint string }
	}
	Places []string
}

func (g *page) hello() (h greeted) {
	g.t.Helper()
	if err := json.Unmarshal([]byte(g.get("/api/hello")), &h); err != nil {
		g.t.Fatal(err)
	}
	return h
}

// keyAnswer is the answer to a key, or the error.
type keyAnswer struct {
	OK     bool
	Checks []struct {
		Name, Text, Hint string
		OK, Skipped      bool
	}
	Kept, Note, Error, Hint, Code string

	status int
	body   string
}

// enterKey sends a key as the page does, also one as "ID & SECRET".
func (g *page) enterKey(key, scope, keep string) (a keyAnswer) {
	g.t.Helper()
	given := map[string]string{"key": key, "scope": scope, "keep": keep}
	if id, secret, ok := strings.Cut(key, " & "); ok {
		given["key"], given["id"], given["secret"] = "", id, secret
	}
	body, _ := json.Marshal(given)
	resp := g.do(http.MethodPost, "/api/key", string(body))
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(text, &a) != nil {
		g.t.Fatalf("error %v: %s", err, text)
	}
	a.status, a.body = resp.StatusCode, string(text)
	return a
}

// failedCheck returns the first check that failed, as doctor prints it.
func (a keyAnswer) failedCheck() string {
	for _, c := range a.Checks {
		if !c.OK && !c.Skipped {
			return c.Name + ": " + c.Text + "; " + c.Hint
		}
	}
	return ""
}

// asks reports the status of a question in a chat.
func (g *page) asks() (status int, text string) {
	g.t.Helper()
	var chat struct{ ID string }
	if err := json.Unmarshal([]byte(g.post("/api/chats", "{}")), &chat); err != nil {
		g.t.Fatal(err)
	}
	resp := g.do(http.MethodPost, "/api/chats/"+chat.ID+"/ask", `{"text":"hello"}`)
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body) + g.get("/api/chats/"+chat.ID)
}

// TestKeyOnThePage enters keys on a page that was opened without one. A key is in use at once, and nowhere but where the user wants it.
func TestKeyOnThePage(t *testing.T) {
	t.Parallel()
	s := openStand(t, "key="+secretKey(), "scope=GIGACHAT_API_B2B")
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=")...)
	const comment = "# мои настройки\nGIGACHAT_MODEL=GigaChat-2-Pro\n"
	p.write(".env", comment+"GIGACHAT_SCOPE=GIGACHAT_API_PERS # of the old key")
	p.write("q.csv", "prompt\none\n")
	g, other := servePage(t, p, "--listen", "127.0.0.1:0"), servePage(t, p, "--listen", "127.0.0.1:0")

	h := g.hello()
	if h.Key.Ready || h.Key.Problem == nil || !strings.Contains(h.Key.Problem.Hint, "Enter a key") || !slices.Equal(h.Places, []string{"env"}) {
		t.Errorf("without a key: %+v", h)
	}
	if status, text := g.asks(); status != http.StatusServiceUnavailable || !strings.Contains(text, `"code":"key"`) || strings.Contains(text, `"role"`) {
		t.Errorf("a question without a key: %d, %s", status, text)
	}
	said := ""
	for key, want := range map[string]string{
		"":                                     "key format: the key: this is not an authorization key: it is empty",
		"an id & a secret":                     "key format: this is not an authorization key: the Client ID or the Client Secret contains white space",
		"5a9db0c5-0000-4000-8000-000000000001": "key format: the key: this is not an authorization key: ",
		"NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyOnNlY3JldA==": "OAuth: the authorization key is wrong or was revoked",
	} {
		for _, keep := range []string{"env", "session"} {
			a := g.enterKey(key, "", keep)
			if a.status != http.StatusOK || a.OK || a.Kept != "" || !strings.HasPrefix(a.failedCheck(), want) || strings.HasSuffix(a.failedCheck(), "; ") {
				t.Errorf("the wrong key %q: %d, %s", key, a.status, a.body)
			}
			said += a.body
		}
	}
	if a := g.enterKey(secretKey(), "GIGACHAT_API_CORP", "session"); a.OK || !strings.HasPrefix(a.failedCheck(), "scope: ") {
		t.Errorf("a key with a wrong scope: %s", a.body)
	}
	if text, err := os.ReadFile(filepath.Join(p.dir, ".env")); err != nil || !strings.HasSuffix(string(text), "of the old key") || g.hello().Key.Ready {
		t.Errorf("after wrong keys, .env is %s, error %v, and there is a key: %v", text, err, g.hello().Key.Ready)
	}

	a := g.enterKey(secretKey(), "", "session")
	if !a.OK || a.Kept != "session" || a.Note != "" || a.failedCheck() != "" || !strings.Contains(a.body, `"text":"GIGACHAT_API_B2B"`) {
		t.Errorf("the key for this session: %s", a.body)
	}
	if h := g.hello(); !h.Key.Ready || h.Key.From != "entered on the page" || other.hello().Key.Ready {
		t.Errorf("with the key for this session: %+v, and at the other server %+v", h, other.hello())
	}
	if status, text := g.asks(); status != http.StatusAccepted {
		t.Errorf("a question with the key: %d, %s", status, text)
	}
	said += a.body

	// Client ID and Client Secret
	a = g.enterKey(secretID+" & "+secretSecret, "", "env")
	want := comment + "GIGACHAT_SCOPE=GIGACHAT_API_B2B\nGIGACHAT_CREDENTIALS=" + secretKey() + "\n"
	text, err := os.ReadFile(filepath.Join(p.dir, ".env"))
	if !a.OK || a.Kept != "env" || a.Note != "" || err != nil || string(text) != want {
		t.Errorf("the key for .env: %s\n.env is %q, want %q", a.body, text, want)
	}
	if info, err := os.Stat(filepath.Join(p.dir, ".env")); err != nil || info.Mode() != 0o600 {
		t.Errorf("the mode of .env is %v, error %v", info.Mode(), err)
	}
	if h := other.hello(); !h.Key.Ready || h.Key.From != "GIGACHAT_CREDENTIALS in .env" {
		t.Errorf("the other server: %+v", h)
	}
	p.run("run", "q.csv").want(t, "run", outcome.OK, "")
	if n := s.box.Counts().Requests; n > 40 {
		t.Errorf("%d requests", n)
	}

	said += a.body + g.get("/api/hello") + g.get("/api/chats") + g.get("/api/runs")
	for _, server := range []*page{g, other} {
		server.interrupt()
		server.wantEnd(outcome.Interrupted)
		lookFor(t, p.dir, []string{"serve"}, ran{out: said, errors: server.err.String()})
	}
}

// TestKeyBesideAnother says what comes before the place where a key was kept.
func TestKeyBesideAnother(t *testing.T) {
	t.Parallel()
	s := openStand(t, "key="+secretKey())
	const wrong = "NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyOnNlY3JldA=="
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS="+wrong)...)
	p.write("key", wrong)
	for _, tt := range []struct {
		env, flag, want string
	}{
		{"", "", "after the next start GIGACHAT_CREDENTIALS comes before it"},
		{"", "--key-file=key", "after the next start --key-file comes before it"},
		{"GIGACHAT_CREDENTIALS=", "", ""},
		{"GIGACHAT_SCOPE=GIGACHAT_API_CORP", "", "GIGACHAT_CREDENTIALS comes"},
	} {
		os.Remove(filepath.Join(p.dir, ".env"))
		q := *p
		q.env = append(slices.Clone(p.env), tt.env)
		args := []string{"--listen", "127.0.0.1:0"}
		if tt.flag != "" {
			args = append(args, tt.flag)
		}
		g := servePage(t, &q, args...)
		if a := g.enterKey(secretKey(), "GIGACHAT_API_B2B", "env"); !a.OK || !strings.Contains(a.Note, tt.want) || tt.want == "" && a.Note != "" {
			t.Errorf("%+v: %s", tt, a.body)
		}
		if status, text := g.asks(); status != http.StatusAccepted {
			t.Errorf("%+v: a question with the key: %d, %s", tt, status, text)
		}
	}
}

// TestKeyInAWorkTree keeps no key where the next commit would publish it.
func TestKeyInAWorkTree(t *testing.T) {
	t.Parallel()
	s := openStand(t)
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=")...)
	if err := os.MkdirAll(filepath.Join(p.dir, ".git", "objects"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.write(".git/HEAD", "ref: refs/heads/main\n")
	if err := os.MkdirAll(filepath.Join(p.dir, ".git", "refs"), 0o700); err != nil {
		t.Fatal(err)
	}
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	n := s.box.Counts().Requests
	a := g.enterKey(s.key, "", "env")
	if _, err := os.Stat(filepath.Join(p.dir, ".env")); a.status != http.StatusBadRequest || !strings.Contains(a.Hint, ".gitignore") || err == nil || g.hello().Key.Ready {
		t.Errorf("%d, %s; .env: %v", a.status, a.body, err)
	}
	if s.box.Counts().Requests != n {
		t.Error("a key that cannot be kept was sent")
	}
	p.write(".gitignore", "*.tmp\n.env\n")
	p.write("elsewhere", "A=b\n")
	if err := os.Symlink("elsewhere", filepath.Join(p.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	if a := g.enterKey(s.key, "", "env"); a.status != http.StatusBadRequest || !strings.Contains(a.Hint, "another place") || s.box.Counts().Requests != n {
		t.Errorf("through a link: %d, %s", a.status, a.body)
	}
	if err := os.Remove(filepath.Join(p.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	if a := g.enterKey(s.key, "", "env"); !a.OK || a.Kept != "env" {
		t.Errorf("with .gitignore: %s", a.body)
	}
}

// TestKeyDuringARun changes the key while a run is in progress, which goes on.
func TestKeyDuringARun(t *testing.T) {
	t.Parallel()
	s := openStand(t, "hold=1")
	p := newProgram(t, s.env()...)
	p.write("q.csv", "prompt\none\ntwo\nthree\n")
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	var run struct{ ID string }
	if err := json.Unmarshal([]byte(g.post("/api/runs", `{"input":"q.csv"}`)), &run); err != nil {
		t.Fatal(err)
	}
	if err := s.await(1); err != nil {
		t.Fatal(err)
	}
	if a := g.enterKey(s.key, "", "session"); !a.OK {
		t.Errorf("%s", a.body)
	}
	s.release()
	wantRun(t, g, run.ID, `"completed":3,`)
	if n := s.box.Counts().Chats; n != 3 {
		t.Errorf("%d completions, want 3", n)
	}
}

// TestKeyFromAfar takes a key only where nobody can read it on its way.
func TestKeyFromAfar(t *testing.T) {
	t.Parallel()
	s := openStand(t)
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=", "GIGABATCH_PASSWORD=correct horse battery")...)
	g := servePage(t, p, "--listen", "127.0.0.1:0", "--host", "page.example")
	for origin, want := range map[string]int{
		"":                      http.StatusOK, // no browser
		g.base:                  http.StatusOK,
		"https://page.example":  http.StatusOK, // a proxy with a certificate
		"http://page.example":   http.StatusForbidden,
		"https://other.example": http.StatusForbidden,
	} {
		r, err := http.NewRequest(http.MethodPost, g.base+"/api/key", strings.NewReader(`{"key":"`+s.key+`","keep":"session"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Gigabatch-Key", g.key)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		resp, err := g.browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("from %q: got status %d, want %d", origin, resp.StatusCode, want)
		}
	}
	g.key = ""
	if a := g.enterKey(s.key, "", "session"); a.status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", a.status)
	}
}

// TestServeWithABadKey opens the page although .env has a text that is no key.
func TestServeWithABadKey(t *testing.T) {
	t.Parallel()
	s := openStand(t)
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=")...)
	p.write(".env", "GIGACHAT_CREDENTIALS=5a9db0c5-0000-4000-8000-000000000001\n")
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	if h := g.hello(); h.Key.Ready || !strings.Contains(h.Key.Problem.Error, "this is not an authorization key") {
		t.Errorf("%+v", h.Key)
	}
	if a := g.enterKey(s.key, "", "env"); !a.OK || a.Note != "" || !g.hello().Key.Ready {
		t.Errorf("%s", a.body)
	}
}

// TestAnotherKeyCures says of what a refused key has ended that another key cures it, and goes on with one.
func TestAnotherKeyCures(t *testing.T) {
	t.Parallel()
	s := openStand(t, "key="+secretKey())
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyOnNlY3JldA==")...)
	p.write("q.csv", "prompt\none\ntwo\n")
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	if !g.hello().Key.Ready {
		t.Error("a key that nobody has tried is not ready")
	}
	chat := g.ask("hello")
	g.get("/api/chats/" + chat + "/stream")
	if text := g.get("/api/chats/" + chat); !strings.Contains(text, `"cure":"key"`) {
		t.Errorf("the chat is %s", text)
	}
	var run struct{ ID string }
	if err := json.Unmarshal([]byte(g.post("/api/runs", `{"input":"q.csv"}`)), &run); err != nil {
		t.Fatal(err)
	}
	wantRun(t, g, run.ID, `"cure":"key"`)
	if a := g.enterKey(secretKey(), "", "session"); !a.OK {
		t.Errorf("%s", a.body)
	}
	g.post("/api/runs/"+run.ID+"/continue", "{}")
	wantRun(t, g, run.ID, `"completed":2,`)
}

// TestKeyForAnotherHost sends no key where only the folder wants it.
func TestKeyForAnotherHost(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.write(".env", "GIGACHAT_AUTH_URL=https://thief.example/oauth\n")
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	a := g.enterKey(secretKey(), "", "session")
	if a.OK || a.status != http.StatusOK || !strings.Contains(a.failedCheck(), "would go to thief.example, which GIGACHAT_AUTH_URL in .env names") {
		t.Errorf("%d, %s", a.status, a.body)
	}
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
	lookFor(t, p.dir, []string{"serve"}, ran{out: a.body, errors: g.err.String()})
}

// TestAPIKeyOnThePage takes an API key of a service like Cloud.ru. The default model of Sber's is not there, which is no fault of the key.
func TestAPIKeyOnThePage(t *testing.T) {
	t.Parallel()
	s := openStand(t, "dialect=openai")
	p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=")...)
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	enter := func(key string) (a keyAnswer) {
		t.Helper()
		if err := json.Unmarshal([]byte(g.post("/api/key", `{"key":"`+key+`","api":true,"keep":"env"}`)), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := enter(secretAPI); a.OK || !strings.HasPrefix(a.failedCheck(), "model: the API key is wrong or was revoked") {
		t.Errorf("a wrong key: %+v", a)
	}
	if a := enter(s.key); !a.OK || a.Kept != "env" || !strings.HasPrefix(a.failedCheck(), `model: the model "GigaChat-2" is not available to this key`) {
		t.Errorf("the key: %+v", a)
	}
	if text, err := os.ReadFile(filepath.Join(p.dir, ".env")); err != nil || string(text) != "GIGACHAT_API_KEY="+s.key+"\n" || !g.hello().Key.Ready {
		t.Errorf(".env is %q, error %v", text, err)
	}
	if text := g.get("/api/models"); !strings.Contains(text, "GigaChat3") {
		t.Errorf("the models are %s", text)
	}
}
