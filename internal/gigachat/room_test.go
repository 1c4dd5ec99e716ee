package gigachat

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRoomTakesNoTime checks that the time for which an answer waits until others have left memory is no part of its timeout, and that the
// timeout still ends an answer that is slow itself.
func TestRoomTakesNoTime(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"gigachat": "", "openai": "key"} {
		synctest.Test(t, func(t *testing.T) {
			slow := time.Duration(0)
			client := &Client{BaseURL: "http://localhost/v1", APIKey: key, Transport: transport(func(r *http.Request) (*http.Response, error) {
				head := []byte(`{"choices":[{"finish_reason":"stop","message":{"content":"`)
				tail := bytes.NewReader([]byte(`"}}],"usage":{"total_tokens":1}}`))
				body := io.MultiReader(bytes.NewReader(head), bytes.NewReader(bytes.Repeat([]byte("a"), 1<<20)), pausing{r.Context(), slow}, tail)
				return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1, Request: r, Body: io.NopCloser(body)}, nil
			})}
			room := NewRoom()
			ask := func() (leave func(), err error) {
				ctx, leave := room.Enter(t.Context())
				_, err = client.ChatJSON(ctx, []byte(`{"model":"m","messages":[]}`), time.Second)
				return leave, err
			}
			for range cap(room.long) {
				leave, err := ask()
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(10*time.Second, leave)
			}
			began := time.Now()
			leave, err := ask()
			leave()
			if took := time.Since(began); err != nil || took != 10*time.Second {
				t.Errorf("%s: %v after %s", name, err, took)
			}
			slow, began = time.Minute, time.Now()
			leave, err = ask()
			leave()
			if e := AsError(err); e == nil || e.Kind != KindTimeout || time.Since(began) != time.Second {
				t.Errorf("%s: a slow answer: %v after %s", name, err, time.Since(began))
			}
			time.Sleep(time.Minute) // simulated
		})
	}
}

// pausing is a part of a body without bytes, which takes some time, as a connection does that ends with its request.
type pausing struct {
	ctx context.Context
	d   time.Duration
}

func (p pausing) Read([]byte) (int, error) {
	if p.d == 0 {
		return 0, cmp.Or(p.ctx.Err(), io.EOF)
	}
	select {
	case <-time.After(p.d):
		return 0, io.EOF
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}
