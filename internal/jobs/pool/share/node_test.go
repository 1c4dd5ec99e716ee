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
	"strings"
	"sync"
	"syscall"
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

// long runs the tests that take many minutes.
var long = os.Getenv("GIGABATCH_LONG") != ""

const streams = 10

// TestProcesses: processes that share use the quota evenly and not more of it than one alone, with one token.
func TestProcesses(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := newService(t, sandbox.Options{Streams: streams, Latency: 150 * time.Millisecond, Jitter: 50 * time.Millisecond})
			var all []*process
			for i := range n {
				all = append(all, s.start(t, fmt.Sprint(i)))
			}
			for s.requests() < 300 { // other processes do the work
				time.Sleep(10 * time.Millisecond)
			}
			s.counts()
			from, most := s.requests(), 0
			for s.requests() < from+400 {
				time.Sleep(10 * time.Millisecond)
			}
			done := s.counts()
			for _, p := range all {
				p.end(t)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			fewest := 1 << 30
			for i := range n {
				fewest, most = min(fewest, done[fmt.Sprint(i)]), max(most, done[fmt.Sprint(i)])
			}
			c := s.Sandbox.Counts()
			if fewest < 8*most/10 || s.most > streams+2 || s.tokens != 1 || len(all) != n {
				t.Errorf("the shares are %v, at most %d in flight, %d tokens", done, s.most, s.tokens)
			}
			t.Logf("shares %v, at most %d in flight, %d of %d refused", done, s.most, c.Refused, c.Chats)
		})
	}
}

// TestProcessesComeAndGo: processes join, end, are killed, or are stopped for a while, at random, the hub among them. There are never more
// requests in flight than one process alone would have, and what is left of the quota is used.
func TestProcessesComeAndGo(t *testing.T) {
	t.Parallel()
	seeds := 2
	if long {
		seeds = 100
	}
	turns := make(chan struct{}, 4)
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			turns <- struct{}{}
			defer func() { <-turns }()
			comeAndGo(t, uint64(seed))
		})
	}
}

func comeAndGo(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(20, seed))
	s := newService(t, sandbox.Options{Streams: streams, Latency: 200 * time.Millisecond, Jitter: 100 * time.Millisecond})
	all := []*process{s.start(t, "0"), s.start(t, "1")}
	for s.requests() < 200 {
		time.Sleep(10 * time.Millisecond)
	}
	var story []string
	say := func(what string, p *process) { story = append(story, what+" "+p.id) }
	var stopped *process
	var awake time.Time
	for n := 2; n < 22; n++ {
		time.Sleep(time.Duration(random.IntN(500)) * time.Millisecond)
		if stopped != nil && time.Now().After(awake) {
			say("continued", stopped)
			stopped.Process.Signal(syscall.SIGCONT)
			stopped = nil
		}
		i := random.IntN(len(all))
		p := all[i]
		switch event := random.IntN(6); {
		case event < 2 && len(all) < 5 || len(all) < 2:
			p = s.start(t, fmt.Sprint(n))
			all = append(all, p)
			say("started", p)
		case p == stopped:
		case event < 4:
			say("killed", p)
			p.Process.Kill()
			p.Wait()
			all = append(all[:i:i], all[i+1:]...)
		case event == 4 && stopped == nil:
			say("stopped", p)
			p.Process.Signal(syscall.SIGSTOP)
			stopped, awake = p, time.Now().Add(time.Duration(random.IntN(5000))*time.Millisecond)
		case event == 5:
			say("ended", p)
			p.end(t)
			all = append(all[:i:i], all[i+1:]...)
		}
	}
	if stopped != nil {
		stopped.Process.Signal(syscall.SIGCONT)
	}
	s.mu.Lock()
	most := s.most
	s.mu.Unlock()
	from := s.requests()
	for began := time.Now(); s.requests() < from+200; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("the processes do not get on: %v", story)
		}
	}
	for _, p := range all {
		p.end(t)
	}
	c := s.Sandbox.Counts()
	if most > streams+2 {
		t.Errorf("%d were in flight: %v", most, story)
	}
	t.Logf("at most %d in flight, %d of %d refused, %d tokens: %v", most, c.Refused, c.Chats, s.tokens, story)
}

// requests returns how many completions were asked for.
func (s *service) requests() int64 { return s.Sandbox.Counts().Chats }
