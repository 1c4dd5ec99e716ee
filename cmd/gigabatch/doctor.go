package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// maxSkew is how far the clocks may differ. Beyond it, valid tokens and certificates may be refused.
const maxSkew = 30 * time.Second

func doctorCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "check the key, the connection and the account step by step",
		Description: "The steps: key format, TLS chain, OAuth, scope, clock, model, free stream. A failed step prints what to do; steps that\n" +
			"depend on it are skipped. The last step asks for a completion of one token.\n\n" +
			"Read more: docs/troubleshooting.md",
		Flags:  flags.Doctor.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return doctor(c, s) },
	}
}

// examination holds what the steps have found out for later steps.
type examination struct {
	c           *cli.Context
	s           stdio
	conn        *connection.Conn
	model       string
	unreachable bool  // one of the hosts cannot be reached
	tokened     error // result of the token request
	listed      error // result of the request for the models
	models      *gigachat.ModelList
}

// step is one check. ok describes what was found.
type step struct {
	name  messages.Text
	check func(ctx context.Context, x *examination) (ok messages.Text, err error)
}

var steps = []step{
	{messages.Sprintf("key format"), checkKey},
	{messages.Sprintf("TLS chain"), checkTLS},
	{messages.Verbatim("OAuth"), checkOAuth},
	{messages.Sprintf("scope"), checkScope},
	{messages.Sprintf("clock"), checkClock},
	{messages.Sprintf("model"), checkModel},
	{messages.Sprintf("free stream"), checkStream},
}

// errUnchecked reports that a step depends on one that failed.
var errUnchecked = messages.Errorf("not checked")

// doctor runs the steps in order and prints the result of each.
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

// nameWidth is the width of the column with the names of the steps; the longest name in any language fits.
const nameWidth = 16

func printStep(s stdio, name, ok messages.Text, err error) {
	print := func(mark, name, text messages.Text) {
		n := s.err.Text(name)
		fmt.Fprintf(s.out, "%-7s %s%s %s\n", s.err.Text(mark), n, strings.Repeat(" ", max(0, nameWidth-utf8.RuneCountInString(n))),
			console.OneLine(gigachat.WithoutKeys(s.err.Text(text))))
	}
	switch {
	case err == nil:
		print(messages.Sprintf("ok"), name, ok)
	case errors.Is(err, errUnchecked):
		print(messages.Verbatim("-"), name, messages.Sprintf("not checked"))
	default:
		print(messages.Sprintf("FAILED"), name, messages.Sprintf("%v", err))
		if h := hint(err); !h.IsZero() {
			print(messages.Text{}, messages.Text{}, messages.Sprintf("what to do: %s", h))
		}
	}
}

func checkKey(ctx context.Context, x *examination) (messages.Text, error) {
	conn, err := newConnection(ctx, x.c, x.s, 1)
	if err != nil {
		return messages.Text{}, err
	}
	env, err := connection.LoadEnvironment()
	if err != nil {
		return messages.Text{}, err
	}
	x.conn, x.model = conn, cmp.Or(x.c.String("model"), env.Get("GIGACHAT_MODEL"), gigachat.DefaultModel)
	switch {
	case conn.Sandbox != nil:
		return messages.Sprintf("the key of the sandbox"), nil
	case len(conn.Credentials.Notes) > 0:
		return messages.Sprintf("%s (fixed: %s)", conn.Credentials.Source, messages.Join(keyNotes(conn), ", ")), nil
	case conn.Credentials.Source.IsZero():
		return messages.Sprintf("none; a client certificate is used"), nil
	}
	return conn.Credentials.Source, nil
}

