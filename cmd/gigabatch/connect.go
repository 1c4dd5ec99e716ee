package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/internal/messages"
)

// newConnection makes the client that the flags and the environment describe. It sends no request.
func newConnection(ctx context.Context, c *cli.Context, s stdio, maxConns int) (*connection.Conn, error) {
	return connection.New(ctx, c, connection.Options{In: s.in, Err: s.err, UserAgent: "gigabatch/" + version, MaxConns: maxConns})
}

// keyNotes returns what was fixed in the key.
func keyNotes(conn *connection.Conn) []messages.Text {
	var notes []messages.Text
	for _, note := range conn.Credentials.Notes {
		notes = append(notes, messages.Foreign(note))
	}
	return notes
}

// sayNotes reports what was fixed in the key.
func sayNotes(s stdio, conn *connection.Conn, quiet bool) {
	if quiet {
		return
	}
	for _, note := range keyNotes(conn) {
		s.err.Say("note: %s: %s", conn.Credentials.Source, note)
	}
}

// slow is how long a command waits for the service without saying so.
const slow = 1500 * time.Millisecond

// sayWaiting prints a line if done is not called soon. The caller calls done when the service has answered.
func sayWaiting(s stdio, quiet bool) (done func()) {
	if quiet {
		return func() {}
	}
	t := time.AfterFunc(slow, func() { s.err.Say("waiting for the service…") })
	return func() { t.Stop() }
}
