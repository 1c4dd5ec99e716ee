package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/io/usersocket"
	"gigabatch/internal/messages"
)

const (
	maxRequest = 4 << 10         // bytes
	maxAnswer  = 16 << 20        // with a state for each of many batches
	patience   = 5 * time.Second // for a request and its answer
	lookEvery  = 5 * time.Second // whether the socket is still there
)

// Handler does what a request wants and returns the state of the run after it. An error refuses the request. It must be safe for concurrent
// use.
type Handler func(Request) (*Status, error)

// Server answers requests about a run. It is safe for concurrent use.
type Server struct {
	name    string
	folders []string
	do      Handler
	done    chan struct{} // closed by Close
	group   sync.WaitGroup

	mu    sync.Mutex // guards all below
	path  string
	at    net.Listener
	conns map[net.Conn]bool
	over  bool
}

// Serve answers requests about the run of a journal until Close is called. The socket is in the first of the folders that is private and
// whose path is short enough; a missing one is created. If that folder disappears, as the runtime folder of a user does who logs out, the
// socket moves to the next one. The caller holds the lock of the journal, so a socket on which nobody listens was left by a run that was
// killed, and is replaced. One that answers is never replaced.
func Serve(journal string, folders []string, do Handler) (*Server, error) {
	name, err := nameOf(journal)
	if err != nil {
		return nil, err
	}
	s := &Server{name: name, folders: folders, do: do, done: make(chan struct{}), conns: map[net.Conn]bool{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.listen(); err != nil {
		return nil, err
	}
	s.group.Go(s.watch)
	return s, nil
}

// listen opens the socket. The caller holds s.mu.
func (s *Server) listen() error {
	var all []error
	for _, folder := range s.folders {
		path, at, err := listenIn(folder, s.name)
		if errors.Is(err, fs.ErrNotExist) { // another run has just ended and removed the folder
			path, at, err = listenIn(folder, s.name)
		}
		if err == nil {
			s.path, s.at = path, at
			s.group.Go(func() { s.accept(at) })
			return nil
		}
		all = append(all, err)
		if errors.Is(err, errLive) {
			break // it would answer in the place of this one
		}
	}
	return errors.Join(all...)
}

// listenIn opens a socket in a folder, and removes those of killed runs from there.
func listenIn(folder, name string) (path string, at net.Listener, err error) {
	if path, err = usersocket.Path(folder, name, true); err != nil {
		return "", nil, err
	}
	if err := clearStale(path); err != nil {
		return "", nil, err
	}
	others, _ := filepath.Glob(filepath.Join(folder, strings.Repeat("[0-9a-f]", len(name))))
	for _, other := range others {
		_ = clearStale(other)
	}
	at, err = usersocket.Listen(path, false)
	return path, at, err
}

// errLive reports that another process answers on a socket.
var errLive = messages.Errorf("another process answers in the place of this run")

// clearStale removes the socket that a killed run has left.
func clearStale(path string) error {
	live, err := usersocket.Clear(path, patience)
	if live {
		return errLive
	}
	return err
}

// watch opens the socket again if it has disappeared.
func (s *Server) watch() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.look()
		case <-s.done:
			return
		}
	}
}

// look opens the socket again if it has disappeared. If that fails, the next look tries again.
func (s *Server) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := os.Lstat(s.path); s.over || !errors.Is(err, fs.ErrNotExist) {
		return
	}
	s.at.Close()
	_ = s.listen()
}

func (s *Server) accept(at net.Listener) {
	for {
		conn, err := at.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many files are open, for example
			select {
			case <-time.After(lookEvery):
			case <-s.done:
				return
			}
			continue
		}
		s.mu.Lock()
		if s.over {
			conn.Close()
		} else {
			s.conns[conn] = true
			_ = conn.SetDeadline(time.Now().Add(patience))
			s.group.Go(func() { s.serve(conn) })
		}
		s.mu.Unlock()
	}
}

// serve answers one request.
func (s *Server) serve(conn net.Conn) {
	defer func() {
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
		conn.Close()
	}()
	a := answer{Version: Version}
	r, err := receive(conn)
	if err == nil {
		a.Status, err = s.do(r)
	}
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		a.Error, a.Hint = refusal.Msg, refusal.Hint
	} else if err != nil {
		a.Error = messages.Sprintf("%v", err)
	}
	if line, err := json.Marshal(a); err == nil {
		_, _ = conn.Write(append(line, '\n')) // who asked may have gone
	}
}

// receive reads a request of a process that may steer the run.
func receive(conn net.Conn) (r Request, err error) {
	unreadable := readLine(conn, maxRequest, &r) // first: who writes it should get an answer
	if !usersocket.Same(conn) {
		return Request{}, messages.Errorf("the run belongs to another user")
	}
	if unreadable != nil {
		return Request{}, messages.Errorf("the request is not readable: %v", unreadable)
	}
	if r.Version != Version {
		return r, messages.Errorf("the run speaks another version of the protocol (%d, not %d); use the program that started it", Version, r.Version)
	}
	return r, nil
}

// readLine reads a line of JSON of at most limit bytes into v.
func readLine(r io.Reader, limit int64, v any) error {
	line, err := bufio.NewReader(io.LimitReader(r, limit)).ReadBytes('\n')
	if err == io.EOF && int64(len(line)) == limit {
		return messages.Errorf("the line is too long")
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// Close ends answering and removes the socket. Requests that have arrived are answered first.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.over {
		s.over = true
		close(s.done)
		s.at.Close()
		for conn := range s.conns {
			_ = conn.SetReadDeadline(time.Now())
		}
		_ = os.Remove(filepath.Dir(s.path)) // unless another run uses it
	}
	s.mu.Unlock()
	s.group.Wait()
}
