package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/messages"
)

func loginCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "login",
		Usage: "keep the key in the keyring of the system, for all folders",
		Description: "It asks for the key on the terminal, or reads it from standard input, and asks the service whether it knows the key. A key in the\n" +
			"environment or in .env comes before the one in the keyring.\n\nRead more: docs/reference.md",
		Flags:  flags.Login.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return login(c, s) },
	}
}

func login(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	o := connection.Options{In: s.in, Err: s.err, UserAgent: "gigabatch/" + version, MaxConns: 1}
	conn, err := connection.Login(ctx, c, o, func(ctx context.Context) (string, error) { return stdin.Secret(ctx, s.in, s.err) })
	if err != nil {
		return stopped(err, signals)
	}
	sayNotes(s, conn, false)
	if conn.Scope == "" {
		s.err.Say("the API key is in the keyring; gigabatch finds it in every folder")
	} else {
		s.err.Say("the key is in the keyring, with the scope %s; gigabatch finds it in every folder", conn.Scope)
	}
	if source := connection.Before(c); !source.IsZero() {
		s.err.Say("note: here, %v comes before the keyring", source)
	}
	return nil
}

func logoutCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "logout",
		Usage:       "delete the key from the keyring",
		Description: "Read more: docs/reference.md",
		Action:      func(c *cli.Context) error { return logout(c, s) },
	}
}

func logout(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	switch had, err := connection.Logout(ctx, s.err); {
	case err != nil:
		return stopped(err, signals)
	case !had:
		s.err.Say("the keyring has no key of gigabatch")
	default:
		s.err.Say("the key is no longer in the keyring")
	}
	return nil
}

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

// sharedConnection is newConnection for what shares the quota and the token of the key with other processes, unless the user does not want
// that. They are told what this one does.
func sharedConnection(ctx context.Context, c *cli.Context, s stdio, maxConns int, what string) (*connection.Conn, error) {
	conn, err := newConnection(ctx, c, s, maxConns)
	if err == nil {
		conn.Share(what, c.Bool("no-share"))
	}
	return conn, err
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
