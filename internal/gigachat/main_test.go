package gigachat

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// roundTrip is a function used as a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply returns an answer; header lists names and values in turn.
func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// always gives every request the same answer.
func always(status int, body string, header ...string) roundTrip {
	return func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
}

// pipeListener is a listener without sockets, which works in a testing/synctest bubble.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serve runs h without sockets until the test ends and returns a real http.Transport that reaches h under any host name.
func serve(t *testing.T, h http.HandlerFunc) *http.Transport {
	t.Helper()
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: h}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = server.Serve(l)
	}()
	tr := &http.Transport{DialContext: l.dial}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		_ = server.Close()
		<-stopped
	})
	return tr
}

const (
	localURL = "http://localhost/v1"
	okBody   = `{"choices":[{"message":{"content":"Hello.","role":"assistant"},"index":0,"finish_reason":"stop"}],` +
		`"created":1768996171,"model":"GigaChat:2.0.28.2","object":"chat.completion",` +
		`"usage":{"prompt_tokens":17,"completion_tokens":3,"total_tokens":20,"precached_prompt_tokens":2}}`
)

func hello() *ChatRequest {
	return &ChatRequest{Model: DefaultModel, Messages: []Message{{Role: "user", Content: "Say 'Hello' and nothing else"}}}
}

// wantError checks that err is an *Error of the given kind and returns it.
func wantError(t *testing.T, err error, kind Kind) *Error {
	t.Helper()
	e := AsError(err)
	if e == nil {
		t.Fatalf("got error %v, want an *Error of kind %q", err, kind)
	}
	if e.Kind != kind {
		t.Fatalf("got kind %q, want %q: %v", e.Kind, kind, e)
	}
	return e
}
