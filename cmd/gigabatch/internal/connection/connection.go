// Package connection makes the client that flags and environment describe. It checks the models before the first task is sent.
package connection

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/messages"
)

// Conn is a client with what its limits depend on.
type Conn struct {
	Client      *gigachat.Client
	Credentials Credentials
	Scope       string
	Timeout     time.Duration
	Sandbox     *sandbox.Sandbox // nil unless it is the embedded one

	options Options
}

// Options are what neither flags nor environment say.
type Options struct {
	In        io.Reader // standard input, for a key
	Err       *console.Console
	UserAgent string
	MaxConns  int
}

// New makes the client that the flags and the environment describe. It sends nothing.
func New(ctx context.Context, c *cli.Context, o Options) (*Conn, error) {
	env, err := LoadEnvironment()
	if err != nil {
		return nil, err
	}
	timeout, err := timeoutOf(c, env)
	if err != nil {
		return nil, err
	}
	if c.Bool("sandbox") {
		return sandboxConn(o, timeout), nil
	}
	n := &Conn{options: o, Timeout: timeout, Scope: cmp.Or(c.String("scope"), env.Get("GIGACHAT_SCOPE"))}
	certificate := cmp.Or(c.String("client-cert"), env.Get("GIGACHAT_CERT_FILE"))
	transport, err := gigachat.NewTransport(gigachat.TransportOptions{
		CAFile:   cmp.Or(c.String("ca-file"), env.Get("GIGACHAT_CA_BUNDLE_FILE")),
		CertFile: certificate,
		KeyFile:  cmp.Or(c.String("client-key"), env.Get("GIGACHAT_KEY_FILE")),
		MaxConns: o.MaxConns,
		NoTLS:    plain(c, env),
	})
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("%v", err), messages.Sprintf("the files are PEM: --ca-file, --client-cert, --client-key"))
	}
	n.Credentials, err = findCredentials(ctx, c, o.In, env)
	if errors.Is(err, ErrNoCredentials) && certificate != "" {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	n.Client = &gigachat.Client{
		BaseURL:   strings.TrimRight(cmp.Or(c.String("base-url"), env.Get("GIGACHAT_BASE_URL"), gigachat.DefaultBaseURL), "/"),
		Transport: transport, UserAgent: o.UserAgent, SessionID: rand.Text(), Timeout: timeout,
	}
	n.Client.Tokens = n.tokens(transport, cmp.Or(c.String("auth-url"), env.Get("GIGACHAT_AUTH_URL")))
	return n, nil
}

// tokens makes the token source for the credentials; nil where a client certificate stands for the user.
func (n *Conn) tokens(transport http.RoundTripper, url string) gigachat.TokenSource {
	cr := n.Credentials
	switch {
	case cr.Token != "":
		return gigachat.StaticToken(cr.Token)
	case cr.Key != "":
		n.Scope = cmp.Or(n.Scope, gigachat.DefaultScope)
		return &gigachat.OAuth{Key: cr.Key, Scope: n.Scope, URL: url, Transport: transport, UserAgent: n.options.UserAgent}
	case cr.User != "":
		return &gigachat.PasswordTokens{User: cr.User, Password: cr.password, BaseURL: n.Client.BaseURL,
			Transport: transport, UserAgent: n.options.UserAgent}
	}
	return nil
}

// sandboxConn reaches the embedded sandbox, in memory.
func sandboxConn(o Options, timeout time.Duration) *Conn {
	box := sandbox.New(sandbox.Options{Scope: sandbox.ScopeCorporate})
	transport := box.Transport()
	const host = "http://127.0.0.1"
	return &Conn{
		Sandbox: box, Scope: gigachat.ScopeCorporate, Timeout: timeout, options: o,
		Client: &gigachat.Client{
			BaseURL: host + "/v1", Transport: transport, UserAgent: o.UserAgent, SessionID: rand.Text(), Timeout: timeout,
			Tokens: &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: host + "/api/v2/oauth", Transport: transport},
		},
	}
}

