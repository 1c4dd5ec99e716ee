package share

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/filelock"
	"gigabatch/internal/io/usersocket"
	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

const (
	firstWord = 700 * time.Millisecond // for the hub to say Welcome
	lastWord  = 1500 * time.Millisecond
	writing   = 300 * time.Millisecond
	election  = 3 * time.Second // for the lock of an election: who holds it may have been stopped
	slept     = time.Second     // without a beat
	searching = 5 * time.Second // between two attempts to share of a process that is alone
)

// Node is the part of a process in what the processes of a user share that use the same key: its quota and its access token. The first
// process is the hub; when it ends, or does not answer, another one takes its place. It is safe for concurrent use.
type Node struct {
	Folders []string // in which the socket may be; the first that is private is used. Without one, nothing is shared
	Name    string   // of the socket: processes with the same name share
	What    string   // the process does, for the others
	Most    int      // as that of a Hub
	Tokens  gigachat.TokenSource

	client *Client
	once   sync.Once
	ctx    context.Context // until Close
	cancel context.CancelFunc
	group  sync.WaitGroup
	beat   atomic.Int64 // when this process looked last, in nanoseconds since made
	made   time.Time

	purse purse
}

// start begins to share.
func (n *Node) start() *Client {
	n.once.Do(func() {
		n.client, n.made, n.purse.asks = NewClient(n.self()), time.Now(), map[int]chan *Message{}
		n.ctx, n.cancel = context.WithCancel(context.Background())
		n.client.asleep = func() bool { return n.ctx.Err() == nil && time.Since(n.made)-time.Duration(n.beat.Load()) > slept }
		n.group.Go(n.run)
	})
	return n.client
}

// Join implements Quota.
func (n *Node) Join(start, most int, wake func()) Member { return n.start().Join(start, most, wake) }

// Learned implements Memory, as of at most a beat ago.
func (n *Node) Learned() *limit.Learned { return n.start().State().Learned }

// Learn implements Memory.
func (n *Node) Learn(l *limit.Learned) { n.start().Learn(l) }

// Close ends the part of this process. Another one takes its place if it was the hub. What goes on in this process shares nothing after that.
func (n *Node) Close() {
	n.start()
	n.cancel()
	n.group.Wait()
	n.client.Lead(n.newHub())
}

func (n *Node) self() task.Sharer { return task.Sharer{PID: os.Getpid(), What: n.What} }

// looked records that this process has looked around. It reports whether it had slept.
func (n *Node) looked() (asleep bool) {
	now := time.Since(n.made)
	return now-time.Duration(n.beat.Swap(int64(now))) > slept
}

// run finds the hub or becomes it, again and again.
func (n *Node) run() {
	n.looked()
	for n.ctx.Err() == nil {
		at, path, conn, err := n.find()
		if err != nil {
			at, path, conn = n.alone()
		}
		switch {
		case conn != nil:
			n.follow(conn)
		case at != nil:
			n.lead(at, path)
		}
		n.client.Lose()
	}
}

// alone divides the quota among the pools of this process until find has a result, or Close is called. Then the results are zero.
func (n *Node) alone() (at net.Listener, path string, conn *link) {
	h, self := n.newHub(), n.self()
	n.client.Lead(h)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for tried := time.Now(); ; {
		select {
		case <-n.ctx.Done():
			return nil, "", nil
		case <-tick.C:
		}
		n.client.know(h.Tend(self))
		if time.Since(tried) > searching && len(n.Folders) > 0 {
			var err error
			if at, path, conn, err = n.find(); err == nil {
				return at, path, conn
			}
			tried = time.Now()
		}
		if n.looked() {
			n.client.Wake()
		}
	}
}

// newHub returns a hub that knows what this process does.
func (n *Node) newHub() *Hub {
	h := &Hub{Most: n.Most}
	if l := n.client.State().Learned; l != nil {
		h.Learn(l)
	}
	return h
}

