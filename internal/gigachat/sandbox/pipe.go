package sandbox

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// pipes are the in-memory connections.
type pipes struct {
	open      sync.Once
	listener  *pipeListener
	transport *http.Transport
	h2        *http.Transport // speaks HTTP/2
	serving   sync.WaitGroup
}

// close ends the transport. If there is none yet, a later one is closed from the start.
func (p *pipes) close() {
	p.open.Do(func() {
		p.listener = &pipeListener{done: make(chan struct{})}
		p.transport = &http.Transport{DialContext: p.listener.dial, DialTLSContext: p.listener.dial}
		p.h2 = p.transport
	})
	p.listener.Close()
}

// A pipeListener accepts the far ends of the pipes that it dials.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	var err error
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		err = net.ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	near.Close()
	far.Close()
	return nil, err
}

func (l *pipeListener) transport() *http.Transport {
	return &http.Transport{DialContext: l.dial, MaxIdleConnsPerHost: 1 << 16, DisableCompression: true}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "sandbox" }
