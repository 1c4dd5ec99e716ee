package share_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
)

// TestMain is a process that shares, if the test that started it says so: it asks until its standard input ends.
func TestMain(m *testing.M) {
	if os.Getenv("SHARE_URL") == "" {
		os.Exit(m.Run())
	}
	tokens := &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: os.Getenv("SHARE_URL") + "/api/v2/oauth", Transport: http.DefaultTransport}
	node := &share.Node{Folders: []string{os.Getenv("SHARE_FOLDER")}, Name: "test", What: "a test", Tokens: tokens}
	client := &gigachat.Client{
		BaseURL: os.Getenv("SHARE_URL") + "/v1", Tokens: node, Transport: http.DefaultTransport, SessionID: os.Getenv("SHARE_ID"),
	}
	drain := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(drain)
	}()
	p := &pool.Pool{Ask: client.ChatJSON, Allowance: pool.Allowance{Quota: node}, Sandbox: true}
	tasks := iter.Seq2[task.Task, error](func(yield func(task.Task, error) bool) {
		for i := 0; ; i++ {
			body := fmt.Appendf(nil, `{"messages":[{"content":"%s %d","role":"user"}],"model":"GigaChat-2"}`, os.Getenv("SHARE_ID"), i)
			if !yield(task.Task{Key: task.KeyOf(body), Body: body}, nil) {
				return
			}
		}
	})
	var mu sync.Mutex
	failed := 0
	err := p.Execute(context.Background(), drain, tasks, func(r task.Result) error {
		mu.Lock()
		defer mu.Unlock()
		if r.State != task.Completed {
			failed++
		}
		return nil
	})
	node.Close()
	if err != nil || failed > 0 {
		fmt.Println(failed, "failed", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// service is a sandbox that notes what each process has in flight.
type service struct {
	*sandbox.Sandbox
	url, folder string

	mu     sync.Mutex // guards all below
	flying map[string]int
	done   map[string]int
	most   int
	tokens int
}

func newService(t *testing.T, o sandbox.Options) *service {
	t.Helper()
	s := &service{Sandbox: sandbox.New(o), flying: map[string]int{}, done: map[string]int{}}
	srv := httptest.NewServer(s)
	folder, err := os.MkdirTemp("", "gb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		srv.Close()
		s.Sandbox.Close()
		os.RemoveAll(folder)
	})
	s.url, s.folder = srv.URL, folder
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Session-Id")
	chat := strings.HasSuffix(r.URL.Path, "/chat/completions")
	s.mu.Lock()
	if strings.HasSuffix(r.URL.Path, "/oauth") {
		s.tokens++
	}
	if chat {
		s.flying[id]++
		all := 0
		for _, n := range s.flying {
			all += n
		}
		s.most = max(s.most, all)
	}
	s.mu.Unlock()
	s.Sandbox.ServeHTTP(w, r)
	if chat {
		s.mu.Lock()
		s.flying[id]--
		s.done[id]++
		s.mu.Unlock()
	}
}

// counts returns what each process has got since the last call.
func (s *service) counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := s.done
	s.done = map[string]int{}
	return done
}

// process is one that asks.
type process struct {
	*exec.Cmd
	id   string
	in   io.Closer
	said *bytes.Buffer
}

func (s *service) start(t *testing.T, id string) *process {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "SHARE_URL="+s.url, "SHARE_FOLDER="+s.folder, "SHARE_ID="+id)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: c, id: id, in: in, said: &bytes.Buffer{}}
	c.Stdout, c.Stderr = p.said, p.said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// end lets a process end in order.
func (p *process) end(t *testing.T) {
	t.Helper()
	p.in.Close()
	if err := p.Wait(); err != nil {
		t.Errorf("process %s: %v\n%s", p.id, err, p.said)
	}
}

// TestProcesses: processes that share use the quota evenly and not more of it than one alone, with one token, whoever of them is stopped or
// killed.
func TestProcesses(t *testing.T) {
	t.Parallel()
	const streams = 10
	seconds := 6
	if n, err := strconv.Atoi(os.Getenv("SHARE_SECONDS")); err == nil {
		seconds = n
	}
	for _, n := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := newService(t, sandbox.Options{Streams: streams, Latency: 150 * time.Millisecond, Jitter: 50 * time.Millisecond})
			var all []*process
			for i := range n {
				all = append(all, s.start(t, fmt.Sprint(i)))
				time.Sleep(time.Duration(rand.N(300)) * time.Millisecond)
			}
			time.Sleep(3 * time.Second)
			s.counts()
			time.Sleep(time.Duration(seconds) * time.Second)
			done := s.counts()
			before := s.Sandbox.Counts()
			for _, p := range all {
				p.end(t)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			t.Logf("%d processes: done %v, at most %d in flight, %d refused of %d, %d tokens", n, done, s.most, before.Refused, before.Requests, s.tokens)
		})
	}
}
