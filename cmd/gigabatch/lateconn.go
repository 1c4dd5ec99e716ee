package main

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/messages"
	"gigabatch/internal/web"
)

// lateConn is the connection of the page to the service. It is made as soon as there is a key, which may be long after the page was opened. It is
// a web.Chatter, and safe for concurrent use.
type lateConn struct {
	c *cli.Context
	s stdio

	mu   sync.Mutex // guards conn
	conn *connection.Conn
}

// openLate returns the connection that the flags and the environment describe. A missing key is not an error.
func openLate(c *cli.Context, s stdio) (*lateConn, error) {
	l := &lateConn{c: c, s: s}
	if _, err := l.get(); err != nil && !errors.As(err, new(*web.Problem)) {
		return nil, err
	}
	return l, nil
}

// get returns the connection. Without a key, it looks for one, also in .env; the error is a *web.Problem if there is none.
func (l *lateConn) get() (*connection.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		return l.conn, nil
	}
	conn, err := newConnection(l.c.Context, l.c, l.s, pool.MaxConcurrency+chatConns)
	if errors.Is(err, connection.ErrNoCredentials) {
		return nil, &web.Problem{
			Status: http.StatusServiceUnavailable, Code: "key", Msg: messages.Sprintf("%v", err), Hint: credentialsHint(),
		}
	}
	if err != nil {
		return nil, err
	}
	l.conn = conn
	sayNotes(l.s, conn, false)
	return conn, nil
}

// ready returns the reason why the service cannot be used at all.
func (l *lateConn) ready() error {
	_, err := l.get()
	return err
}

// width returns the number of concurrent requests that is expected to work.
func (l *lateConn) width() int {
	conn, err := l.get()
	if err != nil {
		return 1
	}
	start, _ := conn.Width()
	return start
}

func (l *lateConn) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn.Close()
}

func (l *lateConn) service(ctx context.Context, models []string) (*jobs.Service, error) {
	conn, err := l.get()
	if err != nil {
		return nil, err
	}
	return conn.Service(ctx, models)
}

// ChatStream implements web.Chatter.
func (l *lateConn) ChatStream(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	conn, err := l.get()
	if err != nil {
		return nil, err
	}
	return conn.Client.ChatStream(ctx, r, onDelta)
}

// Models implements web.Chatter.
func (l *lateConn) Models(ctx context.Context) (*gigachat.ModelList, error) {
	conn, err := l.get()
	if err != nil {
		return nil, err
	}
	return conn.Client.Models(ctx)
}
