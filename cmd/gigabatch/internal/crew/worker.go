package crew

import (
	"cmp"
	"context"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/pack"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue"
	"gigabatch/internal/messages"
)

// Command is that of a worker. signaled calls a function with a context and a channel that signals end and close.
func Command(
	o connection.Options, version string, signaled func(context.Context, func(ctx context.Context, drain <-chan struct{}) error) error,
) *cli.Command {
	return &cli.Command{
		Name:      "worker",
		Usage:     "send the requests of runs on other machines (run --workers or --hub)",
		ArgsUsage: "URL",
		Description: "URL is that of the server of NATS, such as nats://host:4222 or tls://host:4222. The worker waits for runs until it is stopped; the first\n" +
			"Ctrl-C lets it finish what it has. Credentials and certificates of the server are those of NATS's own tools: NATS_USER and NATS_PASSWORD,\n" +
			"NATS_TOKEN, NATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT and NATS_KEY, or a context that NATS_CONTEXT names.\n\nRead more: docs/several-machines.md",
		Flags: flags.Worker.CLI(o.Err.Printer),
		Action: func(c *cli.Context) error {
			address, err := flags.OneArgument(c, messages.Sprintf("URL of a server"))
			if err != nil {
				return err
			}
			server, err := ServerOf(address)
			if err != nil {
				return err
			}
			if o.MaxConns = c.Int("concurrency"); o.MaxConns < 1 {
				return flags.Usage(messages.Sprintf("--concurrency %d: must be a number from 1", o.MaxConns), messages.Sprintf("the default is %d", pool.DefaultConcurrency))
			}
			return signaled(c.Context, func(ctx context.Context, drain <-chan struct{}) error {
				return work(ctx, drain, c, o, &queue.Worker{Server: server, Version: version, Max: o.MaxConns})
			})
		},
	}
}

// work makes the connection of a worker, and runs it.
func work(ctx context.Context, drain <-chan struct{}, c *cli.Context, o connection.Options, w *queue.Worker) (err error) {
	w.Tell = func(text messages.Text) { o.Err.Say("%s", text) }
	var conn *connection.Conn
	if c.Bool("own-key") {
		conn, err = connection.New(ctx, c, o)
	} else {
		w.Lent = &queue.Lent{}
		conn, err = connection.NewLent(c, o, w.Lent)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	w.Ask, w.Embed, w.Service = conn.Client.ChatJSON, pack.AskWith(conn.Client.EmbedJSON), conn.Client.BaseURL
	if c.Bool("own-key") {
		w.Account = cmp.Or(conn.Account(), "certificate")
		w.Start, w.Most = conn.Width()
		for _, note := range conn.KeyNotes() {
			o.Err.Say("note: %s: %s", conn.Credentials.Source, note)
		}
	}
	return w.Run(ctx, drain)
}
