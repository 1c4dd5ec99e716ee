package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/web"
)

// chatConns are connections that the page has beside those of a run.
const chatConns = 8

// leastPassword is how many characters a password has at least.
const leastPassword = 12

func serveCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "serve a local page: chat, try a prompt on a file, watch runs, take the results",
		Description: "The page works on the tables of one folder, and is for this machine alone: it is opened by the address that the terminal shows.\n\n" +
			"An address that others reach needs a password of at least 12 characters, in GIGABATCH_PASSWORD or a --password-file.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "dir", Category: groupWhere, Usage: "`FOLDER` with the tables; what is dropped on the page goes there", Value: "."},
			&cli.StringFlag{Name: "listen", Category: groupPage, Usage: "`ADDRESS` to serve on (default: 127.0.0.1:8765, or the next free port)"},
			&cli.BoolFlag{Name: "open", Category: groupPage, Usage: "open the page in the browser"},
			&cli.StringFlag{Name: "password-file", Category: groupPage, Usage: "`FILE` with the password of the page (default: GIGABATCH_PASSWORD)"},
		}, connectionFlags()),
		Action: func(c *cli.Context) error { return serve(c, s) },
	}
}

func serve(c *cli.Context, s stdio) error {
	if err := noArguments(c); err != nil {
		return err
	}
	setCollector(sparing)
	page, n, err := newPage(c, s)
	if err != nil {
		return err
	}
	defer n.close()
	b, err := openBoard(s, page, n)
	if err != nil {
		return err
	}
	defer b.Close()
	sayNotes(s, n, false)
	l, err := listenPage(c.String("listen"), page.Password != "", s)
	if err != nil {
		return err
	}
	defer l.Close()
	at := l.Addr().(*net.TCPAddr)
	page.Port, page.Hosts = at.Port, pageHosts(at)
	ctx, signals, stop := catch(c.Context, func() {
		say(s.err, "stopping: what is under way gets its time; Ctrl-C again ends it at once")
	})
	defer stop()
	sayPage(s, page, at)
	if c.Bool("open") {
		openPage(s, pageURL(at, page.Ticket()))
	}
	err = page.Serve(ctx, signals.drain, l)
	if sig := signals.signal(); sig != nil {
		return exitError(signalCode(sig))
	}
	return err
}

// newPage makes the server that the flags describe, without an address yet.
func newPage(c *cli.Context, s stdio) (*web.Server, *connection, error) {
	dir, err := pageFolder(c.String("dir"))
	if err != nil {
		return nil, nil, err
	}
	env, err := loadEnvironment()
	if err != nil {
		return nil, nil, err
	}
	password, err := pagePassword(c, env)
	if err != nil {
		return nil, nil, err
	}
	n, err := newConnection(c.Context, c, s, pool.MaxConcurrency+chatConns)
	if err != nil {
		return nil, nil, err
	}
	streams, _ := n.width()
	return &web.Server{
		Version: version, Dir: dir, Sandbox: c.Bool("sandbox"), Streams: streams,
		DefaultModel: first(env.get("GIGACHAT_MODEL"), gigachat.DefaultModel), Chatter: n.client,
		Access: web.Access{Token: rand.Text(), Password: password}, Hint: hint,
		Report: func(err error) { say(s.err, "error: the page: %v", err) },
	}, n, nil
}

func pageFolder(name string) (string, error) {
	info, err := os.Stat(name)
	if err == nil && !info.IsDir() {
		return "", usage(fmt.Sprintf("--dir %s: it is no folder", name), "name the folder that holds the tables")
	}
	if err != nil {
		return "", usage(fmt.Sprintf("--dir %s: %s", name, cause(err)), "name the folder that holds the tables")
	}
	return filepath.Abs(name)
}

// pagePassword is the password of the page, "" if there is none.
func pagePassword(c *cli.Context, env environment) (string, error) {
	password, source := env.get("GIGABATCH_PASSWORD"), "GIGABATCH_PASSWORD"
	if file := c.String("password-file"); file != "" {
		text, err := readText(file, "--password-file takes the name of a file that holds the password")
		if err != nil {
			return "", err
		}
		password, source = strings.TrimRight(text, "\r\n"), "--password-file"
		if password == "" {
			return "", usage("--password-file: the file is empty", "put the password on its only line")
		}
	}
	if password != "" && utf8.RuneCountInString(password) < leastPassword {
		return "", usage(fmt.Sprintf("%s: the password is too short", source), fmt.Sprintf("it takes at least %d characters", leastPassword))
	}
	return password, nil
}

// sayPage says where the page is, and who else can reach it.
func sayPage(s stdio, page *web.Server, at *net.TCPAddr) {
	if !at.IP.IsLoopback() {
		say(s.err, "warning: others in the network reach this page over plain HTTP: who knows the password can read and change the folder %s "+
			"and ask at your cost, and who listens in learns the password", page.Dir)
		say(s.err, "for others: http://%s/ with the password", otherHost(at))
	}
	say(s.err, "serving %s until Ctrl-C", page.Dir)
	say(s.err, "open %s", pageURL(at, page.Token))
}
