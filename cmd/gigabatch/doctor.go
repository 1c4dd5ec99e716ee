package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// maxSkew is how far the clocks may be apart before tokens and certificates are judged wrongly.
const maxSkew = 30 * time.Second

func doctorCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "check the key, the connection and the account, step by step",
		Description: "The steps: key format, TLS chain, OAuth, scope, clock, model, free stream. A step that fails prints its cure; those\n" +
			"that need it are not checked. The last one asks for a completion of one token.",
		Flags:  flags.Doctor.CLI(),
		Action: func(c *cli.Context) error { return doctor(c, s) },
	}
}

// examination is what the steps find out for those after them.
type examination struct {
	c           *cli.Context
	s           stdio
	conn        *connection.Conn
	model       string
	unreachable bool  // one of the hosts
	tokened     error // of the token request
	listed      error // of the list of models
	models      *gigachat.ModelList
}

// step is one thing to check. ok tells what was found.
type step struct {
	name  string
	check func(ctx context.Context, x *examination) (ok string, err error)
}

var steps = []step{
	{"key format", checkKey},
	{"TLS chain", checkTLS},
	{"OAuth", checkOAuth},
	{"scope", checkScope},
	{"clock", checkClock},
	{"model", checkModel},
	{"free stream", checkStream},
}

// errUnchecked says that a step needs one that failed.
var errUnchecked = messages.Errorf("not checked")

// doctor takes the steps one after the other and prints what each one finds.
func doctor(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	x := &examination{c: c, s: s}
	defer func() { x.conn.Close() }()
	failed := false
	for _, st := range steps {
		ok, err := st.check(ctx, x)
		if signals.signal() != nil {
			return exitError(signalCode(signals.signal()))
		}
		failed = failed || (err != nil && !errors.Is(err, errUnchecked))
		printStep(s, st.name, ok, err)
	}
	if failed {
		return exitError(exitFailed)
	}
	return nil
}

func printStep(s stdio, name, ok string, err error) {
	switch {
	case err == nil:
		fmt.Fprintf(s.out, "ok      %-12s %s\n", name, console.OneLine(ok))
	case errors.Is(err, errUnchecked):
		fmt.Fprintf(s.out, "-       %-12s not checked\n", name)
	default:
		fmt.Fprintf(s.out, "FAILED  %-12s %s\n", name, console.OneLine(err.Error()))
		if h := hint(err); h != "" {
			fmt.Fprintf(s.out, "        %-12s cure: %s\n", "", h)
		}
	}
}

func checkKey(ctx context.Context, x *examination) (string, error) {
	conn, err := newConnection(ctx, x.c, x.s, 1)
	if err != nil {
		return "", err
	}
	env, err := connection.LoadEnvironment()
	if err != nil {
		return "", err
	}
	x.conn, x.model = conn, cmp.Or(x.c.String("model"), env.Get("GIGACHAT_MODEL"), gigachat.DefaultModel)
	switch {
	case conn.Sandbox != nil:
		return "the sandbox's own", nil
	case len(conn.Credentials.Notes) > 0:
		return fmt.Sprintf("%s, after mending: %v", conn.Credentials.Source, conn.Credentials.Notes), nil
	case conn.Credentials.Source == "":
		return "none; a client certificate is used", nil
	}
	return conn.Credentials.Source, nil
}

// checkTLS reaches both hosts. Any answer will do here, also a refusal.
func checkTLS(ctx context.Context, x *examination) (string, error) {
	if x.conn == nil {
		return "", errUnchecked
	}
	defer sayWaiting(x.s, false)()
	if x.conn.Client.Tokens != nil {
		_, x.tokened = x.conn.Client.Tokens.Token(ctx)
	}
	bare := *x.conn.Client
	bare.Tokens = nil
	_, err := bare.Models(ctx)
	for _, err := range []error{x.tokened, err} {
		if e := gigachat.AsError(err); e != nil && unreachable(e.Kind) {
			x.unreachable = true
			return "", err
		}
	}
	if u, err := url.Parse(x.conn.Client.BaseURL); err == nil && u.Scheme == "http" {
		return "no TLS: the service is on this machine", nil
	}
	return "verified", nil
}

func unreachable(k gigachat.Kind) bool {
	return k == gigachat.KindTLS || k == gigachat.KindNetwork || k == gigachat.KindTimeout
}

func checkOAuth(_ context.Context, x *examination) (string, error) {
	e := gigachat.AsError(x.tokened)
	switch {
	case x.conn == nil || (e != nil && unreachable(e.Kind)):
		return "", errUnchecked
	case x.conn.Client.Tokens == nil:
		return "not needed", nil
	case e != nil && e.WrongScope():
		return "the key is known", nil
	case x.tokened != nil:
		return "", x.tokened
	case x.conn.Credentials.Token != "":
		return "not asked: an access token was given", nil
	}
	return "a token was issued", nil
}

func checkScope(_ context.Context, x *examination) (string, error) {
	e := gigachat.AsError(x.tokened)
	switch {
	case x.conn == nil || (x.tokened != nil && (e == nil || !e.WrongScope())):
		return "", errUnchecked
	case x.tokened != nil:
		return "", x.tokened
	case x.conn.Credentials.Key == "" && x.conn.Sandbox == nil:
		return "not asked: it goes with an authorization key", nil
	}
	return x.conn.Scope, nil
}

// checkClock asks for the models, whose answer bears the server's time.
func checkClock(ctx context.Context, x *examination) (string, error) {
	if x.conn == nil || x.tokened != nil {
		return "", errUnchecked
	}
	before := time.Now()
	x.models, x.listed = x.conn.Client.Models(ctx)
	if x.listed != nil {
		return "", errUnchecked
	}
	if x.models.Date.IsZero() {
		return "the server does not tell its time", nil
	}
	skew := before.Sub(x.models.Date)
	if skew.Abs() > maxSkew {
		return "", &spec.UsageError{
			Msg:  messages.Sprintf("this computer's clock is %s apart from the server's", skew.Abs().Round(time.Second)),
			Hint: messages.Sprintf("set the clock, best by NTP; tokens and certificates are judged by it"),
		}
	}
	return "agrees with the server's", nil
}

func checkModel(_ context.Context, x *examination) (string, error) {
	switch {
	case x.conn == nil || x.tokened != nil:
		return "", errUnchecked
	case x.listed != nil && x.unreachable:
		return "", errUnchecked
	case x.listed != nil:
		return "", x.listed
	}
	return x.model, connection.KnownModel(x.models.Models, x.model)
}

// checkStream asks for one token, which shows whether a stream is free.
func checkStream(ctx context.Context, x *examination) (string, error) {
	if x.models == nil || connection.KnownModel(x.models.Models, x.model) != nil {
		return "", errUnchecked
	}
	one := 1
	set := &spec.Settings{Column: spec.Column{Params: spec.Params{Model: x.model, MaxTokens: &one}}}
	resp, err := x.conn.Client.Chat(ctx, prompt.ChatRequest(set, "1"), 0)
	if err != nil {
		return "", err
	}
	return "answered by " + resp.Model, nil
}
