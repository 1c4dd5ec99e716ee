package main

import (
	"cmp"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/crew"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue"
	"gigabatch/internal/messages"
)

func workerCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "worker",
		Usage:     "send the requests of runs on other machines (run --workers or --hub)",
		ArgsUsage: "URL",
		Description: "URL is that of the server of NATS, such as nats://host:4222 or tls://host:4222. The worker waits for runs until it is stopped; the first\n" +
			"Ctrl-C lets it finish what it has. Credentials and certificates of the server are those of NATS's own tools: NATS_USER and NATS_PASSWORD,\n" +
			"NATS_TOKEN, NATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT and NATS_KEY, or a context that NATS_CONTEXT names.\n\nRead more: docs/several-machines.md",
		Flags:  flags.Worker.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return work(c, s) },
	}
}

func work(c *cli.Context, s stdio) error {
	address, err := flags.OneArgument(c, messages.Sprintf("URL of a server"))
	if err != nil {
		return err
	}
	server, err := crew.ServerOf(address)
	if err != nil {
		return err
	}
	n := c.Int("concurrency")
	if n < 1 {
		return flags.Usage(messages.Sprintf("--concurrency %d: must be a number from 1", n), messages.Sprintf("the default is %d", pool.DefaultConcurrency))
	}
	ctx, signals, stop := catch(c.Context, func() {
		s.err.Say("stopping: waiting for answers under way (press Ctrl-C again to stop at once)")
	})
	defer stop()
	w := &queue.Worker{Server: server, Version: version, Max: n, Tell: func(text messages.Text) { s.err.Say("%s", text) }}
	options := connection.Options{In: s.in, Err: s.err, UserAgent: "gigabatch/" + version, MaxConns: n}
	var conn *connection.Conn
	if c.Bool("own-key") {
		conn, err = connection.New(ctx, c, options)
	} else {
		w.Lent = &queue.Lent{}
		conn, err = connection.NewLent(c, options, w.Lent)
	}
	if err != nil {
		return stopped(err, signals)
	}
	defer conn.Close()
	w.Ask, w.Service = conn.Client.ChatJSON, conn.Client.BaseURL
	if c.Bool("own-key") {
		w.Account = cmp.Or(conn.Account(), "certificate")
		w.Start, w.Most = conn.Width()
		sayNotes(s, conn, false)
	}
	return stopped(w.Run(ctx, signals.drain), signals)
}
