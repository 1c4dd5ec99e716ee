package connection

import (
	"context"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
)

// Late is a connection that is made as soon as that is possible, perhaps long after the program started. It is safe for concurrent use.
type Late struct {
	connect func(context.Context) (*Conn, error)
	turn    chan struct{} // full while conn is in use: a keyring may keep connect waiting for a person
	conn    *Conn
}

// NewLate returns a connection that connect makes. It is called until it succeeds, and sends nothing.
func NewLate(connect func(context.Context) (*Conn, error)) *Late {
	return &Late{connect: connect, turn: make(chan struct{}, 1)}
}

// Get returns the connection, or the error of connect or ctx.
func (l *Late) Get(ctx context.Context) (*Conn, error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.turn }()
	if l.conn == nil {
		conn, err := l.connect(ctx)
		if err != nil {
			return nil, err
		}
		l.conn = conn
	}
	return l.conn, nil
}

// Use replaces the connection for everything that begins from now on. What is in progress goes on over the one before.
func (l *Late) Use(conn *Conn) {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	l.conn.Close()
	l.conn = conn
}

// Ready returns the error of Get if there is no connection yet.
func (l *Late) Ready() error {
	_, err := l.Get(context.Background())
	return err
}

// Close frees the connection.
func (l *Late) Close() { l.Use(nil) }

// Service is that of the connection.
func (l *Late) Service(ctx context.Context, models []string) (*jobs.Service, error) {
	conn, err := l.Get(ctx)
	if err != nil {
		return nil, err
	}
	return conn.Service(ctx, models)
}

// Streams returns the number of concurrent requests that is expected to work, 1 as long as there is no connection.
func (l *Late) Streams() int {
	conn, err := l.Get(context.Background())
	if err != nil {
		return 1
	}
	start, _ := conn.Width()
	return start
}

// ChatStream is that of the client, with the error of Explain.
func (l *Late) ChatStream(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	conn, err := l.Get(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := conn.ChatStream(ctx, r, onDelta)
	return resp, conn.Explain(ctx, err, r.Model)
}

// Models is that of the connection.
func (l *Late) Models(ctx context.Context) (*gigachat.ModelList, error) {
	conn, err := l.Get(ctx)
	if err != nil {
		return nil, err
	}
	return conn.Models(ctx)
}
