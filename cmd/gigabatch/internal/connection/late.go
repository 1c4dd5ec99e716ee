package connection

import (
	"context"
	"sync"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
)

// Late is a connection that is made as soon as that is possible, perhaps long after the program started. It is safe for concurrent use.
type Late struct {
	Make func() (*Conn, error) // called until it succeeds; it sends nothing

	mu   sync.Mutex // guards conn
	conn *Conn
}

// Get returns the connection, or the error of Make.
func (l *Late) Get() (*Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		conn, err := l.Make()
		if err != nil {
			return nil, err
		}
		l.conn = conn
	}
	return l.conn, nil
}

// Ready returns the error of Make if there is no connection yet.
func (l *Late) Ready() error {
	_, err := l.Get()
	return err
}

// Close frees the connection.
func (l *Late) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn.Close()
}

// Service is that of the connection.
func (l *Late) Service(ctx context.Context, models []string) (*jobs.Service, error) {
	conn, err := l.Get()
	if err != nil {
		return nil, err
	}
	return conn.Service(ctx, models)
}

// ChatStream is that of the client, with the error of Explain.
func (l *Late) ChatStream(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	conn, err := l.Get()
	if err != nil {
		return nil, err
	}
	resp, err := conn.Client.ChatStream(ctx, r, onDelta)
	return resp, conn.Explain(ctx, err, r.Model)
}

// Models is that of the connection.
func (l *Late) Models(ctx context.Context) (*gigachat.ModelList, error) {
	conn, err := l.Get()
	if err != nil {
		return nil, err
	}
	return conn.Models(ctx)
}
