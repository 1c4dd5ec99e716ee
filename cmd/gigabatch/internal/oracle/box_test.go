package oracle

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
)

// patience is how long a test waits for an event before it fails.
const patience = 60 * time.Second

// A box is a sandbox on a loopback port that looks like the real service to the program. It records the requests.
type box struct {
	*sandbox.Sandbox
	host string

	mu    sync.Mutex // guards all below
	asked []string   // bodies of the requests for completions, in order of arrival
	seen  int        // completions admitted since hold was called
	most  int        // of these, how many may pass; negative means no limit
	open  chan struct{}
	next  chan struct{} // closed when seen grows
	conns int
	calm  chan struct{} // closed when no connection is left
	link  network
	back  chan struct{} // closed when the link changes
}

// network is the state of the network between the program and a box.
type network string

const (
	alive   network = "alive"
	refused network = "resets connections"
	silent  network = "swallows requests"
)

// connect changes the state of the network. Requests that a silent network has swallowed fail when it changes.
func (b *box) connect(n network) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.link = n
	close(b.back)
	b.back = make(chan struct{})
}

// reaches reports whether a request reaches the service. It ends the connection of one that does not.
func (b *box) reaches(w http.ResponseWriter, r *http.Request) bool {
	b.mu.Lock()
	link, back := b.link, b.back
	b.mu.Unlock()
	switch link {
	case refused:
	case silent:
		io.Copy(io.Discard, r.Body) // else the end of the connection is not noticed
		select {
		case <-back:
		case <-r.Context().Done():
		}
	default:
		return true
	}
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		c.Close()
	}
	return false
}

// newBox serves a sandbox until the test ends.
func newBox(t *testing.T, o sandbox.Options) *box {
	t.Helper()
	b := &box{most: -1, open: make(chan struct{}), next: make(chan struct{}), link: alive, back: make(chan struct{})}
	if o.TokenRequestsPerSecond == 0 {
		o.TokenRequestsPerSecond = -1
	}
	o.OnChat = b.admit
	b.Sandbox = sandbox.New(o)
	l, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.host = l.Addr().String()
	srv := &http.Server{Handler: b, ConnState: b.count, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.Serve(l)
	}()
	t.Cleanup(func() {
		b.release()
		b.connect(alive)
		srv.Close()
		<-served
		b.Sandbox.Close()
	})
	return b
}

// ServeHTTP answers like the sandbox, without the header that names it. The request ids are those of the sandbox, which depend only on the
// order of the requests.
func (b *box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !b.reaches(w, r) {
		return
	}
	r.Header.Del("X-Request-Id")
	if strings.HasSuffix(r.URL.Path, "/chat/completions") {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			b.mu.Lock()
			b.asked = append(b.asked, uuids.ReplaceAllString(string(body), "ID"))
			b.mu.Unlock()
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	b.Sandbox.ServeHTTP(&unnamed{w}, r)
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// unnamed removes the name of the sandbox from an answer.
type unnamed struct{ http.ResponseWriter }

func (u *unnamed) WriteHeader(code int) {
	u.Header().Del(gigachat.SandboxHeader)
	u.ResponseWriter.WriteHeader(code)
}

func (u *unnamed) Write(p []byte) (int, error) {
	u.Header().Del(gigachat.SandboxHeader)
	return u.ResponseWriter.Write(p)
}

func (u *unnamed) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// env returns the variables that connect the program to the box.
func (b *box) env() []string {
	return []string{
		"GIGACHAT_BASE_URL=http://" + b.host + "/v1", "GIGACHAT_AUTH_URL=http://" + b.host + "/api/v2/oauth",
		"GIGACHAT_CREDENTIALS=" + sandbox.Key, "GIGACHAT_SCOPE=" + sandbox.ScopeCorporate,
	}
}

// hold lets n more completions pass and holds the others until release.
func (b *box) hold(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen, b.most, b.open = 0, n, make(chan struct{})
}

func (b *box) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.most >= 0 {
		close(b.open)
	}
	b.most = -1
}

func (b *box) admit(string) {
	b.mu.Lock()
	b.seen++
	held, open := b.most >= 0 && b.seen > b.most, b.open
	close(b.next)
	b.next = make(chan struct{})
	b.mu.Unlock()
	if held {
		<-open
	}
}

// another returns a channel that is closed when another completion is admitted.
func (b *box) another() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// await waits until n completions are admitted after hold, or ended is closed.
func (b *box) await(n int, ended <-chan struct{}) error {
	timeout := time.After(patience)
	for {
		b.mu.Lock()
		seen, next := b.seen, b.next
		b.mu.Unlock()
		if seen >= n {
			return nil
		}
		select {
		case <-next:
		case <-ended:
			return fmt.Errorf("the program ended after %d completions, want %d", seen, n)
		case <-timeout:
			return fmt.Errorf("%d completions were asked for, want %d", seen, n)
		}
	}
}

// count counts the open connections.
func (b *box) count(_ net.Conn, state http.ConnState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch state {
	case http.StateNew:
		if b.conns++; b.conns == 1 {
			b.calm = make(chan struct{})
		}
	case http.StateClosed, http.StateHijacked:
		if b.conns--; b.conns == 0 {
			close(b.calm)
		}
	}
}

// settle waits until the service has processed all requests of a program that has ended.
func (b *box) settle(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	calm := b.calm
	b.mu.Unlock()
	if calm == nil {
		return
	}
	select {
	case <-calm:
	case <-time.After(patience):
		t.Fatal("the service is still busy")
	}
}

// requests returns the bodies of the requests so far.
func (b *box) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.asked...)
}

// bill summarizes what the service has done so far.
func (b *box) bill() string {
	c := b.Counts()
	return fmt.Sprintf("requests %d\nchats %d\nbilled %d\nbilled prompts %d\nbilled twice %d\nbilled tokens %d\nrefused %d\ntokens %d\n"+
		"uploads %d\nuploaded twice %d\nfiles deleted %d\nfiles stored %d\nstatuses %v\nfaults %v\n",
		c.Requests, c.Chats, c.Billed, c.BilledPrompts, c.BilledTwice, c.BilledTokens, c.Refused, c.Tokens,
		c.Uploads, c.UploadedTwice, c.FilesDeleted, c.FilesStored, c.Statuses, c.Faults)
}
