package oracle

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
)

// A road is a proxy before a service. It has the toxics of toxiproxy, without its server, which would add its metrics and its router to our
// modules.
type road struct {
	address string // as seen by the program
	service string

	mu       sync.Mutex // guards all below
	listener net.Listener
	down     bool
	toxic    *toxics.ToxicWrapper // of the direction that has one; nil means none
	up       bool                 // the toxic is for what the program sends
	links    map[*link]bool
	serving  sync.WaitGroup
}

// A link is one direction of a connection.
type link struct {
	stub     *toxics.ToxicStub
	up       bool
	from, to *net.TCPConn
}

// newRoad opens a road to a service. It ends with the test.
func newRoad(t *testing.T, service string) *road {
	t.Helper()
	r := &road{service: service, address: "127.0.0.1:0", links: map[*link]bool{}}
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.close()
		r.serving.Wait()
	})
	return r
}

// open accepts connections.
func (r *road) open() error {
	l, err := net.Listen("tcp", r.address)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listener, r.address, r.down = l, l.Addr().String(), false
	r.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.connect(c.(*net.TCPConn))
		}
	})
	return nil
}

// close refuses connections, and ends those that are open.
func (r *road) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = true
	r.listener.Close()
	for l := range r.links {
		l.from.Close()
		l.to.Close()
	}
}

func (r *road) connect(near *net.TCPConn) {
	c, err := net.Dial("tcp", r.service)
	if err != nil {
		near.Close()
		return
	}
	far := c.(*net.TCPConn)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		near.Close()
		far.Close()
		return
	}
	r.link(near, far, true)
	r.link(far, near, false)
}

// link copies one direction of a connection through the toxic. The caller holds mu.
func (r *road) link(from, to *net.TCPConn, up bool) {
	in, out := make(chan *stream.StreamChunk, 1024), make(chan *stream.StreamChunk) // as large as the buffer of the latency toxic
	l := &link{stub: toxics.NewToxicStub(in, out), up: up, from: from, to: to}
	r.links[l] = true
	r.serving.Go(func() {
		w := stream.NewChanWriter(in)
		io.Copy(w, from)
		w.Close()
	})
	r.run(l)
	r.serving.Go(func() {
		io.Copy(to, stream.NewChanReader(out))
		to.Close()
		for range out { // what is left of a connection that the other side has closed
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.links, l)
	})
}

// run sends a link through the toxic of its direction. The caller holds mu.
func (r *road) run(l *link) {
	toxic := &toxics.ToxicWrapper{Toxic: new(toxics.NoopToxic), Toxicity: 1}
	if r.toxic != nil && r.up == l.up {
		toxic = r.toxic
	}
	if s, ok := toxic.Toxic.(toxics.StatefulToxic); ok {
		l.stub.State = s.NewState()
	}
	if _, ok := toxic.Toxic.(*toxics.ResetToxic); ok {
		errors.Join(l.from.SetLinger(0), l.to.SetLinger(0))
	}
	r.serving.Go(func() { l.stub.Run(toxic) })
}

// poison puts a toxic on a direction of the road, for all connections, or takes it away.
func (r *road) poison(toxic *toxics.ToxicWrapper, up bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.up
	old := r.toxic
	r.toxic, r.up = toxic, up
	for l := range r.links {
		if l.up != up && (old == nil || l.up != before) {
			continue
		}
		if l.stub.InterruptToxic() {
			r.run(l)
		}
	}
}
