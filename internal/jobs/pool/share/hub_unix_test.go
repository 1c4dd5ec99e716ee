//go:build unix

package share

import (
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"gigabatch/internal/io/usersocket"
	"gigabatch/internal/jobs/pool/limit"
)

// eventually waits until something of other goroutines holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// folder returns a folder with a short name, in which sockets may be.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (n *Node) leads() *Hub {
	n.start().mu.Lock()
	defer n.client.mu.Unlock()
	return n.client.hub
}

// What a process has found out is not forgotten when its socket disappears, nor when it stops to share.
func TestNodeKeepsWhatItKnows(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := &Node{Folders: []string{dir}, Name: "s"}
	m := n.Join(10, 10, func() {})
	eventually(t, "it leads", func() bool { return n.leads() != nil })
	first := n.leads()
	first.Learn(&limit.Learned{Meters: []limit.Meter{{High: 3, Top: 3, Low: 4, Limit: 3}}, Latency: time.Second})
	eventually(t, "it is told", func() bool { return n.client.State().Width == 3 })
	if err := os.Remove(filepath.Join(dir, "s")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it leads anew", func() bool { h := n.leads(); return h != nil && h != first })
	if w := m.Width(); w != 3 {
		t.Errorf("%d may be in flight after the socket had disappeared", w)
	}
	n.Close()
	if w := m.Width(); w != 3 {
		t.Errorf("%d may be in flight after the end of sharing", w)
	}
}

// A process that shares nothing and was stopped goes on.
func TestAloneNodeWakes(t *testing.T) {
	t.Parallel()
	n := &Node{}
	var woken atomic.Int32
	m := n.Join(1, 1, func() { woken.Add(1) })
	eventually(t, "it is alone", func() bool { return n.leads() != nil })
	eventually(t, "it has had its turn", func() bool {
		before := woken.Load()
		n.beat.Store(int64(time.Since(n.made) - 2*time.Second)) // it was stopped
		if r, next := m.Take(false); r != nil || !next.IsZero() {
			return false // it has looked around in between
		}
		eventually(t, "it is woken", func() bool { return woken.Load() > before })
		return true
	})
	n.Close()
}

// A process that could not share for a while shares again.
func TestAloneNodeComesBack(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	a := &Node{Folders: []string{dir}, Name: "s", What: "a"}
	defer a.Close()
	eventually(t, "it is alone", func() bool { return a.leads() != nil })
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	b := &Node{Folders: []string{dir}, Name: "s", What: "b"}
	defer b.Close()
	b.start()
	eventually(t, "both share", func() bool { return (a.leads() == nil) != (b.leads() == nil) })
}

// lateListener hands over what has come only when it is closed.
type lateListener struct {
	net.Listener
	came   chan struct{} // has room for one: somebody has come
	closed chan struct{}
}

func (l *lateListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.came <- struct{}{}
		<-l.closed
		time.Sleep(50 * time.Millisecond) // those that came before are sent away
	}
	return c, err
}

func (l *lateListener) Close() error {
	close(l.closed)
	return l.Listener.Close()
}

// TestGuestThatComesAtTheEnd ends a hub just when a process comes that is stopped then. The hub does not wait for it.
func TestGuestThatComesAtTheEnd(t *testing.T) {
	t.Parallel()
	path, err := usersocket.Path(folder(t), "test", true)
	if err != nil {
		t.Fatal(err)
	}
	at, err := usersocket.Listen(path, true)
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{Name: "test", What: "a test"}
	n.start()
	late := &lateListener{at, make(chan struct{}, 1), make(chan struct{})}
	n.group.Go(func() { n.lead(late, path) })
	guest, err := usersocket.Dial(path, firstWord)
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	self := n.self()
	if err := newLink(guest).write(&Message{Kind: Hello, Version: Version, Who: &self}); err != nil {
		t.Fatal(err)
	}
	<-late.came
	ended := make(chan struct{})
	go func() {
		n.Close()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the hub waits for a process that is stopped")
	}
}