// plain reports whether both URLs are http, as those of a sandbox on this machine.
func plain(c *cli.Context, env Environment) bool {
	return strings.HasPrefix(cmp.Or(c.String("base-url"), env.Get("GIGACHAT_BASE_URL")), "http://") &&
		strings.HasPrefix(cmp.Or(c.String("auth-url"), env.Get("GIGACHAT_AUTH_URL")), "http://")
}

// Close frees an embedded sandbox.
func (n *Conn) Close() {
	if n != nil && n.Sandbox != nil {
		n.Sandbox.Close()
	}
}

func timeoutOf(c *cli.Context, env Environment) (time.Duration, error) {
	if d := flags.Duration(c, "timeout"); d > 0 {
		return d, nil
	}
	if v := env.Get("GIGACHAT_TIMEOUT"); v != "" {
		d, err := flags.ParseTime(v)
		if err != nil {
			return 0, flags.Usage(messages.Sprintf("GIGACHAT_TIMEOUT: %v", err), messages.Sprintf("it is in seconds, such as 120"))
		}
		return d, nil
	}
	return gigachat.DefaultTimeout, nil
}

// Width returns how many requests may be in flight at first and at most, if the user does not say. A personal key has one stream.
func (n *Conn) Width() (start, maximum int) {
	if n.Scope == gigachat.ScopePersonal {
		return 1, 1
	}
	return pool.DefaultStart, pool.DefaultConcurrency
}

// Service checks the models before the first row and returns what the pool works with.
func (n *Conn) Service(ctx context.Context, models []string, patience time.Duration) (*jobs.Service, error) {
	list, err := n.patientModels(ctx, patience)
	if err != nil {
		return nil, err
	}
	svc := &jobs.Service{Ask: n.Client.ChatJSON, Files: n.Client, Sandbox: list.Sandbox, Check: checkModels(list.Models)}
	svc.Start, svc.Max = n.Width()
	return svc, svc.Check(models)
}

// patientModels lists the models, and waits out a service that is down for a while. Where a stand has no such list, it is empty.
func (n *Conn) patientModels(ctx context.Context, patience time.Duration) (*gigachat.ModelList, error) {
	began := time.Now()
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		list, err := n.Client.Models(ctx)
		e := gigachat.AsError(err)
		switch {
		case err == nil:
			return list, nil
		case e == nil:
			return nil, err
		case e.Op == "models" && (e.Kind == gigachat.KindForbidden || e.Kind == gigachat.KindNotFound):
			n.options.Err.Say("warning: the models could not be checked: %v", err)
			return &gigachat.ModelList{}, nil
		case !e.Passing() || time.Since(began)+wait > patience:
			return nil, err
		}
		n.options.Err.Say("the service is not to be had, trying again in %s: %v", wait, err)
		select {
		case <-time.After(max(wait, e.RetryAfter)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ModelError says that a model is not among those of the key.
type ModelError struct {
	Model string
	Have  []string // that the key may use
}

func (e *ModelError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *ModelError) Message() messages.Text {
	return messages.Sprintf("the model %q is not among those that this key may use", e.Model)
}

// checkModels returns what refuses models that are not listed. A list that is empty, as a stand may have it, tells nothing.
func checkModels(listed []gigachat.Model) func(models []string) error {
	return func(models []string) error {
		for _, m := range models {
			if err := KnownModel(listed, m); err != nil && len(listed) > 0 {
				return err
			}
		}
		return nil
	}
}

// KnownModel returns a *ModelError if a model is not listed.
func KnownModel(models []gigachat.Model, id string) error {
	var have []string
	for _, m := range models {
		if m.ID == id {
			return nil
		}
		if m.Type == "chat" || m.Type == "" {
			have = append(have, m.ID)
		}
	}
	slices.Sort(have)
	return &ModelError{Model: id, Have: have}
}
