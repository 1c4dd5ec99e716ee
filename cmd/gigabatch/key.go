package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

func tokenCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "token",
		Usage:       "print a new access token and when it expires",
		Description: "Read more: docs/troubleshooting.md",
		Flags:       flags.Token.CLI(s.err.Printer),
		Action:      func(c *cli.Context) error { return token(c, s) },
	}
}

func token(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	conn, err := newConnection(c.Context, c, s, 1)
	if err != nil {
		return err
	}
	defer conn.Close()
	sayNotes(s, conn, c.Bool("quiet"))
	if conn.Client.APIKey != "" {
		return flags.Usage(messages.Sprintf("a connection with an API key uses no token"),
			messages.Sprintf("gigabatch doctor checks the connection"))
	}
	if conn.Client.Tokens == nil {
		return flags.Usage(messages.Sprintf("a connection with a client certificate uses no token"), messages.Sprintf("gigabatch doctor checks the connection"))
	}
	came := sayWaiting(s, c.Bool("quiet"))
	t, err := conn.Client.Tokens.Token(c.Context)
	came()
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, t.AccessToken)
	if c.Bool("quiet") {
		return nil
	}
	if t.Expires.IsZero() {
		_, err = fmt.Fprintln(s.out, s.err.Sprintf("expiry unknown"))
		return err
	}
	_, err = fmt.Fprintln(s.out, s.err.Sprintf("expires %s (in %v)", t.Expires.Local().Format(time.RFC3339), time.Until(t.Expires).Round(time.Second)))
	return err
}

func modelsCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "models",
		Usage:       "list the models that the key may use",
		Description: "Read more: docs/reference.md",
		Flags:       flags.Models.CLI(s.err.Printer),
		Action:      func(c *cli.Context) error { return models(c, s) },
	}
}

func models(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	conn, err := newConnection(c.Context, c, s, 1)
	if err != nil {
		return err
	}
	defer conn.Close()
	sayNotes(s, conn, false)
	came := sayWaiting(s, false)
	list, err := conn.Models(c.Context)
	came()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(s.out, list.Models)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, m := range list.Models {
		fmt.Fprintf(w, "%s\t%s\n", m.ID, m.Type)
	}
	return w.Flush()
}

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
