package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gigabatch/cmd/gigabatch/internal/outcome"
)

var startURL = regexp.MustCompile(`open (https?://\S+)`)

// page is a page served by a process, and a browser with a session on it.
type page struct {
	*process
	t       *testing.T
	base    string
	key     string // of the session
	browser *http.Client
}

// pageKey finds the key that a sign-in gives to the page.
var pageKey = regexp.MustCompile(` data-key="(\w+)" data-next="/"`)

// servePage starts the program and opens the address that it prints.
func servePage(t *testing.T, p *program, args ...string) *page {
	t.Helper()
	proc, err := startProcess(p.command(append([]string{"serve"}, args...)...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proc.kill)
	if err := proc.saw(startURL); err != nil {
		t.Fatal(err)
	}
	at := startURL.FindStringSubmatch(proc.err.String())[1]
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	g := &page{process: proc, t: t, base: u.Scheme + "://" + u.Host, browser: &http.Client{Jar: newJar(t), Timeout: patience, Transport: &http.Transport{}}}
	t.Cleanup(g.browser.CloseIdleConnections)
	g.enter(g.get(strings.TrimPrefix(at, g.base)))
	return g
}

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

// enter takes the key from the answer to a sign-in, and opens the page.
func (g *page) enter(answer string) {
	g.t.Helper()
	key := pageKey.FindStringSubmatch(answer)
	if key == nil {
		g.t.Fatalf("the sign-in answers %s", answer)
	}
	g.key = key[1]
	if text := g.get("/"); !strings.Contains(text, "main.js") {
		g.t.Fatalf("the page is %s", text)
	}
}

// do sends a request as the page does.
func (g *page) do(method, path, body string) *http.Response {
	g.t.Helper()
	r, err := http.NewRequest(method, g.base+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Gigabatch-Key", g.key)
	resp, err := g.browser.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp
}

func (g *page) get(path string) string {
	g.t.Helper()
	return g.read(path, g.do(http.MethodGet, path, ""))
}

func (g *page) post(path, body string) string {
	g.t.Helper()
	return g.read(path, g.do(http.MethodPost, path, body))
}

func (g *page) read(path string, resp *http.Response) string {
	g.t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 400 {
		g.t.Fatalf("%s: status %d, error %v: %s", path, resp.StatusCode, err, text)
	}
	return string(text)
}

// ask begins a chat with a question.
func (g *page) ask(text string) (id string) {
	g.t.Helper()
	var chat struct{ ID string }
	if err := json.Unmarshal([]byte(g.post("/api/chats", "{}")), &chat); err != nil {
		g.t.Fatal(err)
	}
	g.post("/api/chats/"+chat.ID+"/ask", `{"text":"`+text+`"}`)
	return chat.ID
}

func (g *page) interrupt() {
	g.t.Helper()
	if err := g.cmd.Process.Signal(syscall.SIGINT); err != nil {
		g.t.Fatal(err)
	}
}

func (g *page) wantEnd(want int) {
	g.t.Helper()
	if code, err := g.finish(); err != nil || code != want {
		g.t.Errorf("got exit code %d, error %v, want %d:\n%s", code, err, want, g.err.String())
	}
}

// chatFile returns the file of a chat.
func chatFile(t *testing.T, dir, id string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, ".gigabatch-chats", id+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestServe(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	g := servePage(t, p, "--sandbox", "--listen", "127.0.0.1:0")
	id := g.ask("What is a journal?")
	g.get("/api/chats/" + id + "/stream")
	if hello := g.get("/api/hello"); !strings.Contains(hello, `"sandbox":true`) || !strings.Contains(hello, filepath.Base(p.dir)) || strings.Contains(hello, p.dir) {
		t.Errorf("got %s", hello)
	}
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
	if text := chatFile(t, p.dir, id); !strings.Contains(text, "This is the sandbox") {
		t.Errorf("the chat is %s", text)
	}
}

// TestServeDrains checks that after the first Ctrl-C an answer under way is completed and reaches the browser.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	s := openStand(t, "fault=slow:300ms")
	p := newProgram(t, s.env()...)
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	id := g.ask("take your time")
	resp := g.do(http.MethodGet, "/api/chats/"+id+"/stream", "")
	defer resp.Body.Close()
	g.interrupt()
	stream, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(stream, []byte(`"message":{`)) {
		t.Errorf("the stream is %s, error %v", stream, err)
	}
	g.wantEnd(outcome.Interrupted)
	if text := chatFile(t, p.dir, id); strings.Contains(text, `"stopped": true`) || !strings.Contains(text, `"finish_reason": "stop"`) {
		t.Errorf("the chat is %s", text)
	}
}

// TestServeInterruptedTwice checks that the second Ctrl-C stops at once, and that the text received is kept.
func TestServeInterruptedTwice(t *testing.T) {
	t.Parallel()
	s := openStand(t, "fault=hang")
	p := newProgram(t, s.env()...)
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	id := g.ask("never mind")
	if err := s.await(1); err != nil {
		t.Fatal(err)
	}
	g.interrupt()
	if err := g.saw(regexp.MustCompile("stopping")); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	if text := chatFile(t, p.dir, id); !strings.Contains(text, `"stopped": true`) || !strings.Contains(text, "never mind") {
		t.Errorf("the chat is %s", text)
	}
}

func TestServePassword(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "GIGABATCH_PASSWORD=correct horse battery")
	g := servePage(t, p, "--sandbox", "--listen", "127.0.0.1:0")
	g.browser.Jar = newJar(t)
	resp, err := g.browser.PostForm(g.base+"/login", url.Values{"password": {"correct horse battery"}})
	if err != nil {
		t.Fatal(err)
	}
	g.enter(g.read("/login", resp))
	g.get("/api/hello")
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
}

// TestServeTLS serves the page over HTTPS, under the name that the certificate is for. Then nobody can read along, and there is no warning.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "GIGABATCH_PASSWORD=correct horse battery")
	cert, key := keyPair(t, x509.ExtKeyUsageServerAuth, "page.example")
	p.write("cert.pem", cert)
	p.write("key.pem", key)
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM([]byte(cert)) {
		t.Fatal("the certificate is not readable")
	}
	proc, err := startProcess(p.command("serve", "--sandbox", "--listen", "0.0.0.0:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--host", "page.example"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proc.kill)
	if err := proc.saw(startURL); err != nil {
		t.Fatal(err)
	}
	at := startURL.FindStringSubmatch(proc.err.String())[1]
	if said := proc.err.String(); !strings.HasPrefix(at, "https://page.example:") || strings.Contains(said, "warning") || !strings.Contains(said, "for others: https://page.example:") {
		t.Errorf("it says\n%s", said)
	}
	base, _, _ := strings.Cut(at, "/?")
	dial := func(ctx context.Context, network, address string) (net.Conn, error) { // as if the name were known
		return new(net.Dialer).DialContext(ctx, network, strings.Replace(address, "page.example", "127.0.0.1", 1))
	}
	g := &page{process: proc, t: t, base: base, browser: &http.Client{Jar: newJar(t), Timeout: patience, Transport: &http.Transport{
		DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: trusted},
	}}}
	t.Cleanup(g.browser.CloseIdleConnections)
	resp, err := g.browser.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		if !c.Secure {
			t.Errorf("the cookie is %v", c)
		}
	}
	g.enter(g.read("/", resp))
	id := g.ask("What is a journal?")
	g.get("/api/chats/" + id + "/stream")
	plain, err := (&http.Client{Timeout: patience, Transport: &http.Transport{DialContext: dial}}).Get(strings.Replace(base, "https", "http", 1) + "/")
	if err != nil || plain.StatusCode != http.StatusBadRequest {
		t.Errorf("over HTTP: got %v, error %v", plain, err)
	}
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
}

