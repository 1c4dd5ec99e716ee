// Package crew finds the workers of a run, by the flags and the variables of NATS's own tools.
package crew

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
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/queue"
	"gigabatch/internal/jobs/queue/hub"
	"gigabatch/internal/messages"
)

// ServerOf returns the server at an address, with what the variables of NATS's own tools say.
func ServerOf(address string) (s queue.Server, err error) {
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
		return s, flags.Usage(messages.Sprintf("the context %s of NATS cannot be read: %v", name, err), messages.Sprintf("nats context ls lists the contexts"))
	}
	var v struct{ URL, User, Password, Token, Creds, NKey, CA, Cert, Key string }
	if err := json.Unmarshal(text, &v); err != nil {
		return s, flags.Usage(messages.Sprintf("%s: %v", file, err), messages.Sprintf("nats context ls lists the contexts"))
	}
	return queue.Server{URL: v.URL, User: v.User, Password: v.Password, Token: v.Token, Creds: v.Creds, NKey: v.NKey, CA: v.CA, Cert: v.Cert, Key: v.Key}, nil
}

// Check refuses flags that do not go together with workers.
func Check(c *cli.Context) error {
	if c.IsSet("hub-monitor") && !c.IsSet("hub") {
		return flags.Usage(messages.Sprintf("--hub-monitor is for a server in this process"), messages.Sprintf("add --hub 127.0.0.1:4222"))
	}
	if !c.IsSet("workers") && !c.IsSet("hub") {
		return nil
	}
	switch {
	case c.IsSet("workers") && c.IsSet("hub"):
		return flags.Usage(messages.Sprintf("--%s and --%s cannot be used together", "workers", "hub"), messages.Sprintf("use one of them"))
	case c.Bool("sandbox"):
		return flags.Usage(messages.Sprintf("workers cannot reach the sandbox in this process"),
			messages.Sprintf("start gigabatch sandbox, and set the variables that it prints for the run and the workers"))
	}
	server, err := ServerOf(c.String("workers"))
	if err == nil && c.IsSet("hub") {
		for name, example := range map[string]string{"hub": "127.0.0.1:4222", "hub-monitor": "127.0.0.1:8222"} {
			if address := c.String(name); c.IsSet(name) && !hub.IsAddress(address) {
				return flags.Usage(messages.Sprintf("--%s %s: it is no address", name, address), messages.Sprintf("for example: --%s %s", name, example))
			}
		}
		err = hubOptions(c, server).Check()
		if unsafe, ok := errors.AsType[*hub.UnsafeError](err); ok {
			return flags.Usage(unsafe.Message(), unsafe.Hint())
		}
	}
	return err
}

func hubOptions(c *cli.Context, s queue.Server) *hub.Options {
	return &hub.Options{Address: c.String("hub"), Monitor: c.String("hub-monitor"), Cert: s.Cert, Key: s.Key, CA: s.CA, User: s.User, Password: s.Password, Token: s.Token}
}

// Crew is the workers of a run, if it has any. The zero value is ready for use.
type Crew struct {
	Err   *console.Console
	hub   *hub.Hub
	fleet *queue.Fleet
}

// Attach lets workers send the requests of a service.
func (w *Crew) Attach(ctx context.Context, c *cli.Context, job *jobs.Job, conn *connection.Conn, svc *jobs.Service) error {
	if !c.IsSet("workers") && !c.IsSet("hub") {
		return nil
	}
	if w.fleet == nil {
		server, err := ServerOf(c.String("workers"))
		if err != nil {
			return err
		}
		if c.IsSet("hub") && w.hub == nil {
			o := hubOptions(c, server)
			o.Store = job.Journal + ".hub"
			if w.hub, err = hub.Start(*o); err != nil {
				return err
			}
			w.Err.Say("workers may come: gigabatch worker %s", w.hub.URL())
			if at := w.hub.Monitor(); at != "" {
				w.Err.Say("the server is monitored at %s", at)
			}
		}
		if w.hub != nil {
			server = queue.Server{URL: w.hub.URL(), InProcess: w.hub.Server(), User: server.User, Password: server.Password, Token: server.Token}
		}
		var lend gigachat.TokenSource
		if conn.Credentials.APIKey == "" {
			lend = conn.Client.Tokens
		}
		if w.fleet, err = queue.Gather(ctx, queue.Options{
			Server: server, Version: job.Version, Input: filepath.Base(job.Input), Service: conn.Client.BaseURL, Account: conn.Account(), Lend: lend,
			Tell: func(text messages.Text) { w.Err.Say("note: %s", text) },
		}); err != nil {
			return err
		}
	}
	svc.Workers = w.fleet
	return nil
}

// Close leaves the workers to other runs, and ends the server if there is one in this process.
func (w *Crew) Close() {
	empty := false
	if w.fleet != nil {
		empty = w.fleet.Close()
	}
	if w.hub != nil {
		_ = w.hub.Close(empty) // what it has is taken by the next run
	}
}
