// Package connection makes the client from the flags and the environment, and checks the models before the first request for a completion.
package connection

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/gigachat/secure"
	"gigabatch/internal/io/nearest"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/messages"
)

// Conn is a client, with the settings on which its limits depend.
type Conn struct {
	Client      *gigachat.Client
	Credentials Credentials
	Targets     Targets
	Scope       string
	Timeout     time.Duration
	Sandbox     *sandbox.Sandbox // nil unless it is embedded
	Quota       share.Quota      // of the key; nil: each run has its own

	options Options
	node    *share.Node // nil unless the quota is shared with other processes
}

// Options are the settings that come neither from flags nor from the environment.
type Options struct {
	In        io.Reader // standard input, for a key
	Err       *console.Console
	UserAgent string
	MaxConns  int
}

// New makes the client from the flags and the environment. It sends nothing.
func New(ctx context.Context, c *cli.Context, o Options) (*Conn, error) {
	env, err := LoadEnvironment()
	if err != nil {
		return nil, err
	}
	if c.Bool("sandbox") {
		return sandboxConn(c, o, env)
	}
	n, err := unopened(c, env, o)
	if err != nil {
		return nil, err
	}
	scope := ""
	n.Credentials, err = findCredentials(ctx, c, o.In, env, n.Targets.API)
	if errors.Is(err, ErrNoCredentials) {
		if err = nil; n.Targets.Certificate.Value == "" {
			n.Credentials, scope, err = fromKeyring(ctx, o.Err, n.Targets.API, env.noCredentials())
		}
	}
	if err != nil {
		return nil, err
	}
	n.Scope = cmp.Or(n.Scope, scope)
	return n, n.open(c, env)
}

// NewLent makes a client that has its access tokens from elsewhere.
func NewLent(c *cli.Context, o Options, tokens gigachat.TokenSource) (*Conn, error) {
	env, err := LoadEnvironment()
	if err != nil {
		return nil, err
	}
	n, err := unopened(c, env, o)
	if err != nil {
		return nil, err
	}
	n.Targets.Token = Setting{Value: cmp.Or(n.Targets.API.Value, n.Targets.service())} // nothing else is asked
	if err := n.open(c, env); err != nil {
		return nil, err
	}
	n.Client.Tokens = tokens
	return n, nil
}

// Account tells the credentials from others, without telling them. It is empty for a client certificate.
func (n *Conn) Account() string {
	cr := n.Credentials
	secret := cmp.Or(cr.Key, cr.APIKey, cr.Token, cr.User)
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("gigabatch account\n" + n.Client.BaseURL + "\n" + n.Scope + "\n" + secret))
	return hex.EncodeToString(sum[:8])
}

// unopened returns a connection without credentials and without a client.
func unopened(c *cli.Context, env Environment, o Options) (*Conn, error) {
	timeout, err := timeoutOf(c, env)
	if err != nil {
		return nil, err
	}
	noCoreDump()
	return &Conn{options: o, Timeout: timeout, Targets: targets(c, env), Scope: cmp.Or(c.String("scope"), env.Get(scopeName))}, nil
}

// open makes the client for the credentials.
func (n *Conn) open(c *cli.Context, env Environment) error {
	if n.Targets.static = n.Credentials.APIKey != ""; n.Targets.static {
		n.Scope = "" // that of another key
	}
	if host := hostOf(cmp.Or(n.Targets.API.Value, n.Targets.service())); n.Credentials.User != "" && host == newHost {
		return flags.Usage(messages.Sprintf("%s has no login with a user and a password (%v)", host, n.Credentials.Source),
			messages.Sprintf("set GIGACHAT_BASE_URL to the installation that has it, or GIGACHAT_CREDENTIALS to an authorization key"))
	}
	key := find(c, env, "client-key", "GIGACHAT_KEY_FILE")
	if err := n.checkTrust(c, key); err != nil {
		return err
	}
	transport, err := secure.NewTransport(secure.Options{
		CAFile:   n.Targets.CA.Value,
		CertFile: n.Targets.Certificate.Value,
		KeyFile:  key.Value,
		MaxConns: n.options.MaxConns,
		NoTLS:    plain(n.Targets),
	})
	if err != nil {
		return flags.Usage(messages.Sprintf("%v", err), messages.Sprintf("--ca-file, --client-cert and --client-key take PEM files"))
	}
	n.Client = &gigachat.Client{
		BaseURL: strings.TrimRight(cmp.Or(n.Targets.API.Value, n.Targets.service()), "/"), APIKey: n.Credentials.APIKey,
		Transport: transport, UserAgent: n.options.UserAgent, SessionID: rand.Text(), Timeout: n.Timeout,
	}
	n.Client.Tokens = n.tokens(transport, n.Targets.Token.Value)
	return nil
}

// tokens makes the token source for the credentials. It is nil if a client certificate identifies the user.
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

