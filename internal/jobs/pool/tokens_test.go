package pool

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/task"
)

// tokenRoad is a way to a sandbox on which token requests take a second. It counts those in flight, and lets the clock of OAuth jump. It is
// safe for concurrent use.
type tokenRoad struct {
	http.RoundTripper
	jumps time.Duration // the clock is wrong by up to this much, by another amount with each token; 0 is none

	mu             sync.Mutex // guards all below
	random         *rand.Rand
	inFlight, most int
	asked          int
}

func (o *tokenRoad) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/oauth") {
		return o.RoundTripper.RoundTrip(r)
	}
	jump := o.begin()
	defer o.end()
	time.Sleep(time.Second)
	resp, err := o.RoundTripper.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK || jump == 0 {
		return resp, err
	}
	defer resp.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
		ExpiresAt   int64  `json:"expires_at"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil {
		return nil, err
	}
	token.ExpiresAt += jump.Milliseconds()
	text, err := json.Marshal(token)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	resp.Header.Set("Date", time.Now().Add(jump).UTC().Format(http.TimeFormat))
	resp.Header.Del("Content-Length")
	return resp, err
}

func (o *tokenRoad) begin() (jump time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked++
	o.inFlight++
	o.most = max(o.most, o.inFlight)
	if o.jumps == 0 {
		return 0
	}
	return time.Duration(o.random.Int64N(2*int64(o.jumps))) - o.jumps
}

func (o *tokenRoad) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight--
}

// TestTokens checks that no row fails, or is asked twice, because of its token, and that no more than one token is requested at a time,
// with 64 workers.
func TestTokens(t *testing.T) {
	t.Parallel()
	const rows, workers = 800, 64
	seeds := uint64(5)
	if raced {
		seeds = 1
	}
	at := func(kind sandbox.FaultKind, rate float64) sandbox.Fault {
		return sandbox.Fault{Kind: kind, At: sandbox.AtOAuth, Rate: rate}
	}
	for _, tt := range []struct {
		name   string
		life   time.Duration
		jumps  time.Duration
		faults []sandbox.Fault
	}{
		{"expiries", 3 * time.Second, 0, nil},
		{"revocations", time.Hour, 0, []sandbox.Fault{{Kind: sandbox.Revoked, Rate: 0.02}}},
		{"clock jumps", 5 * time.Second, 12 * time.Hour, nil},
		{"already expired", time.Second, 0, []sandbox.Fault{at(sandbox.ExpiredToken, 0.4)}},
		{"OAuth 429", 4 * time.Second, 0, []sandbox.Fault{at("429", 0.6)}},
		{"OAuth 500", 4 * time.Second, 0, []sandbox.Fault{at("500", 0.6)}},
		{"all", 6 * time.Second, 12 * time.Hour, []sandbox.Fault{
			{Kind: sandbox.Revoked, Rate: 0.01}, at("429", 0.2), at("500", 0.2), at(sandbox.ResetBefore, 0.1), at(sandbox.ExpiredToken, 0.2)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for seed := range seeds {
				synctest.Test(t, func(t *testing.T) {
					s := sandbox.New(sandbox.Options{
						Seed: seed + 1, Streams: workers, Latency: 500 * time.Millisecond, Jitter: time.Second, TokenLife: tt.life, Faults: tt.faults,
					})
					defer s.Close()
					road := &tokenRoad{RoundTripper: s.Transport(), jumps: tt.jumps, random: rand.New(rand.NewPCG(18, seed))}
					client := &gigachat.Client{
						Tokens: &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, Transport: road}, Transport: road,
					}
					k, c := keeper(t), &Counters{}
					p := &Pool{Ask: client.ChatJSON, Counters: c, Limits: task.Limits{Concurrency: workers}}
					began := time.Now()
					if err := p.Execute(t.Context(), nil, tasksOf(rows), k.record); err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
					k.wantAll(rows, task.Completed, "")
					for _, r := range k.results {
						if r.Attempts != 1 {
							t.Errorf("seed %d: a row was charged %d attempts", seed, r.Attempts)
							break
						}
					}
					if n := s.Counts(); n.Billed != rows || c.Lost.Load() != 0 {
						t.Errorf("seed %d: billed %d of %d, lost %d", seed, n.Billed, rows, c.Lost.Load())
					}
					if road.most != 1 || road.asked < 3 {
						t.Errorf("seed %d: %d token requests, of which %d at a time; want 3 or more, and 1", seed, road.asked, road.most)
					}
					t.Logf("seed %d: %d token requests, faults %v, in %v", seed, road.asked, s.Counts().Faults, time.Since(began))
				})
			}
		})
	}
}
