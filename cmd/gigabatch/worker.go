package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue"
	"gigabatch/internal/jobs/queue/hub"
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
	server, err := serverOf(address)
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
	w := &queue.Worker{Server: server, Version: version, Max: n, Say: func(text messages.Text) { s.err.Say("%s", text) }}
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

// serverOf returns the server at an address, with what the variables of NATS's own tools say.
func serverOf(address string) (s queue.Server, err error) {
	if name := os.Getenv("NATS_CONTEXT"); name != "" {
		if s, err = natsContext(name); err != nil {
			return s, err
		}
	}
	for part := range strings.SplitSeq(address, ",") {
		if u, err := url.Parse(strings.TrimSpace(part)); err == nil && u.User != nil {
			return s, flags.Usage(messages.Sprintf("%s: credentials in a URL are seen by others on this machine", queue.Shown(address)),
				messages.Sprintf("give them with NATS_USER and NATS_PASSWORD, or NATS_CREDS"))
		}
	}
	s.URL = cmp.Or(address, s.URL)
	for name, to := range map[string]*string{
		"NATS_USER": &s.User, "NATS_PASSWORD": &s.Password, "NATS_TOKEN": &s.Token, "NATS_CREDS": &s.Creds, "NATS_NKEY": &s.NKey,
		"NATS_CA": &s.CA, "NATS_CERT": &s.Cert, "NATS_KEY": &s.Key,
	} {
		*to = cmp.Or(os.Getenv(name), *to)
	}
	return s, nil
}

// natsContext reads a context of the command nats.
func natsContext(name string) (s queue.Server, err error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return s, err
	}
	if home := os.Getenv("HOME"); home != "" && os.Getenv("XDG_CONFIG_HOME") == "" {
		dir = filepath.Join(home, ".config") // on all systems
	}
	file := filepath.Join(dir, "nats", "context", filepath.Base(name)+".json")
	text, err := os.ReadFile(file)
	if err != nil {
		return s, flags.Usage(messages.Sprintf("NATS_CONTEXT=%s: %v", name, err), messages.Sprintf("nats context ls lists the contexts"))
	}
	var v struct{ URL, User, Password, Token, Creds, NKey, CA, Cert, Key string }
	if err := json.Unmarshal(text, &v); err != nil {
		return s, flags.Usage(messages.Sprintf("%s: %v", file, err), messages.Sprintf("nats context ls lists the contexts"))
	}
	return queue.Server{URL: v.URL, User: v.User, Password: v.Password, Token: v.Token, Creds: v.Creds, NKey: v.NKey, CA: v.CA, Cert: v.Cert, Key: v.Key}, nil
}

// checkWorkers refuses flags that do not go together with workers.
func checkWorkers(c *cli.Context) error {
	if !c.IsSet("workers") && !c.IsSet("hub") {
		return nil
	}
	switch {
	case c.IsSet("workers") && c.IsSet("hub"):
		return flags.Usage(messages.Sprintf("--%s and --%s cannot be used together", "workers", "hub"), messages.Sprintf("use one of them"))
	case c.Command.Name == "embed":
		return flags.Usage(messages.Sprintf("workers make no vectors"), messages.Sprintf("leave out --workers and --hub"))
	case c.Bool("sandbox"):
		return flags.Usage(messages.Sprintf("workers cannot reach the sandbox in this process"),
			messages.Sprintf("start gigabatch sandbox, and set the variables that it prints for the run and the workers"))
	}
	server, err := serverOf(c.String("workers"))
	if err == nil && c.IsSet("hub") {
		err = hubOptions(c, server).Check()
		if err != nil && !errors.As(err, new(*hub.UnsafeError)) {
			return flags.Usage(messages.Sprintf("--hub %s: it is no address", c.String("hub")), messages.Sprintf("for example: --hub 127.0.0.1:4222"))
		}
		if unsafe, ok := errors.AsType[*hub.UnsafeError](err); ok {
			return flags.Usage(unsafe.Message(), unsafe.Hint())
		}
	}
	return err
}

func hubOptions(c *cli.Context, s queue.Server) *hub.Options {
	return &hub.Options{Address: c.String("hub"), Cert: s.Cert, Key: s.Key, CA: s.CA, User: s.User, Password: s.Password, Token: s.Token}
}

// crew is the workers of a run, if it has any.
type crew struct {
	hub   *hub.Hub
	fleet *queue.Fleet
}

// attach lets workers send the requests of a service.
func (w *crew) attach(ctx context.Context, c *cli.Context, s stdio, job *jobs.Job, conn *connection.Conn, svc *jobs.Service) error {
	if !c.IsSet("workers") && !c.IsSet("hub") {
		return nil
	}
	if w.fleet == nil {
		server, err := serverOf(c.String("workers"))
		if err != nil {
			return err
		}
		if c.IsSet("hub") && w.hub == nil {
			o := hubOptions(c, server)
			o.Store = job.Journal + ".hub"
			if w.hub, err = hub.Start(*o); err != nil {
				return err
			}
			s.err.Say("workers may come: gigabatch worker %s", w.hub.URL())
		}
		if w.hub != nil {
			server = queue.Server{URL: w.hub.URL(), InProcess: w.hub.Server(), User: server.User, Password: server.Password, Token: server.Token}
		}
		var lend gigachat.TokenSource
		if conn.Credentials.APIKey == "" {
			lend = conn.Client.Tokens
		}
		if w.fleet, err = queue.Gather(ctx, queue.Options{
			Server: server, Version: version, Input: filepath.Base(job.Input), Service: conn.Client.BaseURL, Account: conn.Account(), Lend: lend,
			Say: func(text messages.Text) { s.err.Say("note: %s", text) },
		}); err != nil {
			return err
		}
	}
	svc.Workers = w.fleet
	return nil
}

func (w *crew) close() {
	empty := false
	if w.fleet != nil {
		empty = w.fleet.Close()
	}
	if w.hub != nil {
		_ = w.hub.Close(empty) // what it has is taken by the next run
	}
}