// checkTLS connects to both hosts. Any answer passes, even a refusal.
func checkTLS(ctx context.Context, x *examination) (messages.Text, error) {
	if x.conn == nil {
		return messages.Text{}, errUnchecked
	}
	defer sayWaiting(x.s, false)()
	if x.conn.Client.Tokens != nil {
		_, x.tokened = x.conn.Client.Tokens.Token(ctx)
	}
	bare := *x.conn.Client
	bare.Tokens, bare.APIKey = nil, ""
	_, err := bare.Models(ctx)
	for _, err := range []error{x.tokened, err} {
		if e := gigachat.AsError(err); e != nil && unreachable(e.Kind) {
			x.unreachable = true
			if x.tokened == nil {
				err = cmp.Or(x.conn.TryOther(ctx, err), err)
			}
			return messages.Text{}, err
		}
	}
	if u, err := url.Parse(x.conn.Client.BaseURL); err == nil && u.Scheme == "http" {
		return messages.Sprintf("no TLS: the service is on this machine: %v", x.conn.Targets), nil
	}
	return messages.Sprintf("verified: %v", x.conn.Targets), nil
}

func unreachable(k gigachat.Kind) bool {
	return k == gigachat.KindTLS || k == gigachat.KindNetwork || k == gigachat.KindTimeout
}

func checkOAuth(_ context.Context, x *examination) (messages.Text, error) {
	e := gigachat.AsError(x.tokened)
	switch {
	case x.conn == nil || (e != nil && unreachable(e.Kind)):
		return messages.Text{}, errUnchecked
	case x.conn.Client.Tokens == nil:
		return messages.Sprintf("not needed"), nil
	case e != nil && e.WrongScope():
		return messages.Sprintf("the key is known"), nil
	case x.tokened != nil:
		return messages.Text{}, x.tokened
	case x.conn.Credentials.Token != "":
		return messages.Sprintf("not requested: an access token was given"), nil
	}
	return messages.Sprintf("a token was issued"), nil
}

func checkScope(_ context.Context, x *examination) (messages.Text, error) {
	e := gigachat.AsError(x.tokened)
	switch {
	case x.conn == nil || (x.tokened != nil && (e == nil || !e.WrongScope())):
		return messages.Text{}, errUnchecked
	case x.tokened != nil:
		return messages.Text{}, x.tokened
	case x.conn.Credentials.Key == "" && x.conn.Sandbox == nil:
		return messages.Sprintf("not checked: only an authorization key has a scope"), nil
	}
	return messages.Verbatim(x.conn.Scope), nil
}

// checkClock requests the list of models and compares the Date header of the answer with the clock of this computer.
func checkClock(ctx context.Context, x *examination) (messages.Text, error) {
	if x.conn == nil || x.tokened != nil {
		return messages.Text{}, errUnchecked
	}
	before := time.Now()
	x.models, x.listed = x.conn.Models(ctx)
	if x.listed != nil {
		return messages.Text{}, errUnchecked
	}
	if x.models.Date.IsZero() {
		return messages.Sprintf("the server does not report its time"), nil
	}
	skew := before.Sub(x.models.Date)
	if skew.Abs() > maxSkew {
		return messages.Text{}, &spec.UsageError{
			Msg:  messages.Sprintf("this computer's clock differs from the server's by %s", skew.Abs().Round(time.Second)),
			Hint: messages.Sprintf("set the clock, preferably with NTP; the validity of tokens and certificates depends on it"),
		}
	}
	return messages.Sprintf("agrees with the server"), nil
}

func checkModel(_ context.Context, x *examination) (messages.Text, error) {
	switch {
	case x.conn == nil || x.tokened != nil:
		return messages.Text{}, errUnchecked
	case x.listed != nil && x.unreachable:
		return messages.Text{}, errUnchecked
	case x.listed != nil:
		return messages.Text{}, x.listed
	}
	return messages.Verbatim(x.model), connection.KnownModel(x.models, x.model)
}

// checkStream requests a completion of one token, which fails if no stream is free.
func checkStream(ctx context.Context, x *examination) (messages.Text, error) {
	if x.models == nil || connection.KnownModel(x.models, x.model) != nil {
		return messages.Text{}, errUnchecked
	}
	one := 1
	set := &spec.Settings{Column: spec.Column{Params: spec.Params{Model: x.model, MaxTokens: &one}}}
	resp, err := x.conn.Client.Chat(ctx, prompt.ChatRequest(set, "1"), 0)
	if err != nil {
		return messages.Text{}, err
	}
	return messages.Sprintf("answered by %s", resp.Model), nil
}
