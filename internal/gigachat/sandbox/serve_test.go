package sandbox

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestListenOnlyOnLoopback(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true, ":0": true, "127.1.2.3:0": true,
		"0.0.0.0:0": false, "[::]:0": false, "192.0.2.1:0": false, "example.com:0": false, "127.0.0.1": false,
	} {
		l, err := Listen(addr)
		if got := err == nil; got != want {
			t.Errorf("Listen(%q): got error %v, want success %v", addr, err, want)
		}
		if err != nil {
			continue
		}
		if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
			t.Errorf("Listen(%q) listens on %v", addr, ip)
		}
		l.Close()
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l, err := Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{AccessToken: "token", Faults: []Fault{{Kind: Hang}}})
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- s.Serve(ctx, l) }()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	c := &client{t: t, base: "http://" + l.Addr().String(), bearer: "token", transport: tr}
	c.get("/v1/models").wantStatus(t, http.StatusOK)
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve: got %v, want nil", err)
	}
	if r := c.get("/v1/models"); r.err == nil {
		t.Errorf("got %+v after the end, want no answer", r)
	}
}

func TestServeAfterClose(t *testing.T) {
	t.Parallel()
	l, err := Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{})
	s.Close()
	if err := s.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
	if _, err := l.Accept(); err == nil {
		t.Error("the listener is still open")
	}
}

// TestCloseEndsWaitsBehindAnotherServer checks that Close, which cannot close another server's connections, ends what they wait for.
func TestCloseEndsWaitsBehindAnotherServer(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"hang":    {Faults: []Fault{{Kind: Hang}}},
		"late":    {Faults: []Fault{{Kind: Hang, For: time.Hour}}},
		"slow":    {Faults: []Fault{{Kind: Slow, For: time.Hour}}},
		"latency": {Latency: time.Hour},
	} {
		for _, stream := range []string{"", `,"stream":true`} {
			t.Run(name+stream, func(t *testing.T) {
				t.Parallel()
				o, started := o, make(chan bool)
				o.AccessToken, o.OnChat = "token", func(string) { close(started) }
				s := New(o)
				server := httptest.NewServer(s)
				defer server.Close()
				c := &client{t: t, base: server.URL, bearer: "token", transport: server.Client().Transport}
				go func() { <-started; s.Close() }()
				if r := c.post("/v1/chat/completions", bodyOf("one", stream)); r.err == nil {
					t.Errorf("got %d %q, want a broken connection", r.status, r.body)
				}
			})
		}
	}
}

func TestHandlerBehindAnotherServer(t *testing.T) {
	t.Parallel()
	s := New(Options{AccessToken: "token"})
	server := httptest.NewServer(s)
	defer server.Close()
	c := &client{t: t, base: server.URL, bearer: "token", transport: server.Client().Transport}
	if got, want := c.ask("one").content(t), Answer("one"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
