// Package h2 gives a server of net/http what it lacks over HTTP/2: it says that it has not taken a request, by a GOAWAY or a reset.
package h2

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// The parts of HTTP/2 that the sandbox reads and writes itself (RFC 9113).
const (
	clientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	frameHead     = 9

	frameHeaders, frameReset, frameGoAway, frameContinuation = 1, 3, 7, 9

	flagEndHeaders    = 4
	codeNoError       = 0
	codeRefusedStream = 7
)

// MaxCalls is how many requests a connection may have at once.
const MaxCalls = 1 << 12

// Conn is the server's end of a connection. Over HTTP/2, it can say that a request was not taken, which the server of net/http never
// does for a request that it has given to a handler.
type Conn struct {
	net.Conn
	start  []byte // the first bytes of the connection, as many as tell HTTP/2 from HTTP/1
	in     frames
	waits  bool          // the newest request has not reached its handler
	begun  chan struct{} // it has
	closed chan struct{}
	close  sync.Once
	isH2   atomic.Bool
	newest atomic.Uint32 // the stream of the newest request

	mu    sync.Mutex // guards the fields below, and writing
	out   frames
	ahead []byte // written as soon as no frame is half written
	taken uint32 // the last stream whose request was taken
	going bool   // a GOAWAY was sent
	last  uint32 // which it says was taken
}

// frames follows the frames of one direction of a connection.
type frames struct {
	preface int    // bytes left of the client's preface
	head    []byte // of the current frame, as far as it has come
	payload int    // bytes left of it
	begun   bool   // there was a frame
}

// rest returns how many bytes are left of the preface, or of the head or payload of a frame.
func (f *frames) rest() int {
	switch {
	case f.preface > 0:
		return f.preface
	case f.payload > 0:
		return f.payload
	}
	return frameHead - len(f.head)
}

// between reports whether no frame is half read or written.
func (f *frames) between() bool { return f.preface == 0 && f.payload == 0 && len(f.head) == 0 }

// follow takes bytes, at most as many as rest returns. It returns the head of a frame that is complete with them, else nil.
func (f *frames) follow(b []byte) (head []byte) {
	switch {
	case f.preface > 0:
		f.preface -= len(b)
		return nil
	case f.payload > 0:
		f.payload -= len(b)
	default:
		if f.head = append(f.head, b...); len(f.head) < frameHead {
			return nil
		}
		f.payload = int(f.head[0])<<16 | int(f.head[1])<<8 | int(f.head[2])
	}
	if f.payload > 0 {
		return nil
	}
	head, f.head, f.begun = f.head, f.head[:0], true
	return head
}

// Read implements net.Conn. After the headers of a request it returns nothing until the handler of the request has begun, so that the
// handler knows its stream.
func (c *Conn) Read(b []byte) (int, error) {
	const enough = len("PRI")
	if known := len(c.start); known < enough {
		n, err := c.Conn.Read(b[:min(len(b), enough-known)])
		c.start = append(c.start, b[:n]...)
		if string(c.start) == clientPreface[:enough] {
			c.in.preface = len(clientPreface) - enough
			c.isH2.Store(true)
		}
		return n, err
	}
	if !c.isH2.Load() {
		return c.Conn.Read(b)
	}
	if c.waits {
		c.waits = false
		select {
		case <-c.begun:
		case <-c.closed:
		}
	}
	n, err := c.Conn.Read(b[:min(len(b), c.in.rest())])
	if head := c.in.follow(b[:n]); head != nil {
		stream := binary.BigEndian.Uint32(head[5:])
		begins := (head[3] == frameHeaders || head[3] == frameContinuation) && head[4]&flagEndHeaders != 0
		if begins && stream > c.newest.Load() {
			c.newest.Store(stream)
			c.waits = true
		}
	}
	return n, err
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (n int, err error) {
	if !c.isH2.Load() {
		return c.Conn.Write(b)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(b) > 0 && err == nil {
		if err = c.writeAhead(); err != nil {
			break
		}
		part := b[:min(len(b), c.out.rest())]
		if len(c.ahead) == 0 {
			part = b
		}
		var m int
		m, err = c.Conn.Write(part)
		for sent := b[:m]; len(sent) > 0; {
			k := min(len(sent), c.out.rest())
			c.out.follow(sent[:k])
			sent = sent[k:]
		}
		n, b = n+m, b[m:]
	}
	if err == nil {
		err = c.writeAhead()
	}
	return n, err
}

// writeAhead writes the frames of the sandbox if that is possible now: the first frame must be the settings of the server. The caller holds
// c.mu.
func (c *Conn) writeAhead() error {
	if len(c.ahead) == 0 || !c.out.begun || !c.out.between() {
		return nil
	}
	_, err := c.Conn.Write(c.ahead)
	c.ahead = nil
	return err
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.close.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// begin returns the stream of the request whose handler has begun.
func (c *Conn) begin() uint32 {
	stream := c.newest.Load()
	c.begun <- struct{}{}
	return stream
}

// Take reports whether the request of a stream can be taken: it comes before the last one of a GOAWAY.
func (c *Conn) Take(stream uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.going && stream > c.last {
		return false
	}
	c.taken = max(c.taken, stream)
	return true
}

// Decline says that the request of a stream was not taken: by a GOAWAY, or else by a reset of the stream. A GOAWAY cannot name a stream
// before one that was taken.
func (c *Conn) Decline(stream uint32, goAway bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.going && stream > c.last {
		return
	}
	if !goAway || stream < c.taken || c.going {
		c.ahead = appendFrame(c.ahead, frameReset, stream, codeRefusedStream)
	}
	if goAway && !c.going {
		c.going, c.last = true, c.taken
		c.ahead = appendFrame(c.ahead, frameGoAway, 0, c.last, codeNoError)
	}
	c.writeAhead() // the server notices an error when it writes next
}

// appendFrame appends a frame whose payload consists of numbers.
func appendFrame(b []byte, kind byte, stream uint32, payload ...uint32) []byte {
	b = append(b, 0, 0, byte(4*len(payload)), kind, 0)
	b = binary.BigEndian.AppendUint32(b, stream)
	for _, n := range payload {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// Listener accepts each connection as an [Conn].
type Listener struct{ net.Listener }

func (l Listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: conn, begun: make(chan struct{}, 1), closed: make(chan struct{})}, nil
}

type connKey struct{}

func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Of returns the connection of a request over HTTP/2 and its stream, nil over HTTP/1. It must be called once, at the beginning.
func Of(r *http.Request) (*Conn, uint32) {
	c, ok := r.Context().Value(connKey{}).(*Conn)
	if !ok || r.ProtoMajor != 2 {
		return nil, 0
	}
	return c, c.begin()
}