// TestServeWithoutAKey checks that the page opens without a key, shows what is there, says how to give a key, and notices it in .env.
func TestServeWithoutAKey(t *testing.T) {
	t.Parallel()
	s := openStand(t)
	p := newProgram(t, s.env()...)
	p.write("q.csv", "prompt\none\n")
	if r := p.run("run", "q.csv"); r.code != outcome.OK {
		t.Fatalf("run: exit code %d: %s", r.code, r.errors)
	}
	p.write("q.csv", "prompt\none\ntwo\n")
	p.env = append(p.env, "GIGACHAT_CREDENTIALS=")
	g := servePage(t, p, "--listen", "127.0.0.1:0")
	var list struct{ Runs []struct{ ID, State string } }
	if err := json.Unmarshal([]byte(g.get("/api/runs")), &list); err != nil || len(list.Runs) != 1 || list.Runs[0].State != "completed" {
		t.Fatalf("%+v, %v", list, err)
	}
	id := list.Runs[0].ID
	if text := g.get("/api/runs/" + id + "/output?format=csv"); !strings.Contains(text, "one") {
		t.Errorf("the download is %s", text)
	}
	for path, method := range map[string]string{"/api/models": "GET", "/api/runs/" + id + "/continue": "POST"} {
		resp := g.do(method, path, "{}")
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable || !bytes.Contains(text, []byte(".env")) {
			t.Errorf("%s: %s: %s", path, resp.Status, text)
		}
	}
	p.write(".env", "GIGACHAT_CREDENTIALS="+s.key+"\n")
	g.post("/api/runs/"+id+"/continue", "{}")
	wantRun(t, g, id, `"completed":2,`)
	g.interrupt()
	g.wantEnd(outcome.Interrupted)
}

// wantRun waits until the state of a run contains a text.
func wantRun(t *testing.T, g *page, id, text string) {
	t.Helper()
	for n := 0; !strings.Contains(g.get("/api/runs/"+id), text); n++ {
		if n == 200 {
			t.Fatal(g.get("/api/runs/" + id))
		}
		time.Sleep(50 * time.Millisecond) // the server is another process
	}
}

// TestServeWithADeadService checks that while a run waits for a service that never answers, pages answer, and Ctrl-C ends the run at once
// with its output.
func TestServeWithADeadService(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"fault=oauth-hang", "fault=models-hang", "fault=models-503"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := openStand(t, fault)
			p := newProgram(t, s.env()...)
			p.write("q.csv", "prompt\none\ntwo\n")
			g := servePage(t, p, "--listen", "127.0.0.1:0")
			g.post("/api/runs", `{"input":"q.csv"}`)
			began := time.Now()
			if text := g.get("/api/runs"); !strings.Contains(text, `"state":"connecting"`) {
				t.Errorf("the runs are %s", text)
			}
			g.get("/")
			g.interrupt()
			g.wantEnd(outcome.Interrupted)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if text, err := os.ReadFile(filepath.Join(p.dir, "q.answers.csv")); err != nil || bytes.Count(text, []byte("pending")) != 2 {
				t.Errorf("the output is %s, %v", text, err)
			}
			if r := p.run("status", "q.csv"); !strings.Contains(r.out, "was interrupted") {
				t.Errorf("status: %s", r.out)
			}
		})
	}
}
