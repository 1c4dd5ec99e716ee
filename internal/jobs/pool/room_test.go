package pool

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var manyLetters = strings.Repeat("a", 32<<10)

// letters is an endless body. It calls long once more than 256 KiB were read of it.
type letters struct {
	long func()
	read int
}

func (l *letters) Read(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		rest = rest[copy(rest, manyLetters):]
	}
	if before := l.read; before <= 256<<10 && before+len(p) > 256<<10 {
		l.long()
	}
	l.read += len(p)
	return len(p), nil
}

// TestFewLongAnswersAtOnce checks that of 64 answers of 30 MB only eight are in memory at a time, that only 4 MiB of each are read, and
// that each is asked three times and kept.
func TestFewLongAnswersAtOnce(t *testing.T) {
	t.Parallel()
	for dialect, key := range map[string]string{"gigachat": "", "openai": "key"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			testFewLongAnswersAtOnce(t, key)
		})
	}
}

func testFewLongAnswersAtOnce(t *testing.T, key string) {
	const size, head = 30 << 20, `{"choices":[{"message":{"content":"`
	rows := 64
	if raced {
		rows = 16
	}
	var mu sync.Mutex
	inMemory, most, read := 0, 0, 0
	change := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		inMemory += n
		most = max(most, inMemory)
	}
	client := &gigachat.Client{BaseURL: "http://localhost/v1", APIKey: key, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		io.Copy(io.Discard, r.Body)
		body := &letters{long: func() { change(1) }}
		return &http.Response{
			StatusCode: 200, Header: http.Header{}, ContentLength: size, Request: r,
			Body: struct {
				io.Reader
				io.Closer
			}{io.MultiReader(strings.NewReader(head), io.LimitReader(body, size)), closer(func() { mu.Lock(); read += body.read; mu.Unlock() })},
		}, nil
	})}
	k := keeper(t)
	k.fail = func(r task.Result) error {
		if len(r.Raw) != 4<<20 || !strings.HasPrefix(r.Raw, head+"aaa") || r.Attempts != 3 {
			t.Errorf("kept %d bytes after %d attempts", len(r.Raw), r.Attempts)
		}
		return nil
	}
	p := &Pool{
		Ask: client.ChatJSON, Start: rows, Limits: task.Limits{Concurrency: rows, KeepGoing: true}, Counters: &Counters{},
		Lost: func(task.Key) error { change(-1); return nil }, // the last that is done with an answer while it is in memory
	}
	if err := p.Execute(t.Context(), nil, tasksOf(rows), k.record); err != nil {
		t.Fatal(err)
	}
	k.wantAll(rows, task.Failed, task.CauseUnknown)
	if most > 8 || most < 2 {
		t.Errorf("%d long answers in memory at a time", most)
	}
	if got := float64(read) / float64(3*rows) / (4 << 20); got > 1.1 {
		t.Errorf("%.1f times 4 MiB read of an answer", got)
	}
}

type closer func()

func (c closer) Close() error { c(); return nil }