// sandboxConn makes a connection to the embedded sandbox, in memory.
func sandboxConn(c *cli.Context, o Options, env Environment) (*Conn, error) {
	timeout, err := timeoutOf(c, env)
	if err != nil {
		return nil, err
	}
	box := sandbox.New(sandbox.Options{Scope: sandbox.ScopeCorporate})
	transport := box.Transport()
	const host = "http://127.0.0.1"
	return &Conn{
		Sandbox: box, Scope: gigachat.ScopeCorporate, Timeout: timeout, options: o,
		Client: &gigachat.Client{
			BaseURL: host + "/v1", Transport: transport, UserAgent: o.UserAgent, SessionID: rand.Text(), Timeout: timeout,
			Tokens: &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: host + "/api/v2/oauth", Transport: transport},
		},
	}, nil
}

// plain reports whether both URLs are http, like those of a sandbox on this machine.
func plain(t Targets) bool {
	return strings.HasPrefix(t.API.Value, "http://") && (t.static || strings.HasPrefix(t.Token.Value, "http://"))
}

// KeyNotes returns what was fixed in the key.
func (n *Conn) KeyNotes() []messages.Text {
	var notes []messages.Text
	for _, note := range n.Credentials.Notes {
		notes = append(notes, messages.Foreign(note))
	}
	return notes
}

// Close ends the connections that are not in use, and frees an embedded sandbox.
func (n *Conn) Close() {
	if n == nil {
		return
	}
	if n.node != nil {
		n.node.Close()
	}
	(&http.Client{Transport: n.Client.Transport}).CloseIdleConnections()
	if n.Sandbox != nil {
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
			return 0, flags.Usage(messages.Sprintf("GIGACHAT_TIMEOUT: %v", err), messages.Sprintf("give seconds, for example 120"))
		}
		return d, nil
	}
	return gigachat.DefaultTimeout, nil
}

// Share makes the connection share the quota of its key, and its token, with other processes of the user, which are told what this one does.
// What they share is named by a hash, so that other keys, scopes and services, such as a sandbox or a gateway, share nothing with it. The
// embedded sandbox, and a connection for which alone is set, only divide their quota within this process. Share must be called before the
// connection is used.
func (n *Conn) Share(what string, alone bool) {
	_, most := n.Width()
	n.Quota = &share.Hub{Most: most}
	if alone || n.Sandbox != nil {
		return
	}
	secret, err := secretOf(n)
	if err != nil {
		return // it cannot be used either
	}
	host, _ := os.Hostname() // a home may be on several machines
	sum := sha256.Sum256([]byte(strings.Join([]string{
		"gigabatch share " + strconv.Itoa(share.Version), host, secret, n.Scope, n.Targets.Token.Value, n.Client.BaseURL,
	}, "\n")))
	node := &share.Node{Folders: shareFolders(), Name: "share-" + hex.EncodeToString(sum[:8]), What: what, Most: most}
	if _, renews := n.Client.Tokens.(interface{ Fresh() time.Duration }); renews {
		node.Tokens, n.Client.Tokens = n.Client.Tokens, node
	}
	n.Quota, n.node = node, node
}

// ChatStream is that of the client, with a right of the quota that the runs of this process divide, too.
func (n *Conn) ChatStream(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	return withRight(ctx, n.Quota, func() (*gigachat.ChatResponse, error) { return n.Client.ChatStream(ctx, r, onDelta) })
}

// Chat is that of the client, with a right as ChatStream.
func (n *Conn) Chat(ctx context.Context, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	return withRight(ctx, n.Quota, func() (*gigachat.ChatResponse, error) { return n.Client.Chat(ctx, r, 0) })
}

// Width returns the default number of concurrent requests, at the start and at most. A personal key has one stream.
func (n *Conn) Width() (start, maximum int) {
	if n.Scope == gigachat.ScopePersonal {
		return 1, 1
	}
	return pool.DefaultStart, pool.DefaultConcurrency
}

// Service checks that the key may use the models, and returns the service for the pool.
func (n *Conn) Service(ctx context.Context, models []string) (*jobs.Service, error) {
	list, err := n.Models(ctx)
	if MayNotList(err) {
		n.options.Err.Say("warning: cannot check the models: %v", err)
		list, err = &gigachat.ModelList{}, nil
	}
	if err != nil {
		return nil, err
	}
	if t, ok := n.Client.Tokens.(interface{ Expired() time.Duration }); ok && t.Expired() > 0 {
		n.options.Err.Say("note: the token came already expired, so the clocks of this computer and of the service differ by %v or more; "+
			"it is used until the service refuses it", t.Expired().Round(time.Second))
	}
	svc := &jobs.Service{
		Ask: n.Client.ChatJSON, Embed: n.Client.EmbedJSON, Files: n.Client, Sandbox: list.Sandbox,
		Check: checkModels(list, KnownModel), CheckEmbed: checkModels(list, knownEmbedder),
	}
	svc.Batches, svc.Forgets = n.Client, n.Sandbox != nil
	if svc.Count = n.count; n.Client.APIKey != "" {
		svc.Files, svc.Count, svc.Batches = nil, nil, nil
	}
	if n.Client.APIKey == "" && n.Scope != gigachat.ScopeCorporate { // which pays as it goes
		svc.Packages = n.Client.Balance
	}
	svc.Start, svc.Max = n.Width()
	svc.Quota = n.Quota
	return svc, svc.Check(models)
}

