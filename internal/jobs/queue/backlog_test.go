package queue_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/queue"
)

// lag reads the backlog as KEDA's scaler for JetStream does: the messages of a consumer that are not read or not acknowledged. It fails
// without the stream and the consumer: the scaler would stay at an old number, or take one that only grows.
func (s *site) lag() (int, bool) {
	s.t.Helper()
	r, err := http.Get("http://" + s.hub.Monitor() + "/jsz?acc=$G&consumers=true&config=true")
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	var v struct {
		Accounts []struct {
			Name    string
			Streams []struct {
				Name      string
				Consumers []struct {
					Name       string
					Pending    int `json:"num_pending"`
					AckPending int `json:"num_ack_pending"`
				} `json:"consumer_detail"`
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		s.t.Fatal(err)
	}
	for _, a := range v.Accounts {
		for _, stream := range a.Streams {
			for _, c := range stream.Consumers {
				if a.Name == "$G" && stream.Name == queue.Backlog && c.Name == queue.BacklogConsumer {
					return c.Pending + c.AckPending, true
				}
			}
		}
	}
	return 0, false
}

// becomes waits until the backlog is n.
func (s *site) becomes(n int) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) { // the server works
		got, ok := s.lag()
		if ok && got == n {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("the backlog is %d (%v), want %d", got, ok, n)
		}
	}
}

// TestBacklog tells KEDA how many tasks have no result: as many as there are, no more than can be in flight, and none after the run.
func TestBacklog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var left atomic.Int64
	s.left = func() int { return int(left.Load()) }
	left.Store(5000)
	release := make(chan struct{})
	s.worker(func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		<-release
		return answer(string(body)), nil
	}, nil)
	ended := make(chan error, 1)
	go func() { ended <- s.execute(context.Background(), nil, 3, 0, 3) }()
	s.becomes(queue.MaxConcurrency)
	left.Store(40)
	s.becomes(40)
	left.Store(41)
	s.becomes(41)
	left.Store(0)
	s.becomes(0)
	left.Store(7)
	s.becomes(7)
	close(release)
	if err := s.within("the run", ended); err != nil {
		t.Fatal(err)
	}
	s.fleet.Close()
	s.becomes(0)
}
