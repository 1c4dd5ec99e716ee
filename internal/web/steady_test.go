package web

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipe is a listener for one connection.
type pipe struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipe) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// connect returns a connection to a new server, within a bubble of package synctest.
func connect(t *testing.T, h http.HandlerFunc) net.Conn {
	near, far := net.Pipe()
	p := &pipe{conns: make(chan net.Conn, 1), done: make(chan struct{})}
	p.conns <- far
	srv := (&Server{Chatter: newSlow()}).server(t.Context())
	srv.Handler, srv.ErrorLog = steadily(h), log.New(io.Discard, "", 0)
	var serving sync.WaitGroup
	serving.Go(func() { srv.Serve(p) })
	t.Cleanup(func() {
		near.Close()
		srv.Close()
		serving.Wait()
	})
	return near
}

func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func TestSlowHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
		write(t, c, "GET / HTTP/1.1\r\nHost: ")
		began := time.Now()
		_, _ = io.ReadAll(c)
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("the connection stood open for %s", took)
		}
	})
}

func TestLongHeader(t *testing.T) {
	t.Parallel()
	address := serve(t, newTestServer(t))
	status, _, _ := send(t, address, "GET / HTTP/1.1\r\nHost: "+address+"\r\nX: "+strings.Repeat("x", 40<<10)+"\r\n\r\n")
	if status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got status %d", status)
	}
}

// An upload may take long while data arrives, and is ended when it stalls.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		read := make(chan string, 1)
		c := connect(t, func(_ http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err == nil {
				t.Error("the body ended")
			}
			read <- string(b)
		})
		write(t, c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
		for range 50 {
			time.Sleep(maxStall - time.Second)
			write(t, c, "x")
		}
		began := time.Now()
		if got := <-read; got != strings.Repeat("x", 50) {
			t.Errorf("got %q", got)
		}
		if took := time.Since(began); took > maxStall {
			t.Errorf("it took %s to give up", took)
		}
	})
}

// An answer may come long after its request was read; the connection counts as open until then.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, func(w http.ResponseWriter, r *http.Request) {
			if got := readAll(t, r.Body); got != "hello" {
				t.Errorf("got the body %q", got)
			}
			if n, err := r.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("behind the body there are %d bytes, error %v", n, err)
			}
			select {
			case <-time.After(time.Hour):
			case <-r.Context().Done():
				t.Error("the connection counts as lost")
			}
			io.WriteString(w, "one")
			time.Sleep(time.Hour)
			http.NewResponseController(w).Flush()
			time.Sleep(time.Hour)
			io.WriteString(w, " two")
			time.Sleep(time.Hour)
		})
		write(t, c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, resp.Body); got != "one two" {
			t.Errorf("got %q", got)
		}
	})
}

// A browser that stops receiving does not keep a stream open forever.
func TestStalledReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan error, 1)
		c := connect(t, func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
					gone <- err
					return
				}
			}
		})
		write(t, c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		began := time.Now()
		<-gone
		if took := time.Since(began); took != maxStall {
			t.Errorf("it took %s, want %s", took, maxStall)
		}
	})
}