// MayNotList reports whether an error means that the account must not list the models, which it may use nevertheless.
func MayNotList(err error) bool {
	e := gigachat.AsError(err)
	return e != nil && !errors.As(err, new(*HostError)) && e.Op == "models" && (e.Kind == gigachat.KindForbidden || e.Kind == gigachat.KindNotFound)
}

// count returns the tokens of texts.
func (n *Conn) count(ctx context.Context, model string, texts []string) (tokens []int, err error) {
	counts, err := n.Client.CountTokens(ctx, model, texts)
	for _, c := range counts {
		tokens = append(tokens, c.Tokens)
	}
	return tokens, err
}

// ModelError reports a model that the key may not use, or that completes no chats.
type ModelError struct {
	Model  string
	Type   string   // of a model that completes no chats, or makes no vectors
	Embed  bool     // vectors are asked for
	Have   []string // the models that the key may use
	Column string   // the completion column that names the model, "" if it is the model of the job
	Rows   bool     // rows name the model
	Err    error    // of a chat that failed for that reason; nil if nothing was sent
}

func (e *ModelError) Error() string { return e.Message().String() }
func (e *ModelError) Unwrap() error { return e.Err }

// Message is the text of Error in any language.
func (e *ModelError) Message() messages.Text {
	switch {
	case e.Err != nil:
		return messages.Sprintf("%v", e.Err)
	case e.Type != "" && e.Embed:
		return messages.Sprintf("the model %q makes no vectors: its type is %s", e.Model, e.Type)
	case e.Type != "":
		return messages.Sprintf("the model %q completes no chats: its type is %s", e.Model, e.Type)
	}
	return messages.Sprintf("the model %q is not available to this key", e.Model)
}

// maxShown is how many models a hint names.
const maxShown = 8

// Hint returns the nearest models, what is known of their prices, and how to choose one. Nothing is chosen silently: another model has
// another price and gives other answers.
func (e *ModelError) Hint() messages.Text {
	if len(e.Have) == 0 && e.Embed {
		return messages.Sprintf("this key has no models that make vectors; check the tariff of the project")
	}
	if len(e.Have) == 0 {
		return messages.Sprintf("this key has no chat models; check the tariff of the project")
	}
	near := nearest.Names(e.Model, e.Have, maxShown)
	how := messages.Sprintf("choose one with --model")
	switch {
	case e.Column != "":
		how = messages.Sprintf("choose one as the model of the column %q in the job file", e.Column)
	case e.Rows:
		how = messages.Sprintf("rows name this model themselves, so choose another one there")
	}
	var known []messages.Text
	prices := cost.Known()
	for _, name := range near {
		switch line, ok := prices.Of(name); {
		case !ok:
		case line.Input == line.Output:
			known = append(known, messages.Sprintf("%s %v ₽", name, line.Input))
		default:
			known = append(known, messages.Sprintf("%s %v ₽ of prompts and %v ₽ of completions", name, line.Input, line.Output))
		}
	}
	if len(known) > 0 {
		how = messages.Sprintf("%s (known prices of a million tokens in 2026: %s)", how, messages.Join(known, ", "))
	}
	sorted := strings.Join(slices.Sorted(slices.Values(near)), ", ")
	if len(near) < len(e.Have) {
		sorted += ", …"
	}
	if name := nearest.Name(e.Model, e.Have); name != "" {
		return messages.Sprintf("did you mean %s? The models are %s; %s", name, sorted, how)
	}
	return messages.Sprintf("the models are %s; %s", sorted, how)
}

// checkModels returns a function that fails for models that known does not know. An empty list permits every model.
func checkModels(listed *gigachat.ModelList, known func(*gigachat.ModelList, string) error) func(models []string) error {
	return func(models []string) error {
		for _, m := range models {
			if err := known(listed, m); err != nil && len(listed.Models) > 0 {
				return err
			}
		}
		return nil
	}
}

// KnownModel returns a [*ModelError] if a model is not listed, or if the service says that it is no chat model.
func KnownModel(list *gigachat.ModelList, id string) error {
	e := &ModelError{Model: id, Have: list.ChatModels()}
	i := slices.IndexFunc(list.Models, func(m gigachat.Model) bool { return m.ID == id })
	switch {
	case i < 0:
		return e
	case list.Models[i].Type == "" || list.Models[i].Chat():
		return nil
	}
	e.Type = list.Models[i].Type
	return e
}

// knownEmbedder returns a [*ModelError] if a model is not listed, or if the service says that it makes no vectors.
func knownEmbedder(list *gigachat.ModelList, id string) error {
	e := &ModelError{Model: id, Embed: true}
	for _, m := range list.Models {
		switch {
		case m.ID == id && (m.Type == "" || m.Type == embedder):
			return nil
		case m.ID == id:
			e.Type = m.Type
		case m.Type == "" || m.Type == embedder:
			e.Have = append(e.Have, m.ID)
		}
	}
	return e
}

// embedder is the type of models that make vectors (developers.sber.ru, get-models).
const embedder = "embedder"
