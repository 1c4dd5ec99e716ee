package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
)

// newConnection makes the client that the flags and the environment describe. It sends no request.
func newConnection(ctx context.Context, c *cli.Context, s stdio, maxConns int) (*connection.Conn, error) {
	return connection.New(ctx, c, connection.Options{In: s.in, Err: s.err, UserAgent: "gigabatch/" + version, MaxConns: maxConns})
}

// sayNotes reports what was fixed in the key.
func sayNotes(s stdio, conn *connection.Conn, quiet bool) {
	if quiet {
		return
	}
	for _, note := range conn.KeyNotes() {
		s.err.Say("note: %s: %s", conn.Credentials.Source, note)
	}
}

// sayWaiting prints a line if done is not called soon, unless quiet is true. The caller calls done when the service has answered.
func sayWaiting(s stdio, quiet bool) (done func()) {
	if quiet {
		return func() {}
	}
	return s.err.Waiting()
}
