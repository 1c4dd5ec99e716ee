package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/address"
	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/collector"
	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/authkey"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/messages"
	"gigabatch/internal/web"
	"gigabatch/internal/web/board"
)

// chatConns is the number of connections for the page in addition to those of a run.
const chatConns = 8

// minPassword is the least number of characters of a password.
const minPassword = 12

func serveCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "serve a local page to chat, try prompts on a file, watch runs and download results",
		Description: "The page works with the tables of one folder. Open it at the address that the terminal shows; only this computer can do so.\n\n" +
			"An address that other computers can reach requires a password of at least 12 characters, in GIGABATCH_PASSWORD or --password-file.\n" +
			"With --tls-cert and --tls-key, nobody on the network can read along.\n\n" +
			"Read more: docs/page.md",
		Flags:  flags.Serve.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return serve(c, s) },
	}
}

func serve(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	collector.Sparingly()
	names, err := address.Names(flags.Texts(c, "host"))
	if err != nil {
		return err
	}
	encryption, err := address.Encryption(c.String("tls-cert"), c.String("tls-key"), func(err error) {
		s.err.Say("error: the certificate was not reloaded: %v", err)
	})
	if err != nil {
		return err
	}
	page, conn, err := newPage(c, s)
	if err != nil {
		return err
	}
	defer conn.Close()
	page.Names = names
	prices, err := pricesOf(c)
	if err != nil {
		return err
	}
	b, err := openBoard(page, conn, prices)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := conn.Ready(); err != nil {
		s.err.Say("warning: %s", s.err.Error(err))
		s.err.Say("hint: %s", advice.Hint(err))
	}
	l, err := address.Listen(c.String("listen"), page.Password != "", s.err)
	if err != nil {
		return err
	}
	defer l.Close()
	at := l.Addr().(*net.TCPAddr)
	site := address.Site{At: at, TLS: encryption != nil, Names: page.Names}
	page.Port, page.Hosts, page.Secure = at.Port, site.Hosts(), site.TLS
	if site.TLS {
		l = tls.NewListener(l, encryption)
	}
	ctx, signals, stop := catch(c.Context, func() {
		s.err.Say("stopping: waiting for answers under way (press Ctrl-C again to stop at once)")
	})
	defer stop()
	sayPage(s, page, site)
	if c.Bool("open") {
		address.Open(s.err, site.URL(page.Ticket()))
	}
	err = page.Serve(ctx, signals.drain, l)
	if sig := signals.signal(); sig != nil {
		return outcome.Exit(outcome.OfSignal(sig))
	}
	return err
}

// newPage makes the server that the flags describe. The caller sets its address.
func newPage(c *cli.Context, s stdio) (*web.Server, *connection.Late, error) {
	dir := c.String("dir")
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return nil, nil, flags.Usage(messages.Sprintf("--dir %s: not a folder", dir), messages.Sprintf("name the folder that contains the tables"))
	}
	if err != nil {
		return nil, nil, flags.Usage(messages.Sprintf("--dir %s: cannot be opened: %s", dir, console.Cause(err)), messages.Sprintf("name the folder that contains the tables"))
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, nil, err
	}
	env, err := connection.LoadEnvironment()
	if err != nil {
		return nil, nil, err
	}
	password, err := pagePassword(c, env)
	if err != nil {
		return nil, nil, err
	}
	conn, err := lateConnection(c, s)
	if err != nil {
		return nil, nil, err
	}
	model := cmp.Or(env.Get("GIGACHAT_MODEL"), gigachat.DefaultModel)
	return &web.Server{
		Version: version, Dir: dir, Sandbox: c.Bool("sandbox"), DefaultModel: model, Chatter: conn, Keys: &serviceKey{c: c, s: s, conn: conn, model: model},
		Access: web.Access{Token: rand.Text(), Password: password}, Hint: advice.Hint, Explain: advice.Explain,
		Report: func(err error) { s.err.Say("error: the page: %v", err) },
	}, conn, nil
}

// servesPage is what a server says of itself to processes that use the same key.
const servesPage = "serve"

