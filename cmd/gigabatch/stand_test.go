package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
)

// stand is a sandbox on a loopback port. It does not identify itself as a sandbox unless it is named, so the program takes it for the
// real service.
type stand struct {
	box      *sandbox.Sandbox
	url      string
	key      string
	named    bool
	formulas bool // answers begin with an equals sign
	gate     gate
	end      func()
}

// newStand serves a sandbox. Most options are those of `gigabatch sandbox`. hold=N admits only N completions until release is called.
func newStand(options []string) (*stand, error) {
	s := &stand{key: sandbox.Key, gate: gate{open: make(chan struct{}), next: make(chan struct{})}}
	o := sandbox.Options{OnChat: s.gate.pass}
	for _, text := range options {
		name, value, _ := strings.Cut(text, "=")
		if err := s.option(&o, name, value); err != nil {
			return nil, fmt.Errorf("sandbox %s: %w", text, err)
		}
	}
	l, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + l.Addr().String()
	s.box = sandbox.New(o)
	s.serve(l)
	return s, nil
}

func (s *stand) serve(l net.Listener) {
	srv := &http.Server{Handler: s.handler(), ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.Serve(l)
	}()
	s.end = func() {
		s.release()
		srv.Close()
		<-served
		s.box.Close()
	}
}

func (s *stand) handler() http.Handler {
	if s.formulas {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.box.ServeHTTP(&formulas{w}, r) })
	}
	if s.named {
		return s.box
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.box.ServeHTTP(&unnamed{w}, r) })
}

// formulas makes answers begin with an equals sign.
type formulas struct{ http.ResponseWriter }

func (f *formulas) Write(b []byte) (int, error) {
	return f.ResponseWriter.Write(bytes.ReplaceAll(b, []byte(`"This is the`), []byte(`"=his is the`)))
}

// unnamed removes the header that identifies a sandbox.
type unnamed struct{ http.ResponseWriter }

func (u *unnamed) WriteHeader(code int) {
	u.Header().Del(gigachat.SandboxHeader)
	u.ResponseWriter.WriteHeader(code)
}

func (u *unnamed) Write(b []byte) (int, error) {
	u.Header().Del(gigachat.SandboxHeader)
	return u.ResponseWriter.Write(b)
}

func (u *unnamed) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func (s *stand) option(o *sandbox.Options, name, value string) (err error) {
	switch name {
	case "formulas":
		s.formulas = true
	case "streams":
		o.Streams, err = strconv.Atoi(value)
	case "hold":
		s.gate.most, err = strconv.Atoi(value)
	case "starts-per-second":
		o.StartsPerSecond, err = strconv.Atoi(value)
	case "packages":
		o.Packages, err = sandboxPackages(value)
	case "answer-bytes":
		o.AnswerBytes, err = strconv.Atoi(value)
	case "seed":
		o.Seed, err = strconv.ParseUint(value, 10, 64)
	case "latency":
		o.Latency, err = time.ParseDuration(value)
	case "jitter":
		o.Jitter, err = time.ParseDuration(value)
	case "token-life":
		o.TokenLife, err = time.ParseDuration(value)
	case "skew":
		o.ClockSkew, err = time.ParseDuration(value)
	case "fault":
		o.Faults, err = sandbox.ParseFaults(value)
	case "scope":
		o.Scope = value
	case "key":
		o.Key, s.key = value, value
	case "user":
		o.User = value
	case "password":
		o.Password = value
	case "access-token":
		o.AccessToken = value
	case "retry-after":
		o.RetryAfter = value
	case "models":
		o.Models = strings.Split(value, ",")
	case "dialect":
		if o.Dialect = value; value == sandbox.OpenAI {
			s.key = sandbox.APIKey
		}
	case "no-format":
		o.NoFormat = strings.Split(value, ",")
	case "no-functions":
		o.NoFunctions = strings.Split(value, ",")
	case "batch-delay":
		o.BatchDelay, err = time.ParseDuration(value)
	case "batch-late":
		o.BatchLate, err = time.ParseDuration(value)
	case "batch-expire":
		o.BatchExpire, err = time.ParseDuration(value)
	case "batch-end":
		o.BatchEnd = value
	case "batch-lines":
		o.BatchLines, err = strconv.Atoi(value)
	case "batch-models":
		o.BatchModels = strings.Split(value, ",")
	case "batch-order":
		o.BatchOrder = value
	case "batch-shape":
		o.BatchShape = value
	case "batch-times":
		o.BatchTimes = value
	case "batch-files":
		o.BatchFiles = value
	case "batch-odd":
		o.BatchOdd = strings.Split(value, ",")
	case "named":
		s.named = true
	case "anonymous":
		o.Anonymous = true
	default:
		err = fmt.Errorf("unknown option")
	}
	return err
}

func (s *stand) close() { s.end() }

func (s *stand) release() { s.gate.release() }

// await waits until n completions have been admitted.
func (s *stand) await(n int) error {
	timeout := time.After(patience)
	for {
		more, seen := s.gate.more()
		if seen >= n {
			return nil
		}
		select {
		case <-more:
		case <-timeout:
			return fmt.Errorf("the sandbox has admitted %d completions, want %d", seen, n)
		}
	}
}

// gate counts completions and holds back those beyond a limit. It is safe for concurrent use.
type gate struct {
	most int // 0 is no limit
	open chan struct{}
	once sync.Once

	mu   sync.Mutex // guards seen and next
	seen int
	next chan struct{}
}

func (g *gate) pass(string) {
	if n := g.count(); g.most > 0 && n > g.most {
		<-g.open
	}
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen++
	close(g.next)
	g.next = make(chan struct{})
	return g.seen
}

func (g *gate) more() (<-chan struct{}, int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.next, g.seen
}

func (g *gate) release() { g.once.Do(func() { close(g.open) }) }