// find connects with the hub. If there is none, or if it does not answer, the caller is the hub, and gets the socket on which others come.
func (n *Node) find() (at net.Listener, path string, conn *link, err error) {
	for _, folder := range n.Folders {
		if path, err = usersocket.Path(folder, n.Name, true); err == nil {
			break
		}
	}
	if path == "" || err != nil {
		return nil, "", nil, cmp.Or(err, errNowhere)
	}
	lock, err := os.OpenFile(filepath.Join(filepath.Dir(path), "share.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, "", nil, err
	}
	defer lock.Close()
	for began := time.Now(); time.Since(began) < election; {
		if err := filelock.Lock(lock); !errors.Is(err, filelock.ErrTaken) {
			break
		}
		n.looked()
		select {
		case <-n.ctx.Done():
			return nil, "", nil, n.ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	c, err := usersocket.Dial(path, firstWord)
	if errors.Is(err, usersocket.ErrForeign) {
		return nil, "", nil, messages.Errorf("%s: %w", path, err)
	}
	if err == nil {
		conn := newLink(c)
		self := n.self()
		_ = c.SetReadDeadline(time.Now().Add(firstWord))
		var m Message
		if err = conn.write(&Message{Kind: Hello, Version: Version, Who: &self}); err == nil {
			err = conn.in.Decode(&m)
		}
		if err == nil && m.Kind == Welcome && m.Version == Version {
			return nil, path, conn, nil
		}
		c.Close()
	}
	n.looked()
	if err = usersocket.Remove(path); err != nil {
		return nil, "", nil, err
	}
	at, err = usersocket.Listen(path, true)
	return at, path, nil, err
}

// errNowhere reports that no folder was given.
var errNowhere = messages.Errorf("there is no folder for a socket")

// link is a connection between two processes. Its writes are safe for concurrent use.
type link struct {
	net.Conn
	in *json.Decoder
	mu sync.Mutex // held while a message is written
}

func newLink(c net.Conn) *link { return &link{Conn: c, in: json.NewDecoder(c)} }

// write sends a message. After an error the connection is closed.
func (l *link) write(m *Message) error {
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.SetWriteDeadline(time.Now().Add(writing))
	if _, err = l.Write(append(line, '\n')); err != nil {
		l.Close()
	}
	return err
}

// follow is a guest of a hub in another process until that ends, says nothing, or Close is called.
func (n *Node) follow(conn *link) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Time{})
	var heard atomic.Int64
	ended := make(chan struct{})
	n.client.Follow(conn.write)
	n.offer(conn)
	var reads sync.WaitGroup
	reads.Go(func() {
		defer close(ended)
		for {
			var m Message
			if conn.in.Decode(&m) != nil {
				return
			}
			heard.Store(int64(time.Since(n.made)))
			if m.Kind == NewToken {
				n.purse.mu.Lock()
				if ask := n.purse.asks[m.ID]; ask != nil {
					delete(n.purse.asks, m.ID)
					ask <- &m
				}
				n.purse.mu.Unlock()
				continue
			}
			n.client.Hear(&m)
		}
	})
	defer func() {
		conn.Close()
		reads.Wait()
		n.purse.mu.Lock()
		for id, ask := range n.purse.asks {
			delete(n.purse.asks, id)
			close(ask)
		}
		n.purse.mu.Unlock()
	}()
	heard.Store(int64(time.Since(n.made)))
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-n.ctx.Done():
			return
		case <-tick.C:
		}
		if n.looked() { // the hub may have given the rights of this process to others
			return
		}
		if time.Since(n.made)-time.Duration(heard.Load()) > lastWord {
			return
		}
		n.client.Ping()
	}
}

// lead is the hub until Close is called, or until another process has taken the place of this one while it was stopped.
func (n *Node) lead(at net.Listener, path string) {
	place, placeErr := os.Lstat(path)
	ours := func() bool {
		now, err := os.Lstat(path)
		return placeErr != nil || err == nil && os.SameFile(place, now) && now.ModTime().Equal(place.ModTime())
	}
	h, self := n.newHub(), n.self()
	var others []task.Sharer
	for _, who := range n.client.State().Sharers {
		if who.ID() != self.ID() {
			others = append(others, who)
		}
	}
	h.Expect(others)
	n.looked()
	n.client.Lead(h)
	var guests sync.WaitGroup
	var mu sync.Mutex // guards the two below
	conns, over := map[net.Conn]bool{}, false
	guests.Go(func() {
		for {
			c, err := at.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(beat) // too many files are open
				continue
			}
			mu.Lock()
			if conns[c] = true; over {
				c.Close()
			}
			mu.Unlock()
			guests.Go(func() {
				n.host(h, newLink(c))
				c.Close()
				mu.Lock()
				delete(conns, c)
				mu.Unlock()
			})
		}
	})
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for open := true; open; {
		state := h.Tend(self)
		n.client.know(state)
		h.Tell(&Message{Kind: Tells, State: state})
		select {
		case <-n.ctx.Done():
			open = false
		case <-tick.C:
			if !ours() {
				open = false
			} else if n.looked() {
				n.client.Wake()
			}
		}
	}
	if ours() {
		_ = os.Remove(path)
	}
	at.Close()
	mu.Lock()
	over = true
	for c := range conns {
		c.Close()
	}
	mu.Unlock()
	guests.Wait()
}

// host serves a guest until its connection ends.
func (n *Node) host(h *Hub, conn *link) {
	if !usersocket.Same(conn.Conn) {
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(firstWord))
	var hello Message
	if conn.in.Decode(&hello) != nil || hello.Kind != Hello || hello.Who == nil {
		return
	}
	if conn.write(&Message{Kind: Welcome, Version: Version}) != nil || hello.Version != Version {
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	who := *hello.Who
	who.What = strings.ToValidUTF8(who.What, "")
	g := h.Receive(who, conn.write)
	defer g.Gone()
	h.Tell(&Message{Kind: Tells, State: h.Tend(n.self())})
	for {
		var m Message
		if conn.in.Decode(&m) != nil {
			return
		}
		switch m.Kind {
		case NewToken:
			n.group.Go(func() { n.lend(conn, m.ID) })
		case HasToken:
			if _, known := n.cached(); !known && m.Token != nil {
				n.keep(*m.Token)
			}
		case BadToken:
			if m.Token != nil {
				n.forget(gigachat.Token{AccessToken: m.Token.AccessToken})
			}
		default:
			g.Hear(&m)
		}
	}
}
