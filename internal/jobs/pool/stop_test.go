package pool

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// deaf returns a transport to a service that never answers. It accepts no connection unless accepts is true.
func deaf(t *testing.T, accepts bool) http.RoundTripper {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if !accepts {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		here, there := net.Pipe()
		t.Cleanup(func() { there.Close() })
		go io.Copy(io.Discard, there)
		return here, nil
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// tokens returns a token source whose token is known already, or whose service never answers.
func tokens(known bool, transport http.RoundTripper) gigachat.TokenSource {
	if known {
		return gigachat.StaticToken("token")
	}
	return &gigachat.OAuth{Key: "a2V5OmtleQ==", URL: "http://127.0.0.1/oauth", Transport: transport}
}

// A drain does not wait for what cannot be billed: a token, or a connection. It waits for a request that was
// sent.
func TestDrainWhileTheServiceIsDeaf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token, accepts bool
		want           time.Duration
		lost           int64
	}{
		"token":      {false, true, 0, 0},
		"connecting": {true, false, 0, 0},
		"sent":       {true, true, DefaultGrace, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				transport := deaf(t, c.accepts)
				client := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: transport, Tokens: tokens(c.token, transport)}
				k, counters, drain := keeper(t), &Counters{}, make(chan struct{})
				p := &Pool{Ask: client.ChatJSON, Counters: counters, Limits: task.Limits{Concurrency: 4}}
				time.AfterFunc(5*time.Second, func() { close(drain) })
				began := time.Now()
				err := p.Execute(t.Context(), drain, tasksOf(50), k.record)
				if took := time.Since(began) - 5*time.Second; err != nil || len(k.results) > 0 || took != c.want {
					t.Errorf("error %v, %d results, %s after the drain; want %s", err, len(k.results), took, c.want)
				}
				if got := counters.Lost.Load(); got != c.lost {
					t.Errorf("%d requests may have been billed, want %d", got, c.lost)
				}
				time.Sleep(2 * time.Minute) // simulated: the shared token request ends
			})
		})
	}
}

// A drain awaits the probes of a service that is down for the grace time if they were sent: the service may be back, and the answers are
// paid for. While one hangs, others are sent at growing intervals.
func TestDrainAwaitsAProbe(t *testing.T) {
	t.Parallel()
	for back, want := range map[time.Duration]struct {
		results, lost int
		took          time.Duration
	}{20 * time.Second: {8, 0, 3*time.Minute + 20*time.Second}, time.Hour: {0, 8, 3*time.Minute + DefaultGrace}} {
		synctest.Test(t, func(t *testing.T) {
			var probing atomic.Bool
			k, drain, counters := keeper(t), make(chan struct{}), &Counters{}
			answers := make(chan struct{})
			p := &Pool{Counters: counters, Ask: func(ctx context.Context, _ []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
				if !probing.Load() {
					return nil, apiError(gigachat.KindServer, 503)
				}
				select {
				case <-answers:
					return &gigachat.ChatResponse{Completion: "back", FinishReason: "stop"}, nil
				case <-ctx.Done():
					return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Err: ctx.Err(), Sent: true}
				}
			}}
			time.AfterFunc(time.Minute, func() { probing.Store(true) })
			time.AfterFunc(3*time.Minute, func() { close(drain) })
			time.AfterFunc(3*time.Minute+back, func() { close(answers) })
			began := time.Now()
			err := p.Execute(t.Context(), drain, tasksOf(50), k.record)
			if took := time.Since(began); err != nil || len(k.results) != want.results || took != want.took {
				t.Errorf("back after %s: error %v, %d results after %s; want %d after %s", back, err, len(k.results), took, want.results, want.took)
			}
			if n := counters.Lost.Load(); n != int64(want.lost) {
				t.Errorf("back after %s: %d requests may have been billed, want %d", back, n, want.lost)
			}
			time.Sleep(2 * time.Hour) // simulated: the timers end
		})
	}
}