// lateConnection returns the connection of the page. Without a key, or with a text that is none, the connection is made once there is a key; the
// error is a *web.Problem until then.
func lateConnection(c *cli.Context, s stdio) (*connection.Late, error) {
	late := connection.NewLate(func(ctx context.Context) (*connection.Conn, error) {
		conn, err := sharedConnection(ctx, c, s, pool.MaxConcurrency+chatConns, servesPage)
		if connection.Keyless(err) || errors.As(err, new(*authkey.KeyError)) {
			return nil, &web.Problem{Status: http.StatusServiceUnavailable, Code: web.KeyCode, Msg: messages.Sprintf("%v", err), Hint: advice.Hint(err)}
		}
		if err != nil {
			return nil, err
		}
		sayNotes(s, conn, false)
		return conn, nil
	})
	if _, err := late.Get(c.Context); err != nil && !errors.As(err, new(*web.Problem)) {
		return nil, err
	}
	return late, nil
}

// pagePassword returns the password of the page, "" if none is set.
func pagePassword(c *cli.Context, env connection.Environment) (string, error) {
	password, source := env.Get("GIGABATCH_PASSWORD"), "GIGABATCH_PASSWORD"
	if file := c.String("password-file"); file != "" {
		text, err := textfile.Read(file, messages.Sprintf("--password-file takes the name of a file that contains the password"))
		if err != nil {
			return "", err
		}
		password, source = strings.TrimRight(text, "\r\n"), "--password-file"
		if password == "" {
			return "", flags.Usage(messages.Sprintf("--password-file: the file is empty"), messages.Sprintf("the file must contain the password on its only line"))
		}
	}
	if password != "" && utf8.RuneCountInString(password) < minPassword {
		return "", flags.Usage(messages.Sprintf("%s: the password is too short", source),
			messages.Sprintf("it needs at least %d {character|characters}", minPassword))
	}
	return password, nil
}

// sayPage prints the address of the page, and a warning if others can read along.
func sayPage(s stdio, page *web.Server, site address.Site) {
	if !site.At.IP.IsLoopback() && !site.TLS {
		s.err.Say("warning: others on the network can reach this page over plain HTTP: anyone who knows the password can read and "+
			"change the folder %s and send requests at your cost, and anyone who eavesdrops learns the password", page.Dir)
	}
	if !site.At.IP.IsLoopback() {
		s.err.Say("for others: %s with the password", site.ForOthers())
	}
	s.err.Say("serving %s until Ctrl-C", page.Dir)
	s.err.Say("open %s", site.URL(page.Token))
}

// openBoard opens the runs of the folder of the page. The caller closes the board.
func openBoard(page *web.Server, conn *connection.Late, prices *cost.Prices) (*board.Board, error) {
	b, err := board.Open(board.Options{
		Dir: page.Dir, Sandbox: page.Sandbox, Version: version, Model: page.DefaultModel, Streams: conn.Streams, Hint: advice.Hint,
		Ready: conn.Ready, Connect: conn.Service, Prices: prices, Control: controlFolders(), ReadJob: readJob,
	})
	if err != nil {
		return nil, err
	}
	page.Board = b
	page.Drains = append(page.Drains, func(ctx context.Context) { _ = b.Drain(ctx) })
	return b, nil
}

// readJob reads a job file as gigabatch run does. The job has no service.
func readJob(path string) (*jobs.Job, error) {
	var job *jobs.Job
	app := cli.NewApp()
	app.ExitErrHandler, app.Writer, app.ErrWriter = func(*cli.Context, error) {}, io.Discard, io.Discard
	app.Commands = []*cli.Command{{
		Name: "run", Flags: flags.Run.CLI(messages.Printer{}),
		Action: func(c *cli.Context) error {
			in, err := settings.InputOf(c)
			if err != nil {
				return err
			}
			if err := errors.Join(checkRunFlags(c, in.Name), in.CheckDocuments(c)); err != nil {
				return err
			}
			limits, err := settings.Limits(c)
			if err != nil {
				return err
			}
			set, err := settings.Read(c, in)
			if err != nil {
				return placed(in.Job, err)
			}
			job = &jobs.Job{Input: in.Anchor(set), Journal: c.String("journal"), Settings: *set, Limits: limits}
			return nil
		},
	}}
	err := app.Run([]string{"gigabatch", "run", path})
	return job, err
}
