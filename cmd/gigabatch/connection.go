package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs"
)

// connection is a client with what its limits depend on.
type connection struct {
	client      *gigachat.Client
	credentials credentials
	scope       string
	timeout     time.Duration
	sandbox     *sandbox.Sandbox // nil unless it is the embedded one
}

// newConnection makes the client that the flags and the environment describe. It sends nothing.
func newConnection(ctx context.Context, c *cli.Context, s stdio, most int) (*connection, error) {
	env, err := loadEnvironment()
	if err != nil {
		return nil, err
	}
	timeout, err := timeoutOf(c, env)
	if err != nil {
		return nil, err
	}
	if c.Bool("sandbox") {
		return sandboxConnection(timeout), nil
	}
	n := &connection{timeout: timeout, scope: first(c.String("scope"), env.get("GIGACHAT_SCOPE"))}
	certificate := first(c.String("client-cert"), env.get("GIGACHAT_CERT_FILE"))
	transport, err := gigachat.NewTransport(gigachat.TransportOptions{
		CAFile:   first(c.String("ca-file"), env.get("GIGACHAT_CA_BUNDLE_FILE")),
		CertFile: certificate,
		KeyFile:  first(c.String("client-key"), env.get("GIGACHAT_KEY_FILE")),
		MaxConns: most,
		NoTLS:    plain(c, env),
	})
	if err != nil {
		return nil, usage(err.Error(), "the files are PEM: --ca-file, --client-cert, --client-key")
	}
	n.credentials, err = findCredentials(ctx, c, s, env)
	if errors.Is(err, errNoCredentials) && certificate != "" {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	n.client = &gigachat.Client{
		BaseURL:   strings.TrimRight(first(c.String("base-url"), env.get("GIGACHAT_BASE_URL"), gigachat.DefaultBaseURL), "/"),
		Transport: transport, UserAgent: userAgent(), SessionID: rand.Text(), Timeout: timeout,
	}
	n.client.Tokens = n.tokens(transport, first(c.String("auth-url"), env.get("GIGACHAT_AUTH_URL")))
	return n, nil
}

// tokens makes the token source for the credentials; nil where a client certificate stands for the user.
func (n *connection) tokens(transport http.RoundTripper, url string) gigachat.TokenSource {
	cr := n.credentials
	switch {
	case cr.token != "":
		return gigachat.StaticToken(cr.token)
	case cr.key != "":
		n.scope = first(n.scope, gigachat.DefaultScope)
		return &gigachat.OAuth{Key: cr.key, Scope: n.scope, URL: url, Transport: transport, UserAgent: userAgent()}
	case cr.user != "":
		return &gigachat.PasswordTokens{User: cr.user, Password: cr.password, BaseURL: n.client.BaseURL, Transport: transport, UserAgent: userAgent()}
	}
	return nil
}

// sandboxConnection reaches the embedded sandbox, in memory.
func sandboxConnection(timeout time.Duration) *connection {
	box := sandbox.New(sandbox.Options{Scope: sandbox.ScopeCorporate})
	transport := box.Transport()
	const host = "http://127.0.0.1"
	return &connection{
		sandbox: box, scope: gigachat.ScopeCorporate, timeout: timeout,
		client: &gigachat.Client{
			BaseURL: host + "/v1", Transport: transport, UserAgent: userAgent(), SessionID: rand.Text(), Timeout: timeout,
			Tokens: &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: host + "/api/v2/oauth", Transport: transport},
		},
	}
}

// plain reports whether both URLs are http, as those of a sandbox on this machine.
func plain(c *cli.Context, env environment) bool {
	return strings.HasPrefix(first(c.String("base-url"), env.get("GIGACHAT_BASE_URL")), "http://") &&
		strings.HasPrefix(first(c.String("auth-url"), env.get("GIGACHAT_AUTH_URL")), "http://")
}

// close frees an embedded sandbox.
func (n *connection) close() {
	if n != nil && n.sandbox != nil {
		n.sandbox.Close()
	}
}

func userAgent() string { return "gigabatch/" + version }

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func timeoutOf(c *cli.Context, env environment) (time.Duration, error) {
	if d := flags.Duration(c, "timeout"); d > 0 {
		return d, nil
	}
	if v := env.get("GIGACHAT_TIMEOUT"); v != "" {
		d, err := flags.ParseTime(v)
		if err != nil {
			return 0, usage("GIGACHAT_TIMEOUT: "+err.Error(), "it is in seconds, such as 120")
		}
		return d, nil
	}
	return gigachat.DefaultTimeout, nil
}

// width returns how many requests may be in flight at first and at most when the user does not say: individuals have one stream.
func (n *connection) width() (start, most int) {
	if n.scope == gigachat.ScopePersonal {
		return 1, 1
	}
	return jobs.DefaultStart, jobs.DefaultConcurrency
}

// service checks the models before the first row and returns what the pool works with.
func (n *connection) service(ctx context.Context, s stdio, models []string, patience time.Duration) (*jobs.Service, error) {
	list, err := n.patientModels(ctx, s, patience)
	if err != nil {
		return nil, err
	}
	svc := &jobs.Service{Ask: n.client.ChatJSON, Files: n.client, Sandbox: list.Sandbox, Check: checkModels(list.Models)}
	svc.Start, svc.Most = n.width()
	return svc, svc.Check(models)
}

// patientModels lists the models, and waits out a service that is down for a while. Where a stand has no such list, it is empty.
func (n *connection) patientModels(ctx context.Context, s stdio, patience time.Duration) (*gigachat.ModelList, error) {
	began := time.Now()
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		list, err := n.client.Models(ctx)
		e := gigachat.AsError(err)
		switch {
		case err == nil:
			return list, nil
		case e == nil:
			return nil, err
		case e.Op == "models" && (e.Kind == gigachat.KindForbidden || e.Kind == gigachat.KindNotFound):
			say(s.err, "warning: the models could not be checked: %v", err)
			return &gigachat.ModelList{}, nil
		case !e.Passing() || time.Since(began)+wait > patience:
			return nil, err
		}
		say(s.err, "the service is not to be had, trying again in %s: %v", wait, err)
		select {
		case <-time.After(max(wait, e.RetryAfter)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// modelError says that a model is not among those of the key.
type modelError struct {
	model string
	have  []string
}

func (e *modelError) Error() string {
	return fmt.Sprintf("the model %q is not among those that this key may use", e.model)
}

// checkModels returns what refuses models that are not listed. A list that is empty, as a stand may have it, tells nothing.
func checkModels(listed []gigachat.Model) func(models []string) error {
	return func(models []string) error {
		for _, m := range models {
			if err := knownModel(listed, m); err != nil && len(listed) > 0 {
				return err
			}
		}
		return nil
	}
}

func knownModel(models []gigachat.Model, id string) error {
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
	return &modelError{model: id, have: have}
}
