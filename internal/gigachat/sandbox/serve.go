package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"

	"gigabatch/internal/gigachat/sandbox/h2"
)

// Listen opens a TCP port of the loopback interface. It refuses any other address. An empty host is 127.0.0.1, and port 0 is any free port.
func Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the sandbox serves only this machine: %s is not a loopback address", host)
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

// Serve answers on l, over plain HTTP/1.1 or HTTP/2 (with prior knowledge), until ctx ends or the sandbox is closed. It then returns nil, and l is closed. Exchanges in flight
// are cut off.
func (s *Sandbox) Serve(ctx context.Context, l net.Listener) error {
	srv := s.serve.open(s)
	if srv == nil {
		return errors.Join(net.ErrClosed, l.Close())
	}
	defer s.serve.running.Done()
	defer context.AfterFunc(ctx, func() { srv.Close() })()
	if err := srv.Serve(h2.Listener{Listener: l}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Transport returns a transport that connects every host and port to the sandbox, in memory over net.Pipe: a real HTTP client and a real
// HTTP server without a network. URLs may be http or https; neither uses TLS. It returns the same transport each time, and works in
// testing/synctest bubbles.
func (s *Sandbox) Transport() http.RoundTripper {
	p := &s.pipes
	p.open.Do(func() {
		p.listener = &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
		p.transport = p.listener.transport()
		p.transport.DialTLSContext = p.listener.dial
		p.h2 = p.listener.transport()
		p.h2.Protocols = new(http.Protocols)
		p.h2.Protocols.SetUnencryptedHTTP2(true)
		p.serving.Go(func() { s.Serve(context.Background(), p.listener) })
	})
	return p.transport
}

// HTTP2Transport is like Transport, but speaks HTTP/2, and only to URLs with http.
func (s *Sandbox) HTTP2Transport() http.RoundTripper {
	s.Transport()
	return s.pipes.h2
}

// servers are the servers that a sandbox has started.
type servers struct {
	mu      sync.Mutex // guards list and closed
	list    []*http.Server
	closed  bool
	running sync.WaitGroup // servers that accept connections
	conns   sync.WaitGroup // connections being served
}

// open returns a new server, or nil after close.
func (s *servers) open(h http.Handler) *http.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	srv := &http.Server{
		Handler: h, ErrorLog: log.New(io.Discard, "", 0), Protocols: new(http.Protocols), ConnContext: h2.WithConn,
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: h2.MaxCalls},
	}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	srv.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.conns.Add(1)
		case http.StateClosed, http.StateHijacked:
			s.conns.Done()
		}
	}
	s.list = append(s.list, srv)
	s.running.Add(1)
	return srv
}

// close ends every server and waits for its connections to end.
func (s *servers) close() {
	s.mu.Lock()
	s.closed = true
	list := s.list
	s.list = nil
	s.mu.Unlock()
	closeAll(list)
	s.running.Wait()
	closeAll(list) // a connection that was accepted in the meantime
	s.conns.Wait()
}

func closeAll(list []*http.Server) {
	for _, srv := range list {
		srv.Close()
	}
}
