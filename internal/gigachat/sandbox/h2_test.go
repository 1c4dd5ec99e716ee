package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
)

// TestDeclined sends requests through the client over HTTP/2. Those that the server declines have not been taken: they cost nothing and can
// be sent again, which the client does a few times by itself. A GOAWAY declines all later requests of its connection, but none that the model
// works on.
func TestDeclined(t *testing.T) {
	t.Parallel()
	for _, kind := range []FaultKind{GoAway, Refused} {
		for _, rate := range []float64{0.05, 1} {
			t.Run(fmt.Sprintf("%s %v", kind, rate), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := New(Options{Streams: -1, Latency: 50 * time.Millisecond, Jitter: 50 * time.Millisecond, Faults: []Fault{{Kind: kind, Rate: rate}}})
					defer s.Close()
					declined(t, s, s.HTTP2Transport(), "http://127.0.0.1/v1", rate == 1)
				})
			})
		}
	}
}

// TestDeclinedOverTCP is TestDeclined over sockets.
func TestDeclinedOverTCP(t *testing.T) {
	t.Parallel()
	for _, kind := range []FaultKind{GoAway, Refused} {
		s := New(Options{Streams: -1, Latency: time.Millisecond, Jitter: time.Millisecond, Faults: []Fault{{Kind: kind, Rate: 0.05}}})
		l, err := Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var serving sync.WaitGroup
		serving.Go(func() { s.Serve(ctx, l) })
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetUnencryptedHTTP2(true)
		declined(t, s, transport, "http://"+l.Addr().String()+"/v1", false)
		transport.CloseIdleConnections()
		cancel()
		serving.Wait()
		s.Close()
	}
}

// declined completes many chats at once, of which the server declines some, or all.
func declined(t *testing.T, s *Sandbox, transport http.RoundTripper, base string, all bool) {
	t.Helper()
	const chats = 200
	token := clientToken(t, s)
	c := &gigachat.Client{BaseURL: base, Tokens: gigachat.StaticToken(token), Transport: transport}
	var answered, untaken atomic.Int64
	var group sync.WaitGroup
	for i := range chats {
		body := fmt.Appendf(nil, `{"model":"GigaChat-2","messages":[{"role":"user","content":"question %d"}]}`, i)
		group.Go(func() {
			for {
				answer, err := c.ChatJSON(t.Context(), body, 0)
				e := gigachat.AsError(err)
				switch {
				case err == nil && answer.Completion != "":
					answered.Add(1)
					return
				case e == nil || !e.NotTaken || e.Sent:
					t.Errorf("chat %d: %+v, %v", i, answer, err)
					return
				}
				if untaken.Add(1); all {
					return
				}
			}
		})
	}
	group.Wait()
	counts := s.Counts()
	faults := counts.Faults[string(GoAway)] + counts.Faults[string(Refused)]
	if n := answered.Load(); int64(counts.Billed) != n || counts.BilledTwice != 0 || all != (n == 0) || !all && n != chats || faults == 0 {
		t.Errorf("%d answered, %d not taken, counts %+v", n, untaken.Load(), counts)
	}
}

// clientToken requests a token over HTTP/1.1.
func clientToken(t *testing.T, s *Sandbox) string {
	t.Helper()
	o := gigachat.OAuth{Key: Key, URL: "http://127.0.0.1/api/v2/oauth", Transport: s.Transport()}
	token, err := o.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token.AccessToken
}
